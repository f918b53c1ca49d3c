package cli_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/cli"
)

// A command that waits for its input ends when it is interrupted, although nobody writes.
func TestInterruptedInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"token", "-c", "-"}, {"inspect"}, {"validate"}, {"exchange", "--json"}, {"doctor", "-c", "-"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			from, to := io.Pipe()
			defer to.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout, stderr bytes.Buffer
			env := homeVars(t.TempDir())
			ended := make(chan int)
			go func() {
				ended <- cli.Run(ctx, cli.Program{
					Stdin: from, Stdout: &stdout, Stderr: &stderr, Env: env, Version: "test",
				}, args)
			}()
			if _, err := io.WriteString(to, "{"); err != nil { // it is being read
				t.Fatal(err)
			}
			cancel()
			if code := <-ended; code != 130 {
				t.Errorf("exit code %d:\n%s%s", code, stdout.String(), stderr.String())
			}
		})
	}
}
