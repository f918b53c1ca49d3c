package aem_test

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
)

// wantFiles fails if the folder holds anything but the named files.
func wantFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestSave(t *testing.T) {
	t.Parallel()
	client := serve(t, reply(200, "new content"))
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for range 2 {
		resp, err := client.Do(t.Context(), aem.Request{})
		if err != nil {
			t.Fatal(err)
		}
		n, err := resp.Save(path)
		if got, _ := os.ReadFile(path); err != nil || n != 11 || string(got) != "new content" {
			t.Errorf("%d bytes, %q, %v", n, got, err)
		}
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("the body is open after Save")
		}
	}
	wantFiles(t, dir, "file")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

func TestCutBodiesLeaveNoFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"shorter than announced": "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 70_000),
		"a broken chunk":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nzz\r\n",
		"no last chunk":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n",
		"nothing":                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, hijack(t, say(text)))
			dir := t.TempDir()
			_, err := client.Save(t.Context(), aem.Request{}, filepath.Join(dir, "new"))
			wantCause(t, err, aem.CauseNetwork)
			wantFiles(t, dir)
			old := filepath.Join(dir, "old")
			if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = client.Save(t.Context(), aem.Request{}, old)
			wantCause(t, err, aem.CauseNetwork)
			if got, _ := os.ReadFile(old); string(got) != "old" {
				t.Errorf("content is %q", got)
			}
			wantFiles(t, dir, "old")
		})
	}
}

func TestSaveFileFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(dir, "none", "file"), filepath.Join(dir, "folder"), ""}
	if runtime.GOOS != "windows" {
		paths = append(paths, os.DevNull)
	}
	for _, path := range paths {
		if _, err := aem.SaveFile(path, strings.NewReader("x")); err == nil {
			t.Errorf("%q was written", path)
		}
	}
	if _, err := aem.SaveFile(filepath.Join(dir, "file"), iotest.ErrReader(io.ErrNoProgress)); err != io.ErrNoProgress { //nolint:errorlint // as it is
		t.Errorf("error is %v", err)
	}
	wantFiles(t, dir, "folder")
}

func TestSaveReplacesALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := aem.SaveFile(link, strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{target: "old", link: "new"} {
		if got, _ := os.ReadFile(path); string(got) != want {
			t.Errorf("%s is %q, want %q", filepath.Base(path), got, want)
		}
	}
}
