package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/imsx/imsx/internal/bulk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop makes "documents": the output of an input is its text in capitals.
type shop struct {
	dir    string
	mu     sync.Mutex
	text   map[string]string // of the inputs
	made   map[string]int    // how often each was made
	broken map[string]error  // what fails
}

func newShop(dir string, inputs ...string) *shop {
	s := &shop{dir: dir, text: map[string]string{}, made: map[string]int{}, broken: map[string]error{}}
	for _, in := range inputs {
		s.text[in] = "text of " + in
	}
	return s
}

func (s *shop) inputs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for in := range s.text {
		all = append(all, in)
	}
	slices.Sort(all)
	return all
}

func (s *shop) config() bulk.Config {
	inputs := s.inputs()
	return bulk.Config{
		Dir: s.dir, Total: len(inputs), Parallel: 3,
		Inputs: func(yield func(string, error) bool) {
			for _, in := range inputs {
				if !yield(in, nil) {
					return
				}
			}
		},
		Name: func(in string) (string, error) { return in + ".out", nil },
		Digest: func(_ context.Context, it bulk.Item) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return "digest of " + s.text[it.Input], nil
		},
		Work: s.work,
	}
}

func (s *shop) work(ctx context.Context, it bulk.Item) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.broken[it.Input]; err != nil {
		return 0, err
	}
	s.made[it.Input]++
	text := strings.ToUpper(s.text[it.Input])
	return int64(len(text)), os.WriteFile(it.Draft, []byte(text), 0o600)
}

func mustRun(t *testing.T, cfg bulk.Config) bulk.Report {
	t.Helper()
	rep, err := bulk.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// wantCounts compares what was made, skipped and failed.
func wantCounts(t *testing.T, rep bulk.Report, made, skipped, failed int) {
	t.Helper()
	if diff := cmp.Diff([3]int{made, skipped, failed}, [3]int{rep.Made, rep.Skipped, rep.Failed}); diff != "" {
		t.Errorf("made, skipped, failed (-want +got):\n%s", diff)
	}
}

func TestRunMakesEachOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b", "c", "d", "e")
	rep := mustRun(t, s.config())
	wantCounts(t, rep, 5, 0, 0)
	if rep.Bytes != 5*int64(len("text of a")) || rep.FailuresFile != "" || rep.Interrupted || rep.Stopped != nil {
		t.Errorf("report = %+v", rep)
	}
	wantCounts(t, mustRun(t, s.config()), 0, 5, 0)
	for _, in := range s.inputs() {
		got, err := os.ReadFile(filepath.Join(s.dir, in+".out"))
		if want := strings.ToUpper("text of " + in); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
		if s.made[in] != 1 {
			t.Errorf("%s was made %d times", in, s.made[in])
		}
	}
}

func TestRunMakesAgainWhatIsNotAsNoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(s *shop) error
		made   int
	}{
		{"nothing", func(*shop) error { return nil }, 0},
		{"an input that changed", func(s *shop) error { s.text["a"] = "new"; return nil }, 1},
		{"an output that is gone", func(s *shop) error { return os.Remove(filepath.Join(s.dir, "b.out")) }, 1},
		{"an output of another size", func(s *shop) error { return os.WriteFile(filepath.Join(s.dir, "b.out"), nil, 0o600) }, 1},
		{"a folder in the output's place", func(s *shop) error {
			return errors.Join(os.Remove(filepath.Join(s.dir, "b.out")), os.Mkdir(filepath.Join(s.dir, "b.out"), 0o700))
		}, 0},
		{"no journal", func(s *shop) error { return os.Remove(filepath.Join(s.dir, bulk.StateDir, "journal.jsonl")) }, 3},
		{"a new input", func(s *shop) error { s.text["d"] = "d"; return nil }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t.TempDir(), "a", "b", "c")
			mustRun(t, s.config())
			if err := tt.change(s); err != nil {
				t.Fatal(err)
			}
			if rep := mustRun(t, s.config()); rep.Made != tt.made {
				t.Errorf("%d were made, want %d", rep.Made, tt.made)
			}
		})
	}
}

