package ddx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// The types of results.
const (
	typePDF = "application/pdf"
	typeXML = "application/xml"
)

// runner is one run of a job.
type runner struct {
	job     *Job
	ctx     context.Context
	o       Options
	style   textStyle
	sources map[string][]byte
	made    map[string][]byte // results so far, those that are not returned too
	bates   *batesNumbers
	log     strings.Builder
}

// Run makes the results in their order. sources holds the documents by the names that the DDX document has for them; they
// are not changed.
//
// The error is ctx's, checked between steps, or an [*Error] for what is wrong with the options, a source, or what is done
// with it; the outcome has the log then too, and no results. Without [Options.FailOnError] a result that fails is left
// out, as are those made of it, and there is no error.
func (j *Job) Run(ctx context.Context, sources map[string][]byte, o Options) (Outcome, error) {
	style, err := textStyle{size: 12}.css(o.DefaultStyle)
	if err != nil {
		return Outcome{}, errorf(0, "the default style: %v", err)
	}
	r := &runner{
		job: j, ctx: ctx, o: o, style: style, sources: sources, made: map[string][]byte{}, bates: newBatesNumbers(o.FirstBatesNumber),
	}
	var out Outcome
	for _, n := range j.results {
		if o.ValidateOnly {
			r.logf("%s: valid", n.title())
			continue
		}
		results, err := r.result(n)
		if err != nil {
			r.logf("%s: failed: %s", n.title(), plainText(err))
			if o.FailOnError || ctx.Err() != nil {
				return Outcome{Log: r.log.String()}, err
			}
			continue
		}
		if n.attr("return", "true") == "true" {
			out.Results = append(out.Results, results...)
		}
	}
	out.Log = r.log.String()
	return out, nil
}

// title names a result in the log.
func (n *node) title() string {
	if name, ok := n.attrs["result"]; ok {
		return fmt.Sprintf("%s %q (line %d)", n.name, short(name), n.line)
	}
	return fmt.Sprintf("%s %q (line %d)", n.name, short(n.attrs["prefix"]), n.line)
}

func plainText(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ddx: "), "pdf: ")
}

func (r *runner) logf(format string, args ...any) {
	fmt.Fprintf(&r.log, format+"\n", args...)
}

// notef logs what is not as it would be in AEM.
func (r *runner) notef(format string, args ...any) { r.logf("  note: "+format, args...) }

// noteUnheeded logs attributes that are taken and have no effect.
func (r *runner) noteUnheeded(n *node) {
	if how := n.attr("save", "Full"); how != "Full" {
		r.notef("save=%q in line %d has no effect, the document is written as a whole", how, n.line)
	}
	if _, ok := n.attrs["padding"]; ok {
		r.notef("padding in line %d has no effect, the page's content stays where it is", n.line)
	}
	for _, k := range n.kids {
		r.noteUnheeded(k)
	}
}

func (r *runner) result(n *node) ([]Result, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	r.logf("%s", n.title())
	r.noteUnheeded(n)
	var results []Result
	var err error
	switch n.name {
	case "PDF":
		results, err = r.pdfResult(n)
	case "PDFsFromBookmarks":
		results, err = r.split(n)
	case "Bookmarks":
		results, err = r.bookmarksResult(n)
	case "DocumentInformation":
		results, err = r.informationResult(n)
	case "DocumentText":
		results, err = r.textResult(n)
	}
	if err != nil {
		return nil, r.located(n.line, err)
	}
	for _, res := range results {
		r.made[res.Name] = res.Data
		r.logf("  made %q: %d bytes", short(res.Name), len(res.Data))
	}
	return results, nil
}

// located gives errors of package pdf the line of what they are about.
func (r *runner) located(line int, err error) error {
	var own *Error
	switch {
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	case errors.As(err, &own):
		if own.Line == 0 {
			own = &Error{Line: line, What: own.What, Job: own.Job}
		}
		return own
	}
	return jobErrorf(line, "%s", plainText(err))
}

func (r *runner) pdfResult(n *node) ([]Result, error) {
	data, err := r.makePDF(n)
	if err != nil {
		return nil, err
	}
	return []Result{{Name: n.attrs["result"], ContentType: typePDF, Data: data}}, nil
}

// makePDF assembles the sources of a result and makes one document of them.
func (r *runner) makePDF(n *node) ([]byte, error) {
	a, err := r.assemble(n)
	if err != nil {
		return nil, err
	}
	if err := r.build(n, a); err != nil {
		return nil, err
	}
	return r.seal(n, a)
}

// document returns a source's bytes, or false where it is missing and may be.
func (r *runner) document(n *node) ([]byte, bool, error) {
	name := n.attrs["source"]
	if data, ok := r.made[name]; ok {
		return data, true, nil
	}
	if data, ok := r.sources[name]; ok {
		return data, true, nil
	}
	if n.attr("required", "true") == "false" {
		r.logf("  source %q (line %d): missing, and not required", short(name), n.line)
		return nil, false, nil
	}
	return nil, false, jobErrorf(n.line, "the source %q is missing", short(name))
}

// openAsIs opens a PDF source.
func (r *runner) openAsIs(n *node, data []byte, merging bool) (*pdf.File, error) {
	password := ""
	if access, ok := n.attrs["access"]; ok {
		password = r.job.profiles["PasswordAccessProfile "+access].child("Password").content()
	}
	f, err := pdf.Open(data, pdf.OpenOptions{Password: password, Merging: merging})
	if err != nil {
		return nil, jobErrorf(n.line, "the source %q: %s", short(n.attrs["source"]), plainText(err))
	}
	return f, nil
}

// open opens a PDF source that becomes part of a result, without its encryption.
func (r *runner) open(n *node, data []byte) (*pdf.File, error) {
	if f, err := r.openAsIs(n, data, true); err == nil {
		return f, nil
	}
	// pdfcpu merges only what is not encrypted.
	f, err := r.openAsIs(n, data, false)
	if err != nil {
		return nil, err
	}
	r.notef("the source %q is decrypted, and the result is encrypted only if it has an encryption", short(n.attrs["source"]))
	f.DropEncryption()
	plain, err := pdf.Write(f.Context(), time.Time{})
	if err != nil {
		return nil, err
	}
	return r.openAsIs(n, plain, true)
}
