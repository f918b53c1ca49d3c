package console

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/forms"
)

// maxTurned is how many pages of a document the page turns through.
const maxTurned = 1000

type documentsPage struct {
	Page   page
	Rows   []documentRow
	Total  int
	Stream string
	Limit  int
	Detail *documentView
}

// documentRow is one document in the list.
type documentRow struct {
	ID                                      int64
	Name, Operation, Client, Kind, Measures string
	Clock, Machine, Picture                 string
	Current                                 bool
}

// documentView is one document, opened.
type documentView struct {
	ID             int64
	Name, Link     string
	PDF            bool
	Picture        string
	Number, Pages  int
	Previous, Next *turn
	Facts          []namedValue
	Notes          []string
}

// turn leads to another page of a document.
type turn struct{ Link, Part string }

func newDocumentRow(d forms.Document) documentRow {
	row := documentRow{
		ID: d.ID, Name: d.Name, Operation: d.Operation, Client: d.ClientID, Kind: kindOf(d), Measures: measures(d),
		Clock: d.Time.UTC().Format("15:04:05"), Machine: d.Time.UTC().Format(time.RFC3339),
	}
	if d.Pictures {
		row.Picture = picturePath(d.ID, 1)
	}
	return row
}

func picturePath(id int64, n int) string {
	return fmt.Sprintf("%sdocuments/%d/picture?page=%d", pagesPrefix, id, n)
}

// kindOf is what a document is, in a word.
func kindOf(d forms.Document) string {
	_, extension, ok := strings.Cut(d.Name[max(0, strings.LastIndexByte(d.Name, '.')):], ".")
	if !ok || len(extension) > 4 {
		return "file"
	}
	return strings.ToUpper(extension)
}

// measures are the pages and the bytes of a document.
func measures(d forms.Document) string {
	size := size(d.Bytes)
	switch d.Pages {
	case 0:
		return size
	case 1:
		return "1 page, " + size
	}
	return fmt.Sprintf("%d pages, %s", d.Pages, size)
}

// size says a number of bytes for a person.
func size(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func newDocumentView(d forms.Document, number int) documentView {
	v := documentView{
		ID: d.ID, Name: d.Name, Link: Prefix + "documents/" + strconv.FormatInt(d.ID, 10), PDF: d.ContentType == "application/pdf",
		Number: number, Pages: d.Pages, Notes: d.Notes,
	}
	for _, f := range []namedValue{
		{"Time", d.Time.UTC().Format("2006-01-02 15:04:05 MST")},
		{"Operation", d.Operation},
		{"Host", string(d.Tier) + " of " + string(d.Environment)},
		{"Client", d.ClientID},
		{"User", d.Account},
		{"Template", d.Template},
		{"Type", d.ContentType},
		{"Size", measures(d)},
	} {
		if f.Value != "" {
			v.Facts = append(v.Facts, f)
		}
	}
	if !d.Pictures {
		return v
	}
	v.Picture = picturePath(d.ID, number)
	if number > 1 {
		v.Previous = turnTo(d.ID, number-1)
	}
	if number < min(d.Pages, maxTurned) {
		v.Next = turnTo(d.ID, number+1)
	}
	return v
}

func turnTo(id int64, n int) *turn {
	return &turn{
		Link: fmt.Sprintf("%sdocuments?document=%d&page=%d", pagesPrefix, id, n),
		Part: fmt.Sprintf("%sdocuments/%d?page=%d", pagesPrefix, id, n),
	}
}

func (s *Server) documentsPage(w http.ResponseWriter, r *http.Request) {
	chosen, _ := strconv.ParseInt(r.URL.Query().Get("document"), 10, 64)
	docs := s.cfg.Forms.Documents()
	p := documentsPage{Page: s.newPage(r, "Documents"), Limit: max(len(docs), forms.MaxDocuments), Total: len(docs)}
	newest := int64(0)
	for _, d := range docs {
		row := newDocumentRow(d)
		row.Current = d.ID == chosen
		p.Rows, newest = append(p.Rows, row), max(newest, d.ID)
	}
	p.Stream = fmt.Sprintf("%sdocuments/stream?since=%d", pagesPrefix, newest)
	if i := slices.IndexFunc(docs, func(d forms.Document) bool { return d.ID == chosen }); i >= 0 {
		n, _ := pageNumber(r)
		v := newDocumentView(docs[i], n)
		p.Detail = &v
	}
	s.render(w, http.StatusOK, "documents", p)
}

// documentPart is an opened document, for the page's script.
func (s *Server) documentPart(w http.ResponseWriter, r *http.Request) {
	d, _, p := s.document(r)
	if p != nil {
		s.render(w, http.StatusOK, "gone", fmt.Sprintf("The document %q is not kept any longer.", r.PathValue("id")))
		return
	}
	n, _ := pageNumber(r)
	s.render(w, http.StatusOK, "document", newDocumentView(d, n))
}

// noPicture stands where a page cannot be drawn.
const noPicture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297" width="210" height="297">` +
	`<rect width="210" height="297" fill="#ffffff"/><text x="105" y="150" font-family="sans-serif" font-size="14" fill="#545c6c" ` +
	`text-anchor="middle">no picture</text></svg>`

// documentPicture is a picture of a page, or one that says that there is none.
func (s *Server) documentPicture(w http.ResponseWriter, r *http.Request) {
	picture := []byte(noPicture)
	d, _, p := s.document(r)
	if n, wrong := pageNumber(r); p == nil && wrong == nil {
		if drawn, err := s.cfg.Forms.Preview(d.ID, n); err == nil {
			picture = drawn
		}
	}
	writePicture(w, picture)
}

func (s *Server) clearDocumentsForm(w http.ResponseWriter, r *http.Request) {
	s.cfg.Forms.ClearDocuments()
	http.Redirect(w, r, pagesPrefix+"documents?done=documents", http.StatusSeeOther)
}

// documentStream sends each new document as an event with a finished list item.
func (s *Server) documentStream(w http.ResponseWriter, r *http.Request) {
	after, p := s.documentsAfter(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	out, ok := beginStream(w, r)
	if !ok {
		return
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		docs, more := s.cfg.Forms.DocumentsAfter(after)
		for _, d := range docs {
			var b bytes.Buffer
			if err := s.pages.templates.ExecuteTemplate(&b, "documentrow", newDocumentRow(d)); err != nil {
				s.logger.Warn("a document cannot be shown", "document", d.ID, "cause", err)
				continue
			}
			if after = d.ID; !send(w, out, fmt.Sprintf("id: %d\nevent: row\n%s\n", d.ID, dataLines(b.Bytes()))) {
				return
			}
		}
		select {
		case <-more:
		case <-alive.C:
			if !send(w, out, ": still here\n\n") {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// documentsAfter is the id after which a stream of documents begins, as [Server.resumeAfter] is for the journal.
func (s *Server) documentsAfter(r *http.Request) (int64, *problem) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		return number(r.URL.Query(), "since")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, badRequest("", "%q is not the id of a document", text)
	}
	return n, nil
}
