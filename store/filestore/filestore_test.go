package filestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/tokencache"
	"github.com/imsx/imsx/tokencache/storetest"
)

var (
	_ tokencache.Store      = (*filestore.Store)(nil)
	_ tokencache.NewerSaver = (*filestore.Store)(nil)
)

var entryName = strings.Repeat("0123456789abcdef", 4)

func newStore(t testing.TB, dir string) *filestore.Store {
	t.Helper()
	s, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func save(t testing.TB, s *filestore.Store, name, entry string, expiry time.Time) {
	t.Helper()
	if err := s.Save(t.Context(), name, []byte(entry), expiry); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) tokencache.Store { return newStore(t, filepath.Join(t.TempDir(), "a", "b")) })
}

// Two stores of one folder are two processes as far as the operating system is asked.
func TestContractAcrossStores(t *testing.T) {
	storetest.Run(t, func(t *testing.T) tokencache.Store {
		dir := t.TempDir()
		return &twins{stores: [2]*filestore.Store{newStore(t, dir), newStore(t, dir)}}
	})
}

// twins uses two stores in turn.
type twins struct {
	stores [2]*filestore.Store
	n      atomic.Uint32
}

func (w *twins) next() *filestore.Store { return w.stores[w.n.Add(1)%2] }

func (w *twins) Load(ctx context.Context, name string) ([]byte, error) {
	return w.next().Load(ctx, name)
}
func (w *twins) Delete(ctx context.Context, name string) error { return w.next().Delete(ctx, name) }
func (w *twins) Lock(ctx context.Context, name string) (func(), error) {
	return w.next().Lock(ctx, name)
}
func (w *twins) Save(ctx context.Context, name string, entry []byte, expiry time.Time) error {
	return w.next().Save(ctx, name, entry, expiry)
}

func (w *twins) SaveNewer(ctx context.Context, name string, entry []byte, issued, expiry time.Time) error {
	return w.next().SaveNewer(ctx, name, entry, issued, expiry)
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	dir := filepath.Join(t.TempDir(), "cache", "imsx")
	s := newStore(t, dir)
	save(t, s, entryName, "entry", inAnHour())
	unlock, err := s.Lock(t.Context(), entryName)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	err = filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnsafeFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := func(mode fs.FileMode, uid int) string {
		dir := filepath.Join(t.TempDir(), "cache")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if uid != os.Getuid() {
			if err := os.Chown(dir, uid, -1); err != nil {
				return ""
			}
		}
		return dir
	}
	tests := map[string]struct{ dir, reason string }{
		"all may write":       {folder(0o777, os.Getuid()), "others can write to it"},
		"the group may write": {folder(0o770, os.Getuid()), "others can write to it"},
		"another user's":      {folder(0o700, os.Getuid()+1), "it belongs to another user"},
		"a file":              {file, ""},
		"others may read":     {folder(0o755, os.Getuid()), "-"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.dir == "" {
				t.Skip("only root can give a folder away")
			}
			s := newStore(t, tt.dir)
			_, loadErr := s.Load(t.Context(), entryName)
			saveErr := s.Save(t.Context(), entryName, []byte("entry"), inAnHour())
			_, lockErr := s.Lock(t.Context(), entryName)
			if tt.reason == "-" {
				if !errors.Is(loadErr, fs.ErrNotExist) || saveErr != nil || lockErr != nil || s.Check() != nil {
					t.Errorf("Load: %v, Save: %v, Lock: %v, Check: %v; want a miss and no other error", loadErr, saveErr, lockErr, s.Check())
				}
				return
			}
			for what, err := range map[string]error{"Load": loadErr, "Save": saveErr, "Lock": lockErr, "Check": s.Check()} {
				unsafe, ok := errors.AsType[*filestore.UnsafeError](err)
				if err == nil || errors.Is(err, fs.ErrNotExist) || tt.reason != "" && (!ok || unsafe.Reason != tt.reason) {
					t.Errorf("%s = %v, want %q", what, err, tt.reason)
				}
			}
			if files, err := os.ReadDir(tt.dir); err == nil && len(files) > 0 {
				t.Errorf("something was written into it: %v", files)
			}
		})
	}
}

