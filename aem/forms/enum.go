package forms

import (
	"slices"
	"strconv"
	"strings"
)

// enum is a text of which the API documents all values.
type enum interface {
	~string
	Values() []string
}

// unlisted returns what is wrong with a value, or "". The empty value is not sent, so it is right.
func unlisted[T enum](field string, v T) string {
	if v == "" || slices.Contains(v.Values(), string(v)) {
		return ""
	}
	return field + " is " + quoted(string(v)) + ", not one of " + strings.Join(v.Values(), ", ")
}

// quoted returns public input, shortened, for an error.
func quoted(s string) string {
	const longest = 40
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return strconv.Quote(s)
}

// listed fails the request if v is not one of the documented values.
func listed[T enum](d *formData, field string, v T) {
	if problem := unlisted(field, v); problem != "" {
		d.fail(invalid(d.op, "%s", problem))
	}
}

// AcrobatVersion is the oldest Acrobat that must be able to open a generated PDF.
type AcrobatVersion string

// The Acrobat versions of generatePDFOutput.
const (
	Acrobat10  AcrobatVersion = "Acrobat_10"
	Acrobat101 AcrobatVersion = "Acrobat_10_1"
	Acrobat11  AcrobatVersion = "Acrobat_11"
)

// Values returns the documented values.
func (AcrobatVersion) Values() []string { return texts(Acrobat10, Acrobat101, Acrobat11) }

// RenderType is a printer language.
type RenderType string

// The printer languages of generatePrintedOutput.
const (
	PostScript RenderType = "PostScript"
	PCL        RenderType = "PCL"
	ZPL        RenderType = "ZPL"
	DPL        RenderType = "DPL"
	IPL        RenderType = "IPL"
	TPCL       RenderType = "TPCL"
)

// Values returns the documented values.
func (RenderType) Values() []string { return texts(PostScript, PCL, ZPL, DPL, IPL, TPCL) }

// XDC is a device profile: what a printer can do.
type XDC string

// The device profiles of generatePrintedOutput. The number in a name is the resolution in dots per inch.
const (
	XDCHPPCL5e          XDC = "hppcl5e.xdc"
	XDCHPPCL5c          XDC = "hppcl5c.xdc"
	XDCPostScript       XDC = "ps_plain.xdc"
	XDCPostScriptLevel3 XDC = "ps_plain_level3.xdc"
	XDCZPL300           XDC = "zpl300.xdc"
	XDCZPL600           XDC = "zpl600.xdc"
	XDCIPL300           XDC = "ipl300.xdc"
	XDCIPL400           XDC = "ipl400.xdc"
	XDCTPCL600          XDC = "tpcl600.xdc"
	XDCDPL300           XDC = "dpl300.xdc"
	XDCDPL406           XDC = "dpl406.xdc"
	XDCDPL600           XDC = "dpl600.xdc"
)

// Values returns the documented values.
func (XDC) Values() []string {
	return texts(XDCHPPCL5e, XDCHPPCL5c, XDCPostScript, XDCPostScriptLevel3, XDCZPL300, XDCZPL600, XDCIPL300, XDCIPL400,
		XDCTPCL600, XDCDPL300, XDCDPL406, XDCDPL600)
}

// Pagination says on which sides of the paper is printed.
type Pagination string

// The paginations of generatePrintedOutput.
const (
	Simplex         Pagination = "simplex"
	DuplexShortEdge Pagination = "duplexShortEdge"
	DuplexLongEdge  Pagination = "duplexLongEdge"
)

// Values returns the documented values.
func (Pagination) Values() []string { return texts(Simplex, DuplexShortEdge, DuplexLongEdge) }

// Compliance is a level of PDF/A.
type Compliance string

// The levels of PDF/A.
const (
	PDFA1B Compliance = "PDFA_1B"
	PDFA2B Compliance = "PDFA_2B"
	PDFA3B Compliance = "PDFA_3B"
)

// Values returns the documented values.
func (Compliance) Values() []string { return texts(PDFA1B, PDFA2B, PDFA3B) }

// ResultLevel is how much a PDF/A job tells.
type ResultLevel string

// The result levels.
const (
	PassFail ResultLevel = "PASS_FAIL"
	Summary  ResultLevel = "SUMMARY"
	Detailed ResultLevel = "DETAILED"
)

// Values returns the documented values.
func (ResultLevel) Values() []string { return texts(PassFail, Summary, Detailed) }

// OptionalContent says which layers a PDF/A conversion keeps.
type OptionalContent string

// The kinds of optional content.
const (
	OptionalVisible OptionalContent = "VISIBLE"
	OptionalAll     OptionalContent = "ALL"
)

// Values returns the documented values.
func (OptionalContent) Values() []string { return texts(OptionalVisible, OptionalAll) }

// ColorSpace is the color space of a PDF/A conversion.
type ColorSpace string

// The color spaces.
const (
	SRGB             ColorSpace = "S_RGB"
	CoatedFOGRA27    ColorSpace = "COATED_FOGRA27"
	JapanColorCoated ColorSpace = "JAPAN_COLOR_COATED"
	SWOP             ColorSpace = "SWOP"
)

// Values returns the documented values.
func (ColorSpace) Values() []string { return texts(SRGB, CoatedFOGRA27, JapanColorCoated, SWOP) }

// texts returns the values as plain texts.
func texts[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
