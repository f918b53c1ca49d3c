package cli_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/internal/cli"
)

// fullDisk is an output that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on the disk") }

// TestOutputThatCannotBeWritten: a command whose result did not arrive has failed, and says so.
func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := startEmulator(filepath.Join(dir, "adobe"), emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	service, ca := filepath.Join(dir, "adobe", "service_token.json"), filepath.Join(dir, "adobe", "ca.pem")
	env := append(homeVars(dir), "IMSX_CREDENTIALS="+service, "IMSX_CACHE=none")
	assertion := run(t.Context(), "", env, "jwt")
	token := run(t.Context(), "", env, "token", "--ca-file", ca)
	if assertion.code != 0 || token.code != 0 {
		t.Fatalf("%+v, %+v", assertion, token)
	}
	for _, tt := range []struct{ args, stdin string }{
		{"token", ""}, {"token --json", ""}, {"header", ""}, {"jwt", ""}, {"inspect " + service, ""}, {"inspect --json " + service, ""},
		{"inspect -", assertion.stdout}, {"inspect --json -", assertion.stdout}, {"inspect -", token.stdout}, {"inspect --json -", token.stdout},
		{"jwt --decode", assertion.stdout}, {"exchange", assertion.stdout}, {"exchange --json", assertion.stdout},
		{"curl " + e.AEMAuthorURL() + "/libs/granite/security/currentuser.json", ""}, {"curl --print https://a.adobe.io/x", ""},
		{"cache info", ""}, {"cache info --json", ""}, {"doctor --json", ""}, {"validate --json", token.stdout}, {"version", ""},
	} {
		var stderr sharedBuffer
		code := cli.Run(t.Context(), cli.Program{
			Stdin: strings.NewReader(tt.stdin), Stdout: fullDisk{}, Stderr: &stderr, Env: env, Version: "test",
		}, append(strings.Fields(tt.args), "--ca-file", ca))
		if code == 0 || !strings.Contains(stderr.String(), "no space left on the disk") {
			t.Errorf("imsx %s: exit code %d, errors %q", tt.args, code, stderr.String())
		}
	}
}
