package aem

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path"
	"strings"
)

// AnswerPart is one part of a multipart answer. It is read before the next one is asked for.
type AnswerPart struct {
	// Name is the name of the part, as Content-Disposition gives it; empty if it does not.
	Name string
	// FileName is the last element of the part's file name; empty if it has none.
	FileName string
	// ContentType is the part's type; empty if it has none.
	ContentType string
	// Header are the part's headers.
	Header textproto.MIMEHeader

	content io.Reader
}

// Read reads the part's content.
func (p *AnswerPart) Read(b []byte) (int, error) { return p.content.Read(b) }

// Parts reads the parts of a multipart answer one after the other.
type Parts struct {
	resp   *Response
	reader *partReader
}

// Parts returns the parts of r, whose content type must be multipart with a boundary: the error is an [*Error] with
// [CauseMalformedAnswer] otherwise. They are read from Body, which still has to be closed.
func (r *Response) Parts() (*Parts, error) {
	kind, params, err := mime.ParseMediaType(r.ContentType())
	if err != nil || !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return nil, r.Malformed("the answer is not of several parts")
	}
	return &Parts{resp: r, reader: newPartReader(r.Body, params["boundary"])}, nil
}

// Next returns the next part, and [io.EOF] after the last one. An answer that ends before its closing line is an
// [*Error] with [CauseNetwork], one that is no multipart one with [CauseMalformedAnswer].
func (p *Parts) Next() (*AnswerPart, error) {
	part, err := p.reader.next()
	if err == nil {
		part.content = &checkedPart{p.resp, part.content}
		return part, nil
	}
	return nil, p.resp.partError(err)
}

// partError returns the error for what the reading of parts gave.
func (r *Response) partError(err error) error {
	failure, ok := errors.AsType[*Error](err)
	switch {
	case err == io.EOF: //nolint:errorlint // a wrapped one is an answer that ends early
		return io.EOF
	case ok:
		return failure
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.Cut("the answer ends in the middle of its parts")
	}
	return r.Malformed("the parts of the answer cannot be read")
}

// checkedPart reads the content of a part with the errors of Parts.
type checkedPart struct {
	resp    *Response
	content io.Reader
}

func (c *checkedPart) Read(b []byte) (int, error) {
	n, err := c.content.Read(b)
	if err != nil {
		err = c.resp.partError(err)
	}
	return n, err
}

// partReader reads multipart content leniently in what it says of its parts, and strictly in how it ends.
type partReader struct {
	parts    *multipart.Reader
	seen     *tail
	boundary string
}

func newPartReader(r io.Reader, boundary string) *partReader {
	seen := &tail{r: r}
	return &partReader{multipart.NewReader(seen, boundary), seen, boundary}
}

func (r *partReader) next() (*AnswerPart, error) {
	part, err := r.parts.NextRawPart()
	if err == io.EOF && !bytes.Contains(r.seen.last, []byte("--"+r.boundary+"--")) { //nolint:errorlint // the end itself
		// mime/multipart takes an end after a line that announces another part for the end of all.
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	name, file := disposition(part.Header.Get("Content-Disposition"))
	return &AnswerPart{
		Name: name, FileName: file, ContentType: part.Header.Get("Content-Type"), Header: part.Header, content: part,
	}, nil
}

// maxTail is more than mime/multipart reads ahead.
const maxTail = 8 << 10

// tail remembers the last bytes that were read.
type tail struct {
	r    io.Reader
	last []byte
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.last = append(t.last, p[:n]...)
	if over := len(t.last) - maxTail; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	return n, err
}

// disposition returns the parameters name and filename. Adobe's services write them without quotation marks, which goes
// wrong by the rules as soon as a name has a blank.
func disposition(value string) (name, file string) {
	if _, params, err := mime.ParseMediaType(value); err == nil {
		return params["name"], lastElement(params["filename"])
	}
	for parameter := range strings.SplitSeq(value, ";") {
		key, text, _ := strings.Cut(parameter, "=")
		text = strings.Trim(strings.TrimSpace(text), `"`)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "name":
			name = text
		case "filename":
			file = text
		}
	}
	return name, lastElement(file)
}

// lastElement returns the name of a file without its folders, in either system's manner.
func lastElement(file string) string {
	if file == "" {
		return ""
	}
	file = path.Base(strings.ReplaceAll(file, `\`, "/"))
	if file == "." || file == ".." || file == "/" {
		return ""
	}
	return file
}
