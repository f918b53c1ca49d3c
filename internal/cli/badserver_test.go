package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/ims"
)

// This file runs bad input and bad servers against the library and the real program, and checks what both promise:
// the cause and the exit code, one sentence of what and one of what to do, no secret anywhere, an end in time, and
// little memory.

const (
	limit     = 3 * time.Second // --timeout
	tolerance = 4 * time.Second // for starting a process on a busy machine
	maxMemory = 64 << 20
)

// badCase is one thing that goes wrong.
type badCase struct {
	name string
	// credentials returns the path of a credential file that leads to the failure, and the CA file to use.
	credentials func(t *testing.T) (file, caFile string)
	env         []string
	cause       string // the code in the error's JSON; "" means that a token comes
	exit        int
	// fast says that waiting cannot help, so that the program ends long before its limit.
	fast bool
}

// serviceAccount writes the emulator's service credentials with changes, and returns the path.
func serviceAccount(t *testing.T, e *emulatortest.Emulator, change func(integration map[string]any)) string {
	t.Helper()
	data, err := os.ReadFile(e.ServiceToken)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(doc["integration"].(map[string]any))
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "service_token.json")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func account(integration map[string]any) map[string]any {
	return integration["technicalAccount"].(map[string]any)
}

// refused is a case of credentials that the emulator refuses.
func refused(name, cause string, change func(t *testing.T, e *emulatortest.Emulator, integration map[string]any)) badCase {
	return badCase{name: name, cause: cause, exit: 3, fast: true, credentials: func(t *testing.T) (string, string) {
		e := emulatortest.New(t)
		return serviceAccount(t, e, func(in map[string]any) { change(t, e, in) }), e.CAFile
	}}
}

// served is a case of a server that answers the exchange with handler.
func served(name, cause string, exit int, fast bool, handler http.HandlerFunc) badCase {
	return badCase{name: name, cause: cause, exit: exit, fast: fast, credentials: func(t *testing.T) (string, string) {
		server := httptest.NewServer(handler)
		t.Cleanup(func() {
			server.CloseClientConnections()
			server.Close()
		})
		return at(t, server.URL), ""
	}}
}

// at returns service credentials for an endpoint.
func at(t *testing.T, endpoint string) string {
	return serviceAccount(t, emulatortest.New(t), func(in map[string]any) { in["imsEndpoint"] = endpoint })
}

