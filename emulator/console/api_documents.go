package console

import (
	"errors"
	"mime"
	"net/http"
	"strconv"

	"github.com/imsx/imsx/emulator/forms"
)

// documentRoutes are the operations about the documents that the Forms services made.
func (s *Server) documentRoutes() []route {
	return []route{
		{method: "GET", path: "documents", serve: (*call).documents},
		{method: "DELETE", path: "documents", status: http.StatusNoContent, serve: (*call).clearDocuments},
		{method: "GET", path: "documents/{id}", stream: s.documentContent},
		{method: "GET", path: "documents/{id}/preview.svg", stream: s.documentPreview},
	}
}

func (c *call) documents() (any, *problem) {
	return map[string]any{"documents": nonNil(c.cfg.Forms.Documents())}, nil
}

func (c *call) clearDocuments() (any, *problem) {
	c.cfg.Forms.ClearDocuments()
	return nil, nil
}

// The content security policies of a picture and of a document: nothing is loaded from anywhere. Browsers show a PDF
// document within a page of their own, which has a style in it.
const (
	picturePolicy  = "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
	documentPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// documentContent answers with a document as it was sent. Only a PDF document may be shown by a browser; anything else is
// for saving.
func (s *Server) documentContent(w http.ResponseWriter, r *http.Request) {
	d, content, p := s.document(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	h := w.Header()
	h.Set("Content-Type", d.ContentType)
	h.Set("Content-Security-Policy", documentPolicy)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	shown := "attachment"
	if d.ContentType == "application/pdf" {
		shown = "inline"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": d.Name}))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content)
	}
}

// document finds the document that a path names.
func (s *Server) document(r *http.Request) (forms.Document, []byte, *problem) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	d, content, missing := s.cfg.Forms.Document(id)
	if err != nil || missing != nil {
		return d, nil, notFound("document", text, "documents")
	}
	return d, content, nil
}

// documentPreview answers with a picture of a page.
func (s *Server) documentPreview(w http.ResponseWriter, r *http.Request) {
	d, _, p := s.document(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	n, p := pageNumber(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	picture, err := s.cfg.Forms.Preview(d.ID, n)
	switch {
	case errors.Is(err, forms.ErrNoDocument):
		writeProblem(w, notFound("document", r.PathValue("id"), "documents"))
	case err != nil:
		writeProblem(w, refused(err))
	default:
		writePicture(w, picture)
	}
}

// pageNumber reads the parameter page; without it, it is the first.
func pageNumber(r *http.Request) (int, *problem) {
	n, p := number(r.URL.Query(), "page")
	return int(max(n, 1)), p
}

func writePicture(w http.ResponseWriter, picture []byte) {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", picturePolicy)
	_, _ = w.Write(picture)
}
