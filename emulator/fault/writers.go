package fault

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// head is a writer that sees when the answer begins. It has no Unwrap: nothing may go past the writers that are built
// on it.
type head struct {
	http.ResponseWriter
	contentType string // set on the answer, if not empty
	begun       bool
}

func (h *head) WriteHeader(status int) {
	if status >= 200 && !h.begun {
		h.begun = true
		if h.contentType != "" {
			h.Header().Set("Content-Type", h.contentType)
		}
	}
	h.ResponseWriter.WriteHeader(status)
}

func (h *head) Write(b []byte) (int, error) {
	h.begin()
	return h.ResponseWriter.Write(b)
}

func (h *head) begin() {
	if !h.begun {
		h.WriteHeader(http.StatusOK)
	}
}

// Flush sends what was written so far.
func (h *head) Flush() {
	h.begin()
	_ = http.NewResponseController(h.ResponseWriter).Flush()
}

// SetReadDeadline is for [http.ResponseController].
func (h *head) SetReadDeadline(t time.Time) error {
	return http.NewResponseController(h.ResponseWriter).SetReadDeadline(t)
}

// SetWriteDeadline is for [http.ResponseController].
func (h *head) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(h.ResponseWriter).SetWriteDeadline(t)
}

// cutter breaks the answer off after some bytes, and in any case before its last one.
type cutter struct {
	head
	left int64
	last []byte // the last byte so far, held back
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	held := append(c.last, b...)
	ready, last := held[:len(held)-1], held[len(held)-1:]
	if int64(len(ready)) >= c.left {
		c.breakOff(ready[:c.left])
	}
	if _, err := c.head.Write(ready); err != nil {
		return 0, err
	}
	c.left -= int64(len(ready))
	c.last = bytes.Clone(last)
	return len(b), nil
}

// breakOff sends the last bytes and ends the connection.
func (c *cutter) breakOff(b []byte) {
	_, _ = c.head.Write(b)
	c.head.Flush()
	panic(http.ErrAbortHandler)
}

// end is called when the handler has written all.
func (c *cutter) end() { c.breakOff(nil) }

// garbled is how many bytes of a body a garbler overwrites: more than the mark of a file ever has.
const garbled = 16

// garbler overwrites the first bytes of the body.
type garbler struct {
	head
	left int
}

func (g *garbler) Write(b []byte) (int, error) {
	n := min(g.left, len(b))
	g.left -= n
	if n > 0 {
		b = append(bytes.Repeat([]byte("?"), n), b[n:]...)
	}
	return g.head.Write(b)
}

// slow sends the body at a rate.
type slow struct {
	head
	ctx  context.Context
	rate int64 // bytes per second
}

// pieces is how many pieces of a body are sent per second, if there are enough bytes.
const pieces = 10

func (s *slow) Write(b []byte) (int, error) {
	size := max(1, s.rate/pieces)
	pause := time.Duration(float64(size) / float64(s.rate) * float64(time.Second))
	for sent := 0; sent < len(b); {
		n := min(int(size), len(b)-sent)
		if _, err := s.head.Write(b[sent : sent+n]); err != nil {
			return sent, err
		}
		s.Flush()
		sent += n
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
	return len(b), nil
}

// maxChange is the greatest body that is changed; a greater one is passed on as it is.
const maxChange = 1 << 20

// buffer holds an answer back to change its body.
type buffer struct {
	head
	change func([]byte) ([]byte, bool)
	status int
	body   bytes.Buffer
	passed bool // the answer is too large and passed on
}

func (b *buffer) WriteHeader(status int) {
	switch {
	case status < 200:
		b.ResponseWriter.WriteHeader(status)
	case b.status == 0:
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	if b.passed {
		return b.ResponseWriter.Write(p)
	}
	b.body.Write(p)
	if b.body.Len() > maxChange {
		b.passed = true
		if err := b.send(b.body.Bytes()); err != nil {
			return 0, err
		}
		b.body = bytes.Buffer{}
	}
	return len(p), nil
}

// Flush does nothing: there is nothing to send before the end.
func (b *buffer) Flush() {}

func (b *buffer) send(body []byte) error {
	b.ResponseWriter.WriteHeader(b.status)
	_, err := b.ResponseWriter.Write(body)
	return err
}

// end sends the changed answer.
func (b *buffer) end() {
	b.WriteHeader(http.StatusOK)
	if b.passed {
		return
	}
	body := b.body.Bytes()
	if changed, ok := b.change(body); ok {
		body = changed
		b.Header().Del("Content-Length")
	}
	if len(body) == 0 {
		b.ResponseWriter.WriteHeader(b.status)
		return
	}
	_ = b.send(body)
}
