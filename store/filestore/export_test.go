package filestore

import (
	"context"
	"syscall"

	"github.com/gofrs/flock"
)

// WithoutLocks has s find no locks, as on a file system that has none.
func (s *Store) WithoutLocks() {
	s.tryLock = func(path string) (*flock.Flock, bool, error) { return flock.New(path), false, syscall.ENOLCK }
}

// Turn takes the turn to write beside the entry.
func (s *Store) Turn(ctx context.Context, name string) (release func(), err error) {
	p, err := s.place(name)
	if err != nil {
		return nil, err
	}
	return s.takeTurn(ctx, p.turn)
}