// What a run that was ended by force has left is removed; results go into folders below, too.
func TestRunDrafts(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b")
	drafts := filepath.Join(s.dir, bulk.StateDir, "drafts")
	if err := errors.Join(os.MkdirAll(drafts, 0o700), os.WriteFile(filepath.Join(drafts, "half"), []byte("HAL"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.broken["b"] = errBad
	cfg := s.config()
	cfg.Name = func(in string) (string, error) { return filepath.Join("below", in, "out"), nil }
	wantCounts(t, mustRun(t, cfg), 1, 0, 1)
	if !isFile(filepath.Join(s.dir, "below", "a", "out")) {
		t.Error("the result is not in its folder")
	}
	if left, err := os.ReadDir(drafts); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestRunRedo(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b")
	mustRun(t, s.config())
	cfg := s.config()
	cfg.Redo = true
	wantCounts(t, mustRun(t, cfg), 2, 0, 0)
	wantCounts(t, mustRun(t, s.config()), 0, 2, 0)
}

// An input that changes back must be made again, although the journal has its digest.
func TestRunTheLastDigestCounts(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a")
	for _, text := range []string{"one", "two", "one"} {
		s.text["a"] = text
		wantCounts(t, mustRun(t, s.config()), 1, 0, 0)
	}
	got, err := os.ReadFile(filepath.Join(s.dir, "a.out"))
	if string(got) != "ONE" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRunFailuresDoNotStopTheOthers(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b", "c", "d", "e", "f")
	for _, in := range []string{"a", "b", "e"} {
		s.broken[in] = errors.New("bad data in " + in)
	}
	cfg := s.config()
	cfg.Parallel = 1
	cfg.Describe = func(err error) bulk.Cause { return bulk.Cause{Code: "bad", Message: err.Error(), Hint: "mend it"} }
	rep := mustRun(t, cfg)
	wantCounts(t, rep, 3, 0, 3)
	var all []bulk.Failure
	for f, err := range bulk.ReadFailures(rep.FailuresFile) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	want := []bulk.Failure{
		{Input: "a", Output: "a.out", Cause: bulk.Cause{Code: "bad", Message: "bad data in a", Hint: "mend it"}},
		{Input: "b", Output: "b.out", Cause: bulk.Cause{Code: "bad", Message: "bad data in b", Hint: "mend it"}},
		{Input: "e", Output: "e.out", Cause: bulk.Cause{Code: "bad", Message: "bad data in e", Hint: "mend it"}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, rep.Failures); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	// What failed is tried again, and the old failures are forgotten.
	s.broken = nil
	rep = mustRun(t, cfg)
	wantCounts(t, rep, 3, 3, 0)
	if rep.FailuresFile != "" || isFile(filepath.Join(s.dir, bulk.StateDir, "failures.jsonl")) {
		t.Error("the failures of the run before are still there")
	}
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestRunKeepsFewFailures(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir())
	const n = 3 * bulk.FailuresKept
	for i := range n {
		in := fmt.Sprintf("%03d", i)
		s.text[in], s.broken[in] = in, errors.New(strings.Repeat("x", 10_000))
	}
	rep := mustRun(t, s.config())
	wantCounts(t, rep, 0, 0, n)
	if len(rep.Failures) != bulk.FailuresKept {
		t.Errorf("%d failures are kept", len(rep.Failures))
	}
	count := 0
	for f, err := range bulk.ReadFailures(rep.FailuresFile) {
		if err != nil || len(f.Message) > 4<<10 {
			t.Fatalf("%d bytes, %v", len(f.Message), err)
		}
		count++
	}
	if count != n {
		t.Errorf("the file has %d failures, want %d", count, n)
	}
}

var errRefused, errBad = errors.New("refused"), errors.New("bad")

func common(err error) string {
	if errors.Is(err, errRefused) {
		return "refused"
	}
	return ""
}

func TestRunStopsByWhatConcernsAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fails   string // per document: r refused, b bad, . made
		failed  int
		stopped bool
	}{
		{"all refused", "rrrrrrrrrr", 3, true},
		{"one between", "rr.rr.rr..", 6, false},
		{"bad ones between", "rrbrrbrrbb", 10, false},
		{"at last", ".....rrrrr", 3, true},
		{"all bad", "bbbbbbbbbb", 10, false},
		{"too few to be three", "rr", 2, true},
		{"too few, and one bad", "rb", 2, false},
		{"too few, and one made", "r.", 1, false},
		{"one", "r", 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t.TempDir())
			for i, c := range tt.fails {
				in := fmt.Sprint(i)
				s.text[in] = in
				s.broken[in] = map[rune]error{'r': errRefused, 'b': errBad}[c]
			}
			cfg := s.config()
			cfg.Parallel, cfg.Common = 1, common
			rep := mustRun(t, cfg)
			if rep.Failed != tt.failed || errors.Is(rep.Stopped, errRefused) != tt.stopped || rep.Interrupted {
				t.Errorf("%d failed, stopped by %v; want %d, %v", rep.Failed, rep.Stopped, tt.failed, tt.stopped)
			}
		})
	}
}

// That documents can be made, but not put in their places, ends the run, too.
func TestRunStopsByPlaces(t *testing.T) {
	t.Parallel()
	var inputs []string
	for i := range 20 {
		inputs = append(inputs, fmt.Sprint(i))
	}
	s := newShop(t.TempDir(), inputs...)
	if err := os.WriteFile(filepath.Join(s.dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := s.config()
	cfg.Parallel = 1
	cfg.Name = func(in string) (string, error) { return filepath.Join("file", in), nil }
	cfg.Common = func(error) string { return "no place" }
	rep := mustRun(t, cfg)
	if rep.Stopped == nil || rep.Failed < 3 || rep.Failed > 5 || rep.Made != 0 {
		t.Errorf("%+v", rep)
	}
	if left, err := os.ReadDir(filepath.Join(s.dir, bulk.StateDir, "drafts")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b", "c", "d", "e", "f")
	ctx, cancel := context.WithCancel(t.Context())
	cfg := s.config()
	cfg.Parallel = 1
	cfg.Notify = func(p bulk.Progress) {
		if p.Made == 2 {
			cancel()
		}
	}
	rep, err := bulk.Run(ctx, cfg)
	if err != nil || !rep.Interrupted || rep.Made < 2 || rep.Made > 3 { // the third may have been on its way
		t.Fatalf("%+v, %v", rep, err)
	}
	cfg.Notify = nil
	wantCounts(t, mustRun(t, cfg), 6-rep.Made, rep.Made, 0)
	for in, n := range s.made {
		if n != 1 {
			t.Errorf("%s was made %d times", in, n)
		}
	}
}

// A run that is told to end before it begins makes nothing, and says so.
func TestRunToldToEndBefore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rep, err := bulk.Run(ctx, newShop(t.TempDir(), "a", "b").config())
	if err != nil || !rep.Interrupted || rep.Made != 0 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// A run that is told to end when everything is done was not interrupted.
func TestRunToldToEndAtItsEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b")
	ctx, cancel := context.WithCancel(t.Context())
	cfg := s.config()
	cfg.Notify = func(p bulk.Progress) {
		if p.Made == 2 {
			cancel()
		}
	}
	rep, err := bulk.Run(ctx, cfg)
	if err != nil || rep.Interrupted || rep.Made != 2 {
		t.Errorf("%+v, %v", rep, err)
	}
}

func TestRunOneAtATimePerFolder(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a")
	cfg := s.config()
	work := cfg.Work
	cfg.Work = func(ctx context.Context, it bulk.Item) (int64, error) {
		if _, err := bulk.Run(ctx, s.config()); !errors.Is(err, bulk.ErrLocked) {
			t.Errorf("the second run ended with %v", err)
		}
		return work(ctx, it)
	}
	wantCounts(t, mustRun(t, cfg), 1, 0, 0)
	wantCounts(t, mustRun(t, s.config()), 0, 1, 0)
}

func TestRunParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t.TempDir(), "a", "b", "c", "d", "e", "f", "g")
		cfg := s.config()
		var now, most atomic.Int64
		cfg.Work = func(ctx context.Context, it bulk.Item) (int64, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return s.work(ctx, it)
		}
		begin := time.Now()
		var last bulk.Progress
		cfg.Notify = func(p bulk.Progress) { last = p }
		mustRun(t, cfg)
		if took := time.Since(begin); most.Load() != 3 || took != 3*time.Second {
			t.Errorf("%d at once, in %v; want 3, in 3s", most.Load(), took)
		}
		if last.Rate != 3 || last.Left != 0 || last.Elapsed != 3*time.Second || last.Finished() != 7 {
			t.Errorf("progress %+v", last) // six documents in the two seconds after the first
		}
	})
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*bulk.Config)
	}{
		{"no folder", func(c *bulk.Config) { c.Dir = "" }},
		{"no inputs", func(c *bulk.Config) { c.Inputs = nil }},
		{"no work", func(c *bulk.Config) { c.Work = nil }},
		{"too many at once", func(c *bulk.Config) { c.Parallel = bulk.MaxParallel + 1 }},
		{"no names", func(c *bulk.Config) { c.Name = nil }},
		{"no digests", func(c *bulk.Config) { c.Digest = nil }},
		{"fewer than none at once", func(c *bulk.Config) { c.Parallel = -1 }},
		{"a negative total", func(c *bulk.Config) { c.Total = -1 }},
		{"a negative patience", func(c *bulk.Config) { c.StopAfter = -1 }},
		{"a file in the folder's place", func(c *bulk.Config) { c.Dir = os.Args[0] }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := newShop(t.TempDir(), "a").config()
			tt.change(&cfg)
			if rep, err := bulk.Run(t.Context(), cfg); err == nil {
				t.Errorf("no error; %+v", rep)
			}
		})
	}
}

