package forms_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pdf = "%PDF-1.7\n%âãÏÓ\n%%EOF\n"

var tokens = token.Static(token.Token{AccessToken: secret.New("eyJhbGciOiJSUzI1NiJ9.payload.signature")})

// sent is what arrived: the request's line, and the parts of its body as "name|file name|type|content".
type sent struct {
	line, accept, contentType, body string
	length                          int64
	parts                           []string
}

// fake is an AEM that keeps what it is sent and answers as it is told.
type fake struct {
	mu     sync.Mutex
	last   sent
	asked  int
	answer http.HandlerFunc
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := sent{
		line: r.Method + " " + r.URL.RequestURI(), accept: r.Header.Get("Accept"), contentType: r.Header.Get("Content-Type"),
		length: r.ContentLength,
	}
	data, _ := io.ReadAll(r.Body)
	s.body = string(data)
	if kind, params, err := mime.ParseMediaType(s.contentType); err == nil && kind == "multipart/form-data" {
		reader := multipart.NewReader(strings.NewReader(s.body), params["boundary"])
		for {
			p, err := reader.NextRawPart()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					s.parts = append(s.parts, err.Error())
				}
				break
			}
			content, _ := io.ReadAll(p)
			s.parts = append(s.parts, p.FormName()+"|"+p.FileName()+"|"+p.Header.Get("Content-Type")+"|"+string(content))
		}
	}
	f.mu.Lock()
	f.last = s
	f.asked++
	f.mu.Unlock()
	f.answer(w, r)
}

func (f *fake) got() sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// serve starts a fake and returns a service for it that tries everything once.
func serve(t testing.TB, answer http.HandlerFunc) (*forms.Service, *fake) {
	t.Helper()
	f := &fake{answer: answer}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return serviceAt(t, aem.Config{BaseURL: server.URL, MaxAttempts: 1}), f
}

func serviceAt(t testing.TB, cfg aem.Config) *forms.Service {
	t.Helper()
	if cfg.Source == nil {
		cfg.Source = tokens
	}
	client, err := aem.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return forms.New(client)
}

// reply answers every request alike.
func reply(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// mixed is a multipart/mixed body with the boundary "b"; a part is its disposition, type and content.
func mixed(parts ...[3]string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--b\r\nContent-Disposition: attachment; " + p[0] + "\r\nContent-Type: " + p[1] + "\r\n\r\n" + p[2] + "\r\n")
	}
	return b.String() + "--b--\r\n"
}

const typeMixed = "multipart/mixed; boundary=b"

func wantCause(t testing.TB, err error, want aem.Cause, says string) *aem.Error {
	t.Helper()
	e, ok := errors.AsType[*aem.Error](err)
	if !ok {
		t.Fatalf("error is %v (%T), want an *aem.Error", err, err)
	}
	if e.Cause != want || !strings.Contains(e.Description, says) {
		t.Errorf("error is %v, want %s that says %q", e, want, says)
	}
	return e
}

// readAll reads and closes a document.
func readAll(t testing.TB, doc *forms.Document, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(doc)
	if err := errors.Join(err, doc.Close()); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var documentPassword = secret.New("document-password")

// listen starts a server and returns its URL.
func listen(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
