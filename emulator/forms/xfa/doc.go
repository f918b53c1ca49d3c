// Package xfa lays out XFA templates: it parses an XDP package, merges XML data with the template in it, and places what
// results on pages. [Parse] and [Template.Layout] are the names to start with:
//
//	template, err := xfa.Parse(xdp)
//	if err != nil {
//		return err // an *xfa.Error, with the line
//	}
//	document, err := template.Layout(data, xfa.Options{Locale: "de_DE"})
//
// # What is emulated
//
// Subforms that are positioned, stacked, flowing in rows, and tables; draws and fields of the common kinds with captions,
// borders, fonts and paragraphs; rich text; images; picture clauses in the way of a locale; prototypes within the template;
// binding by name, by reference and global; repeated subforms; page sets, content areas, breaks, leaders and trailers, and
// what is to be kept together.
//
// # What is approximated
//
// The layout follows the specification's rules where a reader would see the difference, no further. Typefaces are one of
// three families; the scale of fonts is left out. Gradients are one color, arcs are chains of lines,
// raised and lowered edges are lines in two shades of gray, barcodes are their text. Text that is too long for a box is cut
// off behind the last whole line; images are cut at the edges of theirs. Scripts are not run, except that scripts which show
// page numbers are known by their text. What of this concerns a document, and what else was left out of it, stands in its
// Notes.
//
// # Limits and trust
//
// Templates and data may come from anywhere. Both are limited to [MaxSize] bytes, [MaxDepth] levels and [MaxNodes] nodes;
// document type declarations are refused, so there are no entities but XML's own. A document has at most [MaxPages] pages,
// [MaxItems] texts, lines and images, and [MaxText] bytes of text. Images have at most [MaxImageSize] bytes and
// [MaxImagePixels] pixels, which is known before they are decoded, and those of a document at most [MaxAllPixels] together.
// What goes beyond a limit is an [*Error], but an image, which is left out with a note. Nothing is read from outside:
// references to images go to [Options.Image] alone.
package xfa
