package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/bulk"
	"github.com/imsx/imsx/tokencache"
)

const manyHelp = `Where --data is a folder, or --data-list names a list of files, one document is made of each and put into the folder of
-o. A run that was interrupted goes on where it stopped when the same command is given again; an input, a template or
options that changed are done again. A document that fails does not stop the others; the exit code is then 1.`

// manyFlags are the flags for many documents.
type manyFlags struct {
	list, match, name, report string
	parallel                  int
	redo                      bool
}

// manyOnly are the flags that mean something for many documents only.
var manyOnly = [...]string{"match", "name", "parallel", "report", "redo"}

func (m *manyFlags) bind(f *pflag.FlagSet) {
	f.StringVar(&m.list, "data-list", "", "make a document of each file that is listed in `FILE`, one path per line; - for standard input")
	f.StringVar(&m.match, "match", "*.xml", "which files of a --data folder, as a `PATTERN`")
	f.StringVar(&m.name, "name", "", "names of the results, as a `PATTERN`: %n is the input's name without extension, %f with it, %p its path (default %n and an extension)")
	f.IntVar(&m.parallel, "parallel", 4, "how many documents are made at once, as a `NUMBER`")
	f.StringVar(&m.report, "report", "", "also write the report as JSON to `FILE`")
	f.BoolVar(&m.redo, "redo", false, "make documents again that are there already")
}

// refuse refuses flags that mean nothing for one document.
func (m *manyFlags) refuse(cmd *cobra.Command) error {
	for _, name := range manyOnly {
		if cmd.Flags().Lookup(name).Changed {
			return usagef("--%s is for many documents", name).withHint("--data DIR or --data-list FILE make many")
		}
	}
	return nil
}

func (m *manyFlags) check(data, out string) error {
	switch {
	case m.list != "" && data != "":
		return usagef("--data and --data-list exclude each other")
	case out == "" || out == "-":
		return usagef("many documents need a folder").withHint("name it with -o DIR")
	case m.parallel < 1 || m.parallel > bulk.MaxParallel:
		return usagef("--parallel must be from 1 to %d", bulk.MaxParallel)
	}
	if m.report != "" && (isFolder(m.report) || !isFolder(filepath.Dir(m.report))) {
		return usagef("--report %s: no file can be written there", m.report).withHint("name a file in a folder that exists")
	}
	if err := checkNamePattern(m.name); err != nil {
		return err
	}
	if _, err := filepath.Match(m.match, "x"); err != nil {
		return usagef("--match: %v", err)
	}
	if info, err := os.Stat(out); err == nil && !info.IsDir() {
		return usagef("-o %s is a file, and there are many documents", out).withHint("name a folder")
	}
	return nil
}

// matches reports whether a name in the folder is one of those that are meant.
func (m *manyFlags) matches(name string) bool {
	ok, _ := filepath.Match(m.match, name) // the pattern was checked
	return ok
}

// inputs returns the files, and how many they are.
func (m *manyFlags) inputs(ctx context.Context, in *inputs, data string) (iter.Seq2[string, error], int, error) {
	if m.list == "" {
		n, err := bulk.CountDir(data, m.matches)
		if err != nil {
			return nil, 0, &inputError{fmt.Errorf("--data: %w", err)}
		}
		if n == 0 {
			return nil, 0, usagef("--data: no file in %s is like %s", data, m.match).withHint("other files are chosen with --match")
		}
		return bulk.Dir(data, m.matches), n, nil
	}
	path, err := in.file(ctx, "--data-list", m.list)
	if err != nil {
		return nil, 0, err
	}
	n := 0
	for _, err := range listed(path) {
		if err != nil {
			return nil, 0, &inputError{fmt.Errorf("--data-list: %w", err)}
		}
		n++
	}
	if n == 0 {
		return nil, 0, usagef("--data-list: the list is empty")
	}
	return listed(path), n, nil
}

// listed gives the lines of a file.
func listed(path string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close()
		bulk.List(f)(yield)
	}
}

// runMany makes many documents.
func (g *generator) runMany(cmd *cobra.Command, in *inputs) error {
	if err := g.many.check(g.data, g.out); err != nil {
		return err
	}
	files, total, err := g.many.inputs(cmd.Context(), in, g.data)
	if err != nil {
		return err
	}
	template, xci, err := g.sources(cmd, in)
	if err != nil {
		return err
	}
	return g.app.callAEM(cmd, g.forms, func(ctx context.Context, call *aemCall) error {
		all, base, err := g.shared(call.client.BaseURL(), template, xci)
		if err != nil {
			return err
		}
		cfg := bulk.Config{
			Dir: g.out, Inputs: files, Total: total, Parallel: g.many.parallel, Redo: g.many.redo,
			Name:   func(input string) (string, error) { return outputName(g.many.name, input, g.extension()) },
			Digest: func(_ context.Context, it bulk.Item) (string, error) { return documentDigest(base, it.Input) },
			Work: func(ctx context.Context, it bulk.Item) (size int64, err error) {
				d := all
				d.data = forms.FromFile(it.Input)
				err = call.forms.Fetch(ctx, g.request(d), func(doc *forms.Document) error {
					size, err = writeDraft(it.Draft, doc)
					return err
				})
				return size, err
			},
			Common: commonKind, Describe: g.app.causeOf,
		}
		return g.app.runBulk(ctx, cfg, g.many.report)
	})
}

// writeDraft writes a document to a file that nobody takes for complete.
func writeDraft(path string, doc io.Reader) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, doc)
	return n, errors.Join(err, f.Close())
}

// savingError tells a failure to write a result from one to get it.
func savingError(err error) error {
	var call *aem.Error
	var input *inputError
	var path *os.PathError
	var link *os.LinkError
	if !errors.As(err, &call) && !errors.As(err, &input) && (errors.As(err, &path) || errors.As(err, &link)) {
		return &inputError{fmt.Errorf("writing the result: %w", err)}
	}
	return err
}

// commonKind names errors that would befall every other document, too.
func commonKind(err error) string {
	var call *aem.Error
	var refused *ims.Error
	switch {
	case errors.As(err, &call):
		return commonCause(call)
	case errors.As(err, &refused), errors.Is(err, imsx.ErrTokenExpired), errors.Is(err, tokencache.ErrTooShort):
		return "credentials"
	case errors.Is(err, syscall.ENOSPC):
		return "disk"
	}
	return ""
}

// commonCause sorts out what one document alone can cause: its data, its size, and with 500 the template's effect on it.
func commonCause(e *aem.Error) string {
	switch e.Cause {
	case aem.CauseInvalidRequest, aem.CauseConflict, aem.CauseTimedOut, aem.CauseTimeout, aem.CauseMalformedAnswer, aem.CauseCanceled, aem.CauseUnknown:
		return ""
	case aem.CauseServerFault:
		if e.Status == 500 {
			return ""
		}
	}
	return string(e.Cause)
}

// causeOf describes a failure for the report.
func (a *app) causeOf(err error) bulk.Cause {
	if name, ok := errors.AsType[*bulk.NameError](err); ok {
		return bulk.Cause{Code: "name", Message: name.What, Hint: "choose the names of the results with --name, or other folders with -o"}
	}
	p := a.explain(savingError(err))
	return bulk.Cause{
		Code: p.Code, Message: p.Message, Meaning: p.Cause, Hint: p.Hint, Retryable: p.Retryable, RequestID: p.DebugID,
	}
}
