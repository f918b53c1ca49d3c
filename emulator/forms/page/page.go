// Package page is what a laid-out document looks like: pages of texts, lines, rectangles and images at fixed places.
// The layout of templates produces it, and each printer language is written from it. [Document] and [Fonts] are the names to
// start with:
//
//	fonts := page.NewFonts(false)
//	font := page.Font{Family: page.Serif, Size: 12}
//	title := page.Text{X: 72, Y: 72, Text: "Invoice", Font: font, Width: fonts.Width(font, "Invoice")}
//	document := &page.Document{Pages: []page.Page{{Width: 595, Height: 842, Items: []page.Item{title}}}}
//
// # Limits
//
// Three families of fonts, with bold and italic, are all there are. Text is measured character by character: there is no
// kerning, there are no ligatures, and text runs from left to right.
package page

// Document is a laid-out document.
type Document struct {
	Title    string
	Language string // as a BCP 47 tag, such as "en-US"; may be empty
	Pages    []Page
	// Notes say what was left out or approximated, a sentence each, none twice.
	Notes []string
}

// Page is one side of a sheet. All measures are points, 72 to the inch; the origin is the upper left corner, and y grows
// downwards.
type Page struct {
	Width, Height float64
	Items         []Item // in the order in which they are painted
}

// Item is a [Text], a [Line], a [Rect] or an [Image].
type Item interface{ isItem() }

// Text is a run of characters in one font on one line.
type Text struct {
	X, Y              float64 // the left end of the baseline
	Text              string
	Font              Font
	Color             Color
	Width             float64 // as the layout measured it
	Underline, Strike bool
	Angle             float64 // in degrees, counterclockwise about X, Y
}

// Family is a kind of typeface.
type Family int

// The families. The zero value is Sans.
const (
	Sans Family = iota
	Serif
	Mono
)

// Font is a typeface at a size.
type Font struct {
	Family       Family
	Size         float64 // in points
	Bold, Italic bool
}

// Line is a straight line.
type Line struct {
	X1, Y1, X2, Y2 float64
	Width          float64
	Color          Color
	Dash           []float64 // lengths of dashes and gaps; empty means solid
}

// Rect is a rectangle. A nil Fill leaves it open, a nil Stroke has no border.
type Rect struct {
	X, Y, W, H   float64
	Radius       float64 // of the corners
	LineWidth    float64
	Fill, Stroke *Color
}

// Image is a picture, stretched to its rectangle.
type Image struct {
	X, Y, W, H float64
	Format     string // "png" or "jpeg"
	Data       []byte
}

// Color is a color in sRGB. The zero value is black.
type Color struct{ R, G, B uint8 }

func (Text) isItem()  {}
func (Line) isItem()  {}
func (Rect) isItem()  {}
func (Image) isItem() {}
