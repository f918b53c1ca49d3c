package forms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

// task is an operation of assurance whose request was read.
type task struct {
	name string // of the document, without its extension
	do   func() (produced, error)
}

// assurance makes an operation of what reads its request. It answers with the result, or, if the client prefers that (RFC
// 7240, respond-async), with 202 and where the result will be.
func assurance(read func(*call, body) (task, *failure)) func(*call) *failure {
	return func(c *call) *failure {
		b, f := c.readParts()
		if f != nil {
			return f
		}
		t, f := read(c, b)
		if f != nil {
			return f
		}
		if prefersAsync(c.r.Header.Values("Prefer")) {
			return c.accept(t)
		}
		made, err := work(c.r.Context(), c.Server, t.do)
		if err != nil {
			return failureOf(err)
		}
		c.keepAssured(made, t.name)
		c.send(made.contentType, made.content)
		return nil
	}
}

// keepAssured puts a PDF document into the gallery; other results are none.
func (c *call) keepAssured(made produced, name string) {
	if made.contentType == pdfType {
		c.keep(made, name+".pdf", "")
	}
}

// prefersAsync reports whether a client asks for an answer before the result is there.
func prefersAsync(prefer []string) bool {
	for _, line := range prefer {
		for p := range strings.SplitSeq(line, ",") {
			p, _, _ = strings.Cut(p, ";")
			if strings.EqualFold(strings.TrimSpace(p), "respond-async") {
				return true
			}
		}
	}
	return false
}

// document reads the part "document".
func (c *call) document(b body) (content []byte, name string, f *failure) {
	p, f := b.required("document")
	if f != nil {
		return nil, "", f
	}
	if f := p.checkType(pdfType, "text/plain"); f != nil {
		return nil, "", f
	}
	content, f = c.source("").document(p)
	return content, nameOf(p, "document"), f
}

// secured is a PDF document as an operation made it.
func secured(content []byte, notes []string, err error) (produced, error) {
	if err != nil {
		return produced{}, err
	}
	return produced{content: content, contentType: pdfType, pages: pagesOf(content), notes: notes}, nil
}

// encryptConfig is the part "config" of an encryption.
type encryptConfig struct {
	Mode   string `json:"mode,omitempty"`
	Params *struct {
		OpenPassword string              `json:"openPassword,omitempty"`
		PermPassword string              `json:"permPassword,omitempty"`
		Permissions  []assure.Permission `json:"permissions,omitempty"`
	} `json:"params,omitempty"`
}

// encryptOptions are the options of an encryption.
type encryptOptions struct {
	Parts         assure.Parts         `json:"parts,omitempty"`
	Compatibility assure.Compatibility `json:"compatibility,omitempty"`
}

func (c *call) encrypt(b body) (task, *failure) {
	content, name, f := c.document(b)
	if f != nil {
		return task{}, f
	}
	p, f := b.required("config")
	if f != nil {
		return task{}, f
	}
	var config encryptConfig
	if f := c.readJSONPart(p, &config); f != nil {
		return task{}, f
	}
	var o encryptOptions
	if f := cmp.Or(c.readOptions(b, &o), enum("mode", config.Mode, "ENCRYPT_WITH_PASSWORD")); f != nil {
		return task{}, f
	}
	if config.Params == nil {
		return task{}, badRequest("config", "the part \"config\" has no params")
	}
	options := assure.EncryptOptions{
		OpenPassword: config.Params.OpenPassword, PermPassword: config.Params.PermPassword, Permissions: config.Params.Permissions,
		Parts: o.Parts, Compatibility: o.Compatibility,
	}
	return task{name, func() (produced, error) {
		locked, err := assure.Encrypt(content, options)
		made, err := secured(locked, options.Notes(), err)
		if err != nil {
			return produced{}, err
		}
		made.pages = pagesOf(content)
		made.picture, made.weight = func() ([]byte, error) { return content, nil }, len(content)
		return made, nil
	}}, nil
}

func (c *call) decrypt(b body) (task, *failure) {
	content, name, f := c.document(b)
	if f != nil {
		return task{}, f
	}
	p, f := b.required("config")
	if f != nil {
		return task{}, f
	}
	if len(p.content) > maxText {
		return task{}, badRequest("config", "the password is too long")
	}
	return task{name, func() (produced, error) {
		opened, err := assure.Decrypt(content, string(p.content))
		return secured(opened, nil, err)
	}}, nil
}

