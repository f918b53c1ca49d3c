package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/tokencache"
)

// The exit codes.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitRefused     = 3
	exitTemporary   = 4
	exitForbidden   = 5
	exitInterrupted = 130
)

var errInterrupted = errors.New("interrupted")

// problem is an error as it is told to people and programs.
type problem struct {
	exit      int
	Code      string    `json:"code"`
	Message   string    `json:"message"`
	Cause     string    `json:"cause,omitempty"`
	Hint      string    `json:"hint,omitempty"`
	Retryable bool      `json:"retryable"`
	DebugID   string    `json:"debug_id,omitempty"`
	Findings  []finding `json:"findings,omitempty"`
	// Logs are those that AEM sent with the error.
	Logs []serverLog `json:"logs,omitempty"`
}

// Error returns the message.
func (p *problem) Error() string { return p.Message }

func (p *problem) withHint(hint string) *problem {
	p.Hint = hint
	return p
}

// usagef returns a problem of the command line itself.
func usagef(format string, args ...any) *problem {
	return &problem{exit: exitUsage, Code: "usage", Message: fmt.Sprintf(format, args...)}
}

// unusablef returns a problem of a credential or token that was read but cannot serve.
func unusablef(code, format string, args ...any) *problem {
	return &problem{exit: exitRefused, Code: code, Message: fmt.Sprintf(format, args...)}
}

// inputError wraps the failure to read an input that the user named.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// describe turns any error into a problem.
func describe(err error) *problem {
	var (
		p         *problem
		call      *aem.Error
		elsewhere *forms.AcceptedError
		answer    *ims.Error
		reading   *credentials.Error
		input     *inputError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &call):
		return describeCall(err, call)
	case errors.As(err, &answer):
		return describeAnswer(err, answer)
	case errors.As(err, &reading):
		return &problem{
			exit: exitOfReason(reading.Reason), Code: string(reading.Reason), Message: reading.Error(), Hint: reading.Hint(),
		}
	case errors.As(err, &elsewhere):
		return &problem{
			exit: exitUnexpected, Code: "accepted", Message: err.Error(),
			Hint: "the result is not here: look for it at the place that AEM names",
		}
	case errors.Is(err, imsx.ErrTokenExpired):
		return unusablef("token_expired", "%v", err).withHint("download a new local development token, or use service credentials, which renew themselves")
	case errors.Is(err, tokencache.ErrTooShort):
		return unusablef("token_too_short", "%v", err).withHint("ask for less with --min-ttl; service tokens live 24 hours")
	case errors.As(err, &input):
		return &problem{exit: exitUsage, Code: "unreadable", Message: err.Error(), Hint: hintForFile(err)}
	case errors.Is(err, errInterrupted):
		return &problem{exit: exitInterrupted, Code: "interrupted", Message: err.Error(), Retryable: true}
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{exit: exitTemporary, Code: "timeout", Message: err.Error(), Retryable: true, Hint: "try again later, or allow more time with --timeout"}
	}
	return &problem{exit: exitUnexpected, Code: "unexpected", Message: err.Error()}
}

func describeAnswer(err error, e *ims.Error) *problem {
	return &problem{
		exit: exitOfCause(e.Cause), Code: string(e.Cause), Message: err.Error(), Cause: e.Cause.Meaning(), Hint: e.Cause.Remedy(),
		Retryable: e.Retryable(), DebugID: e.DebugID,
	}
}

// exitOfCause sorts the causes of ims into exit codes: what cannot pass by itself needs a person.
func exitOfCause(c ims.Cause) int {
	switch {
	case c == ims.CauseCanceled:
		return exitInterrupted
	case c.Retryable():
		return exitTemporary
	}
	return exitRefused
}

// exitOfReason tells a credential that was recognised but cannot be used from input that is none.
func exitOfReason(r credentials.Reason) int {
	switch r {
	case credentials.ReasonMissingFields, credentials.ReasonBadField, credentials.ReasonBadKey, credentials.ReasonNotRSA:
		return exitRefused
	}
	return exitUsage
}

func hintForFile(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "check the path"
	case errors.Is(err, fs.ErrPermission):
		return "check the permissions of the file"
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk, and give the command again"
	}
	return ""
}

// report tells err on standard error and returns the exit code.
func (a *app) report(err error) int {
	p := a.explain(err)
	if a.flags.json {
		p.Findings = a.findings
		out, _ := json.Marshal(p) // strings and booleans only
		fmt.Fprintf(a.Stderr, "%s\n", out)
		return p.exit
	}
	st := a.style(a.Stderr)
	fmt.Fprintf(a.Stderr, "imsx: %s %s\n", st.Bad("error:"), p.Message)
	for _, line := range []struct{ label, text string }{
		{"what it means", p.Cause}, {"what to do", p.Hint}, {"debug id", p.DebugID},
	} {
		if line.text != "" {
			fmt.Fprintf(a.Stderr, "imsx: %s %s\n", st.Bold(line.label+":"), line.text)
		}
	}
	a.tellLogs(p.Logs)
	return p.exit
}