func TestRunNames(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "../out", "/abs", ".imsx/journal.jsonl", "", "x/..", "A", "a", "none", strings.Repeat("n", bulk.MaxName+1))
	cfg := s.config()
	cfg.Parallel = 1
	cfg.Name = func(in string) (string, error) {
		if in == "none" {
			return "", errors.New("it has no name")
		}
		return in, nil
	}
	rep := mustRun(t, cfg)
	wantCounts(t, rep, 1, 0, 8)
	got := map[string]string{}
	for _, f := range rep.Failures {
		got[f.Input[:min(len(f.Input), 20)]] = f.Message
	}
	if diff := cmp.Diff(map[string]string{
		"../out": "the name of the output leads out of the folder", "/abs": "the name of the output leads out of the folder",
		"x/..": "the name of the output leads out of the folder", "": "the name of the output leads out of the folder", ".imsx/journal.jsonl": "the name of the output is that of the run's own folder",
		"a": `another input has the output "a" as well, in upper or lower case`, "none": "it has no name", strings.Repeat("n", 20): "the name of the output is too long",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRunDigests has digests that cannot be noted: such a document is not made.
func TestRunDigests(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "none", "long", "longest")
	cfg := s.config()
	cfg.Digest = func(_ context.Context, it bulk.Item) (string, error) {
		return strings.Repeat("d", map[string]int{"long": bulk.MaxDigest, "longest": bulk.MaxDigest + 1}[it.Input]), nil
	}
	wantCounts(t, mustRun(t, cfg), 1, 0, 2)
	if s.made["long"] != 1 || len(s.made) != 1 {
		t.Errorf("made %v, want the one whose digest is as long as may be", s.made)
	}
}

func TestRunInputsThatFail(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a")
	cfg := s.config()
	cfg.Inputs = func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("", fs.ErrPermission)
	}
	rep, err := bulk.Run(t.Context(), cfg)
	if !errors.Is(err, fs.ErrPermission) || rep.Finished() > 1 {
		t.Errorf("%+v, %v", rep, err)
	}
}

