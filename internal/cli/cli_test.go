package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/internal/cli"
)

// TestMain runs the tests, or, when the test binary is started under the name imsx, the command line itself.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"imsx": imsxMain})
}

// leakChecked runs tests and then looks for goroutines that they left behind. Its folder for the built program lasts as
// long as the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	dir, err := os.MkdirTemp("", "imsx-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	programDir = dir
	code := 1
	goleak.VerifyTestMain(l.m, goleak.Cleanup(func(c int) { code = c }),
		// The Redis client looks for the nodes of a cluster once more, a second after it found none.
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
	return code
}

// imsxMain is what cmd/imsx does.
func imsxMain() { cli.Main("v0.0.0-test") }

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata", Setup: isolate, Cmds: scriptCommands, RequireUniqueNames: true,
	})
}

// The commands that cobra brings along use the streams of the program, too.
func TestRunWritesToItsStreams(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"version", "imsx test go"}, {"help", "imsx gets access tokens"}, {"help token", "Prints a valid access token"},
		{"token --help", "Prints a valid access token"}, {"completion bash", "# bash completion"}, {"completion zsh", "#compdef imsx"},
	} {
		got := run(t.Context(), "", homeVars(t.TempDir()), strings.Fields(tt.args)...)
		if got.code != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, tt.want) {
			t.Errorf("imsx %s: exit code %d, output %.60q, errors %q", tt.args, got.code, got.stdout, got.stderr)
		}
	}
}

// isolate gives a script a home of its own. Nothing of the caller's environment but PATH is there to begin with.
func isolate(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	for _, kv := range homeVars(home) {
		name, value, _ := strings.Cut(kv, "=")
		env.Setenv(name, value)
	}
	env.Setenv("IMSX_CACHE", "none") // so that each command asks; scripts about the cache say otherwise
	env.Values[running{}] = &running{}
	return os.MkdirAll(filepath.Join(home, "config"), 0o700)
}

// homeVars are the variables that say where a user's files are, on all systems, and what the race detector needs so
// that it does not wait for a second at the end of each process.
func homeVars(home string) []string {
	config := filepath.Join(home, "config")
	return []string{
		"HOME=" + home, "USERPROFILE=" + home, "XDG_CONFIG_HOME=" + config, "AppData=" + config,
		"GORACE=atexit_sleep_ms=0",
	}
}

// emulatorKeys are made once for all emulators of these tests.
var emulatorKeys = sync.OnceValues(emulator.GenerateKeys)

// startEmulator starts an emulator in this process, with its files in dir. The caller closes it.
func startEmulator(dir string, cfg emulator.Config) (*emulator.Emulator, error) {
	keys, err := emulatorKeys()
	if err != nil {
		return nil, err
	}
	cfg.Keys = keys
	e, err := emulator.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := e.Start(""); err != nil {
		return nil, err
	}
	if err := e.WriteFiles(dir); err != nil {
		_ = e.Close()
		return nil, err
	}
	return e, nil
}
