package aem

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Part is one part of a multipart/form-data body.
type Part struct {
	// Name is the name of the form field. Required.
	Name string
	// FileName is sent as the file name; empty means none.
	FileName string
	// Body is the content, with its content type. Required.
	Body Body
}

// Multipart returns a body of type multipart/form-data (RFC 7578) with the parts in their order. The parts are opened one
// after the other as they are sent, so nothing is held in memory that the parts do not hold themselves. The length is
// known if those of all parts are, and the body can be read again if all parts can. The error is about a name that is
// empty, or has a control character.
func Multipart(parts ...Part) (Body, error) {
	m := &multipartBody{boundary: "imsx" + rand.Text(), rewindable: true}
	for i, p := range parts {
		if p.Name == "" || p.Body == nil {
			return nil, fmt.Errorf("part %d has no name or no content", i+1)
		}
		if hasControl(p.Name) || hasControl(p.FileName) {
			return nil, fmt.Errorf("part %d: a control character in the name", i+1)
		}
		m.rewindable = m.rewindable && p.Body.Rewindable()
		m.heads = append(m.heads, m.head(p, i == 0))
		m.bodies = append(m.bodies, p.Body)
	}
	if len(parts) == 0 {
		return nil, errors.New("a multipart body without parts")
	}
	m.tail = "\r\n--" + m.boundary + "--\r\n"
	return m, nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

type multipartBody struct {
	boundary   string
	heads      []string // what stands before each body
	bodies     []Body
	tail       string
	rewindable bool
}

// quote escapes as browsers do (WHATWG, multipart/form-data encoding algorithm), which is what servers read.
var quote = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

func (m *multipartBody) head(p Part, first bool) string {
	var b strings.Builder
	if !first {
		b.WriteString("\r\n")
	}
	b.WriteString("--" + m.boundary + "\r\n" + `Content-Disposition: form-data; name="` + quote.Replace(p.Name) + `"`)
	if p.FileName != "" {
		b.WriteString(`; filename="` + quote.Replace(p.FileName) + `"`)
	}
	b.WriteString("\r\n")
	if contentType := p.Body.ContentType(); contentType != "" && !hasControl(contentType) {
		b.WriteString("Content-Type: " + contentType + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

func (m *multipartBody) ContentType() string { return "multipart/form-data; boundary=" + m.boundary }
func (m *multipartBody) Rewindable() bool    { return m.rewindable }

func (m *multipartBody) Length() int64 {
	total := int64(len(m.tail))
	for i, body := range m.bodies {
		n := body.Length()
		if n < 0 {
			return -1
		}
		total += int64(len(m.heads[i])) + n
	}
	return total
}

// Open opens the first part at once, so that a file that is not there is told before anything is sent.
func (m *multipartBody) Open() (io.ReadCloser, error) {
	s := &multipartStream{m: m}
	if err := s.next(); err != nil {
		return nil, err
	}
	return s, nil
}

// multipartStream reads the head and the body of one part after the other, then the tail.
type multipartStream struct {
	m    *multipartBody
	i    int // the part that comes next
	text strings.Reader
	open io.ReadCloser // the part being read, nil before the first and after the last
	done bool
}

// next closes the current part and goes on to the following one.
func (s *multipartStream) next() error {
	if err := s.Close(); err != nil {
		return err
	}
	if s.i == len(s.m.bodies) {
		s.done = true
		s.text.Reset(s.m.tail)
		return nil
	}
	body, err := s.m.bodies[s.i].Open()
	if err != nil {
		return err
	}
	s.open = body
	s.text.Reset(s.m.heads[s.i])
	s.i++
	return nil
}

func (s *multipartStream) Read(p []byte) (int, error) {
	for {
		if s.text.Len() > 0 {
			return s.text.Read(p)
		}
		if s.done {
			return 0, io.EOF
		}
		if s.open == nil {
			return 0, io.ErrClosedPipe
		}
		n, err := s.open.Read(p)
		if err == nil || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := s.next(); err != nil || n > 0 {
			return n, err
		}
	}
}

// Close closes the part being read.
func (s *multipartStream) Close() error {
	if s.open == nil {
		return nil
	}
	err := s.open.Close()
	s.open = nil
	return err
}
