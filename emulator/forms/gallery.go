package forms

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms/preview"
)

// The bounds of the gallery: the oldest documents go first.
const (
	MaxDocuments     = 50
	maxDocumentBytes = 64 << 20
)

// ErrNoDocument is returned for a document that is not, or no longer, in the gallery.
var ErrNoDocument = errors.New("there is no such document")

// Document is a document that a Forms service answered with, in the form of the control API.
type Document struct {
	ID          int64             `json:"id"` // counts from 1, also over resets
	Time        time.Time         `json:"time"`
	Operation   string            `json:"operation"` // as the name of its route: "generatePDFOutput"
	Environment aem.EnvironmentID `json:"environment"`
	Tier        aem.Tier          `json:"tier"`
	ClientID    string            `json:"client_id,omitempty"`
	Account     string            `json:"account,omitempty"` // the login name of the user
	Template    string            `json:"template,omitempty"`
	Name        string            `json:"name"` // a name for the file
	ContentType string            `json:"content_type"`
	Pages       int               `json:"pages,omitempty"` // 0 if it is not known
	Bytes       int               `json:"bytes"`
	Pictures    bool              `json:"pictures"`        // whether [Server.Preview] can show it
	Notes       []string          `json:"notes,omitempty"` // what is approximated
}

// shelved is a document of the gallery with its content.
type shelved struct {
	Document
	content []byte
	picture func() ([]byte, error) // makes a PDF document with the same look; nil if the content is one
	weight  int                    // of what picture holds, in bytes
}

func (d *shelved) cost() int { return len(d.content) + d.weight }

// gallery keeps the latest documents.
type gallery struct {
	mu      sync.Mutex
	last    int64
	bytes   int
	all     []*shelved    // the oldest first
	changed chan struct{} // closed and replaced when a document comes
}

// add puts a document into the gallery. One that is larger than the gallery is left out.
func (g *gallery) add(d *shelved) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	d.ID, d.Bytes = g.last, len(d.content)
	if d.cost() > maxDocumentBytes {
		return
	}
	g.all = append(g.all, d)
	g.bytes += d.cost()
	for len(g.all) > MaxDocuments || g.bytes > maxDocumentBytes {
		g.bytes -= g.all[0].cost()
		g.all = slices.Delete(g.all, 0, 1)
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

func (g *gallery) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all, g.bytes = nil, 0
}

func (g *gallery) find(id int64) (*shelved, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.all {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, ErrNoDocument
}

// Documents returns the latest documents, at most [MaxDocuments] and 64 MiB of them, the newest first. The caller owns them.
func (s *Server) Documents() []Document {
	docs, _ := s.DocumentsAfter(0)
	slices.Reverse(docs)
	return docs
}

// DocumentsAfter returns the documents with greater ids than the given one, the oldest first, and a channel that is closed
// when there is another.
func (s *Server) DocumentsAfter(id int64) (docs []Document, more <-chan struct{}) {
	g := &s.gallery
	g.mu.Lock()
	defer g.mu.Unlock()
	docs = []Document{}
	for _, d := range g.all {
		if d.ID > id {
			c := d.Document
			c.Notes = slices.Clone(d.Notes)
			docs = append(docs, c)
		}
	}
	return docs, g.changed
}

// Document returns a document by its id with its content, which the caller must not change. Its error is [ErrNoDocument].
func (s *Server) Document(id int64) (Document, []byte, error) {
	d, err := s.gallery.find(id)
	if err != nil {
		return Document{}, nil, err
	}
	c := d.Document
	c.Notes = slices.Clone(d.Notes)
	return c, d.content, nil
}

// ClearDocuments empties the gallery.
func (s *Server) ClearDocuments() { s.gallery.reset() }

// Preview returns a picture of a page of a document as SVG; pages count from 1. Printer languages are shown by a PDF
// document with the same layout. The error is [ErrNoDocument], or says why there is no picture.
func (s *Server) Preview(id int64, page int) ([]byte, error) {
	d, err := s.gallery.find(id)
	if err != nil {
		return nil, err
	}
	if !d.Pictures {
		return nil, errors.New("a document of the type " + d.ContentType + " has no picture")
	}
	content := d.content
	if d.picture != nil {
		if content, err = d.picture(); err != nil {
			return nil, err
		}
	}
	return preview.SVG(content, page, "")
}
