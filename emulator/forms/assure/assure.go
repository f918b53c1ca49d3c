// Package assure protects PDF documents as the DocAssurance service of AEM Forms does: it encrypts and decrypts them, tells
// how they are secured, signs and certifies them with a credential of the caller, and adds signature fields. It is part of
// the emulated AEM and not for production.
//
// Start with [Encrypt] and [Sign]:
//
//	locked, err := assure.Encrypt(doc, assure.EncryptOptions{OpenPassword: "open", PermPassword: "change"})
//	...
//	signed, err := assure.Sign(doc, assure.SignOptions{
//		Field: "Signature1", Credential: credential, Time: now, Signature: assure.Signature{Reason: "Approved"},
//	})
//
// The options carry the names and the values of the service's JSON, so that they can be decoded from a request.
//
// # Signatures
//
// A signature is appended to the document as an incremental update: the bytes that were there stay as they are, encrypted or
// not, and what was signed before stays valid. The update ends with a cross-reference table or stream, whichever the
// document ended with. The signature is a detached CMS, by adbe.pkcs7.detached or ETSI.CAdES.detached.
//
// # Limits
//
// A document has at most [pdf.MaxSize] bytes, the names and texts of a request at most [MaxText] bytes, lists at most
// [MaxList] entries, a logo or a graphic at most [MaxGraphic] bytes. A document whose cross-reference data is damaged can
// be read, but not signed: there is nothing to append to. A signed document is neither encrypted nor decrypted, because
// that writes it anew.
//
// What is checked but has no effect, or a lesser one than with Adobe's service, is told by the Notes methods of the options:
// no certificate is asked for its revocation, no time stamp is fetched, and encryption always covers the whole document.
//
// # Trust
//
// Every document and every option is taken as hostile. What is wrong with them is an [*Error]. Nothing is fetched from an
// address, and no file is read or written. A password is never part of an error.
package assure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// What a request may have at most.
const (
	MaxText = 4096 // bytes of a name or a text
	MaxList = 64   // entries of a list
)

// Error is what is wrong with a document or with the options for it. It is the only type of error that bad input causes.
type Error struct {
	What string // what is wrong, in lower case and without a full stop
	Err  error  // [pdf.ErrPassword], or nil
}

// Error returns what is wrong, in one line.
func (e *Error) Error() string { return "assure: " + e.What }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func errorf(format string, args ...any) *Error { return &Error{What: fmt.Sprintf(format, args...)} }

// guard calls f within [pdf.Guard], and makes what goes wrong there an [*Error].
func guard(doing string, f func() error) error {
	var own *Error
	err := pdf.Guard(doing, func() error {
		err := f()
		if errors.As(err, &own) {
			return nil
		}
		return err
	})
	if own != nil {
		return own
	}
	return asError(err)
}

// asError makes an error of package pdf one of this package.
func asError(err error) error {
	var other *pdf.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &other):
		return &Error{What: other.What, Err: other.Err}
	}
	return errorf("%s", quoted(err.Error()))
}

// quoted keeps a text of a request or a document to one short line.
func quoted(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

// oneOf returns the value, or the first of the known ones if there is none.
func oneOf[T ~string](what string, value T, known ...T) (T, error) {
	if value == "" {
		return known[0], nil
	}
	for _, k := range known {
		if value == k {
			return value, nil
		}
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return "", errorf("%s is %s, and must be one of %s", what, quoted(string(value)), strings.Join(names, ", "))
}

func checkText(what, s string) error {
	if len(s) > MaxText {
		return errorf("%s has %d bytes, and %d is the most", what, len(s), MaxText)
	}
	return nil
}

func hasPassword(err error) bool { return errors.Is(err, pdf.ErrPassword) }
