package forms

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/printer"
)

// maxCopies is the greatest number of copies.
const maxCopies = printer.MaxCopies

// printOptions are the options of generatePrintedOutput.
type printOptions struct {
	Locale      string       `json:"locale,omitempty"`
	ContentRoot string       `json:"contentRoot,omitempty"`
	Copies      *int         `json:"copies,omitempty"`
	Pagination  string       `json:"paginationOverride,omitempty"`
	Config      *printConfig `json:"printConfig,omitempty"`
}

type printConfig struct {
	RenderType string `json:"renderType,omitempty"`
	XDC        string `json:"xdcUri,omitempty"`
}

// The languages of printers, as renderType has them.
const (
	postScript = "PostScript"
	pcl        = "PCL"
	zpl        = "ZPL"
	dpl        = "DPL"
	ipl        = "IPL"
	tpcl       = "TPCL"
)

// device is what a description of a printer (XDC) stands for.
type device struct {
	language string
	level    int  // of PostScript
	color    bool // of PCL
	dpi      int  // of labels
}

var devices = map[string]device{
	"hppcl5e.xdc": {language: pcl}, "hppcl5c.xdc": {language: pcl, color: true},
	"ps_plain.xdc": {language: postScript, level: 2}, "ps_plain_level3.xdc": {language: postScript, level: 3},
	"zpl300.xdc": {language: zpl, dpi: 300}, "zpl600.xdc": {language: zpl, dpi: 600},
	"ipl300.xdc": {language: ipl, dpi: 300}, "ipl400.xdc": {language: ipl, dpi: 400}, "tpcl600.xdc": {language: tpcl, dpi: 600},
	"dpl300.xdc": {language: dpl, dpi: 300}, "dpl406.xdc": {language: dpl, dpi: 406}, "dpl600.xdc": {language: dpl, dpi: 600},
}

// deviceNames lists the descriptions in Adobe's order.
var deviceNames = []string{
	"hppcl5e.xdc", "hppcl5c.xdc", "ps_plain.xdc", "ps_plain_level3.xdc", "zpl300.xdc", "zpl600.xdc", "ipl300.xdc",
	"ipl400.xdc", "tpcl600.xdc", "dpl300.xdc", "dpl406.xdc", "dpl600.xdc",
}

var paginations = map[string]printer.Duplex{
	"": printer.DuplexUnset, "simplex": printer.Simplex, "duplexLongEdge": printer.LongEdge, "duplexShortEdge": printer.ShortEdge,
}

// check refuses values out of their bounds.
func (o printOptions) check() *failure {
	if o.Config == nil {
		return badRequest("options", "printConfig is missing")
	}
	if o.Config.RenderType == "" && o.Config.XDC == "" {
		return badRequest("options", "printConfig names neither a renderType nor an xdcUri")
	}
	if o.Copies != nil && (*o.Copies < 1 || *o.Copies > maxCopies) {
		return badRequest("options", fmt.Sprintf("copies is %d, and must be 1 to %d", *o.Copies, maxCopies))
	}
	return cmp.Or(
		checkLocale(o.Locale),
		enum("paginationOverride", o.Pagination, "simplex", "duplexShortEdge", "duplexLongEdge"),
		enum("printConfig.renderType", o.Config.RenderType, postScript, pcl, zpl, dpl, ipl, tpcl),
		enum("printConfig.xdcUri", o.Config.XDC, deviceNames...),
	)
}

// device returns the printer that the options mean. The renderType decides; an xdcUri of another language, which Adobe's
// own example has, does not count.
func (o printOptions) device() (d device, notes []string) {
	d = devices[o.Config.XDC]
	if t := o.Config.RenderType; t != "" && t != d.language {
		if d.language != "" {
			notes = []string{fmt.Sprintf("The xdcUri %s is not for %s and has no effect.", o.Config.XDC, t)}
		}
		d = device{language: t}
	}
	return d, notes
}

// generatePrinted is generatePrintedOutput.
func (c *call) generatePrinted() *failure {
	b, f := c.readParts()
	if f != nil {
		return f
	}
	if _, f := b.required("options"); f != nil {
		return f
	}
	var o printOptions
	if f := c.readOptions(b, &o); f != nil {
		return f
	}
	if f := o.check(); f != nil {
		return f
	}
	g, data, f := c.readRendering(b, o.ContentRoot, "application/xml", "text/xml", xdpType, "text/plain", pdfType)
	if f != nil {
		return f
	}
	g.locale = o.Locale
	return c.produce(g, true, func() (produced, error) { return g.print(data, o, c.now()) })
}

// errPDFTemplate is why a PDF document is not printed.
var errPDFTemplate = &failureError{badRequest("not_emulated", "the template is a PDF document, which the emulator cannot print; send an XDP")}

