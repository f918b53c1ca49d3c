package imsx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

// goPrograms returns the whole programs among the Go examples of a page.
func goPrograms(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for _, m := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(m[1], "package main") {
			programs = append(programs, m[1])
		}
	}
	if len(programs) == 0 {
		t.Fatalf("%s has no program", page)
	}
	return programs
}

// TestProgramsInTheDocs runs the programs of the pages against an emulator.
func TestProgramsInTheDocs(t *testing.T) {
	e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
	for page, want := range map[string]string{"README.md": "200 OK", "docs/library.md": " true"} {
		for _, program := range goPrograms(t, page) {
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("go", "run", file, e.ServiceToken, e.URL()+"/ims/profile/v1").CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("the program in %s printed %q, %v; want %q", page, out, err, want)
			}
		}
	}
}

// TestLinksInTheDocs follows the links between the pages.
func TestLinksInTheDocs(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	code := regexp.MustCompile("(?s)```.*?```")
	for _, page := range append(pages, more...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
