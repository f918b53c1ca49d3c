package bulk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/internal/bulk"
)

func isXML(name string) bool { return strings.HasSuffix(name, ".xml") }

func collect(t *testing.T, seq iter.Seq2[string, error]) []string {
	t.Helper()
	var all []string
	for s, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func TestDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.xml", "a.xml", "c.txt", ".hidden.xml", "real"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.xml"), 0o700); err != nil {
		t.Fatal(err)
	}
	want := []string{"a.xml", "b.xml"}
	if os.Symlink("real", filepath.Join(dir, "link.xml")) == nil { // not everywhere
		want = append(want, "link.xml")
		_ = os.Symlink("folder.xml", filepath.Join(dir, "linkdir.xml"))
	}
	var got []string
	for _, path := range collect(t, bulk.Dir(dir, isXML)) {
		got = append(got, strings.TrimPrefix(path, dir+string(filepath.Separator)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := bulk.CountDir(dir, isXML); n != len(want) || err != nil {
		t.Errorf("%d files, %v; want %d", n, err, len(want))
	}
}

// However small the window, every name is given once, in order, and the caller may stop anywhere.
func TestDirWindows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var want []string
	for i := range 100 {
		path := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		want = append(want, path)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	for _, window := range []int{1, 2, 3, 7, 49, 50, 51, 99, 100, 101, 1000} {
		if diff := cmp.Diff(want, collect(t, bulk.DirOfWindow(dir, isXML, window))); diff != "" {
			t.Errorf("window %d (-want +got):\n%s", window, diff)
		}
		n := 0
		for range bulk.DirOfWindow(dir, isXML, window) {
			if n++; n == 10 {
				break
			}
		}
		if n != 10 {
			t.Errorf("window %d: %d names before the stop", window, n)
		}
	}
}

func TestDirThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, err := range bulk.Dir(filepath.Join(t.TempDir(), "none"), isXML) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := bulk.CountDir(filepath.Join(t.TempDir(), "none"), isXML); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	got := collect(t, bulk.List(strings.NewReader("a.xml\r\n\nfolder/b c.xml\nlast")))
	if diff := cmp.Diff([]string{"a.xml", "folder/b c.xml", "last"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListFails(t *testing.T) {
	t.Parallel()
	for name, seq := range map[string]iter.Seq2[string, error]{
		"line 1 has a NUL":        bulk.List(strings.NewReader("a\x00b\x00")),
		"line 2 is longer":        bulk.List(strings.NewReader("a\n" + strings.Repeat("x", bulk.MaxName+5) + "\n")),
		iotest.ErrTimeout.Error(): bulk.List(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a\nb")))),
	} {
		var last error
		for _, err := range seq {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), name) {
			t.Errorf("error %v, want %q", last, name)
		}
	}
}
