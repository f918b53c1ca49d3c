package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

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
