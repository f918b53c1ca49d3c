package forms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// maxText bounds a part that is a short text: a reference, a name, a password.
const maxText = 8 << 10

// part is a part of a request.
type part struct {
	name        string
	file        string // the name of the file, "" if none was given
	contentType string // without parameters, "" if none was given
	content     []byte
}

// body is all parts of a request, in their order.
type body []part

// get returns the part with a name; the first counts.
func (b body) get(name string) (part, bool) {
	for _, p := range b {
		if p.name == name {
			return p, true
		}
	}
	return part{}, false
}

// required returns the part with a name, or says that it is missing.
func (b body) required(name string) (part, *failure) {
	p, ok := b.get(name)
	if !ok || len(p.content) == 0 {
		return part{}, badRequest("missing_part", fmt.Sprintf("the part %q is missing or empty", name))
	}
	return p, nil
}

// release gives back the bytes that the request was counted with.
func (c *call) release() { c.busy.Add(-c.held) }

// reserve counts n bytes, if all requests together may have so many.
func (c *call) reserve(n int64) bool {
	if c.busy.Add(n) > maxBusy {
		c.busy.Add(-n)
		return false
	}
	c.held += n
	return true
}

// The failures of reading a request.
var (
	errLarge = &failure{status: http.StatusRequestEntityTooLarge, code: "too_large",
		text: fmt.Sprintf("the request has more than %d bytes or %d parts", MaxRequest, MaxParts)}
	errBusy = &failure{status: http.StatusServiceUnavailable, code: "busy", retry: 1,
		text: "the requests that are served take as much memory as they may; try again"}
	errParts = badRequest("malformed_body", "the body is no complete multipart/form-data")
	errType  = &failure{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type",
		text: "the body must be multipart/form-data with a boundary"}
)

// readParts reads the parts of a request, and tells the journal their names, types and sizes.
func (c *call) readParts() (body, *failure) {
	mediaType, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" || params["boundary"] == "" {
		return nil, errType
	}
	if c.r.ContentLength > MaxRequest {
		return nil, errLarge
	}
	in := &counted{from: io.LimitReader(c.r.Body, MaxRequest+1), c: c}
	reader, all := multipart.NewReader(in, params["boundary"]), body{}
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, in.failure()
		}
		if len(all) == MaxParts {
			return nil, errLarge
		}
		one, f := readPart(p, in)
		if f != nil {
			return nil, f
		}
		all = append(all, one)
		c.record.Field("part "+short(one.name), one.describe())
	}
}

func readPart(p *multipart.Part, in *counted) (part, *failure) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(p); err != nil {
		return part{}, in.failure()
	}
	one := part{name: p.FormName(), file: p.FileName(), content: b.Bytes()}
	if one.name == "" || !utf8.ValidString(one.name) || len(one.name) > maxText {
		return part{}, badRequest("malformed_part", "a part has no name, or one that is too long or not UTF-8")
	}
	if given := p.Header.Get("Content-Type"); given != "" {
		mediaType, _, err := mime.ParseMediaType(given)
		if err != nil {
			return part{}, badRequest("malformed_part", fmt.Sprintf("the part %q has the malformed type %q", short(one.name), short(given)))
		}
		one.contentType = mediaType
	}
	switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
	case "", "binary", "8bit", "7bit":
		return one, nil
	}
	return part{}, badRequest("malformed_part", fmt.Sprintf("the part %q has a transfer encoding, which RFC 7578 does not know", short(one.name)))
}

// describe says for the journal what the part is. It shows no content: a part may be a password.
func (p part) describe() string {
	text := fmt.Sprintf("%d bytes", len(p.content))
	if p.contentType != "" {
		text += ", " + p.contentType
	}
	if p.file != "" {
		text += ", " + short(p.file)
	}
	return text
}

// counted reads a request's body and counts its bytes with those of the others.
type counted struct {
	from io.Reader
	c    *call
	n    int64
	full bool
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += int64(n)
	if r.n > MaxRequest {
		return 0, errors.New("too large")
	}
	if !r.c.reserve(int64(n)) {
		r.full = true
		return 0, errors.New("too much at a time")
	}
	return n, err
}

// failure says why the body could not be read.
func (r *counted) failure() *failure {
	switch {
	case r.n > MaxRequest:
		return errLarge
	case r.full:
		return errBusy
	}
	return errParts
}

// text returns the part as a short text, without the blanks around it.
func (p part) text() (string, *failure) {
	if len(p.content) > maxText || !utf8.Valid(p.content) {
		return "", badRequest("malformed_part", fmt.Sprintf("the part %q is not a text of at most %d bytes", short(p.name), maxText))
	}
	return strings.TrimSpace(string(p.content)), nil
}

// isReference reports whether the part names a document instead of being one: by its type text/plain, or, if it has no
// type and no name of a file, by what it begins with.
func (p part) isReference() bool {
	switch {
	case p.contentType == "text/plain":
		return true
	case p.contentType != "" || p.file != "" || len(p.content) > maxText:
		return false
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(p.content, []byte("\xef\xbb\xbf")), " \t\r\n")
	return !bytes.HasPrefix(start, []byte("<")) && !bytes.HasPrefix(start, []byte("%PDF-"))
}

// checkType refuses a part whose type is neither one of the documented ones nor one that says nothing.
func (p part) checkType(documented ...string) *failure {
	if p.contentType == "" || p.contentType == "application/octet-stream" {
		return nil
	}
	for _, t := range documented {
		if p.contentType == t {
			return nil
		}
	}
	return badRequest("part_type", fmt.Sprintf("the part %q has the type %q; it takes %s", short(p.name), short(p.contentType),
		strings.Join(documented, ", ")))
}

// baseName returns the name of a file or the last name of a path, without its extension, as a name that no header and no
// file system stumbles over.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if len(name) > 100 {
		name = name[:100]
	}
	return strings.Trim(name, ".")
}

// short bounds a text of a request for an answer or the journal.
func short(s string) string {
	const most = 120
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
