package aem_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/aem"
)

// opened reads a body once.
func opened(t testing.TB, b aem.Body) string {
	t.Helper()
	rc, err := b.Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(rc)
	if err := errors.Join(err, rc.Close()); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestBodies(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	opener := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("content")), nil }
	for name, tt := range map[string]struct {
		body       aem.Body
		length     int64
		rewindable bool
	}{
		"bytes":              {aem.BytesBody("text/plain", []byte("content")), 7, true},
		"file":               {aem.FileBody("text/plain", path), 7, true},
		"opener":             {aem.OpenerBody("text/plain", 7, opener), 7, true},
		"opener of a length": {aem.OpenerBody("text/plain", -5, opener), -1, true},
		"reader":             {aem.ReaderBody("text/plain", strings.NewReader("content")), -1, false},
		"closer":             {aem.ReaderBody("text/plain", io.NopCloser(strings.NewReader("content"))), -1, false},
	} {
		if got := opened(t, tt.body); got != "content" {
			t.Errorf("%s: content is %q", name, got)
		}
		if tt.body.Length() != tt.length || tt.body.Rewindable() != tt.rewindable || tt.body.ContentType() != "text/plain" {
			t.Errorf("%s: length %d, rewindable %v, type %q", name, tt.body.Length(), tt.body.Rewindable(), tt.body.ContentType())
		}
		if _, err := tt.body.Open(); (err == nil) != tt.rewindable {
			t.Errorf("%s: second Open gives %v", name, err)
		}
	}
	if n := aem.FileBody("", filepath.Join(t.TempDir(), "none")).Length(); n != -1 {
		t.Errorf("length of no file is %d", n)
	}
	if _, err := aem.JSONBody(make(chan int)); err == nil {
		t.Error("a channel became JSON")
	}
}

func TestMultipartOnTheWire(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		type field struct{ name, file, contentType, content string }
		fields := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) field {
			return field{
				rapid.StringMatching(`[a-zA-Zäöü ]{1,8}`).Draw(rt, "name"), rapid.StringMatching(`([a-zä.]{1,5})?`).Draw(rt, "file"),
				rapid.SampledFrom([]string{"", "text/plain", "application/json"}).Draw(rt, "type"), rapid.String().Draw(rt, "content"),
			}
		}), 1, 5).Draw(rt, "fields")
		parts := make([]aem.Part, len(fields))
		known := true
		for i, f := range fields {
			body := aem.BytesBody(f.contentType, []byte(f.content))
			if rapid.Bool().Draw(rt, "unknown length") {
				known = false
				body = aem.OpenerBody(f.contentType, -1, body.Open)
			}
			parts[i] = aem.Part{Name: f.name, FileName: f.file, Body: body}
		}
		body, err := aem.Multipart(parts...)
		if err != nil {
			rt.Fatal(err)
		}
		wire := opened(t, body)
		if again := opened(t, body); again != wire {
			rt.Fatal("the second reading differs")
		}
		if got := body.Length(); known && got != int64(len(wire)) || !known && got != -1 {
			rt.Fatalf("length is %d, want %d or unknown", got, len(wire))
		}
		_, params, err := mime.ParseMediaType(body.ContentType())
		if err != nil {
			rt.Fatal(err)
		}
		reader := multipart.NewReader(iotest.OneByteReader(strings.NewReader(wire)), params["boundary"])
		for _, f := range fields {
			p, err := reader.NextRawPart()
			if err != nil {
				rt.Fatal(err)
			}
			data, err := io.ReadAll(p)
			got := field{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(data)}
			if f.file == "." || f.file == ".." { // no names of files
				got.file = f.file
			}
			if err != nil || got != f {
				rt.Fatalf("part is %+v, %v, want %+v", got, err, f)
			}
		}
		if _, err := reader.NextRawPart(); err != io.EOF { //nolint:errorlint // the end itself
			rt.Fatalf("after the last part: %v", err)
		}
	})
}

func TestMultipartRefuses(t *testing.T) {
	t.Parallel()
	body := aem.BytesBody("", nil)
	for name, parts := range map[string][]aem.Part{
		"nothing":                  nil,
		"no name":                  {{Body: body}},
		"no content":               {{Name: "a"}},
		"a line end in a name":     {{Name: "a\r\nX: y", Body: body}},
		"a line end in a filename": {{Name: "a", FileName: "b\n", Body: body}},
	} {
		if _, err := aem.Multipart(parts...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	once, err := aem.Multipart(aem.Part{Name: "a", Body: body}, aem.Part{Name: "b", Body: aem.ReaderBody("", strings.NewReader("x"))})
	if err != nil || once.Rewindable() || once.Length() != -1 {
		t.Errorf("%v, a body of a reader can be read again", err)
	}
	quoted, err := aem.Multipart(aem.Part{Name: `a"b`, FileName: `c"d`, Body: body})
	if err != nil || !strings.Contains(opened(t, quoted), `name="a%22b"; filename="c%22d"`) {
		t.Errorf("%v, %q", err, opened(t, quoted))
	}
}

func TestFailuresOfTheRequestsOwnBody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk is gone")
	opener := func(text string, err error) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(text), iotest.ErrReader(err))), nil
		}
	}
	missing, err := aem.Multipart(aem.Part{Name: "a", Body: aem.BytesBody("", []byte("x"))}, aem.Part{Name: "b", Body: aem.FileBody("", filepath.Join(dir, "none"))})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		body aem.Body
		is   error
		says string
	}{
		"no such file":             {aem.FileBody("", filepath.Join(dir, "none")), fs.ErrNotExist, "none"},
		"no such file in a part":   {missing, fs.ErrNotExist, "none"},
		"a reader that fails":      {aem.OpenerBody("", 100, opener("abc", broken)), broken, "disk is gone"},
		"a reader of no length":    {aem.OpenerBody("", -1, opener("abc", broken)), broken, "disk is gone"},
		"shorter than announced":   {aem.OpenerBody("", 100, opener("abc", io.EOF)), nil, "another length"},
		"longer than announced":    {aem.OpenerBody("", 2, opener("abcdef", io.EOF)), nil, "another length"},
		"the token in its failure": {aem.OpenerBody("", -1, opener("", errors.New("x"+testToken))), nil, "[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, reply(200, "ok"), func(c *aem.Config) { c.MaxAttempts = 3 })
			_, err := do(t.Context(), client, aem.Request{Method: "POST", Body: tt.body, Repeatable: true})
			e := wantCause(t, err, aem.CauseInvalidRequest)
			if !strings.Contains(e.Description, tt.says) || len(e.Attempts) != 1 || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is %+v, want one that says %q", *e, tt.says)
			}
		})
	}
}

// TestEarlyAnswers has a server that answers before it has read the request.
func TestEarlyAnswers(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(413)
	})
	_, err := client.Do(t.Context(), aem.Request{Method: "POST", Body: aem.BytesBody("", bytes.Repeat([]byte("x"), 1<<20))})
	if e := asError(t, err); e.Cause != aem.CauseInvalidRequest && e.Cause != aem.CauseNetwork || e.Cause == aem.CauseInvalidRequest && e.Status != 413 {
		t.Errorf("error is %v", e)
	}
}
