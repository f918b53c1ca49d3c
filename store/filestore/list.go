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
	return s.each(func(path string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, ok := strings.CutSuffix(filepath.Base(path), entrySuffix)
		if !ok {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil {
			return ignoreMissing(err)
		}
		h, entry, err := readEntry(path)
		if err != nil {
			return ignoreMissing(err)
		}
		return visit(Info{Name: name, Size: int64(len(entry)), Issued: h.issued, Expiry: h.expiry, Saved: info.ModTime()})
	})
}

// Clear removes all entries and returns how many there were. Locks stay, so that nobody who holds or awaits one is
// disturbed. It ends with the first failure, or when ctx ends.
func (s *Store) Clear(ctx context.Context) (int, error) {
	n := 0
	err := s.each(func(path string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if filepath.Ext(path) != entrySuffix {
			return nil
		}
		err := os.Remove(path)
		if err == nil {
			n++
		}
		return ignoreMissing(err)
	})
	return n, err
}

// each calls visit for each file of the store's folders.
func (s *Store) each(visit func(path string) error) error {
	if err := checkFolder(s.dir); err != nil {
		return ignoreMissing(err)
	}
	folders, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !folder.IsDir() || len(folder.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(s.dir, folder.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, f := range files {
			if err := visit(filepath.Join(s.dir, folder.Name(), f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
