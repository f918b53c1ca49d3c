package aem

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// Family is a group of Forms services whose errors have one form.
type Family string

// The families of the Forms services.
const (
	FamilyOutput    Family = "output"    // generation of documents: JSON with the status as a text
	FamilyAssembler Family = "assembler" // DDX and PDF/A: JSON with the status as a number, and a 500 in parts with the logs
	FamilyAssurance Family = "assurance" // encryption and signatures: application/problem+json
	FamilyBatch     Family = "batch"     // batch: the members of RFC 7807 as application/json
)

// FamilyOf returns the family of the Forms service at a path, and whether there is one.
func FamilyOf(path string) (Family, bool) {
	for _, f := range []struct {
		prefix string
		family Family
	}{
		{"/adobe/forms/doc/v1/", FamilyOutput},
		{"/adobe/forms/assembler/", FamilyAssembler},
		{"/adobe/forms/document/", FamilyAssurance},
		{"/adobe/document/", FamilyAssurance},
		{"/adobe/forms/batch/", FamilyBatch},
	} {
		if strings.HasPrefix(path, f.prefix) {
			return f.family, true
		}
	}
	return "", false
}

// FormsError is an error answer of the Forms services.
type FormsError struct {
	Status  int
	Code    string // a few words for programs; Adobe's are not public
	Message string // what is wrong, for people
	JobLog  string // of a 500 of the assembler: what was done until then
}

// Write sends the error in the form of the family that the request's path belongs to; without one, that is
// application/problem+json. A Content-Type that is set already stays.
func (e FormsError) Write(w http.ResponseWriter, r *http.Request) {
	family, _ := FamilyOf(r.URL.Path)
	contentType, body := e.body(family, r.URL.Path)
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	_, _ = w.Write(body)
}

func (e FormsError) body(family Family, path string) (contentType string, body []byte) {
	switch family {
	case FamilyOutput:
		return jsonOf("application/json", struct {
			Status  string `json:"status"`
			Code    string `json:"code"`
			Message string `json:"message"`
		}{strconv.Itoa(e.Status), e.Code, e.Message})
	case FamilyAssembler:
		if e.Status == http.StatusInternalServerError {
			return e.parts(path)
		}
		return jsonOf("application/json", struct {
			Status  int    `json:"status"`
			Code    string `json:"code"`
			Message string `json:"message"`
		}{e.Status, e.Code, e.Message})
	case FamilyBatch:
		return jsonOf("application/json", e.problem(path))
	}
	return jsonOf("application/problem+json", e.problem(path))
}

// problem has the members of RFC 7807.
func (e FormsError) problem(path string) any {
	return struct {
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail"`
		Instance string `json:"instance"`
	}{"about:blank", http.StatusText(e.Status), e.Status, e.Message, short(path)}
}

// parts is the 500 of the assembler, whose logs are parts beside the members of its other errors.
func (e FormsError) parts(path string) (contentType string, body []byte) {
	all := [][2]string{
		{"status", strconv.Itoa(e.Status)}, {"code", e.Code}, {"message", e.Message}, {"jobLog", e.JobLog},
	}
	switch {
	case strings.HasSuffix(path, "/pdfa/convert"):
		all = append(all, [2]string{"conversionLog", e.JobLog})
	case strings.HasSuffix(path, "/pdfa/validate"):
		all = append(all, [2]string{"validationLog", e.JobLog})
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, part := range all {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", "attachment; name="+part[0])
		h.Set("Content-Type", "text/plain;charset=utf-8")
		w, _ := m.CreatePart(h) // a buffer takes everything
		_, _ = w.Write([]byte(part[1]))
	}
	_ = m.Close()
	return "multipart/mixed; boundary=" + m.Boundary(), b.Bytes()
}
