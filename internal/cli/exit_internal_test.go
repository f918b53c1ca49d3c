package cli

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
)

// Internal, because the table of exit codes is: the pages that show it to users must agree with it.

// tableRows returns the cells of the rows of a page's tables.
func tableRows(t *testing.T, page string) [][]string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "|"); ok {
			var cells []string
			for cell := range strings.SplitSeq(strings.TrimSuffix(inner, "|"), "|") {
				cells = append(cells, strings.Trim(strings.TrimSpace(cell), "`"))
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

func TestPageOfErrorsShowsTheExitCodes(t *testing.T) {
	t.Parallel()
	documented := map[ims.Cause][]string{}
	for _, cells := range tableRows(t, "../../docs/errors.md") {
		if len(cells) == 6 {
			documented[ims.Cause(cells[0])] = cells
		}
	}
	for _, cause := range ims.Causes() {
		cells, ok := documented[cause]
		if !ok {
			t.Errorf("the page has no row for %s", cause)
			continue
		}
		if got, want := cells[3], strconv.Itoa(exitOfCause(cause)); got != want {
			t.Errorf("%s: the page says exit code %s, the command line ends with %s", cause, got, want)
		}
		retried := "no"
		if cause.Retryable() {
			retried = "yes"
		}
		if cells[4] != retried {
			t.Errorf("%s: the page says retried %s, want %s", cause, cells[4], retried)
		}
	}
}

// Each page that lists the exit codes lists all of them, and no other.
func TestPagesListTheExitCodes(t *testing.T) {
	t.Parallel()
	want := map[int]bool{exitOK: true, exitUnexpected: true, exitUsage: true, exitRefused: true, exitTemporary: true, exitInterrupted: true, 5: true}
	help := map[int]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  (\d+) +\w`).FindAllStringSubmatch(rootHelp, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		help[n] = true
	}
	sameCodes(t, "imsx help", help, want)
	for _, page := range []string{"../../docs/errors.md", "../../docs/command-line.md"} {
		listed := map[int]bool{}
		for _, cells := range tableRows(t, page) {
			if n, err := strconv.Atoi(cells[0]); err == nil && len(cells) == 2 {
				listed[n] = true
			}
		}
		sameCodes(t, page, listed, want)
	}
}

func sameCodes(t *testing.T, where string, got, want map[int]bool) {
	t.Helper()
	for code := range want {
		if !got[code] {
			t.Errorf("%s does not list exit code %d", where, code)
		}
	}
	for code := range got {
		if !want[code] {
			t.Errorf("%s lists exit code %d, which there is not", where, code)
		}
	}
}

// A credential that was recognised and cannot serve needs a person; what is no credential is wrong input.
func TestExitOfReason(t *testing.T) {
	t.Parallel()
	for reason, want := range map[credentials.Reason]int{
		credentials.ReasonMissingFields: exitRefused, credentials.ReasonBadField: exitRefused,
		credentials.ReasonBadKey: exitRefused, credentials.ReasonNotRSA: exitRefused,
		credentials.ReasonUnreadable: exitUsage, credentials.ReasonEmpty: exitUsage, credentials.ReasonHTML: exitUsage,
		credentials.ReasonTruncated: exitUsage, credentials.ReasonTooLarge: exitUsage, credentials.ReasonAmbiguous: exitUsage,
		credentials.ReasonNoMatch: exitUsage, credentials.ReasonPassphraseNeeded: exitUsage,
		credentials.ReasonWrongPassphrase: exitUsage, credentials.ReasonKeyFile: exitUsage,
		credentials.ReasonSavedError: exitUsage, credentials.ReasonUnknownFormat: exitUsage,
	} {
		if got := exitOfReason(reason); got != want {
			t.Errorf("exitOfReason(%s) = %d, want %d", reason, got, want)
		}
	}
}
