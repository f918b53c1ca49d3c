package aem_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
)

func TestEveryCauseIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[aem.Cause]bool{}
	meanings := map[string]aem.Cause{}
	for _, c := range aem.Causes() {
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

// TestCausesThatCanPass keeps calls that a person must mend from being tried again.
func TestCausesThatCanPass(t *testing.T) {
	t.Parallel()
	var got []aem.Cause
	for _, c := range aem.Causes() {
		if c.Retryable() {
			got = append(got, c)
		}
	}
	want := []aem.Cause{
		aem.CauseTimedOut, aem.CauseThrottled, aem.CauseServerFault, aem.CauseProxyFault, aem.CauseNameNotResolved, aem.CauseNetwork,
		aem.CauseTimeout,
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
	if got, want := len(aem.Causes()), len(constants); got != want {
		t.Errorf("%d causes are listed, %d constants exist", got, want)
	}
	for _, m := range constants {
		if c := aem.Cause(m[1]); c != aem.CauseUnknown && c.Meaning() == aem.CauseUnknown.Meaning() {
			t.Errorf("%q has no row in the table", c)
		}
	}
}

func TestUnlistedCauseCountsAsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []aem.Cause{"", "no_such_cause"} {
		if c.Meaning() != aem.CauseUnknown.Meaning() || c.Remedy() != aem.CauseUnknown.Remedy() || c.Retryable() {
			t.Errorf("%q is not explained as unknown", c)
		}
	}
}
