package aem

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// request returns the request of one attempt, and what watches its body.
func (r *run) request(ctx context.Context) (*http.Request, *sending, *Error) {
	req := (&http.Request{
		Method: r.method, URL: r.target, Host: r.target.Host, Header: r.header(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if r.req.Body == nil {
		return req, nil, nil
	}
	s := &sending{body: r.req.Body, length: r.req.Body.Length()}
	open := s.open
	if s.length >= 0 && s.length <= maxAtOnce {
		content, err := s.readAll()
		if err != nil {
			return nil, nil, r.unreadable(err)
		}
		open = BytesBody("", content).Open
	}
	body, err := open()
	if err != nil {
		return nil, nil, r.unreadable(err)
	}
	req.ContentLength = s.length
	req.Body = body
	if s.length == 0 {
		req.Body = http.NoBody
	}
	if r.req.Body.Rewindable() {
		req.GetBody = open
	}
	return req, s, nil
}

// maxAtOnce is the length up to which a body is read before it is sent: net/http sends what is in memory in one piece
// with the head, which takes a fifth off a small call.
const maxAtOnce = 128 << 10

// BehindGateway reports whether Adobe's API gateway stands before a path of AEM: it does before those below /adobe/.
func BehindGateway(path string) bool { return strings.HasPrefix(path, "/adobe/") }

func (r *run) header() http.Header {
	h := make(http.Header, len(r.req.Header)+4)
	for name, values := range r.req.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Host"} {
		h.Del(name)
	}
	if r.req.Body != nil {
		if contentType := r.req.Body.ContentType(); contentType != "" {
			h.Set("Content-Type", contentType)
		}
	}
	if _, given := h["User-Agent"]; !given {
		h.Set("User-Agent", r.c.userAgent)
	}
	if _, given := h["X-Api-Key"]; !given && r.c.apiKey != "" && BehindGateway(r.target.Path) {
		h.Set("X-Api-Key", r.c.apiKey)
	}
	h.Set("Authorization", r.tok.Authorization())
	return h
}

// sending watches the body of a request, so that its own failures can be told from those of the network. The transport
// may read it while the answer is looked at. A nil one watches nothing.
type sending struct {
	body   Body
	length int64

	mu      sync.Mutex
	failure error
}

var errBodyChanged = errors.New("the content has another length than before")

func (s *sending) open() (io.ReadCloser, error) {
	rc, err := s.body.Open()
	if err != nil {
		return nil, err
	}
	return &sentBody{s: s, rc: rc}, nil
}

// readAll reads a body of known length.
func (s *sending) readAll() ([]byte, error) {
	body, err := s.open()
	if err != nil {
		return nil, err
	}
	content := make([]byte, 0, s.length+1)
	for err == nil && len(content) < cap(content) {
		var n int
		n, err = body.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
	}
	if closeErr := body.Close(); err == nil || errors.Is(err, io.EOF) {
		err = closeErr
	}
	if err == nil {
		err = s.err()
	}
	return content, err
}

func (s *sending) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = err
	}
}

func (s *sending) err() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

type sentBody struct {
	s      *sending
	rc     io.ReadCloser
	read   int64
	closed atomic.Bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.rc.Read(p)
	b.read += int64(n)
	ended := errors.Is(err, io.EOF)
	switch {
	case b.closed.Load(): // an answer came before all was sent
	case b.s.length >= 0 && (b.read > b.s.length || ended && b.read < b.s.length):
		b.s.fail(errBodyChanged)
		return n, errBodyChanged
	case err != nil && !ended:
		b.s.fail(err)
	}
	return n, err
}

// Close closes the body. That the transport closes it early is no failure.
func (b *sentBody) Close() error {
	b.closed.Store(true)
	return b.rc.Close()
}
