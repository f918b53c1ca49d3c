package cli

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/imsx/imsx/internal/doctor"
	"github.com/imsx/imsx/internal/term"
)

// ladder shows a climb: each rung on standard output when it is done, and the one that is being climbed on standard
// error, if that is a terminal.
type ladder struct {
	app    *app
	style  term.Style
	width  int  // of the terminal; 0 without one
	moving bool // there is somebody to show movement to

	stop chan struct{}
	wait sync.WaitGroup
	err  error // the first of writing
}

func (a *app) newLadder() *ladder {
	return &ladder{
		app: a, style: a.style(a.Stdout), width: term.Width(a.Stdout),
		moving: !a.flags.json && term.IsTerminal(a.Stderr) && a.getenv("TERM") != "dumb",
	}
}

// The steps of the movement, and how long a rung takes before there is one.
const (
	spinner     = `|/-\`
	spinnerStep = 120 * time.Millisecond
)

// begin shows that a rung is being climbed.
func (l *ladder) begin(r doctor.Rung) {
	if !l.moving {
		return
	}
	l.stop = make(chan struct{})
	l.wait.Go(func() {
		tick := time.NewTicker(spinnerStep)
		defer tick.Stop()
		shown := ""
		for n := 0; ; n++ {
			select {
			case <-l.stop:
				if shown != "" {
					fmt.Fprintf(l.app.Stderr, "\r%s\r", strings.Repeat(" ", len(shown)))
				}
				return
			case <-tick.C:
				shown = fmt.Sprintf("  %c        %s", spinner[n%len(spinner)], r.Title)
				fmt.Fprint(l.app.Stderr, "\r"+shown)
			}
		}
	})
}

// end shows a rung that has been climbed, or not.
func (l *ladder) end(r doctor.Rung) {
	if l.moving {
		close(l.stop)
		l.wait.Wait()
	}
	if !l.app.flags.json {
		l.write(l.rung(r))
	}
}

func (l *ladder) write(text string) {
	if l.err == nil {
		_, l.err = fmt.Fprint(l.app.Stdout, text)
	}
}

// indent is where the text of a rung begins.
const indent = "           "

// wrap breaks text that begins at a column, and goes on in the next lines at indent or beyond.
func (l *ladder) wrap(text string, column, beyond int) string {
	return term.Wrap(text, column, len(indent)+beyond, l.width)
}

// rung returns the lines of a rung.
func (l *ladder) rung(r doctor.Rung) string {
	st := l.style
	paint := map[doctor.State]func(string) string{
		doctor.StateOK: st.Good, doctor.StateWarning: st.Warn, doctor.StateBroken: st.Bad, doctor.StateSkipped: st.Dim,
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "  %s %s: %s\n", paint[r.State](fmt.Sprintf("%-8s", r.State)), st.Bold(r.Title),
		l.wrap(r.Seen, len(indent)+len(r.Title)+2, 0))
	for _, line := range []struct{ label, text string }{{"what it means:", r.Meaning}, {"what to do:", r.Remedy}} {
		if line.text != "" {
			fmt.Fprintf(&b, "%s%s %s\n", indent, st.Bold(line.label), l.wrap(line.text, len(indent)+len(line.label)+1, 0))
		}
	}
	if r.State == doctor.StateBroken || r.State == doctor.StateWarning || l.app.flags.verbose {
		l.facts(&b, r.Facts)
	}
	if r.File != nil {
		// Without an indent, so that it can be taken over as it is.
		fmt.Fprintf(&b, "\n%s%s\n\n%s\n", indent, st.Bold(r.File.Path+":"), r.File.Content)
	}
	return b.String()
}

func (l *ladder) facts(b *bytes.Buffer, facts []doctor.Fact) {
	names := 0
	for _, f := range facts {
		names = max(names, len(f.Name))
	}
	for _, f := range facts {
		name := l.style.Dim(fmt.Sprintf("%-*s", names, f.Name))
		fmt.Fprintf(b, "%s%s  %s\n", indent, name, l.wrap(f.Value, len(indent)+names+2, names+2))
	}
}

// doctorOutput is the JSON of a climb.
type doctorOutput struct {
	doctor.Report
	Exit int `json:"exit"`
}

// verdict ends the showing.
func (l *ladder) verdict(report doctor.Report, code int) error {
	if l.app.flags.json {
		return l.app.printJSON(doctorOutput{report, code})
	}
	paint := map[doctor.State]func(string) string{
		doctor.StateOK: l.style.Good, doctor.StateWarning: l.style.Warn, doctor.StateBroken: l.style.Bad,
	}[report.Verdict.State]
	l.write("\n" + paint(report.Verdict.Text) + "\n")
	return l.err
}
