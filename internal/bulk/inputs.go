package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// DirWindow is how many names [Dir] keeps at once.
const DirWindow = 16384

// Dir gives the paths of the files in a folder, not of those below its folders, for which match returns true, in the
// order of their names. Names that begin with a dot are left out. What is no regular file, also behind a symbolic link,
// is too.
//
// It keeps at most twice [DirWindow] names: it reads the folder to its end for the first DirWindow names, again for the
// following ones, and so on. A file that comes into the folder meanwhile is given or not.
func Dir(path string, match func(name string) bool) iter.Seq2[string, error] {
	return dir(path, match, DirWindow)
}

func dir(path string, match func(name string) bool, window int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for after := ""; ; {
			names, err := namesAfter(path, match, after, window)
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range names {
				if !yield(filepath.Join(path, name), nil) {
					return
				}
			}
			if len(names) < window {
				return
			}
			after = names[len(names)-1]
		}
	}
}

// CountDir returns how many paths [Dir] would give now.
func CountDir(path string, match func(name string) bool) (int, error) {
	n := 0
	err := eachName(path, match, func(string) { n++ })
	return n, err
}

// namesAfter returns, sorted, the first names of a folder that come after one.
func namesAfter(path string, match func(string) bool, after string, window int) ([]string, error) {
	var names []string
	err := eachName(path, match, func(name string) {
		if name <= after {
			return
		}
		if names = append(names, name); len(names) == 2*window {
			slices.Sort(names)
			clear(names[window:])
			names = names[:window]
		}
	})
	slices.Sort(names)
	return names[:min(len(names), window)], err
}

// eachName reads a folder piece by piece.
func eachName(path string, match func(string) bool, each func(string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const piece = 1024
	for {
		entries, err := f.ReadDir(piece)
		for _, e := range entries {
			if name := e.Name(); !strings.HasPrefix(name, ".") && match(name) && isRegular(path, e) {
				each(name)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func isRegular(dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.Mode().IsRegular()
}

// List gives the lines of r, which are paths, without empty ones. A line that is longer than [MaxName], or has a NUL, is
// an error with its number.
func List(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		in := bufio.NewScanner(r)
		in.Buffer(make([]byte, 0, 4096), MaxName+2)
		n := 0
		for in.Scan() {
			n++
			line := bytes.TrimSuffix(in.Bytes(), []byte("\r"))
			if bytes.IndexByte(line, 0) >= 0 {
				yield("", fmt.Errorf("line %d has a NUL; paths are separated by line ends", n))
				return
			}
			if len(line) > 0 && !yield(string(line), nil) {
				return
			}
		}
		if err := in.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("line %d is longer than %d bytes", n+1, MaxName)
			}
			yield("", err)
		}
	}
}
