package doctor_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/doctor"
)

const pagePath = "../../docs/doctor.md"

// causeRow is one row of a table of causes on the page: without the exit code, which the command line knows.
func causeRow(cause, meaning, remedy string) string {
	return fmt.Sprintf("| `%s` | %s | %s |", cause, meaning, remedy)
}

// TestPageListsEveryCause checks the tables of the page against those of the packages. IMSX_PRINT_CAUSES=1 prints them.
func TestPageListsEveryCause(t *testing.T) {
	t.Parallel()
	tables := map[string][]string{}
	for _, c := range doctor.Causes() {
		tables["What only the doctor sees"] = append(tables["What only the doctor sees"], causeRow(string(c), c.Meaning(), c.Remedy()))
	}
	for _, c := range ims.Causes() {
		tables["IMS and the way there"] = append(tables["IMS and the way there"], causeRow(string(c), c.Meaning(), c.Remedy()))
	}
	for _, c := range aem.Causes() {
		tables["AEM and the way there"] = append(tables["AEM and the way there"], causeRow(string(c), c.Meaning(), c.Remedy()))
	}
	page := readText(t, pagePath)
	for title, rows := range tables {
		if os.Getenv("IMSX_PRINT_CAUSES") != "" {
			fmt.Printf("### %s\n\n%s\n\n", title, strings.Join(rows, "\n"))
		}
		_, section, ok := strings.Cut(page, "\n### "+title+"\n")
		if !ok {
			t.Errorf("the page has no section %q", title)
			continue
		}
		section, _, _ = strings.Cut(section, "\n### ")
		var got []string
		for line := range strings.Lines(section) {
			if strings.HasPrefix(line, "| `") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		for i := range max(len(got), len(rows)) {
			switch {
			case i >= len(got):
				t.Errorf("%s: the page lacks %s", title, rows[i])
			case i >= len(rows):
				t.Errorf("%s: the page has too much: %s", title, got[i])
			case got[i] != rows[i]:
				t.Errorf("%s: the page has\n%s\nwant\n%s", title, got[i], rows[i])
			}
		}
	}
}

// TestPageListsEveryRung checks the table of the rungs against a climb to the top.
func TestPageListsEveryRung(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.author()
	r := b.climb()
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| (\\d+) \\| `([a-z_]+)` \\| ([^|]+) \\|").FindAllStringSubmatch(readText(t, pagePath), -1) {
		got = append(got, m[1]+" "+m[2]+" "+strings.TrimSpace(m[3]))
	}
	for i, rung := range r.Rungs {
		want := fmt.Sprintf("%d %s %s", i+1, rung.ID, rung.Title)
		if i >= len(got) || got[i] != want {
			t.Errorf("row %d of the page is %q, want %q", i+1, got[min(i, max(0, len(got)-1)):], want)
			return
		}
	}
	if len(got) != len(r.Rungs) {
		t.Errorf("the page has %d rungs, want %d", len(got), len(r.Rungs))
	}
}

func TestEveryCauseIsExplained(t *testing.T) {
	t.Parallel()
	source := readText(t, "cause.go")
	constants := regexp.MustCompile(`(?m)^\tCause\w+\s+Cause = "(\w+)"`).FindAllStringSubmatch(source, -1)
	if len(constants) != len(doctor.Causes()) || len(constants) < 10 {
		t.Fatalf("%d constants, %d causes", len(constants), len(doctor.Causes()))
	}
	seen := map[string]bool{}
	for _, m := range constants {
		c := doctor.Cause(m[1])
		for _, sentence := range []string{c.Meaning(), c.Remedy()} {
			if !strings.HasSuffix(sentence, ".") || strings.Contains(strings.TrimSuffix(sentence, "."), ". ") {
				t.Errorf("%q: %q is not one sentence", c, sentence)
			}
		}
		if seen[c.Meaning()] {
			t.Errorf("%q means the same as another one", c)
		}
		seen[c.Meaning()] = true
	}
	if doctor.Cause("no_such").Meaning() != "" {
		t.Error("an unknown cause has a meaning")
	}
}
