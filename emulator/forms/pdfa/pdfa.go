// Package pdfa converts PDF documents to PDF/A and checks whether they are, as the assembler service of AEM Forms does and
// as far as that goes without a layout engine. It is part of the emulated AEM and not for production.
//
// Start with [Convert] and [Validate]:
//
//	archived, report, err := pdfa.Convert(doc, pdfa.ConvertOptions{Compliance: pdfa.PDFA2B, Time: now})
//	...
//	report, err := pdfa.Validate(archived, pdfa.ValidateOptions{Compliance: pdfa.PDFA2B})
//	fmt.Println(report.IsPDFA)
//
// # What is checked
//
// The rules that can be seen in the structure of a document: [Validate] lists them. It does not look into font programs,
// images and color profiles beyond their headers, does not compare glyph widths, and does not check the extension schemas
// of metadata: a document that passes here can fail a full validator. A finding, however, names a real fault.
//
// # What is converted
//
// [Convert] removes what PDF/A does not allow and what can go without changing how pages look (encryption, scripts,
// forbidden actions, attachments in parts 1 and 2, XFA), sets the flags of annotations, compresses LZW data anew, embeds a
// substitute for the core fonts in their measures, and adds metadata and an output intent. Transparency is not flattened,
// colors are not converted, and other fonts are not found: such a document is refused, with a report that says why.
// Every color space is approximated by a profile of sRGB.
//
// # Limits
//
// A document has at most [pdf.MaxSize] bytes; a report has at most [MaxFindings] findings.
//
// # Trust
//
// Every document is taken as hostile. What is wrong with it is an [*Error]. No file is read or written, and nothing is
// fetched from an address.
package pdfa

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// Compliance is a part and level of PDF/A. The zero value means PDFA_1B.
type Compliance string

// The compliances that the service knows.
const (
	PDFA1B Compliance = "PDFA_1B"
	PDFA2B Compliance = "PDFA_2B"
	PDFA3B Compliance = "PDFA_3B"
)

// ResultLevel says how much a report tells. The zero value means PASS_FAIL.
type ResultLevel string

// The levels: nothing but the result; one line for each rule; one line for each place.
const (
	PassFail ResultLevel = "PASS_FAIL"
	Summary  ResultLevel = "SUMMARY"
	Detailed ResultLevel = "DETAILED"
)

// OptionalContent says which layers a conversion keeps. The zero value means VISIBLE.
type OptionalContent string

// The choices of layers.
const (
	Visible    OptionalContent = "VISIBLE"
	AllContent OptionalContent = "ALL"
)

// ColorSpace is the output intent of a conversion. The zero value means S_RGB.
type ColorSpace string

// The color spaces.
const (
	SRGB             ColorSpace = "S_RGB"
	CoatedFOGRA27    ColorSpace = "COATED_FOGRA27"
	JapanColorCoated ColorSpace = "JAPAN_COLOR_COATED"
	SWOP             ColorSpace = "SWOP"
)

// ConvertOptions are for [Convert]. The zero value is good, but for Time.
type ConvertOptions struct {
	Compliance      Compliance      `json:"compliance,omitempty"`
	ResultLevel     ResultLevel     `json:"resultLevel,omitempty"`
	OptionalContent OptionalContent `json:"optionalContent,omitempty"`
	ColorSpace      ColorSpace      `json:"colorSpace,omitempty"`
	Verify          bool            `json:"verify,omitempty"` // check the result, and fail if it is not PDF/A
	Time            time.Time       `json:"-"`                // the date of modification; required
}

// ValidateOptions are for [Validate]. The zero value is good.
type ValidateOptions struct {
	Compliance  Compliance  `json:"compliance,omitempty"`
	ResultLevel ResultLevel `json:"resultLevel,omitempty"`
}

// Report tells what a validation found, or what a conversion did and could not do.
type Report struct {
	IsPDFA     bool
	Compliance Compliance
	Findings   []Finding // for PASS_FAIL none, for SUMMARY one for each rule, for DETAILED one for each place
	Changes    []string  // what Convert changed, one sentence each
	Notes      []string  // what is approximated, one sentence each
}

// Finding is a rule that a document breaks.
type Finding struct {
	Clause string // of ISO 19005-1, -2 or -3, such as "6.3.4"
	What   string // one sentence without a full stop
	Where  string // "page 3", "object 12", or empty for the document as a whole
	Count  int    // how often, for SUMMARY; 1 for DETAILED
}

// String returns the finding as one line.
func (f Finding) String() string {
	switch {
	case f.Where != "":
		return fmt.Sprintf("%s: %s (%s)", f.Clause, f.What, f.Where)
	case f.Count > 1:
		return fmt.Sprintf("%s: %s (%d times)", f.Clause, f.What, f.Count)
	}
	return f.Clause + ": " + f.What
}

// Error is what is wrong with a document or with the options for it. It is the only type of error that this package returns.
type Error struct {
	What   string // what is wrong, in lower case and without a full stop
	Err    error  // [pdf.ErrPassword], or nil
	Report Report // for a conversion that cannot reach PDF/A: why
}

// Error returns what is wrong, in one line.
func (e *Error) Error() string { return "pdfa: " + e.What }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// MaxFindings is the most findings of a report. What is beyond is counted and not told.
const MaxFindings = 1000

func errorf(format string, args ...any) *Error { return &Error{What: fmt.Sprintf(format, args...)} }

// asError makes an error of package pdf one of this package.
func asError(err error) error {
	var own *Error
	var other *pdf.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.As(err, &other):
		return &Error{What: other.What, Err: other.Err}
	}
	return errorf("%.200s", err.Error())
}

// oneOf returns the value, or the first of the known ones if there is none.
func oneOf[T ~string](what string, value T, known ...T) (T, error) {
	if value == "" {
		return known[0], nil
	}
	if slices.Contains(known, value) {
		return value, nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return "", errorf("%s is %.80q, and must be one of %s", what, string(value), strings.Join(names, ", "))
}

// part returns the part of ISO 19005.
func (c Compliance) part() int {
	switch c {
	case PDFA2B:
		return 2
	case PDFA3B:
		return 3
	}
	return 1
}
