package forms

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/pdfa"
)

// ddxOptions are the options of ddx/invoke.
type ddxOptions struct {
	DefaultStyle     string `json:"defaultStyle,omitempty"`
	ValidateOnly     bool   `json:"validateOnly,omitempty"`
	FailOnError      *bool  `json:"failOnError,omitempty"`
	FirstBatesNumber *int   `json:"firstBatesNumber,omitempty"`
}

// invokeDDX is ddx/invoke.
func (c *call) invokeDDX() *failure {
	b, f := c.readParts()
	if f != nil {
		return f
	}
	p, f := b.required("ddx")
	if f != nil {
		return f
	}
	if f := p.checkType("application/xml", "text/xml", "text/plain"); f != nil {
		return f
	}
	var o ddxOptions
	if f := c.readOptions(b, &o); f != nil {
		return f
	}
	if o.FirstBatesNumber != nil && *o.FirstBatesNumber < -1 {
		return badRequest("options", "firstBatesNumber is negative; only -1, which means none, may be")
	}
	from := c.source("")
	content, f := from.document(p)
	if f != nil {
		return f
	}
	sources, f := readSources(from, b)
	if f != nil {
		return f
	}
	outcome, err := work(c.r.Context(), c.Server, func() (ddx.Outcome, error) { return c.assemble(content, sources, o) })
	if err != nil {
		f := failureOf(err)
		return &failure{status: f.status, code: f.code, text: f.text, log: cmp.Or(outcome.Log, f.text+"\n")}
	}
	return c.sendResults(outcome)
}

// readSources reads the source documents: every part besides the documented ones, by its name.
func readSources(from source, b body) (map[string][]byte, *failure) {
	sources := map[string][]byte{}
	for _, p := range b {
		if p.name == "ddx" || p.name == "options" {
			continue
		}
		if _, twice := sources[p.name]; twice {
			return nil, badRequest("malformed_part", fmt.Sprintf("there are two parts with the name %q", short(p.name)))
		}
		content, f := from.document(p)
		if f != nil {
			return nil, f
		}
		sources[p.name] = content
	}
	return sources, nil
}

// assemble carries out a DDX document.
func (c *call) assemble(content []byte, sources map[string][]byte, o ddxOptions) (ddx.Outcome, error) {
	job, err := ddx.Parse(content)
	if err != nil {
		return ddx.Outcome{}, err
	}
	options := ddx.Options{FirstBatesNumber: -1, DefaultStyle: o.DefaultStyle, ValidateOnly: o.ValidateOnly, FailOnError: true, Time: c.now()}
	if o.FirstBatesNumber != nil {
		options.FirstBatesNumber = *o.FirstBatesNumber
	}
	if o.FailOnError != nil {
		options.FailOnError = *o.FailOnError
	}
	return job.Run(c.r.Context(), sources, options)
}

// sendResults answers with the results of a DDX document and the log of the job.
func (c *call) sendResults(outcome ddx.Outcome) *failure {
	var parts []mixedPart
	for _, r := range outcome.Results {
		file := r.Name
		if path.Ext(file) == "" {
			file += extensionFor(r.ContentType)
		}
		parts = append(parts, mixedPart{r.Name, path.Base(file), r.ContentType, r.Data})
		made := produced{content: r.Data, contentType: r.ContentType}
		if r.ContentType == pdfType {
			made.pages = pagesOf(r.Data)
		}
		c.keep(made, path.Base(file), "")
	}
	parts = append(parts, mixedPart{"jobLog", "jobLog.txt", "text/plain;charset=utf-8", []byte(outcome.Log)})
	return c.sendParts(parts...)
}

func extensionFor(contentType string) string {
	t, _, _ := mime.ParseMediaType(contentType)
	return map[string]string{pdfType: ".pdf", "application/xml": ".xml", "text/xml": ".xml", "text/plain": ".txt"}[t]
}

// pagesOf counts the pages of a PDF document, 0 if it cannot be opened.
func pagesOf(content []byte) int {
	f, err := pdf.Open(content, pdf.OpenOptions{})
	if err != nil {
		return 0
	}
	return f.PageCount()
}

