package forms

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/imsx/imsx/aem"
)

// formData collects the parts of a request. The first thing that is wrong stays.
type formData struct {
	op    string
	parts []aem.Part
	err   error
}

func (d *formData) fail(err error) {
	if d.err == nil && err != nil {
		d.err = err
	}
}

// required adds a part that must be there.
func (d *formData) required(name string, p Part, f form) {
	if p.IsZero() {
		d.fail(invalid(d.op, "the part %q is missing", name))
		return
	}
	d.optional(name, p, f)
}

// optional adds a part if it is there. Files get a name in any case: servers take a part without one for a plain field.
// A control character in a name, which no header may have, becomes an underscore.
func (d *formData) optional(name string, p Part, f form) {
	if p.IsZero() {
		return
	}
	if p.source == sourceReference && strings.TrimSpace(p.path) == "" {
		d.fail(invalid(d.op, "the part %q names no place", name))
		return
	}
	fileName := strings.Map(withoutControl, p.fileName)
	contentType := p.typeOf(f)
	if fileName == "" && p.source != sourceReference {
		fileName = name + extensionOf(contentType)
	}
	d.parts = append(d.parts, aem.Part{Name: name, FileName: fileName, Body: p.body(contentType)})
}

func withoutControl(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '_'
	}
	return r
}

// options adds a part of JSON, unless it has no member.
func (d *formData) options(name string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		d.fail(invalid(d.op, "the part %q: %v", name, err))
		return
	}
	if bytes.Equal(data, []byte("{}")) || bytes.Equal(data, []byte("null")) {
		return
	}
	d.parts = append(d.parts, aem.Part{Name: name, Body: aem.BytesBody(typeJSON, data)})
}

// field adds a plain field, which must not be empty.
func (d *formData) field(name, value string) {
	if value == "" {
		d.fail(invalid(d.op, "the field %q is empty", name))
		return
	}
	d.parts = append(d.parts, aem.Part{Name: name, Body: aem.BytesBody(typeText, []byte(value))})
}

// job returns the request. All of these requests only make documents, so it does no harm to send them twice.
func (d *formData) job(path string, want kind) (job, error) {
	if d.err != nil {
		return job{}, d.err
	}
	body, err := aem.Multipart(d.parts...)
	if err != nil {
		return job{}, invalid(d.op, "%v", err)
	}
	return job{
		Request: aem.Request{Op: d.op, Method: http.MethodPost, Path: path, Body: body, Repeatable: true},
		want:    want,
	}, nil
}

func extensionOf(contentType string) string {
	switch contentType {
	case typePDF:
		return ".pdf"
	case typeXML:
		return ".xml"
	case typeXDP:
		return ".xdp"
	case typeJSON:
		return ".json"
	}
	return ""
}
