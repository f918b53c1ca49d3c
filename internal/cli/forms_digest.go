package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/imsx/imsx/aem/forms"
)

// shared returns what all documents of a run are made of, and a digest of it. A template that AEM reads itself counts by
// its path: that it changed there cannot be seen from here.
func (g *generator) shared(aemURL string, template, xci place) (d generation, digest []byte, err error) {
	options, err := json.Marshal(g.options)
	if err != nil {
		return d, nil, err
	}
	h := sha256.New()
	writeField(h, "imsx forms 1", g.name, aemURL, string(options))
	d.pages = g.pages
	if d.template, err = template.keep(h); err != nil {
		return d, nil, err
	}
	d.xci, err = xci.keep(h)
	return d, h.Sum(nil), err
}

// maxKept is the size up to which a file for many requests is held in memory.
const maxKept = 1 << 20

// keep returns the place as a part of many requests, and writes into h what it is. A small file is read once, here: so
// all documents are made of the same, even if the file changes meanwhile.
func (p place) keep(h hash.Hash) (forms.Part, error) {
	writeField(h, p.remote)
	if p.file == "" {
		return p.part(), nil
	}
	f, err := os.Open(p.file)
	if err != nil {
		return forms.Part{}, &inputError{err}
	}
	defer f.Close()
	sum := sha256.New()
	kept, err := io.ReadAll(io.TeeReader(io.LimitReader(f, maxKept), sum))
	more := int64(0)
	if err == nil {
		more, err = io.Copy(sum, f)
	}
	if err != nil {
		return forms.Part{}, &inputError{err}
	}
	writeField(h, string(sum.Sum(nil)))
	if more > 0 {
		return p.part(), nil
	}
	return forms.FromBytes(kept).WithFileName(filepath.Base(p.name)), nil
}

// writeField writes texts with their lengths, so that two lists of texts never look the same.
func writeField(h hash.Hash, texts ...string) {
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
}

// documentDigest covers what one document depends on.
func documentDigest(shared []byte, input string) (string, error) {
	f, err := os.Open(input)
	if err != nil {
		return "", &inputError{fmt.Errorf("reading the data: %w", err)}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", &inputError{fmt.Errorf("reading the data: %w", err)}
	}
	sum := sha256.Sum256(append(h.Sum(nil), shared...))
	return hex.EncodeToString(sum[:]), nil
}