// print makes a document in a language of printers.
func (g *rendering) print(data []byte, o printOptions, now time.Time) (produced, error) {
	if g.form == nil {
		return produced{}, errPDFTemplate
	}
	d, notes := o.device()
	doc, err := g.layout(data)
	if err != nil {
		return produced{}, err
	}
	var b bytes.Buffer
	copies := max(g.settings.copies, 1)
	if o.Copies != nil {
		copies = *o.Copies
	}
	if err := d.write(&b, doc, copies, paginations[o.Pagination]); err != nil {
		return produced{}, err
	}
	made := produced{
		content: b.Bytes(), contentType: d.contentType(), extension: extensionOf(d.language), pages: len(doc.Pages),
		notes: slices.Concat(doc.Notes, notes),
	}
	made.picture, made.weight = g.twin(doc, now)
	return made, nil
}

func (d device) write(w io.Writer, doc *page.Document, copies int, duplex printer.Duplex) error {
	label := printer.LabelOptions{DPI: d.dpi, Copies: copies}
	switch d.language {
	case postScript:
		return printer.PostScript(w, doc, printer.PostScriptOptions{Level: d.level, Copies: copies, Duplex: duplex})
	case pcl:
		return printer.PCL(w, doc, printer.PCLOptions{Color: d.color, Copies: copies, Duplex: duplex})
	case zpl:
		return printer.ZPL(w, doc, label)
	case dpl:
		return printer.DPL(w, doc, label)
	case ipl:
		return printer.IPL(w, doc, label)
	}
	return printer.TPCL(w, doc, label)
}

func (d device) contentType() string {
	switch d.language {
	case postScript:
		return "application/postscript"
	case pcl:
		return "application/vnd.hp-pcl"
	}
	return "application/octet-stream"
}

// extensionOf returns the extension of files in a language, which is also the name of their folder in a batch.
func extensionOf(language string) string {
	if language == postScript {
		return "ps"
	}
	return strings.ToLower(language)
}

// afpOptions are the options of generate/afp.
type afpOptions struct {
	Locale      string `json:"locale,omitempty"`
	ContentRoot string `json:"contentRoot,omitempty"`
	EmbedFonts  bool   `json:"embedFonts,omitempty"`
	PDFVersion  string `json:"pdfVersion,omitempty"`
	Resolution  *int   `json:"resolution,omitempty"`
}

// The bounds of the resolution of AFP, and what it is if nothing is said.
const (
	minResolution     = 72
	maxResolution     = 3276
	defaultResolution = 300
)

func (o afpOptions) check() *failure {
	if o.Resolution != nil && (*o.Resolution < minResolution || *o.Resolution > maxResolution) {
		return badRequest("options", fmt.Sprintf("resolution is %d, and must be %d to %d", *o.Resolution, minResolution, maxResolution))
	}
	version, _, _ := strings.Cut(o.PDFVersion, "-ADBE-")
	return cmp.Or(checkLocale(o.Locale), enum("pdfVersion", version, "1.3", "1.4", "1.5", "1.6", "1.7", "2.0"))
}

// generateAFP is generate/afp.
func (c *call) generateAFP() *failure {
	b, f := c.readParts()
	if f != nil {
		return f
	}
	var o afpOptions
	if f := c.readOptions(b, &o); f != nil {
		return f
	}
	if f := o.check(); f != nil {
		return f
	}
	g, data, f := c.readRendering(b, o.ContentRoot, "text/plain", pdfType, xdpType, "application/xml", "text/xml")
	if f != nil {
		return f
	}
	g.locale, g.settings.embedFonts = o.Locale, o.EmbedFonts
	resolution := defaultResolution
	if o.Resolution != nil {
		resolution = *o.Resolution
	}
	return c.produce(g, false, func() (produced, error) { return g.afp(data, resolution, c.now()) })
}

// afp makes a document in AFP. It has texts and rules of its own instead of a PDF document in a container.
func (g *rendering) afp(data []byte, resolution int, now time.Time) (produced, error) {
	if g.form == nil {
		return produced{}, errPDFTemplate
	}
	doc, err := g.layout(data)
	if err != nil {
		return produced{}, err
	}
	var b bytes.Buffer
	if err := printer.AFP(&b, doc, printer.AFPOptions{Resolution: resolution}); err != nil {
		return produced{}, err
	}
	made := produced{
		content: b.Bytes(), contentType: "application/x-afp", extension: "afp", pages: len(doc.Pages),
		notes: append(slices.Clone(doc.Notes), "The AFP document has texts and lines instead of a PDF document in a container; pdfVersion has no effect."),
	}
	made.picture, made.weight = g.twin(doc, now)
	return made, nil
}
