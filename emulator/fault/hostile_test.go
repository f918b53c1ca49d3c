package fault_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/fault"
)

// hostileDocuments are those of which parsers are known to choke, of about the given size in bytes.
func hostileDocuments(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	numbered := func(format string) string {
		var b strings.Builder
		for n := 0; b.Len() < size; n++ {
			fmt.Fprintf(&b, format, n)
		}
		return b.String()
	}
	return map[string]string{
		"brackets":         fill("["),
		"braces":           fill("{"),
		"closed brackets":  strings.Repeat("[", size/120) + strings.Repeat("]", size/120),
		"dashes":           fill("- "),
		"questions":        fill("? "),
		"comments":         fill("# x\n"),
		"comments in list": "faults:\n" + fill("# x\n - 1\n"),
		"quotes":           `"` + fill(`\"`),
		"unknown members":  numbered("m%d: 1\n"),
		"the same member":  fill("seed: 1\n"),
		"many faults":      "faults:\n" + fill("- {effect: {hang: true}}\n"),
		"many bad faults":  "faults:\n" + fill("- {effect: {error: x}}\n"),
		"many names":       "faults:\n- effect:\n    replace_members:\n" + numbered("      m%d: 1\n"),
		"a long text":      "faults: {name: " + fill("ü") + "}",
		"a long folded":    "faults:\n name: >\n" + fill("  a\n"),
		"anchors":          numbered("a%[1]d: &x%[1]d 1\n"),
		"laughs":           "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
		"JSON arrays":      strings.Repeat("[", size/105) + strings.Repeat("]", size/105),
		"JSON lines":       `{"faults":[` + strings.TrimSuffix(fill("{}\n,"), ",") + "]}",
	}
}

// judge reads a document in both ways and returns how long that took.
func judge(text string) time.Duration {
	begin := time.Now()
	_, _ = fault.ParseScenario([]byte(text))
	_, _ = fault.Parse([]byte(text))
	return time.Since(begin)
}

// TestHostileDocuments judges documents of the greatest size, and looks that the time grows with the size and not with
// its square: four times as much would take sixteen times as long then. A busy machine gets further tries.
func TestHostileDocuments(t *testing.T) {
	const size = 1<<20 - 100
	quarter := hostileDocuments(size / 4)
	for name, text := range hostileDocuments(size) {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				small, large := judge(quarter[name]), judge(text)
				if large < 200*time.Millisecond || large < 10*small {
					return
				}
				t.Logf("a quarter took %v, the whole %v", small, large)
			}
			t.Error("the time grows faster than the size")
		})
	}
}
