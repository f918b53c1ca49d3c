package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// formsEncryptCommand is assure/encrypt.
func (a *app) formsEncryptCommand(fl *formsFlags) *cobra.Command {
	var (
		o              = &forms.EncryptOptions{}
		openPw, permPw string
		permissions    []forms.Permission
	)
	d := &documentCommand{app: a, forms: fl, options: o}
	d.request = func(in *inputs, document forms.Part) (forms.Request, error) {
		open, err := in.openPassword(openPw)
		if err != nil {
			return nil, err
		}
		perm, err := in.permPassword(permPw)
		if err != nil {
			return nil, err
		}
		if open.IsZero() && perm.IsZero() {
			return nil, usagef("no password is given").
				withHint("--open-password-file FILE or IMSX_OPEN_PASSWORD, and --perm-password-file FILE or IMSX_PERM_PASSWORD")
		}
		return forms.EncryptRequest{Document: document, OpenPassword: open, PermPassword: perm, Permissions: permissions, Options: *o}, nil
	}
	return d.command(&cobra.Command{
		Use:   "encrypt --document FILE_OR_PATH --open-password-file FILE [-o FILE] [flags]",
		Short: "Protect a PDF by passwords",
		Long: `Protects a PDF by a password that opens it, a password that changes its permissions, or both; they must differ.
Passwords come from files, standard input or the environment, never from the command line.`,
		Example: `  imsx forms encrypt --document invoice.pdf --open-password-file password.txt -o protected.pdf
  pass show invoices | imsx forms encrypt --document invoice.pdf --open-password-file - --permissions PRINT_HIGH -o protected.pdf`,
	}, func(f *pflag.FlagSet) {
		f.Var(enumFlag(&o.Parts), "parts", "what is encrypted (default ALL): "+valuesOf(o.Parts))
		f.Var(enumFlag(&o.Compatibility), "compatibility", "the oldest Acrobat that must open it (default ACROBAT_7): "+valuesOf(o.Compatibility))
	}, func(f *pflag.FlagSet) {
		f.StringVar(&openPw, "open-password-file", "", passwordUsage("the password that opens the document", "IMSX_OPEN_PASSWORD"))
		f.StringVar(&permPw, "perm-password-file", "", passwordUsage("the password that changes its permissions", "IMSX_PERM_PASSWORD"))
		f.Var(&enumList[forms.Permission]{values: &permissions}, "permissions", "what one may do who opened it, with commas: "+valuesOf(forms.PermissionAll))
	})
}

// formsDecryptCommand is the opposite of assure/encrypt.
func (a *app) formsDecryptCommand(fl *formsFlags) *cobra.Command {
	var file string
	d := &documentCommand{app: a, forms: fl}
	d.request = func(in *inputs, document forms.Part) (forms.Request, error) {
		password, err := in.openPassword(file)
		if err != nil {
			return nil, err
		}
		if password.IsZero() {
			return nil, usagef("no password is given").withHint("--open-password-file FILE or IMSX_OPEN_PASSWORD")
		}
		return forms.DecryptRequest{Document: document, Password: password}, nil
	}
	return d.command(&cobra.Command{
		Use:     "decrypt --document FILE_OR_PATH --open-password-file FILE [-o FILE] [flags]",
		Short:   "Remove the protection by passwords from a PDF",
		Long:    `Removes the protection by passwords from a PDF. Either of its two passwords will do.`,
		Example: `  imsx forms decrypt --document protected.pdf --open-password-file password.txt -o invoice.pdf`,
	}, nil, func(f *pflag.FlagSet) {
		f.StringVar(&file, "open-password-file", "", passwordUsage("a password of the document", "IMSX_OPEN_PASSWORD"))
	})
}

// formsInspectCommand is assure/inspect.
func (a *app) formsInspectCommand(fl *formsFlags) *cobra.Command {
	var document string
	cmd := &cobra.Command{
		Use:   "inspect --document FILE_OR_PATH [flags]",
		Short: "Tell how a PDF is protected",
		Long: `Prints how a PDF is protected: PASSWORD, POLICY_SERVER, CERTIFICATE, OTHER or NONE. With --json: an object with the
member mode.`,
		Example: `  imsx forms inspect --document protected.pdf`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := a.inputs()
			defer in.Close()
			p, err := in.locate(cmd.Context(), "--document", document, false)
			if err != nil {
				return withPlaceHint(err)
			}
			call, err := a.openAEM(cmd, fl.aem)
			if err != nil {
				return err
			}
			defer call.Close()
			mode, err := call.forms.Inspect(cmd.Context(), forms.InspectRequest{Document: p.part()})
			if err != nil {
				return call.elsewhere(err)
			}
			if a.flags.json {
				return a.printJSON(map[string]any{"mode": mode})
			}
			_, err = fmt.Fprintln(a.Stdout, mode)
			return err
		},
	}
	cmd.Flags().StringVar(&document, "document", "", "the PDF, as `FILE_OR_PATH`")
	return cmd
}

