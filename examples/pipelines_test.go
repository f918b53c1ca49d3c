package examples_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// install is how the pipelines get the program. The tests have built it from this tree instead.
const install = "go install github.com/imsx/imsx/cmd/imsx@latest"

func readYAML(t *testing.T, path string, v any) {
	t.Helper()
	dec := yaml.NewDecoder(strings.NewReader(readFile(t, path)))
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// workspace returns a folder as a pipeline finds it: with the project's test, for which token.mjs stands.
func workspace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token.mjs"), readFile(t, "node/token.mjs"))
	t.Cleanup(func() { endEmulator(t, filepath.Join(dir, "adobe", "emulator.json")) })
	return dir
}

// endEmulator ends the emulator that a pipeline has started in the background: there, the end of the machine does it.
func endEmulator(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var status struct{ PID int }
	if err := errors.Join(err, json.Unmarshal(data, &status)); err != nil {
		t.Error(err)
		return
	}
	process, err := os.FindProcess(status.PID)
	if err == nil {
		err = process.Signal(syscall.SIGTERM)
	}
	if err != nil {
		t.Error(err)
		return
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Errorf("the emulator that a pipeline has started does not end")
			return
		}
	}
}

// sh runs a script in a folder and returns what it says. Its standard input and output are no pipes that a program in
// the background could keep open.
func sh(t *testing.T, dir, script string, env []string) (string, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), program(t, "bash"), "-e", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = append([]string{"PATH=" + filepath.Dir(imsx(t)) + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	err = cmd.Run()
	return readFile(t, out.Name()), err
}

var gotToken = regexp.MustCompile(`(?m)^a token for \w+@techacct\.adobe\.com, good for 1440 minutes$`)

func TestGitHubActions(t *testing.T) {
	t.Parallel()
	program(t, "node")
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses, Run, If string
			}
		}
	}
	readYAML(t, "github-actions.yml", &workflow)
	dir := workspace(t)
	shared := filepath.Join(dir, "env")
	said, installed := "", false
	for _, step := range workflow.Jobs["test"].Steps {
		switch {
		case step.Run == install:
			installed = true
			continue
		case step.Uses != "" || step.If == "failure()":
			continue
		}
		env := []string{"GITHUB_ENV=" + shared}
		if data, err := os.ReadFile(shared); err == nil {
			env = append(env, strings.Split(strings.TrimSpace(string(data)), "\n")...)
		}
		out, err := sh(t, dir, step.Run, env)
		if err != nil {
			t.Fatalf("%s: %v: %s", step.Run, err, out)
		}
		said += out
	}
	if !installed || !gotToken.MatchString(said) {
		t.Errorf("installed: %v; the steps say %q", installed, said)
	}
}

func TestGitLabCI(t *testing.T) {
	t.Parallel()
	program(t, "node")
	var pipeline map[string]struct {
		Script    []string
		Needs     []string
		Variables map[string]string
	}
	var whole map[string]any
	readYAML(t, "gitlab-ci.yml", &whole)
	delete(whole, "stages")
	jobs, err := yaml.Marshal(whole)
	if err == nil {
		err = yaml.Unmarshal(jobs, &pipeline)
	}
	if err != nil {
		t.Fatal(err)
	}
	if build := pipeline["imsx"].Script; len(build) != 1 || !strings.HasSuffix(build[0], install) {
		t.Errorf("the program is built by %q", build)
	}
	test := pipeline["test"]
	if !slices.Equal(test.Needs, []string{"imsx"}) {
		t.Errorf("the tests need %q", test.Needs)
	}
	dir := workspace(t)
	if err := os.Symlink(imsx(t), filepath.Join(dir, "imsx")); err != nil {
		t.Fatal(err)
	}
	var env []string
	for name, value := range test.Variables {
		env = append(env, name+"="+strings.ReplaceAll(value, "$CI_PROJECT_DIR", dir))
	}
	out, err := sh(t, dir, strings.Join(test.Script, "\n"), env)
	if err != nil || !gotToken.MatchString(out) {
		t.Errorf("%v: the script says %q", err, out)
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	type service struct {
		Command   []string
		Networks  map[string]struct{ Aliases []string }
		Volumes   []string
		DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
		Check     struct{ Test []string }               `yaml:"healthcheck"`
		Env       map[string]string                     `yaml:"environment"`
	}
	var file struct {
		Services map[string]service
		Volumes  map[string]any
	}
	readYAML(t, "compose.yaml", &file)
	adobe, tests := file.Services["adobe"], file.Services["tests"]
	expectFlags(t, adobe.Command)
	if want := append([]string{"CMD"}, readDockerfile(t)[1].healthcheck(t)...); !slices.Equal(adobe.Check.Test, want) {
		t.Errorf("the health check is %q, that of the image %q", adobe.Check.Test, want)
	}
	if tests.DependsOn["adobe"].Condition != "service_healthy" {
		t.Error("the tests do not wait until the emulator is healthy")
	}
	for _, alias := range adobe.Networks["default"].Aliases {
		if !slices.Contains(adobe.Command, "--host="+alias) {
			t.Errorf("the certificate lacks the name %s", alias)
		}
	}
	if _, ok := file.Volumes["credentials"]; !ok || !slices.Contains(adobe.Volumes, "credentials:/adobe") ||
		!slices.Contains(tests.Volumes, "credentials:/adobe:ro") || tests.Env["NODE_EXTRA_CA_CERTS"] != "/adobe/ca.pem" {
		t.Error("the two do not share the folder of the credentials")
	}
	for _, arg := range tests.Command {
		if script, ok := strings.CutPrefix(arg, "/app/"); ok {
			readFile(t, "node/"+script)
		}
	}
}
