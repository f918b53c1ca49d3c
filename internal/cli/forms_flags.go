package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/secret"
)

// addedBy lets bind add flags, and returns their names.
func addedBy(f *pflag.FlagSet, bind func(*pflag.FlagSet)) []string {
	there := map[string]bool{}
	f.VisitAll(func(fl *pflag.Flag) { there[fl.Name] = true })
	bind(f)
	var added []string
	f.VisitAll(func(fl *pflag.Flag) {
		if !there[fl.Name] {
			added = append(added, fl.Name)
		}
	})
	return added
}

// readOptionsBelow reads the options file into v, and sets the flags that were given once more: they go before the file.
func readOptionsBelow(cmd *cobra.Command, in *inputs, flag, file string, v any, flagNames []string) error {
	var again []func() error
	for _, name := range flagNames {
		f := cmd.Flags().Lookup(name)
		if !f.Changed {
			continue
		}
		if list, ok := f.Value.(*listFlag); ok {
			again = append(again, list.apply)
			continue
		}
		text := f.Value.String() // before the file is read into what it is bound to
		again = append(again, func() error { return f.Value.Set(text) })
	}
	if err := in.readOptions(cmd.Context(), flag, file, v); err != nil {
		return err
	}
	for _, set := range again {
		if err := set(); err != nil {
			return err
		}
	}
	return nil
}

// setFlag is a flag for an option that is not a plain field: it remembers its text and hands it on. Set may be called
// again with the same text, after an options file has been read.
type setFlag struct {
	text, kind string
	set        func(string) error
}

// Set hands the text on.
func (f *setFlag) Set(s string) error {
	f.text = s
	return f.set(s)
}

// String returns the text.
func (f *setFlag) String() string { return f.text }

// Type returns what help calls the value.
func (f *setFlag) Type() string { return f.kind }

// listFlag is a flag for an option with several values, which is given once for each of them.
type listFlag struct {
	texts []string
	kind  string
	set   func(texts []string) error
}

// Set adds a value.
func (f *listFlag) Set(s string) error {
	f.texts = append(f.texts, s)
	return f.apply()
}

// apply hands all values on, in place of those that the option has.
func (f *listFlag) apply() error { return f.set(f.texts) }

// String returns the values, for people.
func (f *listFlag) String() string { return strings.Join(f.texts, ", ") }

// Type returns what help calls a value.
func (f *listFlag) Type() string { return f.kind }

// lateTexts binds a repeatable flag to texts within an object that is made when it is needed.
func lateTexts(f *pflag.FlagSet, target func() *[]string, name, usage string) {
	f.Var(&listFlag{kind: "TEXT", set: func(texts []string) error {
		*target() = slices.Clone(texts)
		return nil
	}}, name, usage)
}

// lateText binds a flag to a text within an object that is made when it is needed.
func lateText(f *pflag.FlagSet, target func() *string, name, usage string) {
	f.Var(&setFlag{kind: "TEXT", set: func(s string) error {
		*target() = s
		return nil
	}}, name, usage)
}

// lateBool binds a flag to a bool within an object that is made when it is needed.
func lateBool(f *pflag.FlagSet, target func() *bool, name, usage string) {
	flag := f.VarPF(&setFlag{kind: "bool", set: func(s string) error {
		b, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("it must be true or false")
		}
		*target() = b
		return nil
	}}, name, "", usage)
	flag.NoOptDefVal = "true"
}

// optionalBool binds a flag to a bool that may be absent.
func optionalBool(f *pflag.FlagSet, target func() **bool, name, usage string) {
	lateBool(f, func() *bool { return made(target()) }, name, usage)
}

// optionalNumber binds a flag to a number that may be absent.
func optionalNumber(f *pflag.FlagSet, target func() **int, name, usage string) {
	f.Var(&setFlag{kind: "NUMBER", set: func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("it must be a whole number")
		}
		*target() = &n
		return nil
	}}, name, usage)
}

// lateEnum binds a flag to one of an API's values within an object that is made when it is needed.
func lateEnum[T documented](f *pflag.FlagSet, target func() *T, name, usage string) {
	var none T
	f.Var(&setFlag{kind: "VALUE", set: func(s string) error {
		return (&enumValue[T]{target()}).Set(s)
	}}, name, usage+": "+valuesOf(none))
}

// made returns what p points to, which it makes if there is nothing.
func made[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// documentCommand is a command that turns one document into another.
type documentCommand struct {
	app   *app
	forms *formsFlags
	// options is a pointer to the options of the API, nil if it has none. optionNames are the flags bound to them.
	options     any
	optionNames []string
	// request returns the request for a document.
	request func(in *inputs, document forms.Part) (forms.Request, error)

	document, optionsFile, out string
}

// command completes cmd. bind binds flags to the options, other binds the flags that are no options.
func (d *documentCommand) command(cmd *cobra.Command, bind, other func(*pflag.FlagSet)) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return d.run(cmd) }
	f := cmd.Flags()
	f.StringVar(&d.document, "document", "", "the PDF, as `FILE_OR_PATH`")
	f.StringVarP(&d.out, "output", "o", "", "`FILE` for the result, - for standard output")
	if other != nil {
		other(f)
	}
	if d.options != nil {
		f.StringVar(&d.optionsFile, "options", "", "`FILE` with the options of the API as a JSON object; flags go before it")
		d.optionNames = addedBy(f, bind)
	}
	f.SortFlags = false
	return cmd
}

func (d *documentCommand) run(cmd *cobra.Command) error {
	to, err := d.app.outputFile(d.out)
	if err != nil {
		return err
	}
	in := d.app.inputs()
	defer in.Close()
	if d.options != nil {
		if err := readOptionsBelow(cmd, in, "--options", d.optionsFile, d.options, d.optionNames); err != nil {
			return err
		}
	}
	document, err := in.locate(cmd.Context(), "--document", d.document, false)
	if err != nil {
		return withPlaceHint(err)
	}
	req, err := d.request(in, document.part())
	if err != nil {
		return err
	}
	call, err := d.app.openAEM(cmd, d.forms.aem)
	if err != nil {
		return err
	}
	defer call.Close()
	return call.save(cmd.Context(), to, req)
}

// passwordUsage is what all flags for password files say.
func passwordUsage(whose, variable string) string {
	return fmt.Sprintf("`FILE` with %s, - for standard input (default $%s)", whose, variable)
}

// openPassword returns the password that opens a document.
func (in *inputs) openPassword(file string) (secret.Text, error) {
	return in.password("--open-password-file", file, in.app.getenv("IMSX_OPEN_PASSWORD"))
}

// permPassword returns the password that changes the permissions of a document.
func (in *inputs) permPassword(file string) (secret.Text, error) {
	return in.password("--perm-password-file", file, in.app.getenv("IMSX_PERM_PASSWORD"))
}
