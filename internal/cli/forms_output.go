package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/internal/term"
)

// target is where a result goes.
type target struct {
	path   string // "" for standard output
	folder bool   // path is a folder
	stream bool   // path is a pipe or a device, which takes what is written
}

// output reads -o. Results that are documents do not go to a terminal, nor where --json puts its object.
func (a *app) output(o string) (target, error) {
	switch {
	case o == "-" || o == "":
		if a.flags.json {
			return target{}, usagef("--json writes an object about the result to standard output").withHint("name a file for the result with -o FILE")
		}
		if term.IsTerminal(a.Stdout) {
			return target{}, usagef("standard output is a terminal, and the result is a document").withHint("name a file with -o FILE, or pipe the result on")
		}
		return target{}, nil
	case strings.HasSuffix(o, "/") || strings.HasSuffix(o, string(filepath.Separator)) || isFolder(o):
		return target{path: o, folder: true}, nil
	case isStream(o):
		return target{path: o, stream: true}, nil
	case !isFolder(filepath.Dir(o)):
		return target{}, usagef("-o %s: there is no such folder", o)
	}
	return target{path: o}, nil
}

// outputFile reads -o of a command with one result.
func (a *app) outputFile(o string) (target, error) {
	t, err := a.output(o)
	if err == nil && t.folder {
		return t, usagef("-o %s is a folder, and there is one result", o).withHint("name a file")
	}
	return t, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isStream reports whether path is there and can be written to, but not replaced: a pipe or a device.
func isStream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && !info.Mode().IsRegular()
}

// copyToStream writes what r gives to a pipe or a device.
func copyToStream(path string, r io.Reader) error {
	to, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, r)
	return errors.Join(err, to.Close())
}

// deliver calls save with the path of a file, and passes the file's content on to standard output or another stream if
// that is where the result belongs. So nothing is written there before the result is complete.
func (a *app) deliver(t target, save func(path string) error) error {
	if t.path != "" && !t.stream {
		return save(t.path)
	}
	dir, err := os.MkdirTemp("", "imsx-result-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "result")
	if err := save(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if !t.stream {
		_, err = io.Copy(a.Stdout, f)
		return err
	}
	return copyToStream(t.path, f)
}

// result is the JSON about a document.
type result struct {
	File        string    `json:"file"`
	Bytes       int64     `json:"bytes"`
	ContentType string    `json:"content_type"`
	Pages       int       `json:"pages,omitempty"`
	TookMS      int64     `json:"took_ms"`
	Attempts    int       `json:"attempts"`
	RequestID   string    `json:"request_id,omitempty"`
	Warnings    []finding `json:"warnings,omitempty"`
}
