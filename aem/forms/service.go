package forms

import (
	"context"
	"fmt"

	"github.com/imsx/imsx/aem"
)

// Service is the Communications APIs of one AEM instance. It is safe for concurrent use and has no state but its client.
// Its methods fail with an [*aem.Error], or as the methods of [aem.Client] do; those that give a document also with an
// [*AcceptedError].
type Service struct {
	client *aem.Client
}

// New returns the service behind client.
func New(client *aem.Client) *Service { return &Service{client} }

// Request is a request that is answered by one document: [PDFRequest], [PrintRequest], [AFPRequest],
// [ConvertPDFARequest], [EncryptRequest], [DecryptRequest], [SignRequest], [CertifyRequest] and [SignatureFieldRequest].
type Request interface {
	// prepare checks the request and writes it down.
	prepare() (job, error)
}

// job is a request ready to be sent.
type job struct {
	aem.Request
	want kind
}

// Open sends req and returns the document as a stream, which the caller closes. A stream that breaks is not asked for
// again: use [Service.Save] or [Service.Fetch] for that.
func (s *Service) Open(ctx context.Context, req Request) (*Document, error) {
	j, err := req.prepare()
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(ctx, j.Request)
	if err != nil {
		return nil, err
	}
	doc, err := newDocument(resp, j.want)
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return doc, nil
}

// Fetch sends req and hands the document to read, as [aem.Client.Fetch] does: what breaks on the way is asked for again,
// and read then called anew.
func (s *Service) Fetch(ctx context.Context, req Request, read func(*Document) error) error {
	j, err := req.prepare()
	if err != nil {
		return err
	}
	return s.client.Fetch(ctx, j.Request, func(resp *aem.Response) error {
		doc, err := newDocument(resp, j.want)
		if err != nil {
			return err
		}
		return read(doc)
	})
}

// Saved tells of a document that was written to a file.
type Saved struct {
	// Path is where the file is.
	Path string
	// Bytes is the size of the file.
	Bytes int64
	// PageCount is the number of pages, as the service counts them; 0 if it was not asked or did not tell.
	PageCount int
	// ContentType is the document's type, as the service names it.
	ContentType string
	// FileName is the name that the service gives the document; empty if it gives none.
	FileName string
	// Name is the name of the result in a DDX; empty for other documents.
	Name string
	// RequestID is the id by which Adobe's support finds the request; empty if the answer had none.
	RequestID string
	// Attempts are all attempts of the call, in order.
	Attempts []aem.Attempt
}

// Save sends req and writes the document to the file path, by way of a temporary file beside it: path has the whole
// document, or is as it was. What breaks on the way is asked for again. A failure of the file system is returned as it
// is.
func (s *Service) Save(ctx context.Context, req Request, path string) (Saved, error) {
	var saved Saved
	err := s.Fetch(ctx, req, func(doc *Document) error {
		var err error
		saved, err = doc.save(path)
		return err
	})
	if err != nil {
		return Saved{}, err
	}
	return saved, nil
}

// invalid returns the error for a request that is not sent.
func invalid(op, format string, args ...any) error {
	description := fmt.Sprintf(format, args...)
	if runes := []rune(description); len(runes) > maxProblem {
		description = string(runes[:maxProblem-1]) + "…"
	}
	return &aem.Error{Op: op, Cause: aem.CauseInvalidRequest, Description: description}
}

const maxProblem = 300 // characters

// AcceptedError says that the service took a request and gives its document elsewhere. It is an error so that nobody
// takes the answer for a document; the request itself did not fail. How the place is asked is not documented.
type AcceptedError struct {
	// Op is what was asked for.
	Op string
	// Status is 202 if the document is still to be made, and 201 if it was sent to where the request said.
	Status int
	// Location is the place of the result, as the service wrote it; empty if it did not. It may be relative to the URL
	// of the request.
	Location string
}

// Error returns what was asked for and the place.
func (e *AcceptedError) Error() string {
	if e.Location == "" {
		return fmt.Sprintf("%s: accepted (%d), but the service does not say where the result will be", e.Op, e.Status)
	}
	return fmt.Sprintf("%s: accepted (%d), the result will be at %q", e.Op, e.Status, e.Location)
}
