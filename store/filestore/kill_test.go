//go:build unix

package filestore_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/store/filestore"
)

// kills is how many writers are killed, and atOnce how many write at the same time.
const (
	kills  = 1000
	atOnce = 4
)

// TestKilledWriters kills writers at random moments. No broken entry is ever served, no lock stays, and what they leave
// behind is removed.
func TestKilledWriters(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand processes take a while")
	}
	dir := t.TempDir()
	writer := filepath.Join(t.TempDir(), "writer")
	if out, err := exec.Command("go", "build", "-o", writer, "./testdata/writer").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	s := newStore(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		for ctx.Err() == nil {
			wantWhole(t, s)
			time.Sleep(100 * time.Microsecond)
		}
	})
	var mu sync.Mutex
	var waits []time.Duration
	var killing sync.WaitGroup
	for range atOnce {
		killing.Go(func() {
			for range kills / atOnce {
				killWriter(t, writer, dir)
			}
		})
	}
	killing.Go(func() {
		for range 100 {
			start := time.Now()
			unlock, err := s.Lock(t.Context(), entryName)
			if err != nil {
				t.Errorf("Lock: %v", err)
				return
			}
			unlock()
			mu.Lock()
			waits = append(waits, time.Since(start))
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
		}
	})
	killing.Wait()
	stop()
	reading.Wait()
	slices.Sort(waits)
	if worst := waits[len(waits)*9/10]; worst > time.Second {
		t.Errorf("one in ten waited longer than %v for the lock, want a second at most", worst)
	}
	wantWhole(t, s)
	wantSwept(t, s, dir)
}

// killWriter starts a writer and kills it once it has begun.
func killWriter(t *testing.T, writer, dir string) {
	cmd := exec.Command(writer, dir, entryName)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Errorf("the writer says %q, %v", line, err)
	}
	time.Sleep(rand.N(6 * time.Millisecond))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// wantWhole reads the entry, which is missing or whole.
func wantWhole(t *testing.T, s *filestore.Store) {
	entry, err := s.Load(context.Background(), entryName)
	if errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "damaged") {
		return
	}
	if err != nil || len(entry) < sha256.Size {
		t.Errorf("Load = %d bytes, %v", len(entry), err)
		return
	}
	if sum := sha256.Sum256(entry[sha256.Size:]); !bytes.Equal(sum[:], entry[:sha256.Size]) {
		t.Errorf("Load gave an entry that nobody wrote, %d bytes", len(entry))
	}
}

// wantSwept makes everything look old, writes once more and finds the entry and locks alone.
func wantSwept(t *testing.T, s *filestore.Store, dir string) {
	t.Helper()
	old := time.Now().Add(-2 * time.Hour)
	folder := filepath.Join(dir, entryName[:2])
	left := filesIn(t, folder)
	for _, name := range left {
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save(t.Context(), entryName, []byte("the end"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := []string{entryName + ".entry", entryName + ".lock", "swept", "turn"}
	if got := filesIn(t, folder); !slices.Equal(got, want) {
		t.Errorf("of %d files %q are left, want %q", len(left), got, want)
	}
}
