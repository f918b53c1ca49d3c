// Package preview draws pages of PDF documents as SVG, good enough for a person to recognize the document. It is for the
// console of the local AEM, not for print.
//
//	picture, err := preview.SVG(pdf, 1, "")
//
// # What is drawn
//
// Paths, texts, images, forms within the page, and the appearances of annotations, such as form fields and signatures; with
// clipping, dashes, constant transparency and the page's rotation. Texts are drawn in a typeface of the viewer that
// resembles the document's, stretched to the width that the document gives them. Approximated are shadings and patterns
// (gray), separations and Lab colors (by their amount), soft masks outside of images (ignored), blend modes (normal) and
// vertical writing (horizontal), and text in Type 3 fonts (a typeface). Left out are JPEG 2000 and JBIG2
// images (a gray box). A field without an appearance is its box and the first line of its value. Every layer is shown.
//
// # Limits
//
// The constants say how much a page may hold. Past [MaxContent], [MaxOperators] and [MaxOutput] there is an error. What is
// nested deeper than [MaxNesting] is left out, and images past [MaxPixels] are gray boxes.
//
// # Trust
//
// Every document is taken as hostile. The picture has no script, no style sheet, and no reference to anything outside of it;
// images are data URLs of PNG and JPEG. It can be shown as an image, or served with
// "Content-Security-Policy: default-src 'none'; img-src data:; style-src 'unsafe-inline'".
package preview

import (
	"errors"
	"fmt"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// The limits of one picture.
const (
	MaxContent   = 16 << 20   // bytes of content streams, each counted as often as it is drawn
	MaxOperators = 2_000_000  // in the content streams
	MaxNesting   = 32         // forms within forms
	MaxPixels    = 40_000_000 // in all images
	MaxOutput    = 32 << 20   // bytes
)

// Error is what a document or a request for its picture got wrong.
type Error struct {
	What string // a phrase for a person
	Err  error  // pdf.ErrPassword, if the password is missing or wrong, or nil
}

// Error returns the phrase.
func (e *Error) Error() string { return "preview: " + e.What }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func errorf(format string, args ...any) *Error { return &Error{What: fmt.Sprintf(format, args...)} }

// SVG returns a picture of a page of a PDF document. Pages count from 1. The password may be empty; it is either of an
// encrypted document's two. Errors are [*Error]. The document must not be changed meanwhile. SVG may be called from
// several goroutines at once.
func SVG(document []byte, pageNumber int, password string) ([]byte, error) {
	f, err := pdf.Open(document, pdf.OpenOptions{Password: password})
	if err != nil {
		return nil, asError(err)
	}
	if n := f.PageCount(); pageNumber < 1 || pageNumber > n {
		return nil, errorf("page %d: the document has pages 1 to %d", pageNumber, n)
	}
	var picture []byte
	var own *Error
	err = pdf.Guard(fmt.Sprintf("page %d cannot be drawn", pageNumber), func() error {
		var err error
		if picture, err = draw(f.Context(), pageNumber); errors.As(err, &own) {
			return nil
		}
		return err
	})
	if own != nil {
		return nil, own
	}
	if err != nil {
		return nil, asError(err)
	}
	return picture, nil
}

func asError(err error) error {
	var e *pdf.Error
	if errors.As(err, &e) {
		return &Error{What: e.What, Err: e.Err}
	}
	return errorf("%v", err)
}
