package imsx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The end of the time, which go test calls a failure now and then, fails no fuzz run; all else does.
func TestFuzzScript(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a script for bash")
	}
	const tail = "FAIL\nexit status 1\nFAIL\texample.com/a\t5.129s\n"
	tests := []struct {
		name    string
		printed string
		status  string
		passes  bool
	}{
		{"nothing found", "fuzz: elapsed: 5s, execs: 2\nPASS\nok  \texample.com/a\t5.1s\n", "0", true},
		{"time up", "fuzz: elapsed: 5s, execs: 2\n--- FAIL: FuzzA (5.12s)\n    context deadline exceeded\n" + tail, "1", true},
		{"a finding", "--- FAIL: FuzzA (0.12s)\n    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: got 1, want 2\n    \n" +
			"    Failing input written to testdata/fuzz/FuzzA/0123\n" + tail, "1", false},
		{"a finding at the end", "--- FAIL: FuzzA (5.12s)\n    context deadline exceeded\n" +
			"    Failing input written to testdata/fuzz/FuzzA/0123\n" + tail, "1", false},
		{"a seed fails", "failure while testing seed corpus entry: FuzzA/seed#0\n--- FAIL: FuzzA (0.12s)\n" +
			"    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: context deadline exceeded\n" + tail, "1", false},
		{"another target", "--- FAIL: FuzzB (5.12s)\n    context deadline exceeded\n" + tail, "1", false},
		{"it does not build", "# example.com/a\n./a.go:1:1: syntax error\nFAIL\texample.com/a [build failed]\nFAIL\n", "1", false},
		{"killed", "", "137", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "printed"), test.printed)
			write(t, filepath.Join(dir, "go"), `case "$*" in
list*) echo example.com/a ;;
*-list*) printf 'FuzzA\nok\texample.com/a\t0.1s\n' ;;
*) cat "`+filepath.Join(dir, "printed")+`"; exit `+test.status+` ;;
esac
`)
			command := exec.CommandContext(t.Context(), filepath.Join("scripts", "fuzz"), "5s", "./...")
			command.Env = append(os.Environ(), "GO=sh "+filepath.Join(dir, "go"))
			output, err := command.CombinedOutput()
			if got := err == nil; got != test.passes {
				t.Errorf("passes: got %t (%v), want %t; it printed:\n%s", got, err, test.passes, output)
			}
			if !strings.Contains(string(output), test.printed) {
				t.Errorf("got the output\n%s\nwithout\n%s", output, test.printed)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
