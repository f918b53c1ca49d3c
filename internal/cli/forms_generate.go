package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// generator is a command that merges data with a template: one of three, which differ in their options.
type generator struct {
	app   *app
	forms *formsFlags
	name  string // of the command
	// options is a pointer to the options of the API. Flags are bound to its fields.
	options any
	// flagNames are the flags that are bound to options.
	flagNames []string
	// request returns the request for a document.
	request func(generation) forms.Request
	// check refuses options that cannot be right. Nil: any may be.
	check func() error
	// extension returns the extension of the results' names, after the options have been read.
	extension func() string

	template, data, optionsFile, xci, out string
	pages                                 bool
	many                                  manyFlags
}

// generation is what a document is made of.
type generation struct {
	template, data, xci forms.Part
	pages               bool
}

// command completes cmd.
func (g *generator) command(cmd *cobra.Command, bind func(*pflag.FlagSet)) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return g.run(cmd) }
	f := cmd.Flags()
	f.StringVar(&g.template, "template", "", "template, as `FILE_OR_PATH`: a form in XDP or PDF")
	f.StringVar(&g.data, "data", "", "data to merge (XML), as `FILE_OR_PATH`; a folder makes a document of each file in it")
	f.StringVar(&g.optionsFile, "options", "", "`FILE` with the options of the API as a JSON object; flags go before it")
	f.StringVarP(&g.out, "output", "o", "", "`FILE` for the result, - for standard output; a folder for many documents")
	f.BoolVar(&g.pages, "page-count", false, "ask for the number of pages (with --json)")
	g.flagNames = addedBy(f, bind)
	g.many.bind(f)
	f.SortFlags = false
	return cmd
}

func (g *generator) run(cmd *cobra.Command) error {
	in := g.app.inputs()
	defer in.Close()
	if err := readOptionsBelow(cmd, in, "--options", g.optionsFile, g.options, g.flagNames); err != nil {
		return err
	}
	if g.check != nil {
		if err := g.check(); err != nil {
			return err
		}
	}
	if g.many.list != "" || isFolder(g.data) {
		return g.runMany(cmd, in)
	}
	if err := g.many.refuse(cmd); err != nil {
		return err
	}
	return g.runOne(cmd, in)
}

// sources finds the template and the configuration of the engine.
func (g *generator) sources(cmd *cobra.Command, in *inputs) (template, xci place, err error) {
	root := cmd.Flags().Lookup("content-root")
	if template, err = in.locate(cmd.Context(), "--template", g.template, root != nil && root.Value.String() != ""); err != nil {
		return place{}, place{}, withPlaceHint(err)
	}
	xci, err = in.optional(cmd.Context(), "--xci", g.xci)
	return template, xci, withPlaceHint(err)
}

// withPlaceHint adds to an error about a file what else could have been named.
func withPlaceHint(err error) error {
	if err == nil {
		return nil
	}
	if p := describe(err); p.Code == "unreadable" && p.Hint == "check the path" {
		return p.withHint("check the path; paths in AEM's repository begin with /content/ or crx:///")
	}
	return err
}

func (g *generator) runOne(cmd *cobra.Command, in *inputs) error {
	to, err := g.app.outputFile(g.out)
	if err != nil {
		return err
	}
	template, xci, err := g.sources(cmd, in)
	if err != nil {
		return err
	}
	var data place
	if g.data != "" {
		if data, err = in.locate(cmd.Context(), "--data", g.data, false); err != nil {
			return withPlaceHint(err)
		}
	}
	return g.app.callAEM(cmd, g.forms, func(ctx context.Context, call *aemCall) error {
		return call.save(ctx, to, g.request(generation{template: template.part(), data: data.part(), xci: xci.part(), pages: g.pages}))
	})
}

// save makes one document and tells about it.
func (c *aemCall) save(ctx context.Context, to target, req forms.Request) error {
	begun := time.Now()
	var saved forms.Saved
	err := c.app.deliver(to, func(path string) error {
		var err error
		saved, err = c.forms.Save(ctx, req, path)
		return err
	})
	c.app.tellClock(c.source.ClockDifference())
	if err != nil {
		return savingError(c.elsewhere(err))
	}
	if !c.app.flags.json {
		return nil
	}
	saved.Path = to.path // also if it went there by way of a file
	r := resultOf(saved, begun)
	r.Warnings = c.app.findings
	return c.app.printJSON(r)
}