func TestWhatIsNoEntryIsAMiss(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "cut header": "imx1\x00", "another kind": "this is a file of somebody else, and quite long",
		"too large": "imx1" + strings.Repeat("\x7f", filestore.MaxEntry+17),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newStore(t, dir)
			save(t, s, entryName, "entry", inAnHour())
			path := filepath.Join(dir, entryName[:2], entryName+".entry")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Load(t.Context(), entryName); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load = %q, %v; want a miss", got, err)
			}
			if err := s.SaveNewer(t.Context(), entryName, []byte("again"), time.Now(), inAnHour()); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Load(t.Context(), entryName); err != nil || string(got) != "again" {
				t.Errorf("Load after SaveNewer = %q, %v", got, err)
			}
		})
	}
}

func TestExpiredIsAMiss(t *testing.T) {
	s := newStore(t, t.TempDir())
	save(t, s, entryName, "entry", time.Now().Add(-time.Second))
	if got, err := s.Load(t.Context(), entryName); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %q, %v; want a miss", got, err)
	}
	// An expired entry does not stand in the way of one that was issued earlier.
	later := time.Now().Add(time.Minute)
	if err := s.SaveNewer(t.Context(), entryName, []byte("old"), later, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveNewer(t.Context(), entryName, []byte("new"), time.Now(), inAnHour()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), entryName); err != nil || string(got) != "new" {
		t.Errorf("Load = %q, %v; want the live entry", got, err)
	}
}

func TestNamesAndSizes(t *testing.T) {
	s := newStore(t, t.TempDir())
	for _, name := range []string{"", "ab", "../../etc/passwd", "a/b/c", "with space", strings.Repeat("a", 129), "a\x00b", "äöü"} {
		if err := s.Save(t.Context(), name, nil, inAnHour()); err == nil {
			t.Errorf("Save under the name %q succeeded", name)
		}
		if _, err := s.Load(t.Context(), name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load of the name %q = %v, want an error about the name", name, err)
		}
	}
	if err := s.Save(t.Context(), entryName, make([]byte, filestore.MaxEntry+1), inAnHour()); err == nil {
		t.Error("Save of an entry that is too large succeeded")
	}
	if err := s.Save(t.Context(), entryName, make([]byte, filestore.MaxEntry), inAnHour()); err != nil {
		t.Errorf("Save of the largest entry: %v", err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestListAndClear(t *testing.T) {
	s := newStore(t, filepath.Join(t.TempDir(), "cache"))
	if n, err := s.Clear(t.Context()); n != 0 || err != nil {
		t.Errorf("Clear of a folder that is not there = %d, %v", n, err)
	}
	issued, expiry := time.UnixMilli(1_700_000_000_000), time.UnixMilli(time.Now().UnixMilli()).Add(time.Hour)
	for i := range 300 {
		name := fmt.Sprintf("%02x%062d", i%256, i)
		if err := s.SaveNewer(t.Context(), name, bytes.Repeat([]byte("x"), i), issued, expiry); err != nil {
			t.Fatal(err)
		}
	}
	n, last := 0, ""
	err := s.List(t.Context(), func(i filestore.Info) error {
		if n++; i.Name <= last || !i.Issued.Equal(issued) || !i.Expiry.Equal(expiry) || i.Saved.IsZero() || i.Size < 0 {
			t.Errorf("List told %+v after %q", i, last)
		}
		last = i.Name
		return nil
	})
	if err != nil || n != 300 {
		t.Errorf("List = %d entries, %v; want 300", n, err)
	}
	stop := errors.New("enough")
	if err := s.List(t.Context(), func(filestore.Info) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("List = %v, want the error of visit", err)
	}
	if n, err := s.Clear(t.Context()); n != 300 || err != nil {
		t.Errorf("Clear = %d, %v; want 300", n, err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("imx1\x00\x00\x01\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00entry"))
	f.Add([]byte("imx1"))
	dir := f.TempDir()
	s := newStore(f, dir)
	save(f, s, entryName, "entry", inAnHour())
	path := filepath.Join(dir, entryName[:2], entryName+".entry")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		entry, err := s.Load(t.Context(), entryName)
		if err == nil && !bytes.HasSuffix(content, entry) {
			t.Errorf("Load = %q, which is not in the file", entry)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load = %v, want a miss", err)
		}
	})
}
