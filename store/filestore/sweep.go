package filestore

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	entrySuffix = ".entry"
	lockSuffix  = ".lock"
	tempSuffix  = ".tmp"
	turnFile    = "turn"  // locked by who writes to the folder
	sweptFile   = "swept" // its time of modification is that of the last sweep, of a folder or of all of them

	sweepEvery    = time.Hour      // the folder that is written to
	sweepAllEvery = 24 * time.Hour // all others
	// sweepLimit bounds what one write does for the other folders. Later ones go on where it stopped.
	sweepLimit = 50 * time.Millisecond
	// tempAge is how old a temporary file is before it counts as left behind: no write takes so long.
	tempAge = time.Hour
)

// sweep removes what is over from a folder, if that was not done for a while. The caller holds the folder's turn. What
// cannot be removed stays.
func sweep(folder string, every time.Duration) {
	now := time.Now()
	if mark := filepath.Join(folder, sweptFile); due(mark, now, every) {
		removeOld(folder, now)
		touch(mark, now)
	}
}

// sweepAll removes what is over from all folders, at most once a day: entries of credentials that nobody uses any more
// are in folders that nobody writes to. A folder that somebody writes to is passed over.
func (s *Store) sweepAll(ctx context.Context) {
	start := time.Now()
	mark := filepath.Join(s.dir, sweptFile)
	if !due(mark, start, sweepAllEvery) {
		return
	}
	folders, err := s.folders()
	if err != nil {
		return
	}
	// Those that come last are the first ones another time, so that none is left out for ever.
	rand.Shuffle(len(folders), func(i, j int) { folders[i], folders[j] = folders[j], folders[i] })
	for _, folder := range folders {
		if ctx.Err() != nil || time.Since(start) > sweepLimit {
			return
		}
		if !due(filepath.Join(folder, sweptFile), start, sweepAllEvery) {
			continue
		}
		if turn, held, err := s.tryLock(filepath.Join(folder, turnFile)); held || noLocks(err) {
			sweep(folder, sweepAllEvery)
			_ = turn.Close()
		}
	}
	touch(mark, start)
}

// due reports whether the file at path is not there, or as old as that. A time in the future is that of a clock that was
// set back since.
func due(path string, now time.Time, age time.Duration) bool {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	since := now.Sub(info.ModTime())
	return since >= age || since < 0
}

// touch gives the file at path, which it makes if need be, a time of modification.
func touch(path string, now time.Time) {
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode); err == nil {
		_ = f.Close()
	}
	_ = os.Chtimes(path, now, now)
}

func removeOld(folder string, now time.Time) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	live := map[string]bool{}
	for _, f := range files {
		path := filepath.Join(folder, f.Name())
		if name, ok := nameOf(f.Name(), entrySuffix); ok {
			h, _, _, err := readStart(path, headerSize)
			if !errors.Is(err, errNoEntry) && (err != nil || now.Before(h.expiry)) {
				live[name] = true
				continue
			}
			_ = os.Remove(path)
		} else if isTemp(f.Name()) {
			if info, err := f.Info(); err == nil && now.Sub(info.ModTime()) > tempAge {
				_ = os.Remove(path)
			}
		}
	}
	for _, f := range files {
		if name, ok := nameOf(f.Name(), lockSuffix); ok && !live[name] {
			removeLock(f, filepath.Join(folder, f.Name()), now)
		}
	}
}

// nameOf returns the name of the entry that a file of this kind belongs to, and false if the file is none of ours.
func nameOf(file, suffix string) (string, bool) {
	name, ok := strings.CutSuffix(file, suffix)
	return name, ok && isName(name)
}

// isTemp reports whether a file is one that an entry is written to before it is renamed.
func isTemp(file string) bool {
	rest, hidden := strings.CutPrefix(file, ".")
	name, _, ours := strings.Cut(rest, entrySuffix+".")
	return hidden && ours && isName(name) && strings.HasSuffix(file, tempSuffix)
}

// removeLock removes a lock file that is old and that nobody holds. On Unix it holds the lock meanwhile, so that nobody
// gets it. Windows removes no file that is open; there it lets go first, and who comes in between keeps the file.
func removeLock(f fs.DirEntry, path string, now time.Time) {
	info, err := f.Info()
	if err != nil || now.Sub(info.ModTime()) < sweepEvery {
		return
	}
	l, held, err := tryLock(path)
	if err != nil || !held {
		return
	}
	if runtime.GOOS == "windows" {
		_ = l.Close()
	}
	_ = os.Remove(path)
	_ = l.Close()
}
