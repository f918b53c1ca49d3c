package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/internal/cli"
)

// hidden is a text that must not be shown.
type hidden struct{ what, text string }

// ran is what one command line did.
type ran struct {
	code           int
	stdout, stderr string
}

// sharedBuffer is a buffer for several goroutines.
type sharedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *sharedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// run runs a command line in this process.
func run(ctx context.Context, stdin string, env []string, args ...string) ran {
	var stdout, stderr sharedBuffer
	code := cli.Run(ctx, cli.Program{
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr, Env: env, Version: "test",
	}, args)
	return ran{code, stdout.String(), stderr.String()}
}

// runProcess runs a command line in a process of its own: exec replaces it.
func runProcess(ctx context.Context, stdin string, env []string, args ...string) ran {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "imsx", args...)
	cmd.Env = append(slices.Clone(env), "PATH="+os.Getenv("PATH"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	_ = cmd.Run() // its exit code says it
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// hiddenIn returns what credential files hold and nobody must see: client secrets, lines of the key, tokens; also
// pieces of them, because a beginning is too much already.
func hiddenIn(t *testing.T, dir string) []hidden {
	t.Helper()
	var service struct {
		Integration struct {
			TechnicalAccount struct{ ClientSecret string }
			PrivateKey       string
		}
	}
	var oauth struct {
		ClientSecrets []string `json:"CLIENT_SECRETS"`
	}
	var development struct{ AccessToken string }
	for name, into := range map[string]any{
		emulator.ServiceTokenFile: &service, emulator.OAuthServerToServerFile: &oauth, emulator.LocalDevelopmentTokenFile: &development,
	} {
		if err := json.Unmarshal([]byte(readFile(t, filepath.Join(dir, name))), into); err != nil {
			t.Fatal(err)
		}
	}
	secrets := []hidden{{"a client secret made up for the test", "p8e-made-up"}, {"the passphrase", "open sesame"}}
	for _, s := range append(oauth.ClientSecrets, service.Integration.TechnicalAccount.ClientSecret) {
		secrets = append(secrets, hidden{"a client secret", s}, hidden{"a piece of a client secret", s[4:14]})
	}
	for line := range strings.Lines(service.Integration.PrivateKey) {
		// Every RSA key of this size begins alike, so the first line counts as a whole only.
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
			secrets = append(secrets, hidden{"a line of the private key", line})
			if len(line) == 64 {
				secrets = append(secrets, hidden{"a piece of the private key", line[40:56]})
			}
		}
	}
	secrets = append(secrets, tokenSecrets("the local development token", development.AccessToken)...)
	if len(secrets) < 30 {
		t.Fatalf("only %d secrets were found", len(secrets))
	}
	return secrets
}

// tokenSecrets returns a token, its signature, and the signature's beginning.
func tokenSecrets(what, token string) []hidden {
	signature := token[strings.LastIndex(token, ".")+1:]
	return []hidden{{what, token}, {"the signature of " + what, signature}, {"the beginning of the signature of " + what, signature[:12]}}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// invocation is a command line of the walk. What prints shows tokens on standard output, because that is its purpose.
type invocation struct {
	name   string
	args   []string
	stdin  string
	env    []string
	exit   int
	prints bool
	run    func(ctx context.Context, stdin string, env []string, args ...string) ran
}

var anyToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// TestSecretsAreNotShown goes through every command, with every verbosity, in success and failure.
func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := startEmulator(dir, emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	secrets := hiddenIn(t, dir)
	commands := walk(t, dir)
	covered := map[string]bool{}
	for _, c := range commands {
		covered[c.args[0]] = true
		for _, flags := range [][]string{nil, {"-v"}, {"--json"}, {"-v", "--json"}} {
			t.Run(strings.Join(append([]string{c.name}, flags...), " "), func(t *testing.T) {
				t.Parallel()
				args := slices.Insert(slices.Clone(c.args), 1, flags...)
				got := c.run(t.Context(), c.stdin, append(uncached(dir), c.env...), args...)
				if got.code != c.exit {
					t.Errorf("exit code %d, want %d; standard error: %s", got.code, c.exit, got.stderr)
				}
				checkHidden(t, c, got, secrets)
			})
		}
	}
	help := run(t.Context(), "", homeVars(dir), "help").stdout
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) {2,}[A-Z]`).FindAllStringSubmatch(help, -1) {
		if !covered[m[1]] {
			t.Errorf("the walk leaves out %q", m[1])
		}
	}
}

// uncached is an environment in which each command asks for a token.
func uncached(dir string) []string { return append(homeVars(dir), "IMSX_CACHE=none") }

// checkHidden looks for secrets in what a command wrote.
func checkHidden(t *testing.T, c invocation, got ran, secrets []hidden) {
	t.Helper()
	minted := anyToken.FindAllString(got.stdout, -1)
	if c.prints && c.exit == 0 && len(minted) == 0 {
		t.Errorf("it is there to print a token, and printed: %s", got.stdout)
	}
	if c.prints && c.exit != 0 && got.stdout != "" {
		t.Errorf("it failed, and printed: %s", got.stdout)
	}
	for _, token := range minted {
		if !c.prints {
			t.Errorf("standard output shows a token: %s", got.stdout)
		}
		for _, s := range tokenSecrets("the token that was printed", token) {
			if strings.Contains(got.stderr, s.text) {
				t.Errorf("standard error shows %s: %s", s.what, got.stderr)
			}
		}
	}
	for _, s := range secrets {
		if strings.Contains(got.stderr, s.text) {
			t.Errorf("standard error shows %s: %s", s.what, got.stderr)
		}
		if strings.Contains(got.stdout, s.text) && !(c.prints && strings.Contains(s.what, "development token")) {
			t.Errorf("standard output shows %s: %s", s.what, got.stdout)
		}
	}
}

// walk returns the command lines, with the files that they need.
func walk(t *testing.T, dir string) []invocation {
	t.Helper()
	file := func(name string) string { return filepath.Join(dir, name) }
	service, oauth, development := file(emulator.ServiceTokenFile), file(emulator.OAuthServerToServerFile), file(emulator.LocalDevelopmentTokenFile)
	ca := []string{"--ca-file", file(emulator.CertificateAuthorityFile)}
	text := readFile(t, service)
	mint := func() string {
		got := run(t.Context(), "", uncached(dir), append([]string{"token", "-c", oauth}, ca...)...)
		if got.code != 0 {
			t.Fatal(got.stderr)
		}
		return strings.TrimSpace(got.stdout)
	}
	assertion := func() string {
		return run(t.Context(), "", uncached(dir), "jwt", "-c", service, "--lifetime", "1h").stdout
	}
	secretLine := regexp.MustCompile(`"clientSecret": *"[^"]*"`)
	wrong := writeFile(t, file("wrong.json"), secretLine.ReplaceAllString(text, `"clientSecret": "p8e-made-up"`))
	half := writeFile(t, file("half.json"), text[:strings.Index(text, "PRIVATE KEY")+300])
	spoilt := writeFile(t, file("spoilt.json"), strings.Replace(text, `PRIVATE KEY-----\r\n`, `PRIVATE KEY-----\r\nAAAA`, 1))
	silent := writeFile(t, file("nobody.json"), regexp.MustCompile(`"imsEndpoint": *"[^"]*"`).ReplaceAllString(text, `"imsEndpoint": "http://127.0.0.1:1"`))
	far := writeFile(t, file("far.json"), regexp.MustCompile(`"imsEndpoint": *"[^"]*"`).ReplaceAllString(text, `"imsEndpoint": "ims.attacker.example"`))
	keyless := writeFile(t, file("keyless.json"), regexp.MustCompile(`"privateKey": *"[^"]*",`).ReplaceAllString(text, ""))
	tokenText, ended := mint(), mint()
	tokenFile := writeFile(t, file("token.txt"), tokenText+"\n")
	passphrase := []string{"IMSX_PASSPHRASE=open sesame"}
	with := func(args ...string) []string { return append(args, ca...) }
	var addresses struct {
		Author string `json:"aem_author_url"`
	}
	if err := json.Unmarshal([]byte(readFile(t, file(emulator.StatusFile))), &addresses); err != nil {
		t.Fatal(err)
	}
	author := addresses.Author
	cached := []string{"IMSX_CACHE=file", "IMSX_CACHE_DIR=" + file("cache")}
	away := []string{"IMSX_CACHE=redis://127.0.0.1:1", "IMSX_CACHE_PASSWORD=" + tokenText}

	all := []invocation{
		{name: "token", args: with("token", "-c", service), prints: true},
		{name: "token by secret", args: with("token", "-c", oauth), prints: true, env: passphrase},
		{name: "token of a file", args: []string{"token", "-c", development}, prints: true},
		{name: "token by content", args: with("token"), prints: true, env: []string{"IMSX_CREDENTIALS=" + text}},
		{name: "token from standard input", args: with("token", "-c", "-"), prints: true, stdin: text},
		{name: "token refused", args: with("token", "-c", wrong), prints: true, exit: 3},
		{name: "token of half a file", args: with("token", "-c", half), prints: true, exit: 2},
		{name: "token of half a text", args: with("token"), prints: true, exit: 2, env: []string{"IMSX_CREDENTIALS=" + readFile(t, half)}},
		{name: "token with a spoilt key", args: with("token", "-c", spoilt), prints: true, exit: 3},
		{name: "token from nobody", args: []string{"token", "-c", silent, "--timeout", "300ms"}, prints: true, exit: 4},
		{name: "token for a strange host", args: []string{"token", "-c", far}, prints: true, exit: 3},
		{name: "token without trust", args: []string{"token", "-c", service}, prints: true, exit: 3},
		{name: "token with credentials as authority", args: []string{"token", "-c", service, "--ca-file", service}, prints: true, exit: 2},
		{name: "token with credentials as configuration", args: []string{"token"}, prints: true, exit: 2, env: []string{"IMSX_CONFIG=" + service}},
		{name: "token with credentials as key", args: with("token", "-c", keyless, "--key-file", oauth), prints: true, exit: 3},
		{name: "token with a passphrase for no lock", args: with("token", "-c", service, "--passphrase-file", oauth), prints: true},
		{name: "token of a token", args: with("token", "-c", tokenFile), prints: true, exit: 2},
		{name: "token as argument", args: with("token", "-c", tokenText), prints: true, exit: 2},
		{name: "token from the cache", args: with("token", "-c", service), prints: true, env: cached},
		{name: "token with a cache that is away", args: with("token", "-c", service), prints: true, env: away},
		{name: "token with credentials as cache", args: with("token", "-c", service, "--cache-dir", oauth), prints: true, env: []string{"IMSX_CACHE="}},
		{name: "cache info", args: with("cache", "info", "-c", service), env: cached},
		{name: "cache info of all", args: []string{"cache", "info"}, env: cached},
		{name: "cache clear", args: with("cache", "clear", "-c", service), env: cached},
		{name: "cache away", args: []string{"cache", "info"}, env: away, exit: 4},
		{name: "curl", args: with("curl", "-c", service, author+"/libs/granite/security/currentuser.json")},
		{name: "curl refused", args: with("curl", "-f", "-c", service, author+"/adobe/forms/doc/v1/generatePDFOutput"), exit: 5},
		{name: "curl for a strange host", args: with("curl", "-c", service, "https://attacker.example/"), exit: 3},
		{name: "curl print", args: with("curl", "--print", "-c", service, author+"/")},
		{name: "forms refused", args: with("forms", "pdf", "--aem", author, "-c", service, "--template", file(emulator.StatusFile), "-o", file("none.pdf")), exit: 5},
		{name: "forms with credentials as data", args: with("forms", "pdf", "--aem", author, "-c", service, "--template", oauth, "--data", service, "-o", file("none.pdf")), exit: 5},
		{name: "forms with credentials as options", args: with("forms", "pdf", "--aem", author, "-c", service, "--template", oauth, "--options", service, "-o", file("none.pdf")), exit: 2},
		{name: "forms with a token as password", args: with("forms", "decrypt", "--aem", author, "-c", service, "--document", oauth, "--open-password-file", tokenFile, "-o", file("none.pdf")), exit: 2},
		{name: "forms without a token", args: with("forms", "pdf", "--aem", author, "-c", wrong, "--template", oauth, "-o", file("none.pdf")), exit: 3},
		{name: "header", args: with("header", "-c", service), prints: true},
		{name: "header refused", args: with("header", "-c", wrong), prints: true, exit: 3},
		{name: "exec", args: append(with("exec", "-c", service), "--", "true"), env: passphrase, run: runProcess},
		{name: "exec refused", args: append(with("exec", "-c", wrong), "--", "true"), exit: 3, run: runProcess},
		{name: "exec of nothing", args: append(with("exec", "-c", service), "--", "no-such-program"), exit: 2, run: runProcess},
		{name: "jwt", args: []string{"jwt", "-c", service}, prints: true},
		{name: "jwt decoded", args: []string{"jwt", "-c", service, "--decode"}},
		{name: "exchange", args: with("exchange", "-c", service), stdin: assertion(), prints: true},
		{name: "exchange refused", args: with("exchange", "-c", wrong), stdin: assertion(), prints: true, exit: 3},
		{name: "exchange of credentials", args: with("exchange", "-c", service, oauth), prints: true, exit: 2},
		{name: "exchange of a token", args: with("exchange", "-c", service, tokenFile), prints: true, exit: 3},
		{name: "inspect service credentials", args: []string{"inspect", service}},
		{name: "inspect server-to-server credentials", args: []string{"inspect", oauth}},
		{name: "inspect a development token", args: []string{"inspect", development}},
		{name: "inspect a folder", args: []string{"inspect", dir}},
		{name: "inspect a token", args: []string{"inspect", tokenFile}},
		{name: "inspect an assertion", args: []string{"inspect"}, stdin: assertion()},
		{name: "inspect half a file", args: []string{"inspect", half}, exit: 2},
		{name: "inspect a spoilt key", args: []string{"inspect", spoilt}, exit: 3},
		{name: "inspect an argument", args: []string{"inspect", tokenText}, exit: 2},
		{name: "validate", args: with("validate", "-c", service, tokenFile)},
		{name: "validate credentials", args: with("validate", "-c", service, oauth), exit: 2},
		{name: "validate half a token", args: with("validate", "-c", service), stdin: tokenText[:len(tokenText)/2], exit: 3},
		{name: "invalidate", args: with("invalidate", "-c", oauth), stdin: ended},
		{name: "invalidate credentials", args: with("invalidate", "-c", oauth, service), exit: 2},
		{name: "doctor", args: with("doctor", "-c", service), env: passphrase},
		{name: "doctor refused", args: with("doctor", "-c", wrong), exit: 3},
		{name: "doctor of half a file", args: []string{"doctor", "-c", half}, exit: 2},
		{name: "doctor with a spoilt key", args: []string{"doctor", "-c", spoilt}, exit: 3},
		{name: "doctor for nobody", args: []string{"doctor", "-c", silent, "--timeout", "300ms"}, exit: 4},
		{name: "doctor for a strange host", args: []string{"doctor", "-c", far}, exit: 3},
		{name: "doctor of a token", args: []string{"doctor", "-c", development, "-v"}},
		{name: "emulator", args: []string{"emulator"}, run: runEmulator(t)},
		{name: "demo", args: []string{"demo"}, run: runDemo(t)},
		{name: "completion", args: []string{"completion", "bash"}},
		{name: "version", args: []string{"version"}},
		{name: "help", args: []string{"help", "token"}},
	}
	for i := range all {
		if all[i].run == nil {
			all[i].run = run
		}
	}
	return slices.DeleteFunc(all, func(c invocation) bool { return c.args[0] == "exec" && runtime.GOOS == "windows" })
}

