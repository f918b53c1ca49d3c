package examples_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// dockerfile is the text of the Dockerfile as instructions with their arguments, stage by stage.
type dockerfile []stage

type stage struct {
	from         string
	instructions []instruction
}

type instruction struct{ name, args string }

// readDockerfile reads the Dockerfile in the root. Of its syntax it knows comments and lines that go on.
func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	var d dockerfile
	text := regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(readFile(t, "../Dockerfile"), "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "":
		case name == "FROM":
			d = append(d, stage{from: args})
		case len(d) == 0:
			t.Fatalf("%s stands before the first FROM", name)
		default:
			d[len(d)-1].instructions = append(d[len(d)-1].instructions, instruction{name, strings.TrimSpace(args)})
		}
	}
	if len(d) != 2 {
		t.Fatalf("the Dockerfile has %d stages, want 2", len(d))
	}
	return d
}

// all returns the arguments of every instruction of a name.
func (s stage) all(name string) []string {
	var args []string
	for _, i := range s.instructions {
		if i.name == name {
			args = append(args, i.args)
		}
	}
	return args
}

// one returns the arguments of the only instruction of a name.
func (s stage) one(t *testing.T, name string) string {
	t.Helper()
	args := s.all(name)
	if len(args) != 1 {
		t.Fatalf("the Dockerfile has %d instructions %s in a stage, want 1", len(args), name)
	}
	return args[0]
}

// list reads the JSON form of a command.
func list(t *testing.T, text string) []string {
	t.Helper()
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		t.Fatalf("%v in %s: an image without a shell needs the JSON form", err, text)
	}
	return args
}

// healthcheck returns the command of the health check.
func (s stage) healthcheck(t *testing.T) []string {
	t.Helper()
	_, command, ok := strings.Cut(s.one(t, "HEALTHCHECK"), "CMD ")
	if !ok {
		t.Fatal("the health check has no command")
	}
	return list(t, command)
}

// buildCommand returns the command by which the image's program is built.
func (d dockerfile) buildCommand(t *testing.T) string {
	t.Helper()
	i := slices.IndexFunc(d[0].all("RUN"), func(run string) bool { return strings.Contains(run, "go build") })
	if i < 0 {
		t.Fatal("the Dockerfile does not build the program")
	}
	return d[0].all("RUN")[i]
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	d := readDockerfile(t)
	image := d[1]
	if image.from != "scratch" {
		t.Errorf("the image is made from %s", image.from)
	}
	if user := image.one(t, "USER"); !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("the user is %s, want two numbers that are not root's", user)
	}
	if entry := list(t, image.one(t, "ENTRYPOINT")); !slices.Equal(entry, []string{"/imsx"}) {
		t.Errorf("the entry point is %q", entry)
	}
	if !slices.Contains(image.all("COPY"), "--from=build /image/imsx /imsx") {
		t.Errorf("the program is not in the image: %q", image.all("COPY"))
	}
	if n := len(image.all("RUN")); n != 0 {
		t.Errorf("an empty image can RUN nothing, and the Dockerfile does so %d times", n)
	}
	args := list(t, image.one(t, "CMD"))
	var ports []string
	for _, arg := range args {
		if port, ok := strings.CutPrefix(arg, "0.0.0.0:"); ok {
			ports = append(ports, port)
		}
	}
	if exposed := strings.Fields(image.one(t, "EXPOSE")); !slices.Equal(ports, exposed) {
		t.Errorf("the emulator listens on %q, and exposed are %q", ports, exposed)
	}
}

// TestDockerfileCommands: the commands in the Dockerfile are those of the program.
func TestDockerfileCommands(t *testing.T) {
	t.Parallel()
	image := readDockerfile(t)[1]
	expectFlags(t, list(t, image.one(t, "CMD")))
	check := image.healthcheck(t)
	if check[0] != "/imsx" {
		t.Errorf("the health check runs %s", check[0])
	}
	expectFlags(t, check[1:])
}

// TestStaticBinary: the program that the Dockerfile builds needs no other file to run.
func TestStaticBinary(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the image's program can be built like this on Linux only")
	}
	f, err := elf.Open(imsx(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a segment %v", p.Type)
		}
	}
	stdout, stderr, err := run(t, command(t, nil, imsx(t), "version"))
	if err != nil || !strings.HasPrefix(stdout, "imsx v0.0.0-test ") {
		t.Errorf("imsx version: %v: %s%s", err, stdout, stderr)
	}
}

// TestDockerignore: every file that the program is made of is in the context of the build, and what is private to a
// working copy is not.
func TestDockerignore(t *testing.T) {
	t.Parallel()
	var patterns []string
	for line := range strings.Lines(readFile(t, "../.dockerignore")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, line)
		}
	}
	for _, file := range append(sources(t), "go.mod", "go.sum") {
		if ignored(patterns, file) {
			t.Errorf(".dockerignore leaves out %s, which the build needs", file)
		}
	}
	for _, file := range []string{".git/config", "build/imsx", "adobe/service_token.json", "emulator/clients/node_modules/x/y.js"} {
		if !ignored(patterns, file) {
			t.Errorf(".dockerignore lets %s in", file)
		}
	}
}

// sources lists the files of this module that the program is made of, relative to the root.
func sources(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module,GoFiles,EmbedFiles", "./cmd/imsx")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p struct {
			Dir    string
			Module *struct {
				Main bool
				Dir  string
			}
			GoFiles, EmbedFiles []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			file, err := filepath.Rel(p.Module.Dir, filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, filepath.ToSlash(file))
		}
	}
	if len(files) < 50 {
		t.Fatalf("the program is made of %d files only", len(files))
	}
	return files
}

// ignored reports whether one of the patterns leaves a file out. It knows paths from the root, and names at any depth
// after "**/".
func ignored(patterns []string, file string) bool {
	parts := strings.Split(file, "/")
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		name, anywhere := strings.CutPrefix(pattern, "**/")
		if !anywhere {
			return file == pattern || strings.HasPrefix(file, pattern+"/")
		}
		return slices.ContainsFunc(parts, func(part string) bool {
			hit, err := path.Match(name, part)
			return hit && err == nil
		})
	})
}
