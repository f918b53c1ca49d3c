// Package pdf does what the local AEM does with existing PDF documents, by pdfcpu: it opens them within limits, tells what
// is in them, fills their forms, and writes them again. It is not for production.
//
// Start with [Open] and [Fill]:
//
//	f, err := pdf.Open(data, pdf.OpenOptions{})
//	...
//	fmt.Println(f.PageCount(), f.Version(), f.HasForm())
//	filled, report, err := pdf.Fill(data, xml, pdf.FillOptions{Flatten: true, Time: now})
//
// Packages that call pdfcpu themselves use [Configuration] for every call, do each piece of work within [Guard], and write
// by [Write].
//
// # Limits
//
// A document has at most [MaxSize] bytes and [MaxPages] pages, and none of its streams decodes to more than [MaxDecoded]
// bytes; XML data has the limits of [Fill]. Linearized ("fast web view") and tagged PDF are not written.
//
// # Trust
//
// Every document is taken as hostile. What pdfcpu finds wrong, and what it panics on, is an [*Error]. No file is read
// or written, pdfcpu's configuration folder included, and no address that stands in a document is fetched.
package pdf

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// What a document may have at most.
const (
	MaxSize     = 64 << 20 // bytes
	MaxPages    = 5000
	MaxDecoded  = 64 << 20 // bytes of one stream, decoded
	MaxMetadata = 8 << 20  // bytes of the document's metadata, decoded
	MaxObjects  = 1 << 20  // numbers in the cross-reference table
)

// ErrPassword is what an [*Error] wraps when a document is encrypted and the password is missing or wrong.
var ErrPassword = errors.New("the document needs a password, and the given one does not open it")

// Error is what is wrong with a document or with data for it. It is the only type of error that this package returns.
type Error struct {
	What string // what is wrong, in lower case and without a full stop
	Err  error  // ErrPassword, or nil
}

// Error returns what is wrong, in one line.
func (e *Error) Error() string { return "pdf: " + e.What }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func errorf(format string, args ...any) *Error { return &Error{What: fmt.Sprintf(format, args...)} }

// disableFolder keeps pdfcpu from its configuration folder. The setting is one for the whole process.
var disableFolder = sync.OnceFunc(api.DisableConfigDir)

// Configuration returns a new configuration of pdfcpu that the caller owns: relaxed validation, the limits of this package,
// no optimization, no network, no bookmarks made by merging. The first call turns off pdfcpu's configuration folder for
// the whole process. It is safe for concurrent use.
func Configuration() *model.Configuration {
	disableFolder()
	c := model.NewDefaultConfiguration()
	c.ValidationMode = model.ValidationRelaxed
	c.ValidateLinks = false
	c.Offline = true
	c.Optimize = false
	c.OptimizeBeforeWriting = false
	c.OptimizeResourceDicts = false
	c.CreateBookmarks = false
	c.Limits.MaxStreamBytes = MaxSize
	c.Limits.MaxDecodeBytes = MaxDecoded
	c.Limits.MaxImageBytes = MaxDecoded
	c.Limits.MaxImagePixels = MaxDecoded / 4
	c.Limits.MaxObjectCount = MaxObjects
	c.Limits.MaxXRefEntries = MaxObjects
	c.Limits.MaxObjectStreamCount = MaxObjects / 8
	return c
}

// Guard calls f, and returns what goes wrong there as an [*Error] that begins with doing: f's error, unless it has an
// *Error in it, which is returned as it is, and a panic, which pdfcpu answers some broken documents with. Errors of the
// runtime that nobody can catch, such as an exhausted stack, are not held.
func Guard(doing string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errorf("%s: %s", doing, panicText(v))
		}
	}()
	return asError(doing, f())
}

func panicText(v any) string {
	if _, ok := v.(runtime.Error); ok {
		return "the document is broken in a way that cannot be handled"
	}
	return short(fmt.Sprint(v))
}

func asError(doing string, err error) error {
	var own *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case isPassword(err):
		return &Error{What: doing + ": " + ErrPassword.Error(), Err: ErrPassword}
	}
	return errorf("%s: %s", doing, short(err.Error()))
}

// short keeps a message from elsewhere to one line of bounded length.
func short(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
