// Package bulk makes many documents: it takes inputs one by one, gives them to a number of workers, remembers in a
// journal what is done, and tells at the end what failed. [Run] does it; [Dir] and [List] give the inputs.
//
//	report, err := bulk.Run(ctx, bulk.Config{
//		Dir:    "invoices",
//		Inputs: bulk.Dir("data", isXML),
//		Name:   func(input string) (string, error) { return base(input) + ".pdf", nil },
//		Digest: func(ctx context.Context, it bulk.Item) (string, error) { return digestOf(it.Input) },
//		Work:   func(ctx context.Context, it bulk.Item) (int64, error) { return generate(ctx, it.Input, it.Draft) },
//	})
//
// The package knows nothing of what a document is, of HTTP, or of a terminal.
//
// # Resuming
//
// A run that ended early, by whatever cause, is gone on with by the same call: an input whose output is in the journal
// with the same digest, and is there with the size that was noted, is left out. Work writes a draft, which is synced and
// moved to its place when it is complete; drafts that an end by force left behind are removed by the next run. The
// journal is written after the output is in place, so an end by force costs at most the documents that were being made
// at that moment, which are made again: no document is lost, and none is taken for complete that is not. The line is
// handed to the system at once, and synced, after the folders of the outputs, once a second and at the end: a crash of
// the whole machine costs at most the documents of the last second more.
//
// The key of the journal is the name of the output, because that is what must not be written twice or taken for
// another: an input that was moved is not made again, and one that changed is.
//
// # Limits
//
// Memory does not grow with the size of the documents. It grows by 8 to 20 bytes for each input (a hash of its output's
// name, to find two inputs with one output) and by about 100 bytes for each document that the journal holds when the run
// begins. [Dir] keeps [DirWindow] names. A report keeps [FailuresKept] failures; all of them are in a file.
//
// # Trust
//
// Names of outputs that lead out of the folder are refused. The journal is read with limits, and what it says is only
// ever a reason not to make a document again.
package bulk

import (
	"context"
	"encoding/hex"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"time"
)

// Item is one document to make.
type Item struct {
	// Input names what it is made of, as the inputs gave it.
	Input string
	// Output is the name of the result below the folder of the run, with slashes.
	Output string
	// Path is where the result belongs: the folder and the name.
	Path string
	// Draft is where Work puts the result. Its folder is there, and is the run's own.
	Draft string
}

// Config says what to do. Dir, Inputs, Name, Digest and Work are required.
type Config struct {
	// Dir is the folder for the results. It is made if need be. The run's own files are in its folder [StateDir].
	Dir string
	// Inputs are the names of the inputs, in the order in which they are begun. An error in it ends the run.
	Inputs iter.Seq2[string, error]
	// Total is how many inputs there are, for the progress. 0: not known.
	Total int
	// Name returns the name of an input's output, relative to Dir. It is called for one input at a time.
	Name func(input string) (string, error)
	// Digest returns a text of at most [MaxDigest] bytes that changes with everything that the result depends on. It is
	// called by several goroutines.
	Digest func(ctx context.Context, it Item) (string, error)
	// Work makes the document at it.Draft and returns its size in bytes. It need not sync it. It is called by several
	// goroutines and ends soon after ctx does.
	Work func(ctx context.Context, it Item) (int64, error)
	// Parallel is how many documents are made at once; as many more may be on their way from draft to place. 0: 4; at
	// most [MaxParallel].
	Parallel int
	// Redo makes documents also if they are there already.
	Redo bool
	// Common returns the kind of an error that concerns all documents, such as a token that is refused, and "" for one
	// that concerns this document alone. Nil: none concerns all.
	Common func(error) string
	// StopAfter is how many documents must fail by one common kind, with none in between that got an answer of its own,
	// for the run to stop. 0: 3.
	StopAfter int
	// Describe says what is written about an error. Nil: its text.
	Describe func(error) Cause
	// Notify is told after each input, one call at a time; it must not block for long. Nil: nobody is told.
	Notify func(Progress)
}

// The limits of a run.
const (
	// MaxParallel is the most documents that are made at once.
	MaxParallel = 64
	// MaxDigest is the most bytes of a digest.
	MaxDigest = 256
	// MaxName is the most bytes of an output's name.
	MaxName = 4096
	// FailuresKept is how many failures a [Report] holds.
	FailuresKept = 20
	// StateDir is the folder within that of the results which holds the journal, the failures, the drafts and the lock.
	StateDir = ".imsx"
)