func (c *call) inspect(b body) (task, *failure) {
	content, name, f := c.document(b)
	return task{name, func() (produced, error) {
		mode, err := assure.Inspect(content)
		if err != nil {
			return produced{}, err
		}
		answer, err := json.Marshal(map[string]assure.Mode{"mode": mode})
		return produced{content: answer, contentType: "application/json"}, err
	}}, f
}

// signing is what a signature and a certification have in common.
type signing struct {
	content    []byte
	name       string
	field      string
	credential assure.Credential
}

// readSigning reads the document, the field and the credential.
func (c *call) readSigning(b body) (s signing, f *failure) {
	if s.content, s.name, f = c.document(b); f != nil {
		return s, f
	}
	p, f := b.required("credential")
	if f != nil {
		return s, f
	}
	var named struct {
		Alias string `json:"alias,omitempty"`
	}
	if f := c.readJSONPart(p, &named); f != nil {
		return s, f
	}
	if named.Alias == "" {
		return s, badRequest("credential", "the part \"credential\" names no alias")
	}
	if s.field, f = readField(b); f != nil {
		return s, f
	}
	var err error
	if s.credential, err = c.credential(); err != nil {
		return s, internal(err.Error())
	}
	return s, nil
}

func readField(b body) (string, *failure) {
	p, f := b.required("field")
	if f != nil {
		return "", f
	}
	return p.text()
}

func (c *call) sign(b body) (task, *failure) {
	s, f := c.readSigning(b)
	if f != nil {
		return task{}, f
	}
	var o assure.Signature
	if f := c.readOptions(b, &o); f != nil {
		return task{}, f
	}
	return task{s.name, func() (produced, error) {
		signed, err := assure.Sign(s.content, assure.SignOptions{Field: s.field, Credential: s.credential, Time: c.now(), Signature: o})
		return unlocked(signed, s.content, o.Unlock, o.Notes(), err)
	}}, nil
}

func (c *call) certify(b body) (task, *failure) {
	s, f := c.readSigning(b)
	if f != nil {
		return task{}, f
	}
	var o assure.Certification
	if f := c.readOptions(b, &o); f != nil {
		return task{}, f
	}
	return task{s.name, func() (produced, error) {
		certified, err := assure.Certify(s.content, assure.CertifyOptions{
			Field: s.field, Credential: s.credential, Time: c.now(), Certification: o,
		})
		return unlocked(certified, s.content, o.Unlock, o.Notes(), err)
	}}, nil
}

// unlocked is a document that was opened by a password, which its picture needs as well.
func unlocked(content, from []byte, u assure.Unlock, notes []string, err error) (produced, error) {
	made, err := secured(content, notes, err)
	if err != nil || u.UnlockWith == "" {
		return made, err
	}
	if f, err := pdf.Open(from, pdf.OpenOptions{Password: u.UnlockWith}); err == nil {
		made.pages = f.PageCount()
	}
	made.picture = func() ([]byte, error) { return assure.Decrypt(content, u.UnlockWith) }
	return made, nil
}

func (c *call) addSignatureField(b body) (task, *failure) {
	content, name, f := c.document(b)
	if f != nil {
		return task{}, f
	}
	var o assure.FieldOptions
	if f := c.readOptions(b, &o); f != nil {
		return task{}, f
	}
	if o.Field, f = readField(b); f != nil {
		return task{}, f
	}
	if p, ok := b.get("rectangle"); ok {
		if f := c.readJSONPart(p, &o.Rectangle); f != nil {
			return task{}, f
		}
	}
	if r := o.Rectangle; min(r.LowerLeftX, r.LowerLeftY, r.Width, r.Height) < 0 {
		return task{}, badRequest("rectangle", "a member of the rectangle is negative")
	}
	if o.Page, f = readPage(b); f != nil {
		return task{}, f
	}
	return task{name, func() (produced, error) {
		changed, err := assure.AddSignatureField(content, o)
		return unlocked(changed, content, o.Unlock, o.Notes(), err)
	}}, nil
}

// readPage reads the number of a page; without the part it is the first.
func readPage(b body) (int, *failure) {
	p, ok := b.get("page")
	if !ok {
		return 1, nil
	}
	text, f := p.text()
	if f != nil {
		return 0, f
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, badRequest("page", fmt.Sprintf("the part \"page\" is %q, and must be a number from 1 on", short(text)))
	}
	return n, nil
}
