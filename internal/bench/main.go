// Bench prints what the promises of imsx cost, as ratios within one run, so that the machine's speed falls out. A
// measurement and its reference take many short turns, one right after the other. The table shows the medians, and as
// ratio the median of the turns' ratios: that one stays the same when the machine is busy with something else meanwhile.
//
//	go run ./internal/bench
//	go run ./internal/bench -short -json
//	go run ./internal/bench -run 'forms|memory'
//
// It needs the Go command and loopback, and takes two or three minutes; what redis-server or the system is needed for is
// left out where that is not there, and the table says so. A ratio that misses its target is told and is no failure; some
// have no target. The exit code is 1 if something is broken: a measurement that cannot be made, or more than one exchange
// where there must be one.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == loopCommand {
		if err := runLoop(ctx, args[1:], stdout); err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return 1
		}
		return 0
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	short := flags.Bool("short", false, "measure for a shorter time, with more noise")
	asJSON := flags.Bool("json", false, "print a JSON array instead of a table")
	only := flags.String("run", "", "measure only what this regular `EXPRESSION` finds the name of")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := choose(*only)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	effort := effort{rounds: 41, time: 50 * time.Millisecond, starts: 100, runs: 5, documents: 600, entries: 100_000, tokens: 50_000}
	if *short {
		effort.rounds, effort.time, effort.starts = 9, 30*time.Millisecond, 20
		effort.runs, effort.documents, effort.entries, effort.tokens = 3, 200, 20_000, 2000
	}
	rows, err := measure(ctx, chosen, effort, stderr)
	if err == nil {
		err = write(stdout, rows, *asJSON)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// effort says how much time goes into the measurements.
type effort struct {
	rounds int           // how many turns each benchmark gets
	time   time.Duration // how long a turn is, about
	starts int           // how often each program is started
	runs   int           // how often what takes a second or so is run
	// documents is how many documents a run makes, entries how many the largest store holds, tokens how many are given
	// before an exchange is measured among them.
	documents, entries, tokens int
}

// measurement makes some rows of the table.
type measurement struct {
	name string // chooses it
	what string
	run  func(context.Context, *adobe, effort) ([]row, error)
}

var measurements = [...]measurement{
	{"token", "a fresh token", freshToken},
	{"cold", "a cold cache", coldCache},
	{"assertion", "the assertion", assertion},
	{"emulator", "the emulator", exchanges},
	{"accounts", "the emulator with many accounts", accounts},
	{"start", "the start of the program", processStart},
	{"cached", "a token from the cache of the machine", cachedToken},
	{"crowd", "many processes at once", crowd},
	{"filestore", "the store of files", fileStore},
	{"entries", "a store with many entries", manyEntries},
	{"redis", "the store in Redis", redisStore},
	{"forms", "many documents", formsRate},
	{"memory", "the memory of many documents", formsMemory},
	{"stream", "long bodies", streams},
	{"render", "the emulator's documents", rendering},
}

// choose returns the measurements that an expression finds; the empty one finds all.
func choose(expression string) ([]measurement, error) {
	exp, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	var chosen []measurement
	var names []string
	for _, m := range measurements {
		names = append(names, m.name)
		if exp.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%q finds none of %s", expression, strings.Join(names, ", "))
	}
	return chosen, nil
}

// measure makes the measurements, one after the other, so that none disturbs another.
func measure(ctx context.Context, chosen []measurement, e effort, progress io.Writer) (rows []row, err error) {
	testing.Init() // defines the flag that says how long testing.Benchmark runs
	if err := flag.Set("test.benchtime", e.time.String()); err != nil {
		return nil, err
	}
	local, err := startAdobe()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, local.close()) }()
	for _, m := range chosen {
		fmt.Fprintln(progress, "measuring", m.what)
		some, err := m.run(ctx, local, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.what, err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// row is one line of the table. Measured and Reference are in Unit.
type row struct {
	What      string  `json:"what"`
	Against   string  `json:"against"`
	Unit      string  `json:"unit"`
	Measured  float64 `json:"measured"`
	Reference float64 `json:"reference"`
	// Ratio compares the two, turn by turn, the way round that Target means.
	Ratio float64 `json:"ratio"`
	// Target is what Ratio should be. Empty: there is none, and Met means nothing.
	Target string `json:"target,omitempty"`
	Met    bool   `json:"met"`
	// LeftOut says why nothing was measured; empty if something was.
	LeftOut string `json:"left_out,omitempty"`
}

// atMost gives the row its target.
func (r row) atMost(limit float64) row {
	r.Target, r.Met = fmt.Sprintf("<= %.2f", limit), r.Ratio <= limit
	return r
}

// atLeast gives the row its target.
func (r row) atLeast(limit float64) row {
	r.Target, r.Met = fmt.Sprintf(">= %.2f", limit), r.Ratio >= limit
	return r
}

// verdict compares the row with its target.
func (r row) verdict() string {
	switch {
	case r.LeftOut != "":
		return "left out: " + r.LeftOut
	case r.Target == "":
		return "-"
	case r.Met:
		return "met"
	}
	return "not met"
}

// cells are the columns of the table.
func (r row) cells() []string {
	if r.LeftOut != "" {
		return []string{r.What, "-", r.Against, "-", "-", cmp.Or(r.Target, "-"), r.verdict()}
	}
	return []string{
		r.What, quantity(r.Measured, r.Unit), r.Against, quantity(r.Reference, r.Unit), fmt.Sprintf("%.2f", r.Ratio),
		cmp.Or(r.Target, "-"), r.verdict(),
	}
}

func write(w io.Writer, rows []row, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(rows)
	}
	fmt.Fprintf(w, "%s/%s, %d cores, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version())
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "what\tmeasured\tagainst\treference\tratio\ttarget\tverdict")
	for _, r := range rows {
		fmt.Fprintln(tab, strings.Join(r.cells(), "\t"))
	}
	return tab.Flush()
}

// quantity writes a value with three or more digits that matter.
func quantity(v float64, unit string) string {
	digits := 0
	switch {
	case v != 0 && v < 10:
		digits = 2
	case v != 0 && v < 100:
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, v, unit)
}
