//go:build unix

package filestore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/imsx/imsx/store/filestore"
)

// A named pipe in a file's place keeps nobody waiting.
func TestNamedPipes(t *testing.T) {
	for _, file := range []string{entryName + ".entry", entryName + ".lock", "turn", "swept"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := newStore(t, dir)
			path := filepath.Join(dir, entryName[:2], file)
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
			yesterday := time.Now().Add(-25 * time.Hour)
			if err := os.Chtimes(path, yesterday, yesterday); err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				if got, err := s.Load(t.Context(), entryName); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("Load = %q, %v; want a miss", got, err)
				}
				if unlock, err := s.Lock(t.Context(), entryName); err == nil {
					unlock()
				}
				save(t, s, entryName, "entry", inAnHour())
				if got, err := s.Load(t.Context(), entryName); err != nil || string(got) != "entry" {
					t.Errorf("Load = %q, %v", got, err)
				}
			}()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("the store waits at the pipe")
			}
		})
	}
}

// In a folder that all can write to, another user can put a link under the name of ours.
func TestSymbolicLinks(t *testing.T) {
	link := func(owner int) (path, target string) {
		target, path = t.TempDir(), filepath.Join(t.TempDir(), "cache")
		if err := errors.Join(os.Chmod(target, 0o700), os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
		if owner != os.Geteuid() && os.Lchown(path, owner, -1) != nil {
			return "", ""
		}
		return path, target
	}
	mine, _ := link(os.Geteuid())
	save(t, newStore(t, mine), entryName, "entry", inAnHour())

	theirs, target := link(os.Geteuid() + 1)
	if theirs == "" {
		t.Skip("only root can give a link away")
	}
	s := newStore(t, theirs)
	err := s.Save(t.Context(), entryName, []byte("entry"), inAnHour())
	unsafe, ok := errors.AsType[*filestore.UnsafeError](err)
	if !ok || unsafe.Reason != "it is another user's symbolic link" {
		t.Errorf("Save = %v, want that the link is another user's", err)
	}
	if s.Check() == nil {
		t.Error("Check finds nothing wrong")
	}
	if files := filesIn(t, target); len(files) > 0 {
		t.Errorf("something was written where the link leads: %q", files)
	}
}
