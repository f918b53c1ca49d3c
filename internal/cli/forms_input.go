package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/internal/term"
	"github.com/imsx/imsx/secret"
)

// inputs finds what a command reads. Close removes what was kept of standard input.
type inputs struct {
	app     *app
	stdinBy string // the flag that takes standard input
	kept    []string
}

func (a *app) inputs() *inputs {
	in := &inputs{app: a}
	if a.flags.credentials == "-" {
		in.stdinBy = "-c"
	}
	return in
}

// Close removes the files that hold what came from standard input.
func (in *inputs) Close() {
	for _, path := range in.kept {
		_ = os.Remove(path)
	}
}

// claim takes standard input for a flag.
func (in *inputs) claim(flag string) error {
	switch {
	case in.stdinBy == flag:
		return usagef("%s - reads standard input twice", flag)
	case in.stdinBy != "":
		return usagef("%s - and %s - cannot both read standard input", in.stdinBy, flag).withHint("name a file for one of them")
	case term.IsTerminal(in.app.Stdin):
		return usagef("%s - reads standard input, which is a terminal", flag).withHint("pipe the input in, or name a FILE")
	}
	in.stdinBy = flag
	return nil
}

// keepStdin copies standard input to a temporary file, so that it can be sent again and need not fit into memory. It
// gives up when ctx ends; a read that nobody answers then ends with the process.
func (in *inputs) keepStdin(ctx context.Context, flag string) (path string, err error) {
	if err := in.claim(flag); err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "imsx-input-*")
	if err != nil {
		return "", err
	}
	in.kept = append(in.kept, f.Name())
	type copied struct {
		n   int64
		err error
	}
	done := make(chan copied, 1)
	go func() {
		n, err := io.Copy(f, in.app.Stdin)
		done <- copied{n, errors.Join(err, f.Close())}
	}()
	select {
	case c := <-done:
		if c.err == nil && c.n == 0 {
			c.err = errors.New("it is empty")
		}
		if c.err != nil {
			return "", &inputError{fmt.Errorf("reading standard input for %s: %w", flag, c.err)}
		}
		return f.Name(), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// place is where an input is: a file of this machine, or a path or address that AEM reads itself.
type place struct {
	file   string // "" if remote is set
	remote string
	name   string // for people, and as the name of the file
}

// locate finds FILE_OR_PATH. relative says whether AEM may know a path that does not begin at its root.
func (in *inputs) locate(ctx context.Context, flag, value string, relative bool) (place, error) {
	switch {
	case value == "":
		return place{}, usagef("%s is missing", flag)
	case value == "-":
		path, err := in.keepStdin(ctx, flag)
		return place{file: path, name: "stdin"}, err
	case strings.HasPrefix(value, "http://"), strings.HasPrefix(value, "https://"):
		return place{remote: value, name: value}, nil
	case strings.HasPrefix(value, "crx:"):
		if !strings.HasPrefix(value, "crx:///") {
			return place{}, usagef("%s: a path in the repository begins with crx:/// and three slashes", flag)
		}
		return place{remote: value, name: value}, nil
	case strings.Contains(value, "://"):
		return place{}, usagef("%s: %q is neither a file nor an address that AEM can read", flag, value).
			withHint("addresses begin with https://, http:// or crx:///")
	}
	info, err := os.Stat(value)
	switch {
	case err == nil && info.IsDir():
		return place{}, usagef("%s: %q is a folder", flag, value)
	case err == nil:
		return place{file: value, name: value}, nil
	case strings.HasPrefix(value, "/content/") || relative && errors.Is(err, os.ErrNotExist):
		return place{remote: value, name: value}, nil
	}
	return place{}, &inputError{fmt.Errorf("%s: %w", flag, err)}
}

// part returns the place as a part of a request. The zero place is an absent part.
func (p place) part() forms.Part {
	switch {
	case p.remote != "":
		return forms.FromPath(p.remote)
	case p.file != "":
		return forms.FromFile(p.file).WithFileName(filepath.Base(p.name))
	}
	return forms.Part{}
}

// optional finds FILE_OR_PATH that may be absent.
func (in *inputs) optional(ctx context.Context, flag, value string) (place, error) {
	if value == "" {
		return place{}, nil
	}
	return in.locate(ctx, flag, value, false)
}

// file finds an input that must be a file of this machine.
func (in *inputs) file(ctx context.Context, flag, value string) (string, error) {
	if value == "-" {
		return in.keepStdin(ctx, flag)
	}
	info, err := os.Stat(value)
	switch {
	case err != nil:
		return "", &inputError{fmt.Errorf("%s: %w", flag, err)}
	case info.IsDir():
		return "", usagef("%s: %q is a folder", flag, value)
	}
	return value, nil
}

// maxPassword bounds what is read as a password; PDF's own limit is 127 bytes.
const maxPassword = 1 << 10

// password returns the first line of a file, or else the value of a variable. It never comes from the command line.
func (in *inputs) password(flag, file, fromEnv string) (secret.Text, error) {
	if file == "" {
		return secret.New(fromEnv), nil
	}
	r := in.app.Stdin
	if file == "-" {
		if err := in.claim(flag); err != nil {
			return secret.Text{}, err
		}
	} else {
		f, err := os.Open(file)
		if err != nil {
			return secret.Text{}, &inputError{fmt.Errorf("%s: %w", flag, err)}
		}
		defer f.Close()
		r = f
	}
	line, err := bufio.NewReaderSize(io.LimitReader(r, maxPassword+1), maxPassword+1).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return secret.Text{}, &inputError{fmt.Errorf("%s: %w", flag, err)}
	case line == "":
		return secret.Text{}, usagef("%s: the password is empty", flag)
	case len(line) > maxPassword:
		return secret.Text{}, usagef("%s: the password is longer than %d bytes", flag, maxPassword)
	}
	return secret.New(line), nil
}
