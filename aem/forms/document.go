package forms

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/imsx/imsx/aem"
)

// kind is what a document is expected to be.
type kind int

const (
	kindAny        kind = iota // a result of a DDX
	kindPDF                    // begins with %PDF-
	kindPostScript             // begins with %!
	kindPrint                  // any other printer language
	kindAFP
)

func (k kind) String() string {
	return [...]string{"a document", "a PDF", "PostScript", "a print stream", "AFP"}[k]
}

const (
	magicPDF        = "%PDF-"
	magicPostScript = "%!"
	magicPJL        = "\x1b%-12345X" // what print jobs for several languages begin with
	peeked          = 512
	buffered        = 4 << 10 // longer reads pass the buffer by
	maxMetadata     = 64 << 10
)

// Document is a document that the service made, as a stream. It is used by one goroutine at a time and must be closed.
type Document struct {
	// ContentType is the type, as the service names it.
	ContentType string
	// FileName is the name that the service gives the document, without folders; empty if it gives none.
	FileName string
	// Name is the name of the result in a DDX; empty for other documents.
	Name string

	resp   *aem.Response
	parts  *aem.Parts // of an answer with metadata; nil otherwise
	buffer *bufio.Reader
	pages  int
	over   error // what every Read gives from now on
	close  func() error
}

// newDocument looks at the beginning of an answer. The caller closes resp if that fails.
func newDocument(resp *aem.Response, want kind) (*Document, error) {
	if resp.Status == http.StatusAccepted {
		return nil, accepted(resp)
	}
	d := &Document{ContentType: resp.ContentType(), resp: resp, close: resp.Body.Close}
	var content io.Reader = resp.Body
	if isMixed(d.ContentType) {
		part, err := d.outputPart()
		if err != nil {
			return nil, err
		}
		content = part
		d.ContentType, d.FileName = part.ContentType, part.FileName
	}
	d.buffer = bufio.NewReaderSize(content, buffered)
	err := d.check(want)
	if errors.Is(err, errEmpty) {
		if resp.Status == http.StatusCreated {
			return nil, accepted(resp)
		}
		return nil, resp.Malformed("the answer is empty where " + want.String() + " was asked for")
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

func accepted(resp *aem.Response) error {
	return &AcceptedError{Op: resp.Op, Status: resp.Status, Location: resp.Header.Get("Location")}
}

func isMixed(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(kind, "multipart/")
}

var errEmpty = errors.New("empty")

// check compares the beginning of the document with what was asked for.
func (d *Document) check(want kind) error {
	head, err := d.buffer.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(head) == 0 {
		return errEmpty
	}
	media, _, _ := mime.ParseMediaType(d.ContentType)
	switch {
	case want == kindAny:
	case want == kindPDF && !bytes.HasPrefix(head, []byte(magicPDF)),
		want == kindPostScript && !bytes.HasPrefix(head, []byte(magicPostScript)) && !bytes.HasPrefix(head, []byte(magicPJL)),
		isPage(media, head), strings.HasSuffix(media, "json"):
		return d.resp.Malformed("the answer is " + whatIs(media, head) + " where " + want.String() + " was asked for")
	}
	return nil
}

func isPage(media string, head []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(head))
	return media == "text/html" || bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

func whatIs(media string, head []byte) string {
	switch {
	case isPage(media, head):
		return "an HTML page"
	case strings.HasSuffix(media, "json"):
		return "JSON"
	case bytes.HasPrefix(head, []byte(magicPDF)):
		return "a PDF"
	}
	return "something else"
}

// outputPart returns the part with the document. Metadata may come before or after it.
func (d *Document) outputPart() (*aem.AnswerPart, error) {
	var err error
	if d.parts, err = d.resp.Parts(); err != nil {
		return nil, err
	}
	for {
		part, err := d.parts.Next()
		if errors.Is(err, io.EOF) {
			return nil, d.resp.Malformed("none of the answer's parts is the document")
		}
		if err != nil {
			return nil, err
		}
		if isMetadata(part) {
			if err := d.readMetadata(part); err != nil {
				return nil, err
			}
			continue
		}
		return part, nil
	}
}

func isMetadata(part *aem.AnswerPart) bool {
	media, _, _ := mime.ParseMediaType(part.ContentType)
	return part.Name == "metadata" || part.Name != "output" && media == typeJSON
}

// readMetadata takes the page count, which is a string on the wire. A number is taken, too.
func (d *Document) readMetadata(part *aem.AnswerPart) error {
	data, err := io.ReadAll(io.LimitReader(part, maxMetadata))
	if err != nil {
		return err
	}
	var metadata struct {
		PageCount json.RawMessage `json:"pageCount"`
	}
	if json.Unmarshal(data, &metadata) != nil {
		return d.resp.Malformed("the metadata cannot be read")
	}
	count, err := strconv.Atoi(strings.Trim(string(metadata.PageCount), `"`))
	if len(metadata.PageCount) > 0 && (err != nil || count < 0) {
		return d.resp.Malformed("the page count is not a number")
	}
	d.pages = count
	return nil
}

// Read reads the document. It fails with an [*aem.Error] if the stream breaks, and does not end early without one.
func (d *Document) Read(p []byte) (int, error) {
	if d.over != nil {
		return 0, d.over
	}
	n, err := d.buffer.Read(p)
	if err == io.EOF { //nolint:errorlint // the end itself
		err = d.finish()
	}
	d.over = err
	return n, err
}

// finish reads the parts after the document, and returns io.EOF if they are whole.
func (d *Document) finish() error {
	if d.parts == nil {
		return io.EOF
	}
	for {
		part, err := d.parts.Next()
		if err != nil {
			return err
		}
		if isMetadata(part) {
			if err := d.readMetadata(part); err != nil {
				return err
			}
		}
	}
}

// PageCount returns the number of pages as the service counts them. It is known when the document has been read to its
// end, if it was asked for; 0 means that it is not known.
func (d *Document) PageCount() int { return d.pages }

// Attempts returns all attempts of the call, in order.
func (d *Document) Attempts() []aem.Attempt { return d.resp.Attempts }

// Close ends the stream. The documents of [Results] need not be closed.
func (d *Document) Close() error { return d.close() }

// Save writes the document to the file path, by way of a temporary file beside it, and closes it: path has the whole
// document, or is as it was.
func (d *Document) Save(path string) (Saved, error) {
	defer d.Close()
	return d.save(path)
}

func (d *Document) save(path string) (Saved, error) {
	n, err := aem.SaveFile(path, d)
	if err != nil {
		return Saved{}, err
	}
	return Saved{
		Path: path, Bytes: n, PageCount: d.pages, ContentType: d.ContentType, FileName: d.FileName, Name: d.Name,
		RequestID: d.resp.RequestID(), Attempts: d.Attempts(),
	}, nil
}

// newPartDocument returns a result of a DDX.
func newPartDocument(resp *aem.Response, part *aem.AnswerPart) (*Document, error) {
	d := &Document{
		ContentType: part.ContentType, FileName: part.FileName, Name: part.Name, resp: resp,
		buffer: bufio.NewReaderSize(part, buffered), close: func() error { return nil },
	}
	want := kindAny
	if media, _, _ := mime.ParseMediaType(part.ContentType); media == typePDF {
		want = kindPDF
	}
	err := d.check(want)
	if errors.Is(err, errEmpty) && want == kindAny {
		return d, nil
	}
	if errors.Is(err, errEmpty) {
		return nil, resp.Malformed("a result that says it is a PDF is empty")
	}
	return d, err
}
