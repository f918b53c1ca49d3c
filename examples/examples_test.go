package examples_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// binFolder is where imsx is built for these tests.
var binFolder string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "imsx-examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binFolder = dir
	code := 1
	goleak.VerifyTestMain(m, goleak.Cleanup(func(c int) {
		code = c
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

var built struct {
	once sync.Once
	err  error
}

// imsx builds the program once, by the command in the Dockerfile, and returns its path.
func imsx(t *testing.T) string {
	t.Helper()
	shell := program(t, "sh")
	path := filepath.Join(binFolder, "imsx")
	build := readDockerfile(t).buildCommand(t)
	built.once.Do(func() {
		build = strings.NewReplacer("${VERSION}", "v0.0.0-test", "/image/imsx", path).Replace(build)
		cmd := exec.Command(shell, "-c", build)
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%s: %w: %s", build, err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return path
}

// program returns the path of a program, or leaves the test out.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on this machine", name)
	}
	return path
}

// command is a command with nothing of the caller's environment but PATH and what is given.
func command(t *testing.T, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}, env...)
	return cmd
}

// run runs a command and returns both its streams.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// expectFlags checks that a command of imsx with these arguments is one that it knows, flags included: it asks for the
// help of that very command line.
func expectFlags(t *testing.T, args []string) {
	t.Helper()
	_, stderr, err := run(t, command(t, nil, imsx(t), append(append([]string{}, args...), "--help")...))
	if err != nil {
		t.Errorf("imsx %s: %s", strings.Join(args, " "), stderr)
	}
}
