package aem_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/aem"
)

// TestOverTLS uploads and downloads through a real server and client: the links that a client follows are right, with
// their scheme, and a body that is refused before it was read whole does no harm.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) { c.MaxAsset = 1 << 20 })
	f.writer(t)
	server := httptest.NewTLSServer(f.handler)
	t.Cleanup(server.Close)
	ask := func(method, url string, body io.Reader) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, body)
		must(t, err)
		req.Header.Set("Authorization", "bearer service") // the scheme's case does not matter
		req.Header.Set("Content-Type", "text/plain")
		resp, err := server.Client().Do(req)
		must(t, err)
		defer resp.Body.Close()
		content, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(content), resp.Header
	}
	status, _, header := ask("POST", server.URL+"/api/assets/a.txt", strings.NewReader("content"))
	wantDiff(t, status, 201)
	wantDiff(t, header.Get("Location"), server.URL+"/api/assets/a.txt.json")
	if status, body, _ := ask("GET", header.Get("Location"), nil); status != 200 || !strings.Contains(body, `"href":"`+server.URL+`/content/dam/a.txt"`) {
		t.Errorf("status %d: %s", status, body)
	}
	status, body, _ := ask("GET", server.URL+"/content/dam/a.txt", nil)
	wantDiff(t, []any{status, body}, []any{200, "content"})
	status, _, _ = ask("POST", server.URL+"/api/assets/b.txt", bytes.NewReader(make([]byte, 10<<20)))
	wantDiff(t, status, 413)
	status, body, _ = ask("HEAD", server.URL+"/api/assets/none", nil)
	wantDiff(t, []any{status, body}, []any{404, ""})
}

// TestLog has one record for a request, without the token.
func TestLog(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := newFixture(t, func(c *aem.Config) { c.Logger = slog.New(slog.NewTextHandler(&b, nil)) })
	f.add("a-token-of-some-length", aem.Bearer{ClientID: "client"}, aem.ErrRevoked)
	f.do(t, "GET", "/api/assets.json", "a-token-of-some-length", nil)
	line := b.String()
	if strings.Count(line, "\n") != 1 || strings.Contains(line, "a-token") {
		t.Errorf("the log is %s", line)
	}
	for _, want := range []string{"tier=author", "environment=p11111-e22222", "path=/api/assets.json", "client=client", "outcome=revoked_token"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is not in %s", want, line)
		}
	}
}

// TestUsersAreInOrder: by their creation, and those of one moment by name.
func TestUsersAreInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	for _, login := range []string{"c", "b", "a"} {
		f.clock.Move(time.Minute)
		must(t, i.AddUser(login))
	}
	var got []string
	for _, u := range i.Snapshot().Users {
		got = append(got, u.Login)
	}
	wantDiff(t, got, []string{"c", "b", "a"})
	wantDiff(t, []any{i.Environment(), i.Tier()}, []any{environment, aem.Author})
}

func TestNoEnvironment(t *testing.T) {
	t.Parallel()
	s, err := aem.New(aem.Config{Verify: func(string) (aem.Bearer, error) { return aem.Bearer{}, nil }})
	must(t, err)
	w := send(s.Handler(aem.Author), "GET", "/", "", nil)
	wantStatus(t, w, 404)
	wantDiff(t, s.Snapshot(), []aem.Snapshot{})
}
