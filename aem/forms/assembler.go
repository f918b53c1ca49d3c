package forms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/aem"
)

// The paths of the assembler service.
const (
	pathDDX          = "/adobe/forms/assembler/ddx/invoke"
	pathConvertPDFA  = "/adobe/forms/assembler/pdfa/convert"
	pathValidatePDFA = "/adobe/forms/assembler/pdfa/validate"
)

const (
	opDDX          = "invoke ddx"
	opConvertPDFA  = "convert to pdf/a"
	opValidatePDFA = "validate pdf/a"
)

// DDXRequest asks the assembler to run a DDX document: ddx/invoke.
type DDXRequest struct {
	// DDX is the document that says what to do, in XML. Required.
	DDX Part
	// Sources are the documents that the DDX refers to, by the names that it has for them in its source attributes. At
	// least one is required.
	Sources []Source
	// Options are the options of the job.
	Options DDXOptions
}

// Source is a document that a DDX refers to.
type Source struct {
	// Name is the name in the DDX. Not "ddx" or "options".
	Name string
	// Content is the document.
	Content Part
}

// DDXOptions are the options of ddx/invoke.
type DDXOptions struct {
	// DefaultStyle is the style of text that the DDX gives none, in CSS; empty means that of the service.
	DefaultStyle string `json:"defaultStyle,omitzero"`
	// ValidateOnly checks the DDX and makes no document.
	ValidateOnly bool `json:"validateOnly,omitzero"`
	// FailOnError ends the job with the first error; nil means as the service does, which is not documented.
	FailOnError *bool `json:"failOnError,omitzero"`
	// FirstBatesNumber is the first number of the first Bates pattern; nil means -1, as the DDX says.
	FirstBatesNumber *int `json:"firstBatesNumber,omitzero"`
}

func (r DDXRequest) prepare() (aem.Request, error) {
	d := formData{op: opDDX}
	d.required("ddx", r.DDX, formXML)
	if len(r.Sources) == 0 {
		d.fail(invalid(d.op, "there is no source document"))
	}
	seen := map[string]bool{"ddx": true, "options": true}
	for _, s := range r.Sources {
		if s.Name == "" || seen[s.Name] {
			d.fail(invalid(d.op, "the source name %s is empty, reserved, or there twice", quoted(s.Name)))
		}
		seen[s.Name] = true
		d.required(s.Name, s.Content, formSource)
	}
	d.options("options", r.Options)
	j, err := d.job(pathDDX, kindAny)
	return j.Request, err
}

// InvokeDDX runs a DDX document and returns its results, which the caller closes. An answer that breaks while it is read
// is not asked for again: use [Service.SaveResults] for that.
func (s *Service) InvokeDDX(ctx context.Context, req DDXRequest) (*Results, error) {
	r, err := req.prepare()
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	results, err := newResults(resp)
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return results, nil
}

