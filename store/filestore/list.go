package filestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Info describes an entry.
type Info struct {
	Name   string
	Size   int64     // of the entry, in bytes
	Issued time.Time // zero if its writer did not say
	Expiry time.Time
	Saved  time.Time
}

// List calls visit for each entry, in the order of their names, those past their expiry too. It ends with the first error
// of visit, or when ctx ends. A folder that is not there has no entries. What vanishes meanwhile is passed over.
func (s *Store) List(ctx context.Context, visit func(Info) error) error {
	return s.each(func(name, path string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, _, info, err := readStart(path, headerSize)
		if err != nil {
			return ignoreMissing(err)
		}
		return visit(Info{Name: name, Size: info.Size() - headerSize, Issued: h.issued, Expiry: h.expiry, Saved: info.ModTime()})
	})
}

// Clear removes all entries and returns how many there were. Locks stay, so that nobody who holds or awaits one is
// disturbed. It ends with the first failure, or when ctx ends.
func (s *Store) Clear(ctx context.Context) (int, error) {
	n := 0
	err := s.each(func(_, path string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := patiently(func() error { return os.Remove(path) })
		if err == nil {
			n++
		}
		return ignoreMissing(err)
	})
	return n, err
}

// each calls visit for each entry.
func (s *Store) each(visit func(name, path string) error) error {
	if err := checkFolder(s.dir); err != nil {
		return ignoreMissing(err)
	}
	folders, err := s.folders()
	if err != nil {
		return err
	}
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, f := range files {
			if name, ok := nameOf(f.Name(), entrySuffix); ok {
				if err := visit(name, filepath.Join(folder, f.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// folders returns the paths of those that entries are in.
func (s *Store) folders() ([]string, error) {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, f := range files {
		if f.IsDir() && len(f.Name()) == 2 && !strings.ContainsFunc(f.Name(), isOdd) {
			folders = append(folders, filepath.Join(s.dir, f.Name()))
		}
	}
	return folders, nil
}
