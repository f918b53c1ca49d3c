package cli

import (
	"errors"
	"strings"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/credentials"
)

// describeCall turns a failed call to AEM into a problem.
func describeCall(err error, e *aem.Error) *problem {
	p := &problem{
		exit: exitOfCall(e), Code: string(e.Cause), Message: err.Error(), Cause: e.Cause.Meaning(), Hint: e.Cause.Remedy(),
		Retryable: e.Retryable(), DebugID: e.RequestID,
	}
	if e.Cause == aem.CauseHostNotAllowed {
		p.Hint += " The flag is --allow-host."
	}
	for _, l := range e.Logs {
		p.Logs = append(p.Logs, serverLog{Name: l.Name, Text: l.Text, Cut: l.Cut})
	}
	return p
}

// serverLog is a log that AEM sent with an error.
type serverLog struct {
	Name string `json:"name"`
	Text string `json:"text"`
	Cut  bool   `json:"cut,omitempty"`
}

// exitOfCall sorts the causes of aem into exit codes: AEM refuses the caller (5), or what was asked for (2); it may pass
// (4); or something stands between that needs a person, as for IMS (3).
func exitOfCall(e *aem.Error) int {
	switch e.Cause {
	case aem.CauseCanceled:
		return exitInterrupted
	case aem.CauseInvalidRequest, aem.CauseNotFound, aem.CauseConflict:
		return exitUsage
	case aem.CauseProxyAuthentication, aem.CauseUntrustedCertificate, aem.CauseRedirected, aem.CauseHostNotAllowed, aem.CauseInsecure:
		return exitRefused
	case aem.CauseMalformedAnswer:
		return exitUnexpected
	case aem.CauseServerFault:
		return exitTemporary // whatever its status
	}
	if e.Retryable() {
		return exitTemporary
	}
	return exitForbidden
}

// explain describes err, and adds to AEM's refusals whom they are about.
func (a *app) explain(err error) *problem {
	p := *describe(err)
	var call *aem.Error
	if a.acting == nil || !errors.As(err, &call) {
		return &p
	}
	switch call.Cause {
	case aem.CauseClientNotAllowlisted, aem.CauseAPIKey:
		if a.acting.ClientID != "" {
			p.Hint += " The client id is " + a.acting.ClientID + "."
		}
	case aem.CauseGroupMissing:
		if who := loginOf(a.acting); who != "" {
			p.Hint += " The account's login name in AEM is " + who + "."
		}
	case aem.CauseInvalidRequest:
		if call.Status == 0 { // refused here: nothing was sent, and the message says it all
			p.Cause, p.Hint = "", ""
		}
	}
	return &p
}

// loginOf returns the name by which AEM knows the account of credentials.
func loginOf(c *credentials.Credentials) string {
	return strings.TrimSpace(orString(c.TechnicalAccountEmail, c.TechnicalAccountID))
}

// tellLogs shows the end of each log to a person, and all of it when asked.
func (a *app) tellLogs(logs []serverLog) {
	const few = 5
	for _, l := range logs {
		lines := strings.Split(strings.TrimRight(l.Text, "\n"), "\n")
		if left := len(lines) - few; left > 0 && !a.flags.verbose {
			a.say("%s: %d more lines with -v", l.Name, left)
			lines = lines[left:]
		}
		for _, line := range lines {
			a.say("%s: %s", l.Name, line)
		}
	}
}
