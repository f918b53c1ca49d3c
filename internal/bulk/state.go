package bulk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
)

// state is what a run keeps in the folder of the results.
type state struct {
	lock     *flock.Flock
	journal  *journal
	failures *failureLog
}

// openState makes the folder, takes its lock, reads its journal and removes what a run before has left unfinished.
func openState(dir string) (*state, error) {
	own := filepath.Join(dir, StateDir)
	if err := os.MkdirAll(own, 0o755); err != nil {
		return nil, fmt.Errorf("folder for the results: %w", err)
	}
	lock := flock.New(filepath.Join(own, lockFile))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock of the folder: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
	}
	j, err := openJournal(filepath.Join(own, journalFile))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s := &state{lock: lock, journal: j, failures: &failureLog{path: filepath.Join(own, failuresFile)}}
	if err := s.clear(filepath.Join(own, draftsDir)); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// clear removes drafts and failures of the run before.
func (s *state) clear(drafts string) error {
	if err := os.RemoveAll(drafts); err != nil {
		return fmt.Errorf("old drafts: %w", err)
	}
	if err := os.Mkdir(drafts, 0o755); err != nil {
		return fmt.Errorf("folder for drafts: %w", err)
	}
	if err := os.Remove(s.failures.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("old failures: %w", err)
	}
	return nil
}

// close syncs the journal and gives the lock back. The lock's file stays, so that two runs cannot hold two files of
// that name.
func (s *state) close() error {
	return errors.Join(s.journal.close(), s.failures.close(), s.lock.Close())
}

// lines is a file that lines are added to.
type lines struct {
	mu   sync.Mutex
	file *os.File
}

// write adds a line with one call, so that an end by force leaves it whole or as the last one torn. The mutex is held
// where several goroutines write.
func (l *lines) write(line []byte) error {
	_, err := l.file.Write(append(line, '\n'))
	return err
}
