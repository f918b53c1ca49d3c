package examples_test

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Containers cannot be run in every place where these tests can. So the examples are compiled, and the commands and the
// line that they wait for are compared with the program.

func TestTestcontainersGo(t *testing.T) {
	t.Parallel()
	const file = "testcontainers/go/emulator_test.go"
	if _, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.AllErrors); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	list := exec.Command("go", "list", "-deps", "-test", "./...")
	list.Dir, list.Env = "testcontainers/go", env
	if list.Run() != nil {
		t.Skip("the modules of examples/testcontainers/go are not on this machine; scripts/test-setup fetches them")
	}
	vet := exec.Command("go", "vet", "./...")
	vet.Dir, vet.Env = list.Dir, env
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTestcontainersNode(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, program(t, "node"), "--check", "testcontainers/node/emulator.test.mjs")
	if _, stderr, err := run(t, cmd); err != nil {
		t.Errorf("%v: %s", err, stderr)
	}
}

func TestTestcontainersCommands(t *testing.T) {
	t.Parallel()
	arguments := regexp.MustCompile(`(?:Cmd: +\[\]string\{|withCommand\(\[)(.*?)[\]}]`)
	word := regexp.MustCompile(`["']([^"']+)["']`)
	for _, file := range []string{"testcontainers/go/emulator_test.go", "testcontainers/node/emulator.test.mjs"} {
		text := readFile(t, file)
		m := arguments.FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%s: no command was found", file)
			continue
		}
		var args []string
		for _, w := range word.FindAllStringSubmatch(m[1], -1) {
			args = append(args, w[1])
		}
		expectFlags(t, args)
		if !strings.Contains(text, "emulator ready at ") {
			t.Errorf("%s does not wait for the line that says that the emulator is ready", file)
		}
	}
	// The line itself, as the program says it.
	dir := workspace(t)
	out, err := sh(t, dir, `imsx emulator --dir adobe >log 2>&1 &
timeout 30 sh -c 'until grep -q "emulator ready at " log; do sleep 0.02; done'`, nil)
	if err != nil {
		t.Errorf("%v: the emulator never says that it is ready: %s", err, out)
	}
}