func resultOf(s forms.Saved, begun time.Time) result {
	return result{
		File: s.Path, Bytes: s.Bytes, ContentType: s.ContentType, Pages: s.PageCount,
		TookMS: time.Since(begun).Milliseconds(), Attempts: len(s.Attempts),
		RequestID: s.RequestID,
	}
}

// formsPDFCommand is generatePDFOutput.
func (a *app) formsPDFCommand(fl *formsFlags) *cobra.Command {
	o := &forms.PDFOptions{}
	g := &generator{app: a, forms: fl, name: "pdf", options: o, extension: func() string { return ".pdf" }}
	g.request = func(d generation) forms.Request {
		return forms.PDFRequest{Template: d.template, Data: d.data, XCI: d.xci, Options: *o, CountPages: d.pages}
	}
	return g.command(&cobra.Command{
		Use:   "pdf --template FILE_OR_PATH [--data FILE_OR_PATH] [-o FILE] [flags]",
		Short: "Merge data with a template to a PDF",
		Long: `Merges XML data with a form template, XDP or PDF, and gives a PDF.

` + manyHelp,
		Example: `  imsx forms pdf --template invoice.xdp --data invoice.xml -o invoice.pdf
  imsx forms pdf --template crx:///content/dam/formsanddocuments/invoice.xdp --data invoice.xml --locale de -o invoice.pdf
  imsx forms pdf --template invoice.xdp --data data/ -o pdfs/ --parallel 8 --report report.json`,
	}, func(f *pflag.FlagSet) {
		outputFlags(f, &o.Locale, &o.ContentRoot)
		pdfFlags(f, func() *forms.PDFOptions { return o })
		f.StringVar(&g.xci, "xci", "", "configuration of the rendering engine (XML), as `FILE_OR_PATH`")
	})
}

// pdfFlags binds the options that PDF has alone.
func pdfFlags(f *pflag.FlagSet, o func() *forms.PDFOptions) {
	lateBool(f, func() *bool { return &o().EmbedFonts }, "embed-fonts", "put the fonts into the document")
	lateBool(f, func() *bool { return &o().Tagged }, "tagged", "make a tagged, accessible PDF")
	lateBool(f, func() *bool { return &o().Linearized }, "linearized", "make a PDF whose first page shows before all of it is there")
	lateBool(f, func() *bool { return &o().RetainFormState }, "retain-form-state", "keep the state of the form (XFA PDF templates without data)")
	lateBool(f, func() *bool { return &o().RetainUnsignedSignatureFields },
		"retain-unsigned-signature-fields", "keep signature fields that nobody has signed")
	lateEnum(f, func() *forms.AcrobatVersion { return &o().AcrobatVersion }, "acrobat-version", "the oldest Acrobat that must open it")
}

// outputFlags binds the options that all three APIs have.
func outputFlags(f *pflag.FlagSet, locale, contentRoot *string) {
	f.StringVar(locale, "locale", "", "`LOCALE` of numbers and dates (default en)")
	f.StringVar(contentRoot, "content-root", "", "repository `FOLDER` of what the template refers to, such as crx:///content/dam/formsanddocuments/")
}

