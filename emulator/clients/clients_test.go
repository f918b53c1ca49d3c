package clients_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The hosts that the Node.js clients have built in.
const (
	production = "ims-na1.adobelogin.com"
	stage      = "ims-na1-stg1.adobelogin.com"
)

// newAdobe starts an emulator that carries the names of Adobe's hosts.
func newAdobe(t *testing.T) *emulatortest.Emulator {
	t.Helper()
	return emulatortest.New(t, func(c *emulator.Config) { c.Hosts = []string{production, stage} })
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

// run runs a command without the caller's environment, except for what is needed to find programs, and returns what it
// writes on standard output. env comes on top.
func run(t *testing.T, env []string, name string, args ...string) ([]byte, error) {
	t.Helper()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "TMPDIR=" + home}, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if stderr.Len() > 0 {
		t.Logf("%s: %s", filepath.Base(name), stderr.Bytes())
	}
	return out, err
}

// mustRun is run for a command that has to succeed.
func mustRun(t *testing.T, env []string, name string, args ...string) []byte {
	t.Helper()
	out, err := run(t, env, name, args...)
	if err != nil {
		t.Fatalf("%s: %v: %s", filepath.Base(name), err, out)
	}
	return out
}

func readJSON(t *testing.T, path string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}

func decode(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return v
}

// object returns the object at a path of names.
func object(t *testing.T, v map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, name := range path {
		next, ok := v[name].(map[string]any)
		if !ok {
			t.Fatalf("there is no object %s in %v", name, v)
		}
		v = next
	}
	return v
}

// text returns a member that has to be a string.
func text(t *testing.T, v map[string]any, name string) string {
	t.Helper()
	s, ok := v[name].(string)
	if !ok {
		t.Fatalf("%s is no string in %v", name, v)
	}
	return s
}

// edited returns the path of a copy of a credential file that change has changed.
func edited(t *testing.T, path string, change func(map[string]any)) string {
	t.Helper()
	if change == nil {
		return path
	}
	v := readJSON(t, path)
	change(v)
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
