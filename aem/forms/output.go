package forms

import (
	"context"
	"net/http"
)

// The paths of the output service. Adobe's OpenAPI file has the prefix in the server's URL, too; it counts once.
const (
	pathPDF   = "/adobe/forms/doc/v1/generatePDFOutput"
	pathPrint = "/adobe/forms/doc/v1/generatePrintedOutput"
	pathAFP   = "/adobe/forms/doc/v1/generate/afp"
)

// The values of aem.Error.Op.
const (
	opPDF   = "generate pdf"
	opPrint = "generate print"
	opAFP   = "generate afp"
)

// PDFRequest asks for a PDF from a template and data: generatePDFOutput.
type PDFRequest struct {
	// Template is an XDP or a PDF form. Required.
	Template Part
	// Data is the XML data to merge; the zero Part means none.
	Data Part
	// XCI is a configuration of the rendering engine. It has an effect for XFA templates only.
	XCI Part
	// Options are the options of the document.
	Options PDFOptions
	// CountPages asks for the number of pages, see [Document.PageCount].
	CountPages bool
}

// PDFOptions are the options of generatePDFOutput.
type PDFOptions struct {
	// Locale is the language and region that numbers and dates are written in; empty means "en".
	Locale string `json:"locale,omitzero"`
	// ContentRoot is the repository folder of what the template refers to, such as "crx:///content/dam/formsanddocuments/".
	ContentRoot string `json:"contentRoot,omitzero"`
	// EmbedFonts puts the fonts into the document.
	EmbedFonts bool `json:"embedFonts,omitzero"`
	// Tagged makes a tagged, accessible PDF.
	Tagged bool `json:"isTagged,omitzero"`
	// Linearized makes a PDF whose first page shows before all of it is there.
	Linearized bool `json:"linearizedPDF,omitzero"`
	// RetainFormState keeps the state of the form. It has an effect for XFA PDF templates without data only.
	RetainFormState bool `json:"retainFormState,omitzero"`
	// RetainUnsignedSignatureFields keeps signature fields that nobody has signed.
	RetainUnsignedSignatureFields bool `json:"retainUnsignedSignatureFields,omitzero"`
	// AcrobatVersion is the oldest Acrobat that must be able to open the document; empty means that the service chooses.
	AcrobatVersion AcrobatVersion `json:"acrobatVersion,omitzero"`
}

func (r PDFRequest) prepare() (job, error) {
	d := formData{op: opPDF}
	d.required("template", r.Template, formTemplate)
	d.optional("data", r.Data, formXML)
	d.optional("xci", r.XCI, formXML)
	listed(&d, "acrobatVersion", r.Options.AcrobatVersion)
	d.options("options", r.Options)
	j, err := d.job(pathPDF, kindPDF)
	return j.counting(r.CountPages), err
}

// counting asks for the metadata besides the document.
func (j job) counting(wanted bool) job {
	if wanted {
		j.Header = http.Header{"Accept": {typeMixed}}
	}
	return j
}

// PrintRequest asks for a document in a printer language: generatePrintedOutput.
type PrintRequest struct {
	// Template is an XDP or a PDF form. Required.
	Template Part
	// Data is the XML data to merge; the zero Part means none.
	Data Part
	// XCI is a configuration of the rendering engine. It has an effect for XFA templates only.
	XCI Part
	// Options are the options of the document; their PrintConfig is required.
	Options PrintOptions
	// CountPages asks for the number of pages, see [Document.PageCount].
	CountPages bool
}

// PrintOptions are the options of generatePrintedOutput.
type PrintOptions struct {
	// Locale is the language and region that numbers and dates are written in; empty means "en".
	Locale string `json:"locale,omitzero"`
	// ContentRoot is the repository folder of what the template refers to.
	ContentRoot string `json:"contentRoot,omitzero"`
	// Copies is the number of copies; 0 means 1.
	Copies int `json:"copies,omitzero"`
	// PaginationOverride says on which sides is printed; empty means as the template says.
	PaginationOverride Pagination `json:"paginationOverride,omitzero"`
	// PrintConfig says for which printer. Required.
	PrintConfig PrintConfig `json:"printConfig"`
}

