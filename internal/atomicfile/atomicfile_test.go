package atomicfile_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/imsx/imsx/internal/atomicfile"
)

// onlyFile fails the test if dir holds anything but the file name.
func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != name {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		old  []byte
		data []byte
		perm fs.FileMode
	}{
		{"new", nil, []byte("one"), 0o600},
		{"empty", nil, nil, 0o600},
		{"shorter than before", []byte("a longer text"), []byte("x"), 0o600},
		{"mode wider than most umasks", nil, []byte("one"), 0o666},
		{"read only", nil, []byte("one"), 0o400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			if tt.old != nil {
				if err := os.WriteFile(path, tt.old, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := atomicfile.WriteFile(path, tt.data, tt.perm); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, tt.data) {
				t.Errorf("content = %q, %v, want %q", got, err, tt.data)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS != "windows" && info.Mode() != tt.perm {
				t.Errorf("mode = %v, want %v", info.Mode(), tt.perm)
			}
			onlyFile(t, dir, "file")
		})
	}
}

func TestWriteFileFails(t *testing.T) {
	t.Parallel()
	t.Run("no such directory", func(t *testing.T) {
		t.Parallel()
		err := atomicfile.WriteFile(filepath.Join(t.TempDir(), "absent", "file"), []byte("x"), 0o600)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error = %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("target is a directory", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		if err := os.MkdirAll(filepath.Join(path, "inner"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := atomicfile.WriteFile(path, []byte("x"), 0o600); err == nil {
			t.Error("a directory was replaced")
		}
		onlyFile(t, dir, "file")
	})
}

func TestWriteFileRelative(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := atomicfile.WriteFile("file", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "file")
}

// TestWriteFileConcurrent replaces a file many times while it is read: every read must see one whole content.
func TestWriteFileConcurrent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	content := func(b byte) []byte { return bytes.Repeat([]byte{b}, 64<<10) }
	if err := atomicfile.WriteFile(path, content('a'), 0o600); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for range 10 {
				if err := atomicfile.WriteFile(path, content('a'+byte(i)), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for {
		got, err := os.ReadFile(path)
		if err != nil && runtime.GOOS != "windows" {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(got, content(got[0])) {
			t.Fatal("a mixed or cut content was read")
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"old content", "new"} {
		n, err := atomicfile.Copy(path, strings.NewReader(content))
		got, readErr := os.ReadFile(path)
		if err != nil || readErr != nil || n != int64(len(content)) || string(got) != content {
			t.Errorf("%d bytes, %q, %v, %v", n, got, err, readErr)
		}
	}
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrNoProgress))
	if n, err := atomicfile.Copy(path, broken); n != 0 || err != io.ErrNoProgress { //nolint:errorlint // as it is
		t.Errorf("%d bytes, %v", n, err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("content is %q", got)
	}
	if _, err := atomicfile.Copy(filepath.Join(dir, "none", "file"), strings.NewReader("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want fs.ErrNotExist", err)
	}
	onlyFile(t, dir, "file")
}

// The mode is the one that the system gives, whatever it is: that of any other new file.
func TestCopyMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := atomicfile.Copy(filepath.Join(dir, "copy"), strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	modes := map[string]fs.FileMode{}
	for _, name := range []string{"copy", "other"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		modes[name] = info.Mode()
	}
	if modes["copy"] != modes["other"] {
		t.Errorf("modes %v", modes)
	}
}
