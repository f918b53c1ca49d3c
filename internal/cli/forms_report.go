package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/imsx/imsx/internal/atomicfile"
	"github.com/imsx/imsx/internal/bulk"
)

// runBulk makes documents, shows how far it is, and reports.
func (a *app) runBulk(ctx context.Context, cfg bulk.Config, reportFile string) error {
	display := a.newDisplay(cfg.Total)
	cfg.Notify = display.update
	rep, err := bulk.Run(ctx, cfg)
	display.end()
	if err != nil {
		return bulkError(err, cfg.Dir)
	}
	outcome := a.outcome(rep)
	if reportFile != "" {
		if err := saveReport(reportFile, cfg.Dir, rep, outcome); err != nil {
			return &inputError{fmt.Errorf("--report: %w", err)}
		}
	}
	if a.flags.json {
		if err := writeReport(a.Stdout, cfg.Dir, rep, outcome); err != nil {
			return err
		}
	} else {
		a.tellReport(rep)
	}
	if outcome != nil {
		return outcome
	}
	return nil
}

// bulkError says what ended a run that is no document's failure.
func bulkError(err error, dir string) error {
	var journal *bulk.JournalError
	switch {
	case errors.Is(err, bulk.ErrLocked):
		return usagef("%s: another run is working on this folder", dir).withHint("wait for its end, or choose another folder")
	case errors.As(err, &journal):
		return usagef("%v", journal).withHint("choose another folder, or move that file away to make all documents again")
	}
	return &inputError{err}
}

// outcome is how a run ended, as a problem; nil if all is well.
func (a *app) outcome(rep bulk.Report) *problem {
	const again = "the same command makes the documents that are missing"
	switch {
	case rep.Interrupted:
		return &problem{
			exit: exitInterrupted, Code: "interrupted", Retryable: true, Hint: "the same command goes on where this one stopped",
			Message: fmt.Sprintf("interrupted with %s of %s done", count(rep.Made+rep.Skipped), count(rep.Total)),
		}
	case rep.Stopped != nil:
		p := a.explain(savingError(rep.Stopped))
		p.Message = fmt.Sprintf("stopped after %s, because the others would fail in the same way: %s",
			plural(rep.Failed, "failure"), p.Message)
		return p
	case rep.Failed > 0:
		return &problem{
			exit: exitUnexpected, Code: "documents_failed", Hint: again,
			Message: fmt.Sprintf("%s of %s documents failed", count(rep.Failed), count(rep.Total)),
		}
	}
	return nil
}

// tellReport tells a person what was done.
func (a *app) tellReport(rep bulk.Report) {
	line := fmt.Sprintf("%s of %s made", count(rep.Made), plural(rep.Total, "document"))
	if rep.Skipped > 0 {
		line += fmt.Sprintf(", %s there already", count(rep.Skipped))
	}
	if rep.Failed > 0 {
		line += fmt.Sprintf(", %s failed", count(rep.Failed))
	}
	line += ", in " + took(rep.Elapsed)
	if s := rep.Elapsed.Seconds(); s >= 1 {
		line += fmt.Sprintf(" (%.1f per second)", float64(rep.Made+rep.Failed)/s)
	}
	a.say("%s", line)
	if rep.Ignored > 0 {
		a.say("%s %s of the journal could not be read; their documents were made again", a.style(a.Stderr).Warn("warning:"), plural(rep.Ignored, "line"))
	}
	for _, f := range rep.Failures {
		a.say("failed: %s: %s", printable(f.Input), printable(f.Message))
	}
	if more := rep.Failed - len(rep.Failures); more > 0 {
		a.say("and %s more, all of them in %s", count(more), rep.FailuresFile)
	}
}

// printable returns text with names of files in it as one line that does nothing to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// took says how long something lasted.
func took(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f seconds", d.Seconds())
	}
	return span(d)
}

// reportHead is the JSON of a report, without the failures, which are too many to be held.
type reportHead struct {
	Folder      string      `json:"folder"`
	Total       int         `json:"total"`
	Made        int         `json:"made"`
	Skipped     int         `json:"skipped"`
	Failed      int         `json:"failed"`
	Bytes       int64       `json:"bytes"`
	TookMS      int64       `json:"took_ms"`
	PerSecond   float64     `json:"per_second"`
	Interrupted bool        `json:"interrupted"`
	Stopped     *reportStop `json:"stopped,omitempty"`
}

// reportStop is what ended a run early.
type reportStop struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// writeReport writes the report as one JSON object. The failures are read from their file one by one.
func writeReport(w io.Writer, dir string, rep bulk.Report, outcome *problem) error {
	head := reportHead{
		Folder: dir, Total: rep.Total, Made: rep.Made, Skipped: rep.Skipped, Failed: rep.Failed, Bytes: rep.Bytes,
		TookMS: rep.Elapsed.Milliseconds(), Interrupted: rep.Interrupted,
	}
	if s := rep.Elapsed.Seconds(); s > 0 {
		head.PerSecond = math.Round(float64(rep.Made+rep.Failed)/s*10) / 10
	}
	if rep.Stopped != nil && outcome != nil {
		head.Stopped = &reportStop{Code: outcome.Code, Message: outcome.Message, Hint: outcome.Hint}
	}
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(text[:len(text)-2]) // without the end of the object; Flush has the error
	_, _ = out.WriteString(",\n  \"failures\": [")
	separator := "\n    "
	for f, err := range bulk.ReadFailures(rep.FailuresFile) {
		if err != nil {
			return err
		}
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, _ = out.WriteString(separator)
		_, _ = out.Write(line)
		separator = ",\n    "
	}
	if rep.Failed > 0 {
		_, _ = out.WriteString("\n  ")
	}
	_, _ = out.WriteString("]\n}\n")
	return out.Flush()
}

// saveReport writes the report to a file, whole or not at all.
func saveReport(path, dir string, rep bulk.Report, outcome *problem) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeReport(w, dir, rep, outcome)) }()
	var err error
	if isStream(path) {
		err = copyToStream(path, r)
	} else {
		_, err = atomicfile.Copy(path, r)
	}
	_ = r.Close()
	return err
}

// left says how long something still takes, roughly.
func left(d time.Duration) string {
	if d < 0 {
		return "unknown time left"
	}
	return span(d.Round(time.Second)) + " left"
}
