package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// formsAssembleCommand is ddx/invoke.
func (a *app) formsAssembleCommand(fl *formsFlags) *cobra.Command {
	var (
		ddx, optionsFile, out string
		sources               []string
	)
	o := &forms.DDXOptions{}
	cmd := &cobra.Command{
		Use:   "assemble --ddx FILE --source [NAME=]FILE ... [-o FILE_OR_DIR] [flags]",
		Short: "Assemble documents as a DDX says",
		Long: `Runs a DDX document, which says how PDF documents are put together and taken apart. --source gives each document that
the DDX names; without NAME= it has the name of its file.

-o FILE is for a DDX with one result. With a folder, each result becomes a file in it, under the name that the DDX gives
it, and so does the log of the job if AEM sends one. With --validate-only that log is the result. With --json: the member
results, a list of objects as for other results, with name.`,
		Example: `  imsx forms assemble --ddx merge.ddx --source first.pdf --source second=other.pdf -o merged.pdf
  imsx forms assemble --ddx split.ddx --source book.pdf -o chapters/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := a.assembleTarget(out, o)
			if err != nil {
				return err
			}
			in := a.inputs()
			defer in.Close()
			if err := readOptionsBelow(cmd, in, "--options", optionsFile, o, ddxOptionNames); err != nil {
				return err
			}
			req, err := in.ddxRequest(cmd.Context(), ddx, sources)
			if err != nil {
				return err
			}
			req.Options = *o
			return a.callAEM(cmd, fl, func(ctx context.Context, call *aemCall) error { return call.assemble(ctx, to, req) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&ddx, "ddx", "", "`FILE` with the DDX document (XML), - for standard input")
	f.StringArrayVar(&sources, "source", nil, "a document that the DDX names, as `[NAME=]FILE` (repeatable)")
	f.StringVarP(&out, "output", "o", "", "`FILE` for the only result, - for standard output, or a folder for several")
	f.StringVar(&optionsFile, "options", "", "`FILE` with the options of the API as a JSON object; flags go before it")
	bindDDX(f, o)
	f.SortFlags = false
	return cmd
}

// assembleTarget reads -o. What --validate-only gives is a text, which may go to a terminal.
func (a *app) assembleTarget(out string, o *forms.DDXOptions) (target, error) {
	if out == "" && o.ValidateOnly && !a.flags.json {
		return target{}, nil
	}
	return a.output(out)
}

// jobLog is the name of the part with the log of a job.
const jobLog = "jobLog"

var ddxOptionNames = []string{"default-style", "validate-only", "fail-on-error", "first-bates-number"}

func bindDDX(f *pflag.FlagSet, o *forms.DDXOptions) {
	f.StringVar(&o.DefaultStyle, "default-style", "", "style of text that the DDX gives none, as `CSS`")
	f.BoolVar(&o.ValidateOnly, "validate-only", false, "check the DDX and make no document")
	optionalBool(f, func() **bool { return &o.FailOnError }, "fail-on-error", "end with the first error")
	optionalNumber(f, func() **int { return &o.FirstBatesNumber }, "first-bates-number", "first `NUMBER` of the first Bates pattern (default: as the DDX says)")
}

func (in *inputs) ddxRequest(ctx context.Context, ddx string, sources []string) (forms.DDXRequest, error) {
	var req forms.DDXRequest
	if ddx == "" {
		return req, usagef("--ddx is missing")
	}
	path, err := in.file(ctx, "--ddx", ddx)
	if err != nil {
		return req, err
	}
	req.DDX = forms.FromFile(path)
	if len(sources) == 0 {
		return req, usagef("--source is missing").withHint("give each document that the DDX names, as --source NAME=FILE")
	}
	seen := map[string]bool{}
	for _, s := range sources {
		name, file, err := splitSource(s)
		if err != nil {
			return req, err
		}
		if seen[name] {
			return req, usagef("--source: %q is there twice", name).withHint("give them names: --source NAME=FILE")
		}
		seen[name] = true
		if file, err = in.file(ctx, "--source", file); err != nil {
			return req, err
		}
		req.Sources = append(req.Sources, forms.Source{Name: name, Content: forms.FromFile(file)})
	}
	return req, nil
}

// splitSource reads [NAME=]FILE. A file whose name has an equals sign goes before a name.
func splitSource(s string) (name, file string, err error) {
	if _, statErr := os.Stat(s); statErr == nil {
		return filepath.Base(s), s, nil
	}
	name, file, named := strings.Cut(s, "=")
	switch {
	case !named && s == "-":
		return "", "", usagef("--source - needs a name").withHint("as in --source NAME=-")
	case !named:
		return filepath.Base(s), s, nil
	case name == "" || file == "":
		return "", "", usagef("--source %q is not NAME=FILE", s)
	}
	return name, file, nil
}

// assembled is the JSON of a result of a DDX.
type assembled struct {
	Name string `json:"name"`
	result
}

// assemble runs a DDX and puts its results where they belong.
func (c *aemCall) assemble(ctx context.Context, to target, req forms.DDXRequest) error {
	begun := time.Now()
	var all []forms.Saved
	var err error
	if to.folder {
		if err = os.MkdirAll(to.path, 0o755); err == nil {
			all, err = c.forms.SaveResults(ctx, req, to.path)
		}
	} else {
		err = c.app.deliver(to, func(path string) error {
			all, err = c.saveOnly(ctx, req, path)
			return err
		})
	}
	if err != nil {
		return savingError(err)
	}
	if to.stream {
		all[0].Path = to.path
	}
	if !c.app.flags.json {
		return nil
	}
	results := make([]assembled, len(all))
	for i, s := range all {
		results[i] = assembled{s.Name, resultOf(s, begun)}
	}
	return c.app.printJSON(map[string]any{"results": results})
}

// saveOnly saves the only result of a DDX to a file. The results go to a folder beside it first, because how many they
// are shows at the end.
func (c *aemCall) saveOnly(ctx context.Context, req forms.DDXRequest, path string) ([]forms.Saved, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".imsx-results-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	all, err := c.forms.SaveResults(ctx, req, dir)
	if err != nil {
		return nil, err
	}
	if !req.Options.ValidateOnly {
		all = slices.DeleteFunc(all, func(s forms.Saved) bool { return s.Name == jobLog })
	}
	if len(all) != 1 {
		var names []string
		for _, s := range all {
			names = append(names, filepath.Base(s.Path))
		}
		return nil, (&problem{exit: exitUsage, Code: "results", Message: fmt.Sprintf("the DDX gave %s: %s",
			plural(len(all), "result"), listOrNone(names))}).withHint("name a folder for several results, with a slash at its end: -o DIR/")
	}
	if err := os.Rename(all[0].Path, path); err != nil {
		return nil, err
	}
	all[0].Path = path
	return all, nil
}