// PrintConfig says for which printer a document is. The service is not known to check that the two fit each other.
type PrintConfig struct {
	// RenderType is the printer language. Required.
	RenderType RenderType `json:"renderType,omitzero"`
	// XDC is the device profile; empty means that the service chooses.
	XDC XDC `json:"xdcUri,omitzero"`
}

func (o PrintOptions) check() string {
	switch {
	case o.PrintConfig.RenderType == "":
		return "printConfig.renderType is missing"
	case o.Copies < 0:
		return "copies is less than 1"
	}
	return firstProblem(
		unlisted("paginationOverride", o.PaginationOverride),
		unlisted("printConfig.renderType", o.PrintConfig.RenderType),
		unlisted("printConfig.xdcUri", o.PrintConfig.XDC),
	)
}

func firstProblem(problems ...string) string {
	for _, p := range problems {
		if p != "" {
			return p
		}
	}
	return ""
}

func (r PrintRequest) prepare() (job, error) {
	d := formData{op: opPrint}
	d.required("template", r.Template, formTemplate)
	d.optional("data", r.Data, formXML)
	d.optional("xci", r.XCI, formXML)
	if problem := r.Options.check(); problem != "" {
		d.fail(invalid(d.op, "%s", problem))
	}
	d.options("options", r.Options)
	want := kindPrint
	if r.Options.PrintConfig.RenderType == PostScript {
		want = kindPostScript
	}
	j, err := d.job(pathPrint, want)
	return j.counting(r.CountPages), err
}

// AFPRequest asks for a document in Advanced Function Presentation: generate/afp.
type AFPRequest struct {
	// Template is an XDP or a PDF form. Required.
	Template Part
	// Data is the XML data to merge; the zero Part means none.
	Data Part
	// Options are the options of the document.
	Options AFPOptions
	// CountPages asks for the number of pages, see [Document.PageCount]. The API takes the header that asks for it, but
	// does not say that it answers it.
	CountPages bool
}

// AFPOptions are the options of generate/afp.
type AFPOptions struct {
	// Locale is the language and region that numbers and dates are written in; empty means "en".
	Locale string `json:"locale,omitzero"`
	// ContentRoot is the repository folder of what the template refers to.
	ContentRoot string `json:"contentRoot,omitzero"`
	// EmbedFonts puts the fonts into the document.
	EmbedFonts bool `json:"embedFonts,omitzero"`
	// PDFVersion is the version of the PDF inside; empty means "1.7-ADBE-3".
	PDFVersion string `json:"pdfVersion,omitzero"`
	// Resolution is in dots per inch; 0 means 300.
	Resolution int `json:"resolution,omitzero"`
}

func (r AFPRequest) prepare() (job, error) {
	d := formData{op: opAFP}
	d.required("template", r.Template, formAFPTemplate)
	d.optional("data", r.Data, formXML)
	if r.Options.Resolution < 0 {
		d.fail(invalid(d.op, "resolution is less than 1"))
	}
	d.options("options", r.Options)
	j, err := d.job(pathAFP, kindAFP)
	return j.counting(r.CountPages), err
}

// GeneratePDFOutput merges data with a template to a PDF, and returns it as [Service.Open] does.
func (s *Service) GeneratePDFOutput(ctx context.Context, req PDFRequest) (*Document, error) {
	return s.Open(ctx, req)
}

// GeneratePrintedOutput merges data with a template to a document in a printer language, and returns it as
// [Service.Open] does.
func (s *Service) GeneratePrintedOutput(ctx context.Context, req PrintRequest) (*Document, error) {
	return s.Open(ctx, req)
}

// GenerateAFP merges data with a template to an AFP document, and returns it as [Service.Open] does.
func (s *Service) GenerateAFP(ctx context.Context, req AFPRequest) (*Document, error) {
	return s.Open(ctx, req)
}
