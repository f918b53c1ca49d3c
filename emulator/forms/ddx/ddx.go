// Package ddx assembles PDF documents as a DDX document says, the XML language of AEM's Assembler service. It is not for
// production.
//
// Start with [Parse] and [Job.Run]:
//
//	job, err := ddx.Parse(document)
//	...
//	outcome, err := job.Run(ctx, map[string][]byte{"a.pdf": a, "b.pdf": b}, ddx.Options{FailOnError: true, Time: now})
//	for _, r := range outcome.Results {
//		fmt.Println(r.Name, len(r.Data))
//	}
//
// # What is emulated
//
// Results: PDF, PDFsFromBookmarks, Bookmarks, DocumentInformation and DocumentText. In them: PDF sources with page ranges,
// optional sources and base documents, PDFGroup, BlankPage, a table of contents, earlier results as sources, bookmarks and
// their titles, page labels, headers, footers, watermarks, backgrounds, overlays and underlays with styled text, built-in
// keys and Bates numbers, page sizes, rotations and margins, titles and the like, file attachments, initial views,
// passwords, and the elements that take something away. Everything else is refused by [Parse] with an [*Error] that names
// the element or attribute and the line.
//
// Approximated: text is drawn in the standard fonts; the texts of DocumentText are in the order of drawing; headers, footers,
// watermarks and backgrounds that a source already has stay in it; a table of contents has 36 entries on a page, each on one
// line, and its text is made smaller where they do not fit. The log says which attributes had no effect.
//
// # Limits
//
// A DDX document has at most [MaxSize] bytes, [MaxElements] elements and a depth of [MaxDepth]; a result at most
// [pdf.MaxPages] pages, and all sources of one result together at most [MaxSources] bytes.
//
// # Trust
//
// DDX and sources are taken as hostile: there are no entities, no document types, and no addresses that are fetched; a
// source is one of the documents that came with the job, or an earlier result.
package ddx

import (
	"fmt"
	"time"
)

// What a job may have at most.
const (
	MaxSize     = 1 << 20
	MaxDepth    = 32
	MaxElements = 10_000
	MaxSources  = 256 << 20
	maxResults  = 1000
)

// Error is what is wrong with a job: with its DDX document, or with what it needs.
type Error struct {
	Line int    // in the DDX document; 0 where it is about none
	What string // lower case, without a full stop
	// Job says that the DDX document is right and running it went wrong: a source is missing or broken.
	Job bool
}

// Error returns what is wrong, in one line, with the line of the DDX document if one is to blame.
func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("ddx: %s (line %d)", e.What, e.Line)
	}
	return "ddx: " + e.What
}

func errorf(line int, format string, args ...any) *Error {
	return &Error{Line: line, What: fmt.Sprintf(format, args...)}
}

func jobErrorf(line int, format string, args ...any) *Error {
	return &Error{Line: line, What: fmt.Sprintf(format, args...), Job: true}
}

// Options are for [Job.Run].
type Options struct {
	// FirstBatesNumber is the first number of the first Bates pattern that has no start of its own. Less than 1 means 1.
	FirstBatesNumber int
	// DefaultStyle is CSS for styled text, such as "font-family: Times; font-size: 10pt". Empty means Helvetica, 12 points.
	DefaultStyle string
	// ValidateOnly checks the job and runs nothing: there are no results, and sources may be missing.
	ValidateOnly bool
	// FailOnError ends the job with the first result that fails. Otherwise it is left out, and the log says why.
	FailOnError bool
	// Time becomes the documents' dates. Zero leaves dates as they are.
	Time time.Time
}

// Result is one document.
type Result struct {
	Name        string // as the DDX document says
	ContentType string // "application/pdf" or "application/xml"
	Data        []byte
}

// Outcome is what [Job.Run] made, in the order of the DDX document.
type Outcome struct {
	Results []Result
	Log     string // for people: a line for each step
}
