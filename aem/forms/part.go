package forms

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/aem"
)

// The content types of parts and documents.
const (
	typePDF         = "application/pdf"
	typeXML         = "application/xml"
	typeXDP         = "application/vnd.adobe.xdp+xml"
	typeJSON        = "application/json"
	typeText        = "text/plain"
	typeOctetStream = "application/octet-stream"
	typeMixed       = "multipart/mixed"
)

// Part is the content of one part of a request: bytes, a file, a reader, or the place where AEM finds it. The zero Part
// is absent. A Part is immutable and can be used in several requests, except one of [FromReader].
type Part struct {
	source      source
	data        []byte
	path        string // of a file, or the reference
	length      int64
	open        func() (io.ReadCloser, error)
	once        aem.Body
	contentType string
	fileName    string
}

// source is where the content of a part comes from.
type source int

const (
	sourceNone source = iota
	sourceBytes
	sourceFile
	sourceOpener
	sourceReader
	sourceReference
)

// FromBytes returns a part of the given bytes, which must not be changed while it is used.
func FromBytes(data []byte) Part { return Part{source: sourceBytes, data: data} }

// FromFile returns a part of a file's content. The file is read while it is sent, and again for each attempt; that it is
// not there shows then.
func FromFile(path string) Part {
	return Part{source: sourceFile, path: path, fileName: filepath.Base(path)}
}

// FromOpener returns a part of what open gives, which is called for each attempt and must give the same bytes each time.
// length is their number, -1 if it is not known.
func FromOpener(length int64, open func() (io.ReadCloser, error)) Part {
	return Part{source: sourceOpener, length: length, open: open}
}

// FromReader returns a part that is read once: a request with it is never tried again, and can be sent once only.
func FromReader(r io.Reader) Part { return Part{source: sourceReader, once: aem.ReaderBody("", r)} }

// FromPath returns a part that names where AEM finds the content: a repository path ("/content/dam/…"), a repository
// URL ("crx:///content/dam/…"), or an HTTP(S) URL. It is sent as text/plain.
func FromPath(reference string) Part { return Part{source: sourceReference, path: reference} }

// WithType returns p with the given content type, in place of the one that fits its content.
func (p Part) WithType(contentType string) Part {
	p.contentType = contentType
	return p
}

// WithFileName returns p with the given file name. AEM derives the names of documents from that of the template.
func (p Part) WithFileName(name string) Part {
	p.fileName = name
	return p
}

// IsZero reports whether p is absent.
func (p Part) IsZero() bool { return p.source == sourceNone }

// form is what a part of a request may be: the content types by what the content is.
type form struct {
	xml      string // of content that is neither a PDF nor of a known extension
	xdp      string // of a template in XDP
	fallback string // of content that cannot be looked at before
}

// The forms of the parts. The output services document application/xml for an XDP template, the AFP service its own type.
var (
	formTemplate    = form{xml: typeXML, xdp: typeXML, fallback: typeOctetStream}
	formAFPTemplate = form{xml: typeXDP, xdp: typeXDP, fallback: typeOctetStream}
	formXML         = form{xml: typeXML, xdp: typeXML, fallback: typeXML}
	formPDF         = form{xml: typePDF, xdp: typePDF, fallback: typePDF}
	formSource      = form{xml: typeOctetStream, xdp: typeXDP, fallback: typeOctetStream}
)

// typeOf returns the content type of p.
func (p Part) typeOf(f form) string {
	switch {
	case p.contentType != "":
		return p.contentType
	case p.source == sourceReference:
		return typeText
	case f == formXML:
		return typeXML
	}
	if byName := f.byExtension(filepath.Ext(p.fileName)); byName != "" {
		return byName
	}
	head, known := p.peek()
	switch {
	case !known:
		return f.fallback
	case bytes.HasPrefix(head, []byte(magicPDF)):
		return typePDF
	}
	return f.xml
}

func (f form) byExtension(extension string) string {
	switch strings.ToLower(extension) {
	case ".pdf":
		return typePDF
	case ".xdp":
		return f.xdp
	case ".xml":
		if f == formSource {
			return typeXML
		}
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".txt":
		// Not text/plain: that is how a reference is told from content.
		return typeOctetStream
	}
	return ""
}

// peek returns the beginning of p, where that costs nothing.
func (p Part) peek() (head []byte, known bool) {
	switch p.source {
	case sourceBytes:
		return p.data[:min(len(p.data), len(magicPDF))], true
	case sourceFile:
		if info, err := os.Stat(p.path); err != nil || !info.Mode().IsRegular() {
			return nil, false
		}
		f, err := os.Open(p.path)
		if err != nil {
			return nil, false
		}
		defer f.Close()
		head = make([]byte, len(magicPDF))
		n, _ := io.ReadFull(f, head)
		return head[:n], true
	}
	return nil, false
}

// body returns the content for sending.
func (p Part) body(contentType string) aem.Body {
	switch p.source {
	case sourceBytes:
		return aem.BytesBody(contentType, p.data)
	case sourceFile:
		return aem.FileBody(contentType, p.path)
	case sourceOpener:
		return aem.OpenerBody(contentType, p.length, p.open)
	case sourceReference:
		return aem.BytesBody(contentType, []byte(p.path))
	}
	return typedBody{p.once, contentType}
}

// typedBody is a body whose type is known later than its content.
type typedBody struct {
	aem.Body
	contentType string
}

func (b typedBody) ContentType() string { return b.contentType }