func answer(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func tokenAnswer(body string) http.HandlerFunc { return answer(200, "application/json", body) }

const opaqueToken = `"access_token":"an-access-token-that-must-not-show","token_type":"bearer"`

func badCases() []badCase {
	html := "<!doctype html><title>Bad gateway</title>"
	return []badCase{
		refused("unknown client", "unknown_client", func(_ *testing.T, _ *emulatortest.Emulator, in map[string]any) {
			account(in)["clientId"] = "cm-p9-e9-integration-9"
		}),
		refused("wrong secret", "wrong_secret", func(_ *testing.T, _ *emulatortest.Emulator, in map[string]any) {
			account(in)["clientSecret"] = "p8e-not-the-right-secret"
		}),
		refused("wrong key", "not_bound", func(t *testing.T, _ *emulatortest.Emulator, in map[string]any) {
			in["privateKey"] = otherKeyPEM(t)
		}),
		refused("expired certificate", "not_bound", expireCertificate),
		refused("missing metascope", "missing_fields", func(_ *testing.T, _ *emulatortest.Emulator, in map[string]any) {
			delete(in, "metascopes")
		}),
		refused("ungranted metascope", "scope_not_granted", func(_ *testing.T, _ *emulatortest.Emulator, in map[string]any) {
			in["metascopes"] = "ent_campaign_sdk"
		}),
		served("HTTP 500 with JSON", "server_fault", 4, false, answer(500, "application/json", `{"error_description":"boom","error":"internal"}`)),
		served("HTTP 500 with HTML", "server_fault", 4, false, answer(500, "text/html", html)),
		served("HTTP 500, empty", "server_fault", 4, false, answer(500, "text/plain", "")),
		served("429 with Retry-After: 2", "throttled", 4, false, answer(429, "application/json", `{}`, "Retry-After", "2")),
		served("429 with Retry-After: 3600", "throttled", 4, true, answer(429, "application/json", `{}`, "Retry-After", "3600")),
		served("accepts and never answers", "timeout", 4, false, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the server sees that the client is gone only then
			<-r.Context().Done()
		}),
		served("cut in the middle of the body", "network", 4, false, cutBody),
		served("200 with HTML", "malformed_answer", 4, false, answer(200, "text/html", html)),
		served("200 without access_token", "malformed_answer", 4, false, tokenAnswer(`{"token_type":"bearer","expires_in":86399000}`)),
		served("200 with an empty token", "malformed_answer", 4, false, tokenAnswer(`{"access_token":"","expires_in":86399000}`)),
		served("negative expires_in", "malformed_answer", 4, false, tokenAnswer(`{`+opaqueToken+`,"expires_in":-5}`)),
		served("zero expires_in", "malformed_answer", 4, false, tokenAnswer(`{`+opaqueToken+`,"expires_in":0}`)),
		served("huge expires_in", "malformed_answer", 4, false, tokenAnswer(`{`+opaqueToken+`,"expires_in":9223372036854775807}`)),
		served("expires_in that is no number", "malformed_answer", 4, false, tokenAnswer(`{`+opaqueToken+`,"expires_in":"soon"}`)),
		served("expires_in as a string of digits", "", 0, true, tokenAnswer(`{`+opaqueToken+`,"expires_in":"86399000"}`)),
		served("a 200 MB body", "malformed_answer", 4, false, bigBody),
		{name: "redirect to another host", cause: "redirected", exit: 3, fast: true, credentials: redirected},
		{name: "a certificate by an unknown authority", cause: "untrusted_certificate", exit: 3, fast: true, credentials: func(t *testing.T) (string, string) {
			return emulatortest.New(t).ServiceToken, ""
		}},
		{name: "a name that does not resolve", cause: "name_not_resolved", exit: 4, credentials: func(t *testing.T) (string, string) {
			return at(t, "https://no-such-host.invalid.adobelogin.com"), ""
		}},
	}
}

// expireCertificate gives the account a key whose certificate, known to the emulator, ended yesterday.
func expireCertificate(t *testing.T, e *emulatortest.Emulator, in map[string]any) {
	cert, certPEM := expiredCertificate(t)
	if err := e.IMS().AddCertificate(account(in)["clientId"].(string), cert); err != nil {
		t.Fatal(err)
	}
	in["privateKey"], in["publicKey"] = otherKeyPEM(t), certPEM
	delete(in, "certificateExpirationDate")
}

func cutBody(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"access_token":"half`)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func bigBody(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 200 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// redirected is a server that sends everything on to another one, where nothing must arrive.
func redirected(t *testing.T) (string, string) {
	var arrived atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(func() {
		other.Close()
		if n := arrived.Load(); n != 0 {
			t.Errorf("%d requests arrived at the redirect's target", n)
		}
	})
	target := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	first := httptest.NewServer(http.RedirectHandler(target+"/ims/exchange/jwt", http.StatusTemporaryRedirect))
	t.Cleanup(first.Close)
	return at(t, first.URL), ""
}

// programDir is where the real program is, made by TestMain and removed at the end.
var programDir string

// program builds the real program once, without the race detector, whose memory would not be the program's.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programDir, "imsx")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", path, "github.com/imsx/imsx/cmd/imsx").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// outcome is how a run of the program ended.
type outcome struct {
	exit           int
	stdout, stderr string
	took           time.Duration
	memory         int64 // 0 where it is not watched
}

// runProgram runs the program, again if it was over before its memory could be looked at, as happens on a busy machine.
func runProgram(t *testing.T, env []string, stdin string, args ...string) outcome {
	t.Helper()
	for range 20 {
		if got := runOnce(t, env, stdin, args...); got.memory > 0 || runtime.GOOS != "linux" {
			return got
		}
	}
	t.Fatalf("imsx %q: the memory of 20 runs could not be looked at", args)
	return outcome{}
}

func runOnce(t *testing.T, env []string, stdin string, args ...string) outcome {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	home := t.TempDir()
	cmd.Env = append([]string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH")}, env...)
	var stdout, stderr strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(cmd.Process.Pid)
	err = cmd.Wait()
	took, memory := time.Since(start), peak()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), took, memory}
}

