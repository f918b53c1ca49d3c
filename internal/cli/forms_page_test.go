package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/emulator"
)

const formsPagePath = "../../docs/forms.md"

// TestFormsPageExamples runs the examples of the page one after the other in one shell, with the files that it shows.
func TestFormsPageExamples(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the examples are for a Unix shell")
	}
	dir := t.TempDir()
	storage := filepath.Join(dir, "storage")
	e, err := startEmulator(filepath.Join(dir, "adobe"), emulator.Config{BatchDir: storage})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	input := filepath.Join(storage, "invoices", "input")
	for _, err := range []error{makeFormsUsers(e, filepath.Join(dir, "adobe")), writeSamples(dir), os.MkdirAll(input, 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"invoice-1.xml", "invoice-2.xml"} {
		writeFile(t, filepath.Join(input, name), readFile(t, filepath.Join(dir, name)))
	}
	files := map[string]string{"xml": "merge.ddx", "json": "batch.json", "yaml": "config.yaml"}
	whole := "$ export IMSX_CONFIG=config.yaml\n"
	for _, b := range blocksOf(readFile(t, formsPagePath)) {
		if name := files[b.kind]; name != "" {
			writeFile(t, filepath.Join(dir, name), strings.ReplaceAll(b.text, "https://author-p1-e2.adobeaemcloud.com", e.AEMAuthorURL()))
		}
		if b.kind == "console" {
			whole += b.text
		}
	}
	runConsole(t, dir, whole)
}

// TestFormsPageYAML checks that imsx reads the configuration of the page.
func TestFormsPageYAML(t *testing.T) {
	t.Parallel()
	for _, b := range blocksOf(readFile(t, formsPagePath)) {
		if b.kind != "yaml" {
			continue
		}
		var v any
		if err := yaml.Unmarshal([]byte(b.text), &v); err != nil {
			t.Errorf("line %d: %v", b.line, err)
		}
	}
}

// formsCommandNames lists all commands below imsx forms by their help.
func formsCommandNames(t *testing.T, command ...string) [][]string {
	t.Helper()
	_, below, grouped := strings.Cut(helpOf(t, command...), "Available Commands:")
	if !grouped {
		return [][]string{command}
	}
	list, _, _ := strings.Cut(below, "Flags:")
	var all [][]string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) {2,}[A-Z]`).FindAllStringSubmatch(list, -1) {
		all = append(all, formsCommandNames(t, append(append([]string{}, command...), m[1])...)...)
	}
	return all
}

// TestFormsPageIsComplete checks that the page has every command below imsx forms, and every flag of each.
func TestFormsPageIsComplete(t *testing.T) {
	t.Parallel()
	page := readFile(t, formsPagePath)
	commands := formsCommandNames(t, "forms")
	if len(commands) != 21 {
		t.Errorf("there are %d commands", len(commands))
	}
	for _, c := range commands {
		name := c[len(c)-1]
		if !regexp.MustCompile("`[^`\n]*\\b" + name + "\\b|imsx forms [^\n]*\\b" + name + "\\b").MatchString(page) {
			t.Errorf("the page does not name imsx %s", strings.Join(c, " "))
		}
		own, _, _ := strings.Cut(helpOf(t, c...), "Global Flags:")
		_, own, _ = strings.Cut(own, "\nFlags:")
		for _, flag := range flagsOf(own) {
			if flag != "--help" && !strings.Contains(page, flag) {
				t.Errorf("the page lacks %s of imsx %s", flag, strings.Join(c, " "))
			}
		}
	}
}

// TestFormsPageCauses checks the table of causes against the program.
func TestFormsPageCauses(t *testing.T) {
	t.Parallel()
	page := readFile(t, formsPagePath)
	for _, c := range aem.Causes() {
		passes := "no"
		if c.Retryable() {
			passes = "yes"
		}
		begin := fmt.Sprintf("| `%s` | %s | %s | ", c, c.Meaning(), c.Remedy())
		_, rest, found := strings.Cut(page, begin)
		code, rest, _ := strings.Cut(rest, " | ")
		if !found || !strings.HasPrefix(rest, passes+" |\n") || !regexp.MustCompile(`^(\d|130)$`).MatchString(code) {
			t.Errorf("the page has no row %q … %s", begin, passes)
		}
	}
}
