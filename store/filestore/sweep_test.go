package filestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/store/filestore"
)

// entriesIn returns the names of the entries below dir, also of those that are over.
func entriesIn(t *testing.T, s *filestore.Store) []string {
	t.Helper()
	var names []string
	if err := s.List(t.Context(), func(i filestore.Info) error { names = append(names, i.Name); return nil }); err != nil {
		t.Fatal(err)
	}
	return names
}

// sweptAt pretends that the folder, or the whole store, was swept then.
func sweptAt(t *testing.T, folder string, when time.Time) {
	t.Helper()
	if err := os.Chtimes(filepath.Join(folder, "swept"), when, when); err != nil {
		t.Fatal(err)
	}
}

// saveUntil saves under a name until only the wanted entries are left. One write does a part of the sweep, which on a slow
// machine is not all.
func saveUntil(t *testing.T, s *filestore.Store, name string, want []string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		save(t, s, name, "entry", inAnHour())
		names := entriesIn(t, s)
		if slices.Equal(names, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d entries are left, want the %d live ones", len(names), len(want))
		}
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	name := func(i int) string { return fmt.Sprintf("ab%062d", i) }
	for i := range 10 {
		save(t, s, name(i), "over", time.Now().Add(-time.Minute))
	}
	for i := 10; i < 15; i++ {
		save(t, s, name(i), "live", inAnHour())
	}
	if n := len(entriesIn(t, s)); n != 15 {
		t.Errorf("%d entries before the first sweep, want 15", n)
	}
	for _, when := range []time.Time{time.Now().Add(-2 * time.Hour), time.Now().Add(24 * time.Hour)} { // long ago; the clock was set back
		save(t, s, name(0), "over", time.Now().Add(-time.Minute))
		sweptAt(t, filepath.Join(dir, "ab"), when)
		save(t, s, name(10), "live", inAnHour())
		if n := len(entriesIn(t, s)); n != 5 {
			t.Errorf("%d entries after a sweep, want the 5 live ones", n)
		}
	}
}

// Entries of credentials that nobody uses any more are in folders that nobody writes to.
func TestSweepOfAllFolders(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	name := func(i int) string { return fmt.Sprintf("%02x%062d", i%256, i) }
	for i := range 600 {
		expiry := time.Now().Add(-time.Minute)
		if i%3 == 0 {
			expiry = inAnHour()
		}
		save(t, s, name(i), "entry", expiry)
	}
	var want []string
	for i := 0; i < 600; i += 3 {
		want = append(want, name(i))
	}
	slices.Sort(want)
	foreign := filepath.Join(dir, "ab", "notes.tmp")
	if err := os.WriteFile(foreign, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(foreign, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		sweptAt(t, filepath.Join(dir, fmt.Sprintf("%02x", i)), yesterday)
	}
	sweptAt(t, dir, yesterday)
	saveUntil(t, s, name(0), want)
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file that is not the store's was removed: %v", err)
	}
}

func TestSweepOfAllFoldersIsRare(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	over, live := "aa"+strings.Repeat("0", 62), "bb"+strings.Repeat("0", 62)
	save(t, s, over, "over", time.Now().Add(-time.Minute))
	folder := filepath.Join(dir, "aa")
	tests := []struct {
		name       string
		all, aa    time.Time
		wantRemain bool
	}{
		{"all were swept today", time.Now().Add(-23 * time.Hour), time.Now().Add(-25 * time.Hour), true},
		{"this one was", time.Now().Add(-25 * time.Hour), time.Now().Add(-23 * time.Hour), true},
		{"the clock was set back", time.Now().Add(time.Hour), time.Now().Add(time.Hour), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sweptAt(t, dir, tt.all)
			sweptAt(t, folder, tt.aa)
			save(t, s, live, "live", inAnHour())
			if tt.wantRemain {
				if !slices.Contains(entriesIn(t, s), over) {
					t.Error("the entry that is over was removed")
				}
				return
			}
			saveUntil(t, s, live, []string{live})
		})
	}
}

// A sweep removes the locks of entries that are gone, unless somebody has just used or still holds them.
func TestSweepOfLocks(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	folder, yesterday := filepath.Join(dir, "aa"), time.Now().Add(-25*time.Hour)
	name := func(what string) string { return "aa-" + what }
	tests := []struct {
		what          string
		expiry        time.Time // of the entry
		young, holder bool
		want          bool
	}{
		{"over", time.Now().Add(-time.Minute), false, false, false},
		{"over-young", time.Now().Add(-time.Minute), true, false, true},
		{"over-held", time.Now().Add(-time.Minute), false, true, true},
		{"live", inAnHour(), false, false, true},
	}
	for _, tt := range tests {
		save(t, s, name(tt.what), "entry", tt.expiry)
		unlock, err := s.Lock(t.Context(), name(tt.what))
		if err != nil {
			t.Fatal(err)
		}
		if tt.holder {
			defer unlock()
		} else {
			unlock()
		}
		if !tt.young {
			if err := os.Chtimes(filepath.Join(folder, name(tt.what)+".lock"), yesterday, yesterday); err != nil {
				t.Fatal(err)
			}
		}
	}
	sweptAt(t, folder, yesterday)
	save(t, s, name("live"), "entry", inAnHour())
	for _, tt := range tests {
		_, err := os.Stat(filepath.Join(folder, name(tt.what)+".lock"))
		if (err == nil) != tt.want {
			t.Errorf("%s: the lock is there: %v, want %v", tt.what, err == nil, tt.want)
		}
	}
}

// A folder that somebody writes to is left to whoever that is.
func TestSweepPassesOver(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	over, live := "aa"+strings.Repeat("0", 62), "bb"+strings.Repeat("0", 62)
	save(t, s, over, "over", time.Now().Add(-time.Minute))
	yesterday := time.Now().Add(-25 * time.Hour)
	release, err := s.Turn(t.Context(), over)
	if err != nil {
		t.Fatal(err)
	}
	sweptAt(t, dir, yesterday)
	sweptAt(t, filepath.Join(dir, "aa"), yesterday)
	save(t, s, live, "live", inAnHour()) // does not wait
	if names := entriesIn(t, s); !slices.Contains(names, over) {
		t.Errorf("entries %q: one was removed in somebody else's turn", names)
	}
	release()
}

// On a file system without locks entries are saved, and swept, all the same; a lock is not had.
func TestFileSystemWithoutLocks(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir)
	s.WithoutLocks()
	over := "aa" + strings.Repeat("0", 62)
	save(t, s, over, "over", time.Now().Add(-time.Minute))
	yesterday := time.Now().Add(-25 * time.Hour)
	sweptAt(t, dir, yesterday)
	sweptAt(t, filepath.Join(dir, "aa"), yesterday)
	if unlock, err := s.Lock(t.Context(), entryName); err == nil {
		unlock()
		t.Error("Lock succeeded")
	}
	issued := time.Now()
	for entry, at := range map[string]time.Time{"new": issued, "old": issued.Add(-time.Minute)} {
		if err := s.SaveNewer(t.Context(), entryName, []byte(entry), at, inAnHour()); err != nil {
			t.Fatalf("SaveNewer: %v", err)
		}
	}
	got, err := s.Load(context.Background(), entryName)
	if err != nil || string(got) != "new" {
		t.Errorf("Load = %q, %v; want the newer entry", got, err)
	}
	saveUntil(t, s, entryName, []string{entryName})
}
