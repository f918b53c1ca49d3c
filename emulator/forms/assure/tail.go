package assure

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// tail is how a document ends: where its last cross-reference section is, of which kind, and what its trailer says.
type tail struct {
	offset int64
	stream bool // a cross-reference stream, not a table
	dict   types.Dict
}

// maxDict is the most bytes of a trailer or an encryption dictionary.
const maxDict = 64 << 10

// maxDepth is how deep dictionaries and arrays may be nested, and field names and page trees.
const maxDepth = 64

var objectStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*\d{1,10}\s+\d{1,5}\s+obj\b`) })

// readTail finds what a program appends to. A document that no program could append to without a repair is an error.
func readTail(doc []byte) (tail, error) {
	damaged := errorf("the document's cross-reference data is damaged: it must be written anew by another program first")
	if !bytes.HasPrefix(doc, []byte("%PDF-")) {
		return tail{}, errorf("the document does not begin with %q", "%PDF-")
	}
	offset, ok := startxref(doc)
	if !ok {
		return tail{}, damaged
	}
	at := bytes.TrimLeft(doc[offset:], "\x00\t\n\f\r ")
	t := tail{offset: offset}
	switch loc := objectStart().FindIndex(at); {
	case bytes.HasPrefix(at, []byte("xref")):
		i := bytes.Index(at, []byte("trailer"))
		if i < 0 {
			return tail{}, damaged
		}
		at = at[i+len("trailer"):]
	case loc != nil:
		t.stream = true
		at = at[loc[1]:]
	default:
		return tail{}, damaged
	}
	if t.dict, ok = parseDict(at); !ok || t.dict.IndirectRefEntry("Root") == nil {
		return tail{}, damaged
	}
	return t, nil
}

func startxref(doc []byte) (int64, bool) {
	i := bytes.LastIndex(doc, []byte("startxref"))
	if i < 0 {
		return 0, false
	}
	fields := bytes.Fields(doc[i+len("startxref") : min(len(doc), i+64)])
	if len(fields) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return n, err == nil && n > 0 && n < int64(len(doc))
}

// parseDict parses the dictionary that text begins with.
func parseDict(text []byte) (types.Dict, bool) {
	text = bytes.TrimLeft(text[:min(len(text), maxDict)], "\x00\t\n\f\r ")
	if !bytes.HasPrefix(text, []byte("<<")) {
		return nil, false
	}
	var d types.Dict
	err := pdf.Guard("the dictionary cannot be read", func() error {
		s := string(text)
		o, err := model.ParseObjectContext(context.Background(), &s, 0, maxDepth)
		d, _ = o.(types.Dict)
		return err
	})
	return d, err == nil && d != nil
}
