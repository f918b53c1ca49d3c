package assure

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// Mode is how a document is secured.
type Mode string

// The modes.
const (
	ModePassword     Mode = "PASSWORD"
	ModePolicyServer Mode = "POLICY_SERVER"
	ModeCertificate  Mode = "CERTIFICATE"
	ModeOther        Mode = "OTHER"
	ModeNone         Mode = "NONE"
)

// handlers are the security handlers that are known by name. All others are ModeOther.
var handlers = map[string]Mode{
	"Standard":      ModePassword,
	"Adobe.PubSec":  ModeCertificate,
	"Entrust.PPKEF": ModeCertificate,
	"Adobe.APS":     ModePolicyServer,
}

// Inspect tells how a document is secured, by its encryption dictionary. No password is needed. Its error is an [*Error].
func Inspect(doc []byte) (Mode, error) {
	if err := checkOutside(doc); err != nil {
		return "", err
	}
	d, found := encryption(doc)
	if !found {
		return inspectOpen(doc)
	}
	name := d.NameEntry("Filter")
	if name == nil {
		return "", errorf("the document's encryption dictionary does not name a security handler")
	}
	if mode, ok := handlers[*name]; ok {
		return mode, nil
	}
	return ModeOther, nil
}

// inspectOpen is for a document that seems not to be encrypted: if it can be read, it is not.
func inspectOpen(doc []byte) (Mode, error) {
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	switch {
	case err != nil:
		return "", asError(err)
	case f.Encrypted():
		return ModePassword, nil
	}
	return ModeNone, nil
}

var encryptRef = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`/Encrypt\s+(\d{1,10})\s+(\d{1,5})\s+R`) })

// encryption finds the encryption dictionary. It is never compressed or encrypted, so it stands somewhere in plain text.
func encryption(doc []byte) (types.Dict, bool) {
	t, err := readTail(doc)
	if err == nil {
		switch o := t.dict["Encrypt"].(type) {
		case types.Dict:
			return o, true
		case types.IndirectRef:
			return plainObject(doc, o.ObjectNumber.Value(), o.GenerationNumber.Value())
		case nil:
			return nil, false
		}
	}
	all := encryptRef().FindAllSubmatch(doc, -1)
	if len(all) == 0 {
		return nil, false
	}
	var nr, gen int
	last := all[len(all)-1]
	if _, err := fmt.Sscan(string(last[1])+" "+string(last[2]), &nr, &gen); err != nil {
		return nil, false
	}
	return plainObject(doc, nr, gen)
}

// plainObject returns the last dictionary with the given number.
func plainObject(doc []byte, nr, gen int) (types.Dict, bool) {
	head := fmt.Appendf(nil, "%d %d obj", nr, gen)
	for end := len(doc); end > 0; {
		i := bytes.LastIndex(doc[:end], head)
		if i < 0 {
			return nil, false
		}
		if i == 0 || doc[i-1] < '0' || doc[i-1] > '9' {
			return parseDict(doc[i+len(head):])
		}
		end = i
	}
	return nil, false
}

// checkOutside looks at what can be seen without reading the document.
func checkOutside(doc []byte) error {
	switch {
	case len(doc) == 0:
		return errorf("the document is empty")
	case len(doc) > pdf.MaxSize:
		return errorf("the document has %d bytes, and %d is the most", len(doc), pdf.MaxSize)
	case !bytes.Contains(doc[:min(len(doc), 1024)], []byte("%PDF-")):
		return errorf("this is not a PDF document: it does not begin with %q", "%PDF-")
	}
	return nil
}
