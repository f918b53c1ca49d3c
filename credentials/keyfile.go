package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The names under which the Adobe Developer Console delivered key pairs, in a zip file.
const (
	keyFileName         = "private.key"
	certificateFileName = "certificate_pub.crt"
)

// keyFile is a key as it was found: in the credentials (path is empty) or in a file.
type keyFile struct {
	text        []byte
	path, shown string // shown is what messages call it
	certificate []byte
	notes       []Finding
}

// keyBeside returns the key file that the console's zip put beside a file without key, nil if there is none. Which of
// several credentials it would belong to is not guessed.
func (r *reader) keyBeside() *keyFile {
	if r.shared || r.keyless() != 1 || r.opts.Dir == "" || r.opts.KeyFile != "" {
		return nil
	}
	k, err := readKeyFile(filepath.Join(r.opts.Dir, keyFileName), keyFileName)
	if err != nil {
		return nil
	}
	if cert, err := readKeyFile(filepath.Join(r.opts.Dir, certificateFileName), certificateFileName); err == nil {
		k.certificate = cert.text
	}
	return k
}

// keyless counts the credentials that need a key and hold none.
func (r *reader) keyless() (n int) {
	for i := range r.pending {
		for _, kind := range r.pending[i].kinds() {
			if _, key := r.pending[i].missing(kind); key {
				n++
			}
		}
	}
	return n
}

// findKey returns the key of v. A text counts as a path only if it is no key in any other way.
func (r *reader) findKey(v *values, beside *keyFile) (*keyFile, *Error) {
	path := v.keyFile
	if v.key != "" {
		if !looksLikePath(v.key) {
			return &keyFile{text: []byte(v.key)}, nil
		}
		path = strings.TrimSpace(v.key)
	}
	switch {
	case r.opts.KeyFile != "":
		return openKeyFile(r.opts.KeyFile)
	case path == "":
		return beside, nil
	case r.opts.Dir == "":
		return nil, newError(ReasonKeyFile, "the private key is in a file of its own, and key files are not read here",
			"give the credentials as a file, or name the key file yourself")
	}
	return r.namedKeyFile(path, v.keyName())
}

// looksLikePath reports whether s can be the path of a key file and cannot be a key.
func looksLikePath(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 1024 || strings.Contains(s, "-----") || strings.ContainsAny(s, "\r\n\x00") {
		return false
	}
	if s[0] == '[' || s[0] == '"' {
		return false
	}
	raw, ok := decodeBase64(s)
	return !ok || !looksLikeDER(raw) && len(s) < 256
}

// namedKeyFile reads a file that the credentials name, relative to their folder and then to the current one.
func (r *reader) namedKeyFile(path, field string) (*keyFile, *Error) {
	shown := "the key file that " + field + " names"
	switch strings.ToLower(filepath.Ext(path)) {
	case ".key", ".pem", ".der", ".p8", ".pk8":
		shown = fmt.Sprintf("key file %q", clip(path)) // surely a path, so it may be shown
	}
	tries := []string{path}
	if !filepath.IsAbs(path) {
		tries = []string{filepath.Join(r.opts.Dir, path), path}
	}
	var first error
	for _, p := range tries {
		k, err := readKeyFile(p, shown)
		if err == nil {
			return k, nil
		}
		if first == nil || errors.Is(first, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotExist) {
			first = err
		}
	}
	return nil, keyFileError(shown, first)
}

// openKeyFile reads the file that the caller named, which may be a pipe.
func openKeyFile(path string) (*keyFile, *Error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var k *keyFile
		if k, err = readOpenKeyFile(f, path, path); err == nil {
			return k, nil
		}
	}
	return nil, keyFileError(path, err)
}

var errNotRegular = errors.New("not a regular file")

// readKeyFile reads a regular file. Others are not opened: a pipe would block.
func readKeyFile(path, shown string) (*keyFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readOpenKeyFile(f, path, shown)
}

var errKeyTooLarge = fmt.Errorf("longer than %d bytes, too long for a key", maxKeyText)

func readOpenKeyFile(f *os.File, path, shown string) (*keyFile, error) {
	data, err := io.ReadAll(io.LimitReader(f, maxKeyText+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeyText {
		return nil, errKeyTooLarge
	}
	return &keyFile{text: data, path: path, shown: shown, notes: modeNotes(f, "key file")}, nil
}

// keyFileError keeps the path out of what it wraps: a file may name a path that is a secret in the wrong place.
func keyFileError(shown string, err error) *Error {
	cause := bareCause(err)
	e := newError(ReasonKeyFile, shown+": "+cause.Error(), "check the path of the private key and who may read it")
	e.cause = cause
	return e
}

// bareCause takes the path off an error of the file system.
func bareCause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
