// Package filestore keeps entries in files that the processes of one machine share. It deals in opaque bytes, and makes a
// [github.com/imsx/imsx/tokencache.Store] without importing it.
//
//	store, err := filestore.New(filestore.Config{Dir: dir})
//	if err != nil {
//		return err
//	}
//	src, err := imsx.New(imsx.Config{Credentials: c, Store: store})
//
// # The folder
//
// An entry is a file of its own, in one of 256 folders by the first two characters of its name, so that no folder grows
// large. It is written to a temporary file, synced, and renamed: a reader sees the old entry or the new one, and a writer
// that is killed leaves neither a part nor a lock. The mode is 0600, that of folders 0700. The first write makes them.
//
// Old entries, and what a killed writer left behind, are removed when something is written: beside it at most once an hour,
// in all folders at most once a day. So there are never many more entries than live ones.
//
// # Locks
//
// The lock of an entry is a lock of the operating system on a file of its own beside it, which ends with the process that
// holds it. On network file systems such locks may be slow or not there at all; Lock then fails, and callers go on
// without it. What they save is kept all the same.
//
// # Safety
//
// A folder that others can write to, that belongs to somebody else, or that is reached by somebody else's symbolic link is
// not used: see [UnsafeError]. Whoever can read the folder sees names, sizes and times of entries; what stands in them is
// for their writers to protect.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/imsx/imsx/internal/atomicfile"
)

// Config says where a [Store] keeps its entries. Dir is required.
type Config struct {
	// Dir is the folder. It and those above it are made, with mode 0700, when the first entry is saved or locked.
	Dir string
}

// Store keeps entries in files. Its methods are safe for concurrent use, also by several processes. It holds nothing open
// between calls and needs no closing.
type Store struct {
	dir     string
	tryLock func(path string) (l *flock.Flock, held bool, err error)
}

// New returns a store. It touches no file. It fails if cfg.Dir is empty or cannot be made absolute.
func New(cfg Config) (*Store, error) {
	if cfg.Dir == "" {
		return nil, errors.New("filestore: Config.Dir is empty")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	return &Store{dir: dir, tryLock: tryLock}, nil
}

// Dir returns the folder, as an absolute path.
func (s *Store) Dir() string { return s.dir }

// Check reports whether the folder can be trusted: nil if it can or is not there yet, an error that wraps an
// [*UnsafeError] if not, and that of the file system otherwise.
func (s *Store) Check() error {
	err := checkFolder(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

const (
	folderMode = 0o700
	fileMode   = 0o600
	// MaxEntry is the greatest size of an entry in bytes.
	MaxEntry = 1 << 20
)

const (
	minName = 3
	maxName = 128
)

// isName reports whether a name can be one of a file on every system.
func isName(name string) bool {
	return len(name) >= minName && len(name) <= maxName && !strings.ContainsFunc(name, isOdd)
}

func isOdd(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-'
}

// place is where an entry and what belongs to it are.
type place struct{ folder, entry, lock, turn string }

func (s *Store) place(name string) (place, error) {
	if !isName(name) {
		return place{}, fmt.Errorf("%q is no name for an entry", shorten(name))
	}
	folder := filepath.Join(s.dir, name[:2])
	path := filepath.Join(folder, name)
	return place{folder: folder, entry: path + entrySuffix, lock: path + lockSuffix, turn: filepath.Join(folder, turnFile)}, nil
}

func shorten(s string) string {
	const limit = 40
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// Load returns the entry saved last under name. A miss, which an entry past its expiry is too, wraps [fs.ErrNotExist];
// errors of the file system are wrapped. The caller owns the slice.
func (s *Store) Load(ctx context.Context, name string) ([]byte, error) {
	p, err := s.place(name)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkFolder(s.dir); err != nil {
		return nil, err
	}
	h, entry, err := readEntry(p.entry)
	if err != nil {
		return nil, err
	}
	if !time.Now().Before(h.expiry) {
		return nil, fmt.Errorf("the entry ended at %s: %w", h.expiry.UTC().Format(time.RFC3339), fs.ErrNotExist)
	}
	return entry, nil
}

// Save replaces the entry under name, whole or not at all. It does not look at what is there: see [Store.SaveNewer].
func (s *Store) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	return s.write(ctx, name, entry, header{expiry: expiry})
}

// SaveNewer replaces the entry under name, unless the one that is there was issued later than issued. Then it does
// nothing and returns nil. An entry without a time of issue, which a zero issued is, counts as the oldest.
func (s *Store) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	return s.write(ctx, name, entry, header{issued: issued, expiry: expiry, ordered: true})
}

func (s *Store) write(ctx context.Context, name string, entry []byte, h header) error {
	p, err := s.place(name)
	if err != nil {
		return err
	}
	if len(entry) > MaxEntry {
		return fmt.Errorf("an entry of %d bytes is larger than %d", len(entry), MaxEntry)
	}
	if err := s.prepare(ctx, p); err != nil {
		return err
	}
	// Reading and replacing is one turn, which writers of one folder take one after the other.
	done, err := s.takeTurn(ctx, p.turn)
	if err != nil {
		return err
	}
	defer s.sweepAll(ctx) // when the turn is over
	defer done()
	sweep(p.folder, sweepEvery)
	if h.ordered && h.olderThan(p.entry) {
		return nil
	}
	return atomicfile.WriteFile(p.entry, append(h.bytes(), entry...), fileMode)
}

// olderThan reports whether the file at path holds a live entry that was issued later.
func (h header) olderThan(path string) bool {
	held, _, err := readEntry(path)
	return err == nil && held.issued.After(h.issued) && time.Now().Before(held.expiry)
}

// Delete removes the entry under name. Deleting what is not there is no error.
func (s *Store) Delete(ctx context.Context, name string) error {
	p, err := s.place(name)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkFolder(s.dir); err != nil {
		return ignoreMissing(err)
	}
	return removeFile(p.entry)
}

func removeFile(path string) error {
	return ignoreMissing(patiently(func() error { return os.Remove(path) }))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Lock waits until the caller alone holds name among all processes of the machine, or ctx ends. The lock ends with unlock
// or with the process. unlock may be called more than once, from any goroutine.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	p, err := s.place(name)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, p); err != nil {
		return nil, err
	}
	return s.acquire(ctx, p.lock)
}

// prepare makes the folders if they are not there, and looks at who can write to them first.
func (s *Store) prepare(ctx context.Context, p place) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, dir := range []string{s.dir, p.folder} {
		if err := os.MkdirAll(dir, folderMode); err != nil {
			return err
		}
		if err := checkFolder(dir); err != nil {
			return err
		}
	}
	return nil
}
