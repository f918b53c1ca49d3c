package printer

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/imsx/imsx/emulator/forms/page"
)

// pageFonts returns the fonts of a page in the order in which they come.
func pageFonts(p page.Page) []page.Font {
	var fonts []page.Font
	for _, item := range p.Items {
		if _, text := parts(item); text != nil && len(fonts) < afpFonts && !slices.Contains(fonts, text.Font) {
			fonts = append(fonts, text.Font)
		}
	}
	return fonts
}

func fontNumber(fonts []page.Font, f page.Font) byte {
	if i := slices.Index(fonts, f); i >= 0 {
		return byte(i + 1)
	}
	return byte(len(fonts))
}

// fontMap writes the data of a map of coded fonts: for each font a group of triplets with its code page, its character
// set, its number on this page and its size.
func fontMap(fonts []page.Font) []byte {
	var all []byte
	for i, f := range fonts {
		group := fullName(0x85, "T1V10500")
		group = append(group, fullName(0x86, characterSet(f))...)
		group = append(group, 4, 0x24, 5, byte(i+1)) // the font's number
		group = append(group, 3, 0x25, 0)            // all of the font
		group = append(group, 4, 0x26, 0, 0)         // characters upright
		group = append(group, fontSize(f)...)
		all = binary.BigEndian.AppendUint16(all, uint16(2+len(group)))
		all = append(all, group...)
	}
	return all
}

// fullName is the triplet of a fully qualified name.
func fullName(kind byte, name string) []byte {
	return append([]byte{12, 0x02, kind, 0}, afpName(name)...)
}

// fontSize is the triplet that describes a font: weight, width, height in twentieths of a point, and that it has outlines.
func fontSize(f page.Font) []byte {
	weight := byte(5)
	if f.Bold {
		weight = 7
	}
	height := uint16(min(max(math.Round(20*f.Size), 1), 32767))
	b := []byte{20, 0x1F, weight, 5, byte(height >> 8), byte(height), 0, 0}
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40)
}

// characterSet returns the name of an outline font's characters.
func characterSet(f page.Font) string {
	family := "CZH" // a face without serifs
	switch f.Family {
	case page.Serif:
		family = "CZN"
	case page.Mono:
		family = "CZ4"
	}
	switch {
	case f.Bold && f.Italic:
		return family + "500"
	case f.Bold:
		return family + "400"
	case f.Italic:
		return family + "300"
	}
	return family + "200"
}
