package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lingering is the variable that makes the test program one that lives for a second and does nothing.
const lingering = "IMSX_BENCH_LINGER"

// TestMain shortens what testing.Benchmark measures.
func TestMain(m *testing.M) {
	if os.Getenv(lingering) != "" {
		time.Sleep(time.Second)
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.benchtime", "20ms"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"one", []float64{7}, 7},
		{"odd, unsorted", []float64{9, 1, 2}, 2},
		{"even", []float64{4, 1, 2, 100}, 3},
	} {
		before := append([]float64(nil), tt.values...)
		if got := median(tt.values); got != tt.want {
			t.Errorf("%s: median is %v, want %v", tt.name, got, tt.want)
		}
		if diff := cmp.Diff(before, tt.values); diff != "" {
			t.Errorf("%s: the values have changed: %s", tt.name, diff)
		}
	}
	// The turn in which both were ten times slower does not count for more than the others.
	if got := medianRatio([]float64{2, 30, 2}, []float64{1, 10, 1}); got != 2 {
		t.Errorf("the median ratio is %v, want 2", got)
	}
}

func TestCompareOperations(t *testing.T) {
	t.Parallel()
	sleeping := func(d time.Duration) func() error {
		return func() error {
			time.Sleep(d)
			return nil
		}
	}
	got, err := compareOperations(effort{rounds: 1}, sleeping(4*time.Millisecond), sleeping(time.Millisecond))
	if err != nil || got.ratio < 1.5 || got.measured < 4e6 {
		t.Errorf("comparison %+v, %v; want a ratio of about 4", got, err)
	}
	failure := errors.New("no key")
	if _, err := compareOperations(effort{rounds: 1}, func() error { return failure }, sleeping(0)); !errors.Is(err, failure) {
		t.Errorf("error %v, want that of the operation", err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	sleeping := func(d time.Duration) func(*testing.B) {
		return func(b *testing.B) {
			for range b.N {
				time.Sleep(d)
			}
		}
	}
	got, err := compare(effort{rounds: 1}, sleeping(4*time.Millisecond), sleeping(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	if got.ratio <= 1 || got.measured < 4e6 || got.reference < 1e6 {
		t.Errorf("comparing 4 ms with 1 ms gives %+v", got)
	}
	broken := func(b *testing.B) { b.Error("broken") }
	if _, err := compare(effort{rounds: 1}, sleeping(1), broken); !errors.Is(err, errFailed) {
		t.Errorf("a benchmark that fails gives %v, want errFailed", err)
	}
}

var someRows = []row{
	{What: "short", Against: "nothing", Unit: "ns", Measured: 1.234, Reference: 0, Ratio: 1, Target: "<= 2.00", Met: true},
	{What: "a longer name", Against: "something", Unit: "per s", Measured: 12345, Reference: 56.78, Ratio: 217.4, Target: "<= 2.00"},
	{What: "no target", Against: "something", Unit: "ms", Measured: 2, Reference: 1, Ratio: 2},
	{What: "not here", Against: "something", LeftOut: "no server"},
}

func TestWriteTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := write(&out, someRows, false); err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(out.String(), "\n\n")
	want := `what           measured     against    reference   ratio   target   verdict
short          1.23 ns      nothing    0 ns        1.00    <= 2.00  met
a longer name  12345 per s  something  56.8 per s  217.40  <= 2.00  not met
no target      2.00 ms      something  1.00 ms     2.00    -        -
not here       -            something  -           -       -        left out: no server
`
	if diff := cmp.Diff(want, table); !found || diff != "" {
		t.Errorf("the table differs (-want +got):\n%s", diff)
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := write(&out, someRows, true); err != nil {
		t.Fatal(err)
	}
	var got []row
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someRows, got); diff != "" {
		t.Errorf("the rows differ (-want +got):\n%s", diff)
	}
}

func TestColdCache(t *testing.T) {
	t.Parallel()
	local, err := startAdobe()
	if err != nil {
		t.Fatal(err)
	}
	defer local.close()
	rows, err := coldCache(t.Context(), local, effort{})
	if err != nil || len(rows) != 1 || !rows[0].Met || local.given() != 1 {
		t.Errorf("%+v, %v; %d tokens were given", rows, err, local.given())
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-unknown"}, {"-run", "("}, {"-run", "nothing like it"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != 2 || stdout.Len() != 0 || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, &stdout, &stderr)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		expression string
		want       []string
	}{
		{"^forms$|^memory$", []string{"forms", "memory"}},
		{"store", []string{"filestore"}},
	} {
		chosen, err := choose(tt.expression)
		var got []string
		for _, m := range chosen {
			got = append(got, m.name)
		}
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v; the choice differs (-want +got):\n%s", tt.expression, err, diff)
		}
	}
	if all, err := choose(""); err != nil || len(all) != len(measurements) {
		t.Errorf("the empty expression finds %d of %d, %v", len(all), len(measurements), err)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		row  row
		want string
	}{
		{row{Ratio: 3}.atMost(3), "met"},
		{row{Ratio: 3.01}.atMost(3), "not met"},
		{row{Ratio: 0.9}.atLeast(0.9), "met"},
		{row{Ratio: 0.89}.atLeast(0.9), "not met"},
		{row{Ratio: 5}, "-"},
		{row{LeftOut: "no server"}, "left out: no server"},
	} {
		if got := tt.row.verdict(); got != tt.want {
			t.Errorf("%v %s: verdict %q, want %q", tt.row.Ratio, tt.row.Target, got, tt.want)
		}
	}
}

func TestTakeTurns(t *testing.T) {
	t.Parallel()
	order := ""
	operation := func(name string, took time.Duration) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			order += name
			return took, nil
		}
	}
	times, err := takeTurns(2, operation("a", time.Millisecond), operation("b", 2*time.Second))
	if diff := cmp.Diff([][]float64{{1, 1}, {2000, 2000}}, times); err != nil || diff != "" || order != "ababab" {
		t.Errorf("%v, order %q; the times differ (-want +got):\n%s", err, order, diff)
	}
	failure := errors.New("no program")
	if _, err := takeTurns(1, func() (time.Duration, error) { return 0, failure }); !errors.Is(err, failure) {
		t.Errorf("error %v, want that of the operation", err)
	}
}
