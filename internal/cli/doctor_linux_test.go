package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/fault"
)

// On a terminal each rung is drawn as it is climbed, in colours; the streams of a pipe have neither.
func TestDoctorOnATerminal(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	slow := fault.Fault{Match: fault.Match{Route: "exchange"}, Effect: fault.Effect{Latency: &fault.Latency{Min: time.Second}}}
	if _, err := p.e.Faults().Add(slow); err != nil {
		t.Fatal(err)
	}
	both := func(cmd *exec.Cmd, terminal *os.File) { cmd.Stdout, cmd.Stderr = terminal, terminal }
	const moving = "Access token issued\r"
	for _, tt := range []struct {
		name           string
		env            []string
		attach         func(*exec.Cmd, *os.File)
		more           []string
		colour, moving bool
	}{
		{"a terminal", []string{"TERM=xterm"}, both, nil, true, true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, both, nil, false, true},
		{"a dumb terminal", []string{"TERM=dumb"}, both, nil, false, false},
		{"results in a pipe", []string{"TERM=xterm"}, toErrors, nil, false, true},
		{"errors in a pipe", []string{"TERM=xterm"}, toOutput, nil, true, false},
		{"JSON", []string{"TERM=xterm"}, both, []string{"--json"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, tt.env, tt.attach, p.ofDoctor(emulator.ServiceTokenFile, tt.more...)...)
			if got := strings.Contains(shown, "\x1b["); got != tt.colour {
				t.Errorf("colour = %v, want %v:\n%q", got, tt.colour, shown)
			}
			if got := strings.Contains(shown, moving); got != tt.moving {
				t.Errorf("movement = %v, want %v:\n%q", got, tt.moving, shown)
			}
			// What moved is gone before the next line.
			for line := range strings.Lines(shown) {
				last := line[strings.LastIndex(strings.TrimRight(line, "\r\n"), "\r")+1:]
				if strings.HasPrefix(last, "  |") || strings.HasPrefix(last, "  /") {
					t.Errorf("a line still moves: %q", line)
				}
			}
		})
	}
}

// On a terminal long lines are broken between words, as wide as it is; in a pipe they are whole.
func TestDoctorFitsTheTerminal(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	args := p.ofDoctor(emulator.ServiceTokenFile, "--for", "forms")
	widest := func(text string) int {
		most := 0
		for line := range strings.Lines(text) {
			most = max(most, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
		}
		return most
	}
	shown := onTerminal(t, []string{"NO_COLOR=1"}, toOutput, args...)
	if n := widest(shown); n > terminalWidth || n < terminalWidth/2 {
		t.Errorf("the widest line on a terminal with %d columns has %d:\n%s", terminalWidth, n, shown)
	}
	piped := run(t.Context(), "", p.env, args...).stdout
	if n := widest(piped); n <= terminalWidth {
		t.Errorf("the widest line in a pipe has %d columns:\n%s", n, piped)
	}
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	_, remedyShown, _ := strings.Cut(words(shown), "what to do:")
	_, remedyPiped, _ := strings.Cut(words(piped), "what to do:")
	if before, _, _ := strings.Cut(remedyPiped, " asked for "); before == "" || !strings.HasPrefix(remedyShown, before) {
		t.Errorf("the remedy on the terminal is %q, in the pipe %q", remedyShown, remedyPiped)
	}
}