// readInDoc reads the document and the options of a PDF/A operation.
func (c *call) readInDoc(options any) ([]byte, string, *failure) {
	b, f := c.readParts()
	if f != nil {
		return nil, "", f
	}
	p, f := b.required("inDoc")
	if f != nil {
		return nil, "", f
	}
	if f := p.checkType(pdfType, "text/plain"); f != nil {
		return nil, "", f
	}
	if f := c.readOptions(b, options); f != nil {
		return nil, "", f
	}
	content, f := c.source("").document(p)
	return content, nameOf(p, "document"), f
}

// nameOf returns the name of a part's document without its extension.
func nameOf(p part, otherwise string) string {
	name := p.file
	if p.isReference() {
		name = string(p.content)
	}
	if name = baseName(name); name == "" || name == "blob" {
		return otherwise
	}
	return name
}

var (
	compliances  = []string{string(pdfa.PDFA1B), string(pdfa.PDFA2B), string(pdfa.PDFA3B)}
	resultLevels = []string{string(pdfa.PassFail), string(pdfa.Summary), string(pdfa.Detailed)}
)

// convertPDFA is pdfa/convert.
func (c *call) convertPDFA() *failure {
	o := pdfa.ConvertOptions{Time: c.now()}
	content, name, f := c.readInDoc(&o)
	if f != nil {
		return f
	}
	if f := checkConversion(o); f != nil {
		return f
	}
	made, err := work(c.r.Context(), c.Server, func() (produced, error) {
		converted, report, err := pdfa.Convert(content, o)
		return produced{content: converted, contentType: pdfType, pages: pagesOf(converted), notes: slices.Concat(report.Changes, report.Notes)}, err
	})
	if err != nil {
		return conversionFailure(err)
	}
	c.keep(made, name+".pdf", "")
	c.send(pdfType, made.content)
	return nil
}

func checkConversion(o pdfa.ConvertOptions) *failure {
	return cmp.Or(
		enum("compliance", string(o.Compliance), compliances...),
		enum("resultLevel", string(o.ResultLevel), resultLevels...),
		enum("optionalContent", string(o.OptionalContent), string(pdfa.Visible), string(pdfa.AllContent)),
		enum("colorSpace", string(o.ColorSpace), string(pdfa.SRGB), string(pdfa.CoatedFOGRA27), string(pdfa.JapanColorCoated),
			string(pdfa.SWOP)),
	)
}

// conversionFailure is that of a conversion: a document that cannot become PDF/A is a 500 with the logs.
func conversionFailure(err error) *failure {
	f := failureOf(err)
	if refused, ok := errors.AsType[*pdfa.Error](err); ok && len(refused.Report.Findings) > 0 {
		return &failure{status: http.StatusInternalServerError, code: "conversion_failed", text: refused.What, log: logOf(refused.Report)}
	}
	return f
}

// logOf writes a report as lines.
func logOf(r pdfa.Report) string {
	var b strings.Builder
	for _, line := range slices.Concat(r.Changes, r.Notes) {
		b.WriteString(line + "\n")
	}
	for _, finding := range r.Findings {
		b.WriteString(finding.String() + "\n")
	}
	return b.String()
}

// validatePDFA is pdfa/validate. Besides the documented isPDFA the answer has what was found, if the resultLevel asks for
// it.
func (c *call) validatePDFA() *failure {
	var o pdfa.ValidateOptions
	content, _, f := c.readInDoc(&o)
	if f != nil {
		return f
	}
	f = cmp.Or(
		enum("compliance", string(o.Compliance), compliances...), enum("resultLevel", string(o.ResultLevel), resultLevels...),
	)
	if f != nil {
		return f
	}
	report, err := work(c.r.Context(), c.Server, func() (pdfa.Report, error) { return pdfa.Validate(content, o) })
	if err != nil {
		return failureOf(err)
	}
	answer := struct {
		IsPDFA bool   `json:"isPDFA"`
		Log    string `json:"validationLog,omitempty"`
	}{IsPDFA: report.IsPDFA}
	if o.ResultLevel != "" && o.ResultLevel != pdfa.PassFail {
		answer.Log = logOf(report)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return internal(err.Error())
	}
	c.send("application/json", text)
	return nil
}