// formsPrintCommand is generatePrintedOutput.
func (a *app) formsPrintCommand(fl *formsFlags) *cobra.Command {
	o := &forms.PrintOptions{}
	g := &generator{app: a, forms: fl, name: "print", options: o}
	g.extension = func() string {
		if o.PrintConfig.RenderType == forms.PostScript {
			return ".ps"
		}
		return "." + strings.ToLower(string(o.PrintConfig.RenderType))
	}
	g.check = func() error {
		if o.PrintConfig.RenderType == "" {
			return usagef("--render-type is missing").withHint("it is one of " + valuesOf(o.PrintConfig.RenderType))
		}
		return nil
	}
	g.request = func(d generation) forms.Request {
		return forms.PrintRequest{Template: d.template, Data: d.data, XCI: d.xci, Options: *o, CountPages: d.pages}
	}
	return g.command(&cobra.Command{
		Use:   "print --template FILE_OR_PATH --render-type TYPE [--data FILE_OR_PATH] [-o FILE] [flags]",
		Short: "Merge data with a template for a printer",
		Long: `Merges XML data with a form template and gives a document in a printer language.

` + manyHelp,
		Example: `  imsx forms print --template label.xdp --data label.xml --render-type ZPL --xdc zpl300.xdc -o label.zpl
  imsx forms print --template invoice.xdp --data invoice.xml --render-type PostScript | lp`,
	}, func(f *pflag.FlagSet) {
		f.Var(enumFlag(&o.PrintConfig.RenderType), "render-type", "printer language: "+valuesOf(o.PrintConfig.RenderType))
		f.Var(enumFlag(&o.PrintConfig.XDC), "xdc", "device profile: "+valuesOf(o.PrintConfig.XDC))
		f.IntVar(&o.Copies, "copies", 0, "`NUMBER` of copies (default 1)")
		f.Var(enumFlag(&o.PaginationOverride), "pagination", "sides of the paper: "+valuesOf(o.PaginationOverride))
		outputFlags(f, &o.Locale, &o.ContentRoot)
		f.StringVar(&g.xci, "xci", "", "configuration of the rendering engine (XML), as `FILE_OR_PATH`")
	})
}

// formsAFPCommand is generate/afp.
func (a *app) formsAFPCommand(fl *formsFlags) *cobra.Command {
	o := &forms.AFPOptions{}
	g := &generator{app: a, forms: fl, name: "afp", options: o, extension: func() string { return ".afp" }}
	g.request = func(d generation) forms.Request {
		return forms.AFPRequest{Template: d.template, Data: d.data, Options: *o, CountPages: d.pages}
	}
	return g.command(&cobra.Command{
		Use:   "afp --template FILE_OR_PATH [--data FILE_OR_PATH] [-o FILE] [flags]",
		Short: "Merge data with a template to an AFP document",
		Long: `Merges XML data with a form template and gives a document in Advanced Function Presentation.

` + manyHelp,
		Example: `  imsx forms afp --template invoice.xdp --data invoice.xml --resolution 600 -o invoice.afp`,
	}, func(f *pflag.FlagSet) {
		outputFlags(f, &o.Locale, &o.ContentRoot)
		f.BoolVar(&o.EmbedFonts, "embed-fonts", false, "put the fonts into the document")
		f.StringVar(&o.PDFVersion, "pdf-version", "", "`VERSION` of the PDF inside (default 1.7-ADBE-3)")
		f.IntVar(&o.Resolution, "resolution", 0, "dots per inch, as a `NUMBER` (default 300)")
	})
}

// outputName returns a name for the result of an input, by a pattern.
func outputName(pattern, input, extension string) (string, error) {
	base := filepath.Base(input)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if name == "" {
		name = base
	}
	if pattern == "" {
		return name + extension, nil
	}
	stem := strings.TrimSuffix(input, filepath.Ext(input))
	if strings.Contains(pattern, "%p") && !filepath.IsLocal(stem) {
		return "", errors.New("the path leads out of the working folder, so %p of --name cannot stand for it")
	}
	return strings.NewReplacer("%n", name, "%f", base, "%p", filepath.ToSlash(stem), "%%", "%").Replace(pattern), nil
}

// checkNamePattern refuses a pattern that gives all documents one name, or has a sign that means nothing.
func checkNamePattern(pattern string) error {
	varies := pattern == ""
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			continue
		}
		i++
		switch sign := pattern[min(i, len(pattern)-1)]; {
		case i == len(pattern) || !strings.ContainsRune("nfp%", rune(sign)):
			return usagef("--name %q has a %% that means nothing", pattern).withHint("%n, %f and %p stand for the input; %% is a percent sign")
		case sign != '%':
			varies = true
		}
	}
	if !varies {
		return usagef("--name %q would give all documents one name", pattern).withHint("put %n, %f or %p into it, as in %n.pdf")
	}
	return nil
}
