package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/token"
)

func TestFilledStore(t *testing.T) {
	t.Parallel()
	const n = 300
	s, err := filledStore(t.Context(), filepath.Join(t.TempDir(), "store"), n)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	if err := s.List(t.Context(), func(i filestore.Info) error {
		seen[i.Name] = i.Size == entrySize
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if !seen[entryNumber(i)] {
			t.Fatalf("entry %d is not in the store, or not of %d bytes", i, entrySize)
		}
	}
	if len(seen) != n {
		t.Errorf("the store holds %d entries, want %d", len(seen), n)
	}
	if took, err := saveAndLoad(t.Context(), s, 3); err != nil || took <= 0 {
		t.Errorf("saving and loading took %v, %v", took, err)
	}
	if _, err := entryFile(s.Dir(), entryNumber(n)); err == nil {
		t.Error("an entry that is not there has a file")
	}
}

func TestSealedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	like := filepath.Join(dir, "like")
	if err := os.WriteFile(like, make([]byte, 700), 0o600); err != nil {
		t.Fatal(err)
	}
	open, err := sealedFile(dir, like)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "sealed")); err != nil || info.Size() != 700 {
		t.Errorf("the file has %v, %v; want 700 bytes", info, err)
	}
	if err := open(); err != nil {
		t.Errorf("the file does not open: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sealed"), make([]byte, 700), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil {
		t.Error("a file of zeros opens")
	}
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	const n = 20
	var all sync.WaitGroup
	all.Add(n)
	failure := errors.New("no program")
	_, err := atOnce(n, func() (time.Duration, error) {
		all.Done()
		all.Wait() // returns only because all run at the same time
		return 0, failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want that of the processes", err)
	}
}

func TestLoopMakesDocuments(t *testing.T) {
	local, err := startAdobe()
	if err != nil {
		t.Fatal(err)
	}
	defer local.close()
	for _, i := range local.AEM().Instances() {
		i.SetOpen(true)
	}
	src, err := local.source()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	held, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	template, _ := sample.Template("label.xdp")
	data, _ := sample.Data("label-1.xml")
	j, err := newPrintJob(t.TempDir(), local.AEMAuthorURL(), template, data, 12)
	if err != nil {
		t.Fatal(err)
	}
	for _, synced := range []bool{false, true} {
		if took, err := j.into(func(out string) error { return j.loop(t.Context(), held, out, synced) })(); err != nil || took <= 0 {
			t.Errorf("synced %t: it took %v, %v", synced, took, err)
		}
	}
	t.Setenv(loopToken, held.AccessToken.Reveal())
	var stdout, stderr bytes.Buffer
	if _, err := j.into(func(out string) error {
		if code := run(t.Context(), j.loopArguments(out, false), &stdout, &stderr); code != 0 || stdout.Len() == 0 {
			return errors.New(stderr.String())
		}
		return nil
	})(); err != nil {
		t.Errorf("the loop as a program: %v", err)
	}
	if _, err := j.into(func(string) error { return nil })(); err == nil {
		t.Error("a run that made no document is taken for one that made all")
	}
	refused := token.Token{AccessToken: secret.New("refused")}
	if _, err := j.into(func(out string) error { return j.loop(t.Context(), refused, out, false) })(); err == nil {
		t.Error("a loop whose requests are refused does not fail")
	}
}

func TestSmallPDF(t *testing.T) {
	t.Parallel()
	// Each entry of the table of places leads to its object.
	for place, object := range map[string]string{"0000000009": "1 0 obj", "0000000052": "2 0 obj", "0000000101": "3 0 obj"} {
		at := strings.Index(smallPDF, object)
		if want := strings.TrimLeft(place, "0"); want != strconv.Itoa(at) || !strings.Contains(smallPDF, place) {
			t.Errorf("%s is at %d, the table says %s", object, at, want)
		}
	}
	if at := strings.Index(smallPDF, "xref"); !strings.Contains(smallPDF, "startxref\n"+strconv.Itoa(at)+"\n") {
		t.Errorf("the table is at %d", at)
	}
}

func TestHeldBy(t *testing.T) {
	// Not parallel: the memory is that of the whole process.
	const size = 32 << 20
	var block []byte
	held, err := heldBy(func() error {
		block = make([]byte, size)
		for i := range block {
			block[i] = 1
		}
		time.Sleep(50 * time.Millisecond) // for the watcher, which looks every millisecond
		return fs.ErrClosed
	})
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("error %v, want that of the function", err)
	}
	if held < size/2 {
		t.Errorf("%d bytes were seen of %d", held, len(block))
	}
}

func TestPeakOf(t *testing.T) {
	t.Parallel()
	if !canWatchMemory {
		t.Skip("this system does not tell a process's peak")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	peak, err := peakOf(exec.CommandContext(t.Context(), program), append(os.Environ(), lingering+"=1"))
	if err != nil || peak < 1<<20 {
		t.Errorf("peak of %d bytes, %v", peak, err)
	}
	if _, err := peakOf(exec.CommandContext(t.Context(), program, "-test.unknown"), os.Environ()); err == nil {
		t.Error("a command that fails has a peak")
	}
}

func TestStreamServer(t *testing.T) {
	t.Parallel()
	origin, stop, err := serve(http.HandlerFunc(streamServer))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	resp, err := http.Post(origin, "text/plain", strings.NewReader("short"))
	if err != nil {
		t.Fatal(err)
	}
	if err := wholeSent(resp.Body); err == nil || !strings.Contains(err.Error(), "got 5 bytes") {
		t.Errorf("error %v, want one that the body was short", err)
	}
}
