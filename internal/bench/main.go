// Bench prints what the promises of imsx cost, as ratios within one run, so that the machine's speed falls out. A
// measurement and its reference take many short turns, one right after the other. The table shows the medians, and as
// ratio the median of the turns' ratios: that one stays the same when the machine is busy with something else meanwhile.
//
//	go run ./internal/bench
//	go run ./internal/bench -short -json
//
// It needs the Go command and loopback, and takes about half a minute. A ratio that misses its target is told and is no
// failure. The exit code is 1 if something is broken: a measurement that cannot be made, or more than one exchange
// where there must be one.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
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
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	short := flags.Bool("short", false, "measure for a shorter time, with more noise")
	asJSON := flags.Bool("json", false, "print a JSON array instead of a table")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	effort := effort{rounds: 41, time: 50 * time.Millisecond, starts: 100}
	if *short {
		effort.rounds, effort.time, effort.starts = 9, 30*time.Millisecond, 20
	}
	rows, err := measure(ctx, effort, stderr)
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
}

// measure makes all measurements, one after the other, so that none disturbs another.
func measure(ctx context.Context, e effort, progress io.Writer) ([]row, error) {
	testing.Init() // defines the flag that says how long testing.Benchmark runs
	if err := flag.Set("test.benchtime", e.time.String()); err != nil {
		return nil, err
	}
	local, err := startAdobe()
	if err != nil {
		return nil, err
	}
	defer local.close()
	var rows []row
	for _, m := range []struct {
		what string
		run  func() ([]row, error)
	}{
		{"a fresh token", func() ([]row, error) { return freshToken(ctx, local, e) }},
		{"a cold cache", func() ([]row, error) { return coldCache(ctx, local) }},
		{"the assertion", func() ([]row, error) { return assertion(local, e) }},
		{"the emulator", func() ([]row, error) { return exchanges(local, e) }},
		{"the start of the program", func() ([]row, error) { return processStart(ctx, local, e) }},
	} {
		fmt.Fprintln(progress, "measuring", m.what)
		some, err := m.run()
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
	Ratio  float64 `json:"ratio"`
	Target string  `json:"target"`
	Met    bool    `json:"met"`
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
		verdict := "not met"
		if r.Met {
			verdict = "met"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%.2f\t%s\t%s\n", r.What, quantity(r.Measured, r.Unit), r.Against,
			quantity(r.Reference, r.Unit), r.Ratio, r.Target, verdict)
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
