package filestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	entrySuffix = ".entry"
	lockSuffix  = ".lock"
	tempSuffix  = ".tmp"
	turnFile    = "turn" // locked by who writes to the folder; its time of modification is that of the last sweep

	sweepEvery = time.Hour
	// tempAge is how old a temporary file is before it counts as left behind: no write takes so long.
	tempAge = time.Hour
)

// sweep removes what is over from a folder, if that was not done for a while. The caller holds the folder's turn. What
// cannot be removed stays.
func (s *Store) sweep(folder string) {
	turn := filepath.Join(folder, turnFile)
	info, err := os.Stat(turn)
	now := time.Now()
	if err != nil {
		return
	}
	// A time in the future is that of a clock that was set back since.
	if since := now.Sub(info.ModTime()); since < sweepEvery && since >= 0 {
		return
	}
	removeOld(folder, now)
	_ = os.Chtimes(turn, now, now)
}

func removeOld(folder string, now time.Time) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	live := map[string]bool{}
	for _, f := range files {
		path := filepath.Join(folder, f.Name())
		switch filepath.Ext(f.Name()) {
		case entrySuffix:
			h, _, err := readEntry(path)
			if !errors.Is(err, errNoEntry) && (err != nil || now.Before(h.expiry)) {
				live[strings.TrimSuffix(f.Name(), entrySuffix)] = true
				continue
			}
			_ = os.Remove(path)
		case tempSuffix:
			if info, err := f.Info(); err == nil && now.Sub(info.ModTime()) > tempAge {
				_ = os.Remove(path)
			}
		}
	}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), lockSuffix); ok && !live[name] {
			removeLock(f, filepath.Join(folder, f.Name()), now)
		}
	}
}

// removeLock removes a lock file that nobody has used for a while. It holds the lock meanwhile, so that nobody gets it.
func removeLock(f fs.DirEntry, path string, now time.Time) {
	info, err := f.Info()
	if err != nil || now.Sub(info.ModTime()) < sweepEvery {
		return
	}
	l, held, err := tryLock(path)
	if err != nil || !held {
		return
	}
	_ = os.Remove(path)
	_ = l.Close()
}
