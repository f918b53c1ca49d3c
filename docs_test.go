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
	"github.com/imsx/imsx/emulator/forms/sample"
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

// TestProgramsInTheDocs runs the programs of the pages against an emulator, in a folder with a template and data.
func TestProgramsInTheDocs(t *testing.T) {
	e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
	e.AEM().Instances()[0].SetOpen(true)
	for page, wants := range map[string][]string{
		"README.md": {"200 OK"}, "docs/library.md": {" true", "1 pages, "},
	} {
		programs := goPrograms(t, page)
		if len(programs) != len(wants) {
			t.Errorf("%s has %d programs, want %d", page, len(programs), len(wants))
			continue
		}
		for i, program := range programs {
			address := e.URL() + "/ims/profile/v1"
			if strings.Contains(program, "aem.New(") {
				address = e.AEMAuthorURL()
			}
			out, err := runProgram(t, program, e.ServiceToken, address)
			if err != nil || !strings.Contains(out, wants[i]) {
				t.Errorf("program %d in %s printed %q, %v; want %q", i, page, out, err, wants[i])
			}
		}
	}
}

// runProgram builds a program and runs it in a folder with invoice.xdp and invoice.xml.
func runProgram(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	template, _ := sample.Template("invoice")
	data, _ := sample.Data("invoice-1")
	for name, text := range map[string]string{"main.go": program, "invoice.xdp": string(template), "invoice.xml": string(data)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "program")
	if out, err := exec.Command("go", "build", "-o", binary, filepath.Join(dir, "main.go")).CombinedOutput(); err != nil {
		return string(out), err
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
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