// SaveResults runs a DDX document and writes each result to a file in the folder dir, which must be there. A file is
// named by the file name of the result, or else its name, with an extension by its type; a file that is there is
// replaced. Every file is whole, or is as it was. What breaks on the way is asked for again, and then all are written
// anew.
func (s *Service) SaveResults(ctx context.Context, req DDXRequest, dir string) ([]Saved, error) {
	r, err := req.prepare()
	if err != nil {
		return nil, err
	}
	var all []Saved
	err = s.client.Fetch(ctx, r, func(resp *aem.Response) error {
		results, err := newResults(resp)
		if err != nil {
			return err
		}
		all, err = results.save(dir)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Results are the documents that a DDX made, one after the other. It is used by one goroutine at a time.
type Results struct {
	resp   *aem.Response
	parts  *aem.Parts
	single *Document // of an answer that is one document
}

// newResults takes both forms of the answer: the documented one of several parts, and a single document, as it is known
// from use.
func newResults(resp *aem.Response) (*Results, error) {
	if resp.Status == http.StatusAccepted {
		return nil, accepted(resp)
	}
	r := &Results{resp: resp}
	if isMixed(resp.ContentType()) {
		var err error
		r.parts, err = resp.Parts()
		return r, err
	}
	want := kindAny
	media, _, _ := mime.ParseMediaType(resp.ContentType())
	if media == typePDF {
		want = kindPDF
	}
	var err error
	r.single, err = newDocument(resp, want)
	if err != nil {
		return nil, err
	}
	if head, _ := r.single.buffer.Peek(peeked); isPage(media, head) {
		return nil, resp.Malformed("the answer is an HTML page where the results of a DDX were asked for")
	}
	return r, nil
}

// Next returns the next result, and [io.EOF] after the last one. The result before it is passed over if it was not read
// to its end. A result that says it is a PDF begins with %PDF-; others are as they come, and may be empty. A service may
// give its log as one of them, with the name "jobLog".
func (r *Results) Next() (*Document, error) {
	if r.parts == nil {
		doc := r.single
		r.single = nil
		if doc == nil {
			return nil, io.EOF
		}
		return doc, nil
	}
	part, err := r.parts.Next()
	if err != nil {
		return nil, err
	}
	doc, err := newPartDocument(r.resp, part)
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// Attempts returns all attempts of the call, in order.
func (r *Results) Attempts() []aem.Attempt { return r.resp.Attempts }

// Close ends the stream.
func (r *Results) Close() error { return r.resp.Body.Close() }

func (r *Results) save(dir string) ([]Saved, error) {
	var all []Saved
	taken := map[string]bool{}
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		saved, err := doc.save(filepath.Join(dir, fileNameFor(doc, len(all)+1, taken)))
		if err != nil {
			return nil, err
		}
		all = append(all, saved)
	}
}

// fileNameFor returns a name for a file that no result before has.
func fileNameFor(doc *Document, number int, taken map[string]bool) string {
	name := safeName(doc.FileName)
	if name == "" {
		name = safeName(doc.Name)
	}
	if name == "" {
		name = fmt.Sprintf("result-%d", number)
	}
	if filepath.Ext(name) == "" {
		media, _, _ := mime.ParseMediaType(doc.ContentType)
		name += extensionOf(media)
	}
	stem, extension := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	for i := 2; taken[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d%s", stem, i, extension)
	}
	taken[strings.ToLower(name)] = true
	return name
}

// safeName returns the last element of a name as one that any file system takes, and that is not hidden.
func safeName(name string) string {
	const longest = 120
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(strings.TrimLeft(name, "."), " ")
	if runes := []rune(name); len(runes) > longest {
		name = string(runes[len(runes)-longest:])
	}
	return strings.TrimRight(name, ". ")
}

// ConvertPDFARequest asks for a PDF/A from a PDF: pdfa/convert.
type ConvertPDFARequest struct {
	// Document is the PDF. Required.
	Document Part
	// Options are the options of the conversion.
	Options ConvertPDFAOptions
}

// ConvertPDFAOptions are the options of pdfa/convert. What the service does without one of them is not documented.
type ConvertPDFAOptions struct {
	// Compliance is the level that the result is to have.
	Compliance Compliance `json:"compliance,omitzero"`
	// ResultLevel is how much the log of the conversion tells.
	ResultLevel ResultLevel `json:"resultLevel,omitzero"`
	// OptionalContent says which layers are kept.
	OptionalContent OptionalContent `json:"optionalContent,omitzero"`
	// ColorSpace is the color space of the result.
	ColorSpace ColorSpace `json:"colorSpace,omitzero"`
	// Verify checks the result; nil means as the service does.
	Verify *bool `json:"verify,omitzero"`
}

func (r ConvertPDFARequest) prepare() (job, error) {
	d := formData{op: opConvertPDFA}
	d.required("inDoc", r.Document, formPDF)
	listed(&d, "compliance", r.Options.Compliance)
	listed(&d, "resultLevel", r.Options.ResultLevel)
	listed(&d, "optionalContent", r.Options.OptionalContent)
	listed(&d, "colorSpace", r.Options.ColorSpace)
	d.options("options", r.Options)
	return d.job(pathConvertPDFA, kindPDF)
}

// ConvertPDFA converts a PDF to PDF/A, and returns it as [Service.Open] does.
func (s *Service) ConvertPDFA(ctx context.Context, req ConvertPDFARequest) (*Document, error) {
	return s.Open(ctx, req)
}

// ValidatePDFARequest asks whether a document is PDF/A: pdfa/validate.
type ValidatePDFARequest struct {
	// Document is the PDF. Required.
	Document Part
	// Options are the options of the check.
	Options ValidatePDFAOptions
}

// ValidatePDFAOptions are the options of pdfa/validate. What the service does without one of them is not documented.
type ValidatePDFAOptions struct {
	// Compliance is the level to check against.
	Compliance Compliance `json:"compliance,omitzero"`
	// ResultLevel is how much the log of the check tells.
	ResultLevel ResultLevel `json:"resultLevel,omitzero"`
}

// ValidatePDFA reports whether a document is PDF/A.
func (s *Service) ValidatePDFA(ctx context.Context, req ValidatePDFARequest) (bool, error) {
	d := formData{op: opValidatePDFA}
	d.required("inDoc", req.Document, formPDF)
	listed(&d, "compliance", req.Options.Compliance)
	listed(&d, "resultLevel", req.Options.ResultLevel)
	d.options("options", req.Options)
	j, err := d.job(pathValidatePDFA, kindAny)
	if err != nil {
		return false, err
	}
	var answer struct {
		IsPDFA *bool `json:"isPDFA"`
	}
	err = s.getJSON(ctx, j.Request, &answer, func() string {
		if answer.IsPDFA == nil {
			return "isPDFA"
		}
		return ""
	})
	if err != nil {
		return false, err
	}
	return *answer.IsPDFA, nil
}
