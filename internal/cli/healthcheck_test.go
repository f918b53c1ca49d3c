package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestHealthcheckAnswers: only status 200 at the path of the health check is health, and nothing else is asked for.
func TestHealthcheckAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		code   int
	}{
		"ok":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status":"ok"}`) }, 0},
		"empty":    {func(http.ResponseWriter, *http.Request) {}, 0},
		"down":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 4},
		"missing":  {http.NotFound, 4},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, 4},
		"cut":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/_imsx/health" {
					t.Errorf("it asks %s %s", r.Method, r.URL)
				}
				tt.answer(w, r)
			}))
			defer server.Close()
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "emulator.json"), `{"ims_url": "`+server.URL+`"}`)
			for _, args := range [][]string{{"--dir", dir}, {"--url", server.URL}} {
				got := run(t.Context(), "", homeVars(t.TempDir()), append([]string{"emulator", "healthcheck"}, args...)...)
				if got.code != tt.code || (got.stdout == "healthy\n") != (tt.code == 0) {
					t.Errorf("%v: exit code %d, want %d; output %q, errors %q", args, got.code, tt.code, got.stdout, got.stderr)
				}
			}
		})
	}
}

// TestHealthcheckOfName: an emulator that is known by a name is asked at loopback, so the name need not lead anywhere,
// or to Adobe.
func TestHealthcheckOfName(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Host, "127.0.0.1:") {
			t.Errorf("it asks the host %s", r.Host)
		}
	}))
	defer server.Close()
	for _, host := range []string{"ims-na1.adobelogin.com", "adobe", "nobody.invalid"} {
		address := strings.Replace(server.URL, "127.0.0.1", host, 1)
		got := run(t.Context(), "", homeVars(t.TempDir()), "emulator", "healthcheck", "--url", address)
		if got.code != 0 {
			t.Errorf("%s: exit code %d: %s", host, got.code, got.stderr)
		}
	}
	server.Close()
	address := strings.Replace(server.URL, "127.0.0.1", "nobody.invalid", 1)
	got := run(t.Context(), "", homeVars(t.TempDir()), "emulator", "healthcheck", "--url", address, "--timeout", "5s")
	if got.code != 4 {
		t.Errorf("nobody listens: exit code %d: %s", got.code, got.stderr)
	}
}
