package ims_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/ims"
)

func TestEveryCauseIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[ims.Cause]bool{}
	meanings := map[string]ims.Cause{}
	for _, c := range ims.Causes() {
		if seen[c] {
			t.Errorf("%q is listed twice", c)
		}
		seen[c] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(string(c)) {
			t.Errorf("%q is not a lower-case name", c)
		}
		for _, sentence := range []string{c.Meaning(), c.Remedy()} {
			if !strings.HasSuffix(sentence, ".") || strings.Contains(strings.TrimSuffix(sentence, "."), ". ") {
				t.Errorf("%q: %q is not one sentence", c, sentence)
			}
		}
		if other, ok := meanings[c.Meaning()]; ok {
			t.Errorf("%q and %q mean the same", c, other)
		}
		meanings[c.Meaning()] = c
	}
}

// TestCausesThatCanPass keeps requests that a person must mend from being tried again.
func TestCausesThatCanPass(t *testing.T) {
	t.Parallel()
	var got []ims.Cause
	for _, c := range ims.Causes() {
		if c.Retryable() {
			got = append(got, c)
		}
	}
	want := []ims.Cause{
		ims.CauseMigrated, ims.CauseThrottled, ims.CauseServerFault, ims.CauseNetwork, ims.CauseTimeout, ims.CauseNameNotResolved,
		ims.CauseProxyFault, ims.CauseMalformedAnswer,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryConstantIsListed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("cause.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := regexp.MustCompile(`(?m)^\tCause\w+\s+Cause = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if got, want := len(ims.Causes()), len(constants); got != want {
		t.Errorf("%d causes are listed, %d constants exist", got, want)
	}
	for _, m := range constants {
		if c := ims.Cause(m[1]); c != ims.CauseUnknown && c.Meaning() == ims.CauseUnknown.Meaning() {
			t.Errorf("%q has no row in the table", c)
		}
	}
}

func TestUnlistedCauseCountsAsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []ims.Cause{"", "no_such_cause"} {
		if c.Meaning() != ims.CauseUnknown.Meaning() || c.Remedy() != ims.CauseUnknown.Remedy() || c.Retryable() {
			t.Errorf("%q is not explained as unknown", c)
		}
	}
}

// errorRow is one row of the table in docs/errors.md.
type errorRow struct {
	cause, meaning, remedy, exit, retried, sends string
}

func readErrorRows(t *testing.T) []errorRow {
	t.Helper()
	page, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []errorRow
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 6 {
			t.Fatalf("row with %d cells: %s", len(cells), line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, errorRow{strings.Trim(cells[0], "`"), cells[1], cells[2], cells[3], cells[4], cells[5]})
	}
	return rows
}

func TestErrorPageListsEveryCause(t *testing.T) {
	t.Parallel()
	rows := readErrorRows(t)
	causes := ims.Causes()
	if len(rows) != len(causes) {
		t.Fatalf("the page has %d rows, there are %d causes", len(rows), len(causes))
	}
	for i, c := range causes {
		row := rows[i]
		if row.cause != string(c) {
			t.Errorf("row %d is %q, want %q", i, row.cause, c)
			continue
		}
		if row.meaning != c.Meaning() || row.remedy != c.Remedy() {
			t.Errorf("%q: the page says %q and %q, the package %q and %q", c, row.meaning, row.remedy, c.Meaning(), c.Remedy())
		}
		retried, exit := "no", "3"
		if c.Retryable() {
			retried, exit = "yes", "4"
		}
		if c == ims.CauseCanceled {
			exit = "130"
		}
		if row.retried != retried || row.exit != exit {
			t.Errorf("%q: the page says retried %s, exit %s; want %s, %s", c, row.retried, row.exit, retried, exit)
		}
		if row.sends == "" {
			t.Errorf("%q: the page does not say what is sent", c)
		}
	}
}