// secretsOf returns what must not show: the secrets of a credential file and the lines of its key.
func secretsOf(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Integration struct {
			PrivateKey       string `json:"privateKey"`
			TechnicalAccount struct {
				ClientSecret string `json:"clientSecret"`
			} `json:"technicalAccount"`
		} `json:"integration"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	hidden := []string{doc.Integration.TechnicalAccount.ClientSecret, "an-access-token-that-must-not-show", "eyJ"}
	for _, line := range strings.Split(doc.Integration.PrivateKey, "\r\n") {
		if len(line) > 30 && !strings.HasPrefix(line, "-----") {
			hidden = append(hidden, line)
		}
	}
	return hidden
}

func wantNoSecret(t *testing.T, file string, outputs ...string) {
	t.Helper()
	for _, hidden := range secretsOf(t, file) {
		for _, out := range outputs {
			if hidden != "" && strings.Contains(out, hidden) {
				t.Errorf("a secret shows in: %s", out)
			}
		}
	}
}

func TestBadServersAndTheProgram(t *testing.T) {
	for _, tt := range badCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file, caFile := tt.credentials(t)
			args := []string{"token", "-c", file, "--timeout", limit.String()}
			if caFile != "" {
				args = append(args, "--ca-file", caFile)
			}
			for _, extra := range []string{"-v", "--json"} {
				checkProgram(t, tt, file, runProgram(t, tt.env, "", append(args, extra)...), extra == "--json")
			}
		})
	}
}

func checkProgram(t *testing.T, tt badCase, file string, got outcome, isJSON bool) {
	t.Helper()
	if got.exit != tt.exit {
		t.Errorf("exit code %d, want %d; stderr: %s", got.exit, tt.exit, got.stderr)
	}
	bound := limit + tolerance
	if tt.fast {
		bound = tolerance
	}
	if got.took > bound {
		t.Errorf("took %v, want at most %v", got.took, bound)
	}
	if got.memory > maxMemory {
		t.Errorf("peak memory %d MiB, want at most %d", got.memory>>20, maxMemory>>20)
	}
	if tt.exit == 0 {
		return // standard output is the token
	}
	wantNoSecret(t, file, got.stdout, got.stderr)
	if got.stdout != "" {
		t.Errorf("standard output %q, want nothing", got.stdout)
	}
	if isJSON {
		checkErrorJSON(t, tt, got.stderr)
	} else if strings.Count(got.stderr, "imsx: error: ") != 1 || strings.Count(got.stderr, "imsx: what to do: ") != 1 {
		t.Errorf("standard error does not say what is wrong and what to do, once each: %s", got.stderr)
	}
}

func checkErrorJSON(t *testing.T, tt badCase, stderr string) {
	t.Helper()
	var problem struct {
		Code, Message, Hint string
		Retryable           *bool
	}
	dec := json.NewDecoder(strings.NewReader(stderr))
	if err := dec.Decode(&problem); err != nil || dec.More() {
		t.Fatalf("standard error is not one JSON object (%v): %s", err, stderr)
	}
	if problem.Code != tt.cause || problem.Message == "" || problem.Hint == "" || problem.Retryable == nil {
		t.Errorf("error %+v, want the code %s, a message, a hint, and whether to try again", problem, tt.cause)
	}
}

func TestBadServersAndTheLibrary(t *testing.T) {
	for _, tt := range badCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file, caFile := tt.credentials(t)
			start := time.Now()
			err := libraryToken(t, file, caFile, nil)
			if took := time.Since(start); took > limit+tolerance {
				t.Errorf("took %v, want at most %v", took, limit)
			}
			checkLibrary(t, tt, file, err)
		})
	}
}

func libraryToken(t *testing.T, file, caFile string, proxy func(*http.Request) (*url.URL, error)) error {
	t.Helper()
	set, err := credentials.Open(file, credentials.Options{})
	if err != nil {
		return err
	}
	c, err := set.Select("")
	if err != nil {
		return err
	}
	client, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: caFile, Proxy: proxy})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	src, err := imsx.New(imsx.Config{Credentials: c, HTTPClient: client, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	_, err = src.Token(t.Context())
	return err
}

func checkLibrary(t *testing.T, tt badCase, file string, err error) {
	t.Helper()
	var (
		refused *ims.Error
		reading *credentials.Error
		got     string
	)
	switch {
	case errors.As(err, &refused):
		got = string(refused.Cause)
	case errors.As(err, &reading):
		got = string(reading.Reason)
	case err != nil:
		got = "an error of another type"
	}
	if got != tt.cause {
		t.Errorf("Token = %v (%s), want %s", err, got, tt.cause)
	}
	if err != nil {
		wantNoSecret(t, file, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	}
}

// TestProxyThatWantsAPassword needs a host beyond loopback, which proxies are not used for.
func TestProxyThatWantsAPassword(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	tt := badCase{cause: "proxy_authentication", exit: 3, fast: true}
	file := at(t, "https://ims-na1.adobelogin.com")
	env := []string{"HTTPS_PROXY=" + strings.Replace(proxy.URL, "//", "//user:proxy-password@", 1)}
	for _, extra := range []string{"-v", "--json"} {
		got := runProgram(t, env, "", "token", "-c", file, "--timeout", limit.String(), extra)
		checkProgram(t, tt, file, got, extra == "--json")
		if strings.Contains(got.stderr, "proxy-password") {
			t.Errorf("the proxy's password shows: %s", got.stderr)
		}
	}
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	checkLibrary(t, tt, file, libraryToken(t, file, "", http.ProxyURL(u)))
}

// TestExpiredAssertion exchanges an assertion that was made an hour ago.
func TestExpiredAssertion(t *testing.T) {
	e := emulatortest.New(t)
	set, err := credentials.Open(e.ServiceToken, credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := set.All()[0]
	old, err := ims.Assertion{
		Endpoint: c.Endpoint, ClientID: c.ClientID, Organization: c.Organization, TechnicalAccount: c.TechnicalAccountID,
		Metascopes: c.Metascopes, Now: time.Now().Add(-time.Hour),
	}.Sign(c.Keys[0].Signer)
	if err != nil {
		t.Fatal(err)
	}
	tt := badCase{cause: "assertion_expired", exit: 3, fast: true}
	for _, extra := range []string{"-v", "--json"} {
		got := runProgram(t, nil, old.Reveal(), "exchange", "-c", e.ServiceToken, "--ca-file", e.CAFile, extra)
		checkProgram(t, tt, e.ServiceToken, got, extra == "--json")
	}
	client, err := ims.New(ims.Config{Endpoint: c.Endpoint, HTTPClient: e.Client})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.ExchangeJWT(t.Context(), ims.ExchangeRequest{ClientID: c.ClientID, ClientSecret: c.ClientSecrets[0], Assertion: old})
	checkLibrary(t, tt, e.ServiceToken, err)
}

// TestDeadPort is the most usual failure of all: nobody listens.
func TestDeadPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	file := at(t, "https://"+addr)
	got := runProgram(t, nil, "", "token", "-c", file, "--timeout", "1s", "--json")
	checkProgram(t, badCase{cause: "network", exit: 4}, file, got, true)
}
