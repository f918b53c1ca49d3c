package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// batchFlags describe a configuration: a file, and flags that go before it.
type batchFlags struct {
	file   string
	config forms.BatchConfig
	names  []string // of the flags that are bound to config
}

func (b *batchFlags) bind(f *pflag.FlagSet) {
	f.StringVar(&b.file, "config", "", "`FILE` with the configuration as the API has it (JSON); flags go before it")
	b.names = addedBy(f, b.bindConfig)
	f.SortFlags = false
}

func (b *batchFlags) bindConfig(f *pflag.FlagSet) {
	c := &b.config
	f.StringVar(&c.Name, "name", "", "its `NAME`")
	f.StringVar(&c.DataSourceConfigURI, "data-source", "", "repository `PATH` of the data source's configuration, below /conf")
	f.Var(&enumList[forms.OutputType]{values: &c.OutputTypes}, "output-types", "what is made, with commas: "+valuesOf(forms.OutputPDF))
	f.StringVar(&c.Template, "template", "", "repository `PATH` of the template, such as crx:///content/dam/formsanddocuments/invoice.xdp")
	f.StringVar(&c.ContentRoot, "content-root", "", "repository `FOLDER` that the template is relative to")
	f.StringVar(&c.XCI, "batch-xci", "", "repository `PATH` of a configuration of the rendering engine")
	pdf := func() *forms.PDFOptions { return made(&c.PDFOptions) }
	lateText(f, func() *string { return &pdf().Locale }, "locale", "`LOCALE` of numbers and dates in PDF (default en)")
	pdfFlags(f, pdf)
	f.Var(&listFlag{kind: "PRINTER", set: func(texts []string) error {
		printers, err := parsePrinters(texts)
		c.PrintOptions = printers
		return err
	}}, "print", "printed output, as `TYPE[,NAME=VALUE...]`: a printer language ("+valuesOf(forms.PostScript)+
		"), with xdc, copies, pagination and locale (repeatable)")
}

func (b *batchFlags) read(cmd *cobra.Command, in *inputs) error {
	return readOptionsBelow(cmd, in, "--config", b.file, &b.config, b.names)
}

// overrides returns what differs from the configuration, nil if nothing does.
func (b *batchFlags) overrides() *forms.BatchConfig {
	c := &b.config
	if c.Name == "" && c.DataSourceConfigURI == "" && c.Template == "" && c.ContentRoot == "" && c.XCI == "" &&
		len(c.OutputTypes)+len(c.PrintOptions) == 0 && c.PDFOptions == nil {
		return nil
	}
	return c
}

// parsePrinters reads the options of printed output, of the form TYPE,NAME=VALUE,NAME=VALUE.
func parsePrinters(texts []string) ([]forms.PrintOptions, error) {
	all := make([]forms.PrintOptions, len(texts))
	for i, text := range texts {
		language, rest, more := strings.Cut(text, ",")
		o := &all[i]
		if err := enumFlag(&o.PrintConfig.RenderType).Set(language); err != nil {
			return nil, err
		}
		for more {
			var option string
			option, rest, more = strings.Cut(rest, ",")
			if err := setPrintOption(o, option); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func setPrintOption(o *forms.PrintOptions, option string) error {
	name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
	var err error
	switch name {
	case "xdc":
		err = enumFlag(&o.PrintConfig.XDC).Set(value)
	case "pagination":
		err = enumFlag(&o.PaginationOverride).Set(value)
	case "locale":
		o.Locale = value
	case "copies":
		if o.Copies, err = strconv.Atoi(value); err != nil || o.Copies < 1 {
			err = errors.New("it must be a whole number from 1")
		}
	default:
		return fmt.Errorf("there is no %q, but xdc, copies, pagination and locale", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