// What is in StateDir.
const (
	draftsDir    = "drafts"
	journalFile  = "journal.jsonl"
	failuresFile = "failures.jsonl"
	lockFile     = "lock"
)

// ErrLocked is returned when another run works on the same folder.
var ErrLocked = errors.New("another run is working on this folder")

// NameError is the failure of a document whose output has no name that can be used, or one that another has.
type NameError struct{ What string }

// Error says what is wrong with the name.
func (e *NameError) Error() string { return e.What }

// Progress is how far a run is.
type Progress struct {
	// Total is how many inputs there are; 0 if that is not known.
	Total int
	// Made, Skipped and Failed are the inputs that were finished by this run, were finished before, and failed.
	Made, Skipped, Failed int
	// Bytes is the size of what was made.
	Bytes int64
	// Elapsed is the time since the run began.
	Elapsed time.Duration
	// Rate is how many documents per second were made or failed lately; 0 before there are two.
	Rate float64
	// Left is the estimated time to the end; negative if it is not known.
	Left time.Duration
}

// Finished returns how many inputs are behind.
func (p Progress) Finished() int { return p.Made + p.Skipped + p.Failed }

// Report is what a run has done.
type Report struct {
	Progress
	// Failures are the first failures, at most [FailuresKept].
	Failures []Failure
	// FailuresFile holds all failures of this run, for [ReadFailures]. It is "" if there are none.
	FailuresFile string
	// Ignored is how many lines of the journal could not be understood. Their documents were made again.
	Ignored int
	// Stopped is the error that concerns all documents and ended the run early; nil if there was none.
	Stopped error
	// Interrupted reports whether the context ended before the inputs did.
	Interrupted bool
}

// Run makes the documents. It returns when all inputs are done with, or soon after ctx ended or an error that concerns
// all has stopped it; no goroutine is left behind. A document that fails does not stop the others and is no error of
// Run: see the report, which is filled as far as the run came in every case.
//
// Run fails with [ErrLocked], a [*JournalError], an error of the inputs, or one that wraps an error of the file system.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.check(); err != nil {
		return Report{}, err
	}
	st, err := openState(cfg.Dir)
	if err != nil {
		return Report{}, err
	}
	r := newRun(cfg, st)
	r.work(ctx)
	err = errors.Join(r.broken, st.close())
	return r.result(ctx), err
}

func (c *Config) check() error {
	switch {
	case c.Dir == "" || c.Inputs == nil || c.Name == nil || c.Digest == nil || c.Work == nil:
		return errors.New("bulk: Dir, Inputs, Name, Digest and Work are required")
	case c.Parallel < 0 || c.Parallel > MaxParallel:
		return errors.New("bulk: Parallel is not between 0 and 64")
	case c.StopAfter < 0 || c.Total < 0:
		return errors.New("bulk: StopAfter and Total must not be negative")
	}
	return nil
}

func (c *Config) parallel() int {
	if c.Parallel == 0 {
		return 4
	}
	return c.Parallel
}

func (c *Config) stopAfter() int {
	if c.StopAfter == 0 {
		return 3
	}
	return c.StopAfter
}

func (c *Config) describe(err error) Cause {
	if c.Describe == nil {
		return Cause{Message: err.Error()}
	}
	return c.Describe(err)
}

func (c *Config) common(err error) string {
	if c.Common == nil {
		return ""
	}
	return c.Common(err)
}

// item returns the document of an input.
func (c *Config) item(input string) (Item, error) {
	name, err := c.Name(input)
	if err != nil {
		return Item{Input: input}, err
	}
	it := Item{Input: input, Output: filepath.ToSlash(name)}
	first, _, _ := strings.Cut(it.Output, "/")
	switch {
	case len(name) > MaxName:
		return it, &NameError{"the name of the output is too long"}
	case !filepath.IsLocal(name) || filepath.Clean(name) == ".":
		return it, &NameError{"the name of the output leads out of the folder"}
	case first == StateDir:
		return it, &NameError{"the name of the output is that of the run's own folder"}
	}
	it.Path = filepath.Join(c.Dir, name)
	h := hash(it.Output)
	it.Draft = filepath.Join(c.Dir, StateDir, draftsDir, hex.EncodeToString(h[:]))
	return it, nil
}
