package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/imsx/imsx/emulator"
)

const pagePath = "../../docs/command-line.md"

// block is a fenced block of the page.
type block struct {
	line       int // of its first line of text
	kind, text string
}

func blocksOf(page string) []block {
	var blocks []block
	var open *block
	for i, line := range strings.Split(page, "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{line: i + 2, kind: kind}
		case fence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return blocks
}

func blocksOfKind(t *testing.T, kind string) []block {
	t.Helper()
	var found []block
	for _, b := range blocksOf(readFile(t, pagePath)) {
		if b.kind == kind {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		t.Fatalf("the page has no block of kind %q", kind)
	}
	return found
}

// TestPageExamples runs every example of the page, each block in a folder and a shell of its own.
func TestPageExamples(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the examples are for a Unix shell")
	}
	for _, b := range blocksOfKind(t, "console") {
		t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e, err := startEmulator(filepath.Join(dir, "adobe"), emulator.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			runConsole(t, dir, b.text)
		})
	}
}

// runConsole runs the lines of a text that begin with "$ " in one shell and compares what they write with the lines
// below them.
func runConsole(t *testing.T, dir, text string) {
	t.Helper()
	var commands, want []string
	for line := range strings.Lines(text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands, want = append(commands, strings.TrimSpace(command)), append(want, "")
			continue
		}
		if len(want) == 0 {
			t.Fatalf("%q stands before the first command", line)
		}
		want[len(want)-1] += line
	}
	got := runShell(t, dir, commands)
	for i := range commands {
		if !wildcards(want[i]).MatchString(got[i]) {
			t.Errorf("$ %s\ngot:\n%s\nwant:\n%s", commands[i], got[i], want[i])
		}
	}
}

// TestTutorial follows the tutorial word by word: all its examples, in one shell, in an empty folder.
func TestTutorial(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the tutorial is for a Unix shell")
	}
	for _, name := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s, which the tutorial asks for, is not on this machine", name)
		}
	}
	var whole strings.Builder
	for _, b := range blocksOf(readFile(t, "../../docs/testing-offline.md")) {
		if b.kind == "console" {
			whole.WriteString(b.text)
		}
	}
	dir := t.TempDir()
	runConsole(t, dir, whole.String())
	if err := waitFor("the end of the emulator", func() bool { return !isThere(filepath.Join(dir, "adobe", "emulator.json")) }); err != nil {
		t.Error(err)
	}
}

// runShell runs commands in one shell and returns what each wrote, on both streams.
func runShell(t *testing.T, dir string, commands []string) []string {
	t.Helper()
	const mark = "--- the next command ---\n"
	var script strings.Builder
	for _, command := range commands {
		// The exit code goes on to the next command, which may ask for it.
		fmt.Fprintf(&script, "%s\nlast=$?; printf '%s'; (exit $last)\n", command, strings.ReplaceAll(mark, "\n", `\n`))
	}
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(script.String(), "printf '---", "printf -- '---"))
	cmd.Dir = dir
	cmd.Env = append(homeVars(t.TempDir()), "PATH="+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the exit code is that of the last example
	parts := strings.Split(out.String(), mark)
	if len(parts) != len(commands)+1 {
		t.Fatalf("the shell ended early:\n%s", out.String())
	}
	return parts
}

// wildcards returns an expression for text in which "…" stands for anything within a line.
func wildcards(text string) *regexp.Regexp {
	return regexp.MustCompile(`\A` + strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".+") + `\z`)
}

// TestPageShellScripts checks that a shell can parse the scripts of the page.
func TestPageShellScripts(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sh", "bash"} {
		shell, err := exec.LookPath(kind)
		if err != nil {
			continue // Windows, or a system without bash
		}
		for _, b := range blocksOfKind(t, kind) {
			cmd := exec.Command(shell, "-n")
			cmd.Stdin = strings.NewReader(b.text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("line %d: %v: %s", b.line, err, out)
			}
		}
	}
}

// TestPageYAML checks that the YAML of the page is YAML, and that imsx reads the configuration.
func TestPageYAML(t *testing.T) {
	t.Parallel()
	configurations := 0
	for _, b := range blocksOfKind(t, "yaml") {
		var v any
		if err := yaml.Unmarshal([]byte(b.text), &v); err != nil {
			t.Errorf("line %d: %v", b.line, err)
		}
		if !strings.Contains(b.text, "profiles:") {
			continue
		}
		configurations++
		path := writeFile(t, filepath.Join(t.TempDir(), "config.yaml"), b.text)
		got := run(t.Context(), "", append(homeVars(t.TempDir()), "IMSX_CONFIG="+path), "token", "--profile", "none")
		if want := "the profiles are: author, behind-a-proxy, forms\n"; !strings.HasSuffix(got.stderr, want) {
			t.Errorf("line %d: imsx says %q, want %q", b.line, got.stderr, want)
		}
	}
	if configurations != 1 {
		t.Errorf("the page has %d configurations, want 1", configurations)
	}
}

// TestPageIsComplete checks that the page has every command with its flags, and no other command.
func TestPageIsComplete(t *testing.T) {
	t.Parallel()
	page := readFile(t, pagePath)
	sections := map[string]string{}
	for section := range strings.SplitSeq(page, "\n## ") {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = text
	}
	names := regexp.MustCompile(`(?m)^  ([a-z]+) {2,}[A-Z]`).FindAllStringSubmatch(helpOf(t), -1)
	if len(names) < 10 {
		t.Fatalf("the help lists %d commands", len(names))
	}
	shared := flagsOf(helpOf(t))
	for _, flag := range shared {
		if !strings.Contains(sections["Shared flags"], "`"+flag) {
			t.Errorf("the table of shared flags lacks %s", flag)
		}
	}
	for _, m := range names {
		section, ok := sections["imsx "+m[1]]
		if !ok {
			t.Errorf("the page has no section on imsx %s", m[1])
		}
		for _, flag := range flagsOf(helpOf(t, m[1])) {
			if !strings.Contains(section+sections["Shared flags"], "`"+flag) {
				t.Errorf("the section on imsx %s lacks %s", m[1], flag)
			}
		}
	}
	if got := strings.Count(page, "\n## imsx "); got != len(names) {
		t.Errorf("the page has sections on %s commands, the help has %d", strconv.Itoa(got), len(names))
	}
}

func helpOf(t *testing.T, command ...string) string {
	t.Helper()
	got := run(t.Context(), "", homeVars(t.TempDir()), append([]string{"help"}, command...)...)
	if got.code != 0 {
		t.Fatal(got.stderr)
	}
	return got.stdout
}

// flagsOf returns the long flags in a help text.
func flagsOf(help string) []string {
	var flags []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z-]+)`).FindAllStringSubmatch(help, -1) {
		flags = append(flags, m[1])
	}
	return flags
}

// TestPageNamesTheVariables checks that every variable that the program reads is on the page.
func TestPageNamesTheVariables(t *testing.T) {
	t.Parallel()
	page := readFile(t, pagePath)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range sources {
		for _, m := range regexp.MustCompile(`getenv\("(\w+)"\)`).FindAllStringSubmatch(readFile(t, file), -1) {
			found++
			if !strings.Contains(page, "| `"+m[1]+"` |") {
				t.Errorf("%s reads %s, which the page does not explain", file, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no variable was found in the sources")
	}
}
