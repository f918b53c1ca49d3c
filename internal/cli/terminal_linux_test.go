package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/imsx/imsx/emulator"
)

// terminalWidth is how many columns the terminals of the tests have.
const terminalWidth = 120

// openTerminal returns the two ends of a pseudo-terminal: what is written to the terminal is read from the screen.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: terminalWidth}); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, terminal
}

// onTerminal runs imsx with the streams that attach connects to a terminal, and returns what is shown there.
func onTerminal(t *testing.T, env []string, attach func(cmd *exec.Cmd, terminal *os.File), args ...string) string {
	t.Helper()
	screen, terminal := openTerminal(t)
	cmd := exec.Command("imsx", args...)
	cmd.Env = append(homeVars(t.TempDir()), env...)
	attach(cmd, terminal)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	shown, err := io.ReadAll(screen)
	if err != nil && !errors.Is(err, syscall.EIO) { // EIO: the last one to write has gone
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(shown)
}

func toOutput(cmd *exec.Cmd, terminal *os.File) { cmd.Stdout = terminal }
func toErrors(cmd *exec.Cmd, terminal *os.File) { cmd.Stderr = terminal }
func toInput(cmd *exec.Cmd, terminal *os.File)  { cmd.Stdin, cmd.Stderr = terminal, terminal }

func TestColour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := startEmulator(dir, emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	const escape = "\x1b["
	inspect := []string{"inspect", dir + "/service_token.json"}
	for _, tt := range []struct {
		name   string
		env    []string
		attach func(*exec.Cmd, *os.File)
		args   []string
		want   bool
	}{
		{"results on a terminal", []string{"TERM=xterm"}, toOutput, inspect, true},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, toOutput, inspect, false},
		{"NO_COLOR that is empty", []string{"TERM=xterm", "NO_COLOR="}, toOutput, inspect, true},
		{"a terminal without colours", []string{"TERM=dumb"}, toOutput, inspect, false},
		{"JSON", []string{"TERM=xterm"}, toOutput, append(inspect, "--json"), false},
		{"the demo", []string{"TERM=xterm"}, toOutput, []string{"demo", "--dir", t.TempDir()}, true},
		{"errors on a terminal", []string{"TERM=xterm"}, toErrors, []string{"token"}, true},
		{"errors with NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1"}, toErrors, []string{"token"}, false},
		{"errors as JSON", []string{"TERM=xterm"}, toErrors, []string{"token", "--json"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, tt.env, tt.attach, tt.args...)
			if shown == "" {
				t.Fatal("nothing is shown")
			}
			if got := strings.Contains(shown, escape); got != tt.want {
				t.Errorf("colour = %v, want %v:\n%q", got, tt.want, shown)
			}
		})
	}
}

// The terminal decides for the stream that it is attached to only.
func TestNoColourInAPipeBesideATerminal(t *testing.T) {
	t.Parallel()
	var piped bytes.Buffer
	shown := onTerminal(t, []string{"TERM=xterm"}, func(cmd *exec.Cmd, terminal *os.File) {
		cmd.Stdout, cmd.Stderr = &piped, terminal
	}, "demo", "--dir", t.TempDir())
	if shown != "" {
		t.Errorf("the demo wrote to standard error: %q", shown)
	}
	if piped.Len() == 0 || bytes.Contains(piped.Bytes(), []byte("\x1b[")) {
		t.Errorf("the output in the pipe is empty or has colour: %q", piped.String())
	}
}

// Where input is expected, a terminal is not waited for.
func TestTerminalIsNoInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"token", "-c", "-"}, {"inspect"}, {"inspect", "-"}, {"validate"}, {"invalidate", "-"}, {"exchange"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			if shown := onTerminal(t, []string{"NO_COLOR=1"}, toInput, args...); !strings.Contains(shown, "imsx: error: ") {
				t.Errorf("no error is shown: %q", shown)
			}
		})
	}
}
