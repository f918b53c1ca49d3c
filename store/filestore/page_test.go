package filestore_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

// TestProgramInThePage runs the program of docs/caching.md twice, with a home of its own.
func TestProgramInThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/caching.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(page)
	if program == nil {
		t.Fatal("the page has no program")
	}
	dir, home := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), program[1], 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "program.exe")
	if out, err := exec.Command("go", "build", "-o", binary, filepath.Join(dir, "main.go")).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
	for _, want := range []string{"exchange\n", "cache\n"} {
		cmd := exec.Command(binary, e.ServiceToken)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME=", "LocalAppData="+home)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("the program printed %q, %v; want %q", out, err, want)
		}
	}
	if got := e.Tokens(); got != 1 {
		t.Errorf("%d tokens were asked for, want 1", got)
	}
}