func TestRunJournalOfSomethingElse(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"another file": "hello\n", "a long one": strings.Repeat("x", 1<<17), "a later version": `{"imsx_journal":2}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t.TempDir(), "a")
			path := filepath.Join(s.dir, bulk.StateDir, "journal.jsonl")
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
				t.Fatal(err)
			}
			_, err := bulk.Run(t.Context(), s.config())
			var refused *bulk.JournalError
			if !errors.As(err, &refused) || refused.Path != path {
				t.Errorf("error %v", err)
			}
			if got, err := os.ReadFile(path); string(got) != content || err != nil {
				t.Errorf("the file was changed: %.40q, %v", got, err)
			}
		})
	}
}

func TestRunIgnoresLinesItCannotRead(t *testing.T) {
	t.Parallel()
	s := newShop(t.TempDir(), "a", "b", "c")
	mustRun(t, s.config())
	path := filepath.Join(s.dir, bulk.StateDir, "journal.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines[1] = strings.Repeat("\x00", len(lines[1])-1) + "\n"
	lines[3] = lines[3][:len(lines[3])/2] // torn
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	rep := mustRun(t, s.config())
	wantCounts(t, rep, 2, 1, 0)
	if rep.Ignored != 1 {
		t.Errorf("%d lines were ignored, want 1", rep.Ignored)
	}
	wantCounts(t, mustRun(t, s.config()), 0, 3, 0)
}
