// Package render writes laid-out documents as PDF. [PDF] is the name to start with:
//
//	fonts := page.NewFonts(true)
//	template, _ := xfa.Parse(xdp)
//	document, _ := template.Layout(data, xfa.Options{Fonts: fonts})
//	err := render.PDF(w, document, render.Options{Fonts: fonts})
//
// # What a file says of itself
//
// Every file says in its subject and its XMP packet that an emulator laid it out, and that the layout is an approximation.
// The packet also has the document's notes, one by one.
//
// # Limits
//
// Files are neither tagged nor linearized; a file that was to be so says that it is not. Fonts are the core fonts, which are
// not embedded, or the Go fonts, which are embedded as far as they are used; the Go fonts also stand in for characters that
// the core fonts lack. The version in the header is the one asked for, but never lower than what the file needs. A file is
// held in memory as a whole while it is written.
package render
