package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/internal/bulk"
)

// snapshot copies what a folder of results holds, as a machine that stops at this moment would leave it. The journal comes
// first: what is noted meanwhile is in its place, and not the other way round.
func snapshot(t *rapid.T, from, to string) {
	for _, dir := range []string{bulk.StateDir, ""} {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(from, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			data, err := os.ReadFile(filepath.Join(from, dir, e.Name()))
			if errors.Is(err, os.ErrNotExist) {
				continue // a temporary file that was renamed meanwhile
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(to, dir, e.Name()), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// tear cuts bytes off the end of a folder's journal.
func tear(t *rapid.T, dir string, bytes int) {
	path := filepath.Join(dir, bulk.StateDir, "journal.jsonl")
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, max(info.Size()-int64(bytes), 0))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// noted returns the outputs in a folder's journal whose lines are whole.
func noted(t *rapid.T, dir string) map[string]bool {
	data, err := os.ReadFile(filepath.Join(dir, bulk.StateDir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, `{"output":"`), `.out"`); ok && strings.HasSuffix(line, "\n") {
			all[name] = true
		}
	}
	return all
}

// killer takes a picture of the folder at a random step of the work and then ends the run: what follows the picture has
// not happened for the next run.
type killer struct {
	t      *rapid.T
	s      *shop
	at     int // steps until then
	copied string
	cancel context.CancelFunc
}

func (k *killer) step() {
	if k.at--; k.at == 0 {
		snapshot(k.t, k.s.dir, k.copied)
		k.cancel()
	}
}

// TestKilledAtAnyPoint: whenever a run is ended by force, and however often, and also when the journal's end is torn,
// the runs after it make exactly what is missing: in the end every document is complete, and none that a journal had
// noted is made again.
func TestKilledAtAnyPoint(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		base, err := os.MkdirTemp(root, "run-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(base)
		var inputs []string
		for i := range rapid.IntRange(1, 8).Draw(t, "documents") {
			inputs = append(inputs, fmt.Sprint(i))
		}
		s := newShop(filepath.Join(base, "0"), inputs...)
		for i := range rapid.IntRange(0, 4).Draw(t, "kills") {
			next := filepath.Join(base, fmt.Sprint(i+1))
			killedRun(t, s, next)
			s.dir = next
			clear(s.made)
		}
		before := noted(t, mustExist(t, s.dir))
		rep, err := bulk.Run(context.Background(), s.config())
		if err != nil || rep.Interrupted || rep.Made+rep.Skipped != len(inputs) {
			t.Fatalf("the last run: %+v, %v", rep, err)
		}
		for _, in := range inputs {
			got, err := os.ReadFile(filepath.Join(s.dir, in+".out"))
			if want := strings.ToUpper(s.text[in]); err != nil || string(got) != want {
				t.Fatalf("%s: %q, %v", in, got, err)
			}
			if s.made[in] > 0 && before[in] || s.made[in] > 1 {
				t.Fatalf("%s was made %d times, noted before: %v", in, s.made[in], before[in])
			}
		}
	})
}

// mustExist makes a folder with an empty journal if no run has.
func mustExist(t *rapid.T, dir string) string {
	path := filepath.Join(dir, bulk.StateDir)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(path, "journal.jsonl"), os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	return dir
}

// killedRun runs until a random step and leaves in next what was there then.
func killedRun(t *rapid.T, s *shop, next string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k := &killer{t: t, s: s, at: rapid.IntRange(1, 3*len(s.text)).Draw(t, "step"), copied: next, cancel: cancel}
	cfg := s.config()
	cfg.Parallel = rapid.IntRange(1, 3).Draw(t, "parallel")
	makeDocument := func(ctx context.Context, it bulk.Item) (int64, error) {
		s.mu.Lock()
		k.step() // nothing of this document is there
		s.mu.Unlock()
		size, err := s.work(ctx, it)
		s.mu.Lock()
		k.step() // its draft is there
		s.mu.Unlock()
		return size, err
	}
	cfg.Work = makeDocument
	cfg.Notify = func(bulk.Progress) {
		s.mu.Lock()
		k.step() // it is noted
		s.mu.Unlock()
	}
	if _, err := bulk.Run(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	if k.at > 0 { // the run came to its end before
		snapshot(t, s.dir, next)
	}
	tear(t, next, rapid.IntRange(0, 40).Draw(t, "torn"))
}
