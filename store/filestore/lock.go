package filestore

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// The pauses between attempts to get a lock that somebody holds: short at first, because most holders are quick.
const (
	firstPause = time.Millisecond
	maxPause   = 25 * time.Millisecond
)

// acquire waits for the lock of the file at path, which it makes if need be, or until ctx ends.
func (s *Store) acquire(ctx context.Context, path string) (release func(), err error) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l, held, err := s.tryLock(path)
		if err != nil {
			return nil, err
		}
		if held {
			return sync.OnceFunc(func() { _ = l.Close() }), nil
		}
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
}

// tryLock takes the lock if it is free. A lock of a file that was removed meanwhile is none, because the next caller locks
// another file.
func tryLock(path string) (l *flock.Flock, held bool, err error) {
	// NFS gives an exclusive lock only to who may write to the file.
	l = flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|openFlag), flock.SetPermissions(fileMode))
	held, err = l.TryLock()
	if err == nil && held && replaced(l, path) {
		held = false
	}
	if err != nil || !held {
		_ = l.Close()
	}
	return l, held, err
}

// takeTurn waits for one's turn to change a folder. Where there are no locks it is everybody's: the worst that comes of it
// is a token that is asked for again.
func (s *Store) takeTurn(ctx context.Context, path string) (done func(), err error) {
	done, err = s.acquire(ctx, path)
	if noLocks(err) {
		return func() {}, nil
	}
	return done, err
}

// noLocks reports whether err is that of a file system without locks.
func noLocks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}

// replaced reports whether the file at path is not the one that l holds open.
func replaced(l *flock.Flock, path string) bool {
	opened, err := l.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(path)
	return err != nil || !os.SameFile(opened, there)
}