// formsPDFACommand is what the assembler does with PDF/A.
func (a *app) formsPDFACommand(fl *formsFlags) *cobra.Command {
	return group(&cobra.Command{
		Use:   "pdfa COMMAND",
		Short: "Convert to PDF/A, or check for it",
		Long:  `PDF/A is the PDF for archives (ISO 19005).`,
	}, a.formsConvertCommand(fl), a.formsValidateCommand(fl))
}

func (a *app) formsConvertCommand(fl *formsFlags) *cobra.Command {
	o := &forms.ConvertPDFAOptions{}
	d := &documentCommand{app: a, forms: fl, options: o}
	d.request = func(_ *inputs, document forms.Part) (forms.Request, error) {
		return forms.ConvertPDFARequest{Document: document, Options: *o}, nil
	}
	return d.command(&cobra.Command{
		Use:     "convert --document FILE [-o FILE] [flags]",
		Short:   "Convert a PDF to PDF/A",
		Long:    `Converts a PDF to PDF/A. What AEM does without an option is not documented.`,
		Example: `  imsx forms pdfa convert --document invoice.pdf --compliance PDFA_2B -o archive.pdf`,
	}, func(f *pflag.FlagSet) {
		f.Var(enumFlag(&o.Compliance), "compliance", "the level of PDF/A: "+valuesOf(o.Compliance))
		f.Var(enumFlag(&o.ResultLevel), "result-level", "how much AEM's log tells: "+valuesOf(o.ResultLevel))
		f.Var(enumFlag(&o.OptionalContent), "optional-content", "which layers are kept: "+valuesOf(o.OptionalContent))
		f.Var(enumFlag(&o.ColorSpace), "color-space", "the color space of the result: "+valuesOf(o.ColorSpace))
		optionalBool(f, func() **bool { return &o.Verify }, "verify", "check the result")
	}, nil)
}

func (a *app) formsValidateCommand(fl *formsFlags) *cobra.Command {
	var (
		o                 = &forms.ValidatePDFAOptions{}
		document, options string
	)
	cmd := &cobra.Command{
		Use:   "validate --document FILE [flags]",
		Short: "Tell whether a PDF is PDF/A",
		Long: `Asks AEM whether a PDF is PDF/A, and prints the answer. The exit code is 0 if it is and 1 if it is not. With --json: an
object with the member pdfa, which is true or false.`,
		Example: `  imsx forms pdfa validate --document archive.pdf --compliance PDFA_2B`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := a.inputs()
			defer in.Close()
			if err := readOptionsBelow(cmd, in, "--options", options, o, []string{"compliance", "result-level"}); err != nil {
				return err
			}
			p, err := in.locate(cmd.Context(), "--document", document, false)
			if err != nil {
				return withPlaceHint(err)
			}
			call, err := a.openAEM(cmd, fl.aem)
			if err != nil {
				return err
			}
			defer call.Close()
			is, err := call.forms.ValidatePDFA(cmd.Context(), forms.ValidatePDFARequest{Document: p.part(), Options: *o})
			if err != nil {
				return err
			}
			return a.tellPDFA(is, p.name)
		},
	}
	f := cmd.Flags()
	f.StringVar(&document, "document", "", "the PDF, as `FILE`, - for standard input")
	f.StringVar(&options, "options", "", "`FILE` with the options of the API as a JSON object; flags go before it")
	f.Var(enumFlag(&o.Compliance), "compliance", "the level of PDF/A: "+valuesOf(o.Compliance))
	f.Var(enumFlag(&o.ResultLevel), "result-level", "how much AEM's log tells: "+valuesOf(o.ResultLevel))
	f.SortFlags = false
	return cmd
}

// tellPDFA writes the answer. That a document is not PDF/A is an answer and a failure.
func (a *app) tellPDFA(is bool, name string) error {
	var err error
	switch {
	case a.flags.json:
		err = a.printJSON(map[string]any{"pdfa": is})
	case is:
		_, err = fmt.Fprintln(a.Stdout, "PDF/A")
	default:
		_, err = fmt.Fprintln(a.Stdout, "not PDF/A")
	}
	if err != nil || is {
		return err
	}
	return &problem{
		exit: exitUnexpected, Code: "not_pdfa", Message: fmt.Sprintf("%s is not PDF/A", name), Hint: "imsx forms pdfa convert makes one",
	}
}