// runDemo runs the demo in a folder of its own.
func runDemo(t *testing.T) func(context.Context, string, []string, ...string) ran {
	return func(ctx context.Context, stdin string, env []string, args ...string) ran {
		return run(ctx, stdin, env, append(args, "--dir", t.TempDir())...)
	}
}

// runEmulator runs the emulator's command until it has answered a request, and adds what it wrote into its folder to
// what must not be shown.
func runEmulator(t *testing.T) func(context.Context, string, []string, ...string) ran {
	return func(ctx context.Context, stdin string, env []string, args ...string) ran {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan ran)
		go func() { ended <- run(ctx, stdin, env, append(args, "--dir", dir)...) }()
		err := waitFor("emulator.json", func() bool { return isThere(filepath.Join(dir, emulator.StatusFile)) })
		if err != nil {
			t.Error(err)
		}
		client := run(ctx, "", env, "token", "-c", filepath.Join(dir, emulator.ServiceTokenFile),
			"--ca-file", filepath.Join(dir, emulator.CertificateAuthorityFile), "--timeout", time.Minute.String())
		if client.code != 0 {
			t.Error(client.stderr)
		}
		secrets := append(hiddenIn(t, dir), tokenSecrets("the token", strings.TrimSpace(client.stdout))...)
		cancel()
		got := <-ended
		for _, s := range secrets {
			if strings.Contains(got.stderr+got.stdout, s.text) {
				t.Errorf("the emulator shows %s: %s", s.what, got.stderr)
			}
		}
		return got
	}
}
