package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Open reads the credentials in the file at path as [Parse] does, with [Options.Dir] set to its folder unless the
// caller set it. A private.key beside a file without private key is taken as its key. Loose permissions of the files
// become findings of [Credentials.Check].
//
// If path is a folder, every file in it that looks like credentials by its name (.json, .yaml, .yml, .env,
// .properties, .aio) is read, folders below it are not; files that are no credentials are passed over.
//
// A file that cannot be read gives an *[Error] that wraps the cause, so errors.Is(err, fs.ErrNotExist) works. A pipe
// may be given too; Open then blocks until it ends or 1 MiB has been read.
func Open(path string, opts Options) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info.IsDir() {
		return openDir(path, opts)
	}
	r := newReader(opts, path)
	return r.run(func() *Error { return r.file(path) })
}

// file reads the file at path into r.
func (r *reader) file(path string) *Error {
	if r.opts.Dir == "" {
		r.opts.Dir = filepath.Dir(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	defer f.Close()
	r.notes = modeNotes(f, "credential file")
	data, rerr := readAll(f)
	if rerr != nil {
		return rerr
	}
	return r.bytes(data)
}

func unreadable(path string, err error) *Error {
	cause := bareCause(err)
	e := newError(ReasonUnreadable, cause.Error(), "check the path and who may read the file")
	if errors.Is(err, fs.ErrNotExist) {
		e.what = "no such file"
	}
	e.Source, e.cause = path, cause
	return e
}

// maxFiles bounds how many files of a folder are read.
const maxFiles = 200

func openDir(dir string, opts Options) (*Set, error) {
	paths, err := credentialFiles(dir)
	if err != nil {
		return nil, err
	}
	// A private.key belongs to somebody only if no more than one credential in the folder lacks a key.
	keyless := 0
	for _, path := range paths {
		r := newReader(opts, path)
		if r.file(path) == nil {
			keyless += r.keyless()
		}
	}
	set := &Set{Source: dir}
	for _, path := range paths {
		r := newReader(opts, path)
		r.shared = keyless > 1
		set.addFile(r)
	}
	if len(set.all) > 0 {
		return set, nil
	}
	if len(set.refused) > 0 {
		return nil, set.refused[0].err
	}
	return nil, newError(ReasonNoMatch, "the folder holds no file with credentials", "name the credential file itself").at("", dir)
}

// credentialFiles lists the files in dir that may be credentials by their name. Links are followed: mounted secrets
// are links.
func credentialFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	var paths []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); !credentialName(e.Name()) || err != nil || !info.Mode().IsRegular() {
			continue
		}
		paths = append(paths, path)
	}
	if len(paths) > maxFiles {
		return nil, newError(ReasonTooLarge, fmt.Sprintf("there are more than %d files", maxFiles), "name the file").at("", dir)
	}
	return paths, nil
}

// addFile adds what r's file holds. Files that are something else altogether are none of the set's business.
func (s *Set) addFile(r *reader) {
	one, err := r.run(func() *Error { return r.file(r.source) })
	var e *Error
	if errors.As(err, &e) {
		if len(r.refused) > 0 {
			s.refused = append(s.refused, r.refused...)
		} else if recognised(e) {
			s.refused = append(s.refused, refusal{err: e})
		}
		return
	}
	if s.Format == "" {
		s.Format, s.current = one.Format, one.current
	}
	for _, c := range one.all {
		s.add(c)
	}
	s.refused = append(s.refused, one.refused...)
}

// recognised reports whether e is about credentials, so that it should not be passed over in silence.
func recognised(e *Error) bool {
	switch e.Reason {
	case ReasonUnknownFormat, ReasonCertificateOnly, ReasonKeyOnly, ReasonEmpty, ReasonHTML, ReasonNoMatch, ReasonTooLarge,
		ReasonNotUTF8, ReasonSavedTokenAnswer, ReasonSavedError, ReasonMalformed, ReasonTruncated, ReasonBareToken:
		return false
	}
	return true
}

func credentialName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".yaml", ".yml", ".env", ".properties", ".aio":
		return true
	}
	return false
}

// modeNotes tells when others may read f. Windows keeps permissions elsewhere than in mode bits.
func modeNotes(f *os.File, what string) []Finding {
	info, err := f.Stat()
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() {
		return nil
	}
	command := "chmod 600 " + shellWord(f.Name())
	switch mode := info.Mode().Perm(); {
	case mode&0o004 != 0:
		return []Finding{{SeverityWarning, CodeFileReadable,
			fmt.Sprintf("Every user of this machine can read the %s (mode %04o).", what, mode),
			"Run: " + command}}
	case mode&0o040 != 0:
		return []Finding{{SeverityInfo, CodeFileReadable,
			fmt.Sprintf("The group of the %s can read it (mode %04o).", what, mode),
			"If the group is not meant to, run: " + command}}
	}
	return nil
}

// shellWord quotes a path where a shell would take it apart.
func shellWord(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@%:,=", r)
	}
	if strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
