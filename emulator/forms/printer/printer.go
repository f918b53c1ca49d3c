// Package printer writes a laid-out document in the languages of printers: [PostScript] as a whole, and [PCL], [ZPL], [DPL],
// [IPL], [TPCL] and [AFP] as the smallest valid stream that carries the texts at their places.
//
//	err := printer.PostScript(w, doc, printer.PostScriptOptions{Level: 3, Copies: 2, Duplex: printer.LongEdge})
//
// Every function writes the same bytes for the same document and options, may be called from several goroutines at once,
// and does not change the document.
//
// # Errors
//
// What a document or its options got wrong is an [*Error], and nothing is written then. Everything else is the writer's
// own error, wrapped.
//
// # What a language carries
//
// PostScript carries all that a page can hold. In the other languages the texts come with their place, size, family and
// weight as far as the language has them; lines and rectangles that run along the edges of the page become rules, and so do
// underlines. Left out are slanted lines, dashes and images. Angles of texts are rounded to quarters of a turn.
//
//   - PCL 5c has the nearest of eight colors, PCL 5e black and shades of gray for filled rectangles. A quarter of an inch at the
//     left and the right edge of the paper is out of its reach.
//   - AFP has the colors of texts and rules.
//   - ZPL, DPL, IPL and TPCL are black on white: a filled rectangle is drawn when its color is dark, and a light text on a dark
//     rectangle is seen in ZPL and DPL only. They have one typeface. ZPL has round corners; elsewhere corners are square.
//
// # Characters
//
// ZPL carries every character. PostScript and PCL have those of Windows code page 1252, DPL those of ISO 8859-1, AFP those of
// EBCDIC code page 500, IPL and TPCL those of ASCII. Another character becomes the letters that stand for it, such as "EUR" for
// the euro sign or a letter without its accent, and else a question mark. Control characters become spaces.
//
// # Limits
//
// The constants say how much a document may hold. An image that cannot be read, or that is past [MaxPixels], is drawn as a
// crossed frame.
package printer

// The limits of what is written. Lengths are in points.
const (
	MaxPages  = 10_000
	MaxItems  = 200_000    // on one page
	MaxText   = 64 << 20   // bytes, in all texts of a document
	MaxPixels = 40_000_000 // in all images of a document
	MaxCopies = 9999
	MinSize   = 1      // of a page's width and height
	MaxSize   = 14_400 // of a page's width and height, 200 inches
)

// Error is what a document or its options got wrong.
type Error struct {
	What string // a phrase for a person
}

// Error returns the phrase.
func (e *Error) Error() string { return e.What }

// Duplex says which sides of the paper are printed on.
type Duplex int

// The ways to print on paper. The zero value leaves it to the printer.
const (
	DuplexUnset Duplex = iota
	Simplex            // one side
	LongEdge           // both sides, turned over the long edge, as a book
	ShortEdge          // both sides, turned over the short edge, as a notepad
)

// PostScriptOptions say how PostScript is written.
type PostScriptOptions struct {
	Level  int // the language level, 2 or 3; 0 means 2
	Copies int // of every page, up to MaxCopies; 0 means 1
	Duplex Duplex
}

// PCLOptions say how PCL 5 is written.
type PCLOptions struct {
	Color  bool // PCL 5c instead of PCL 5e
	Copies int  // of every page, up to MaxCopies; 0 means 1
	Duplex Duplex
}

// LabelOptions say how the language of a label printer is written.
type LabelOptions struct {
	DPI    int // the resolution of the print head in dots to the inch, from 100 to 1200; 0 means 300
	Copies int // of every label, up to MaxCopies; 0 means 1
}

// AFPOptions say how AFP is written.
type AFPOptions struct {
	Resolution int // of the coordinates, in units to the inch, from 72 to 2400; 0 means 300
}
