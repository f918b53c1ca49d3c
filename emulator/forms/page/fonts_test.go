package page_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/page"
)

// The widths of the core fonts are published with them, in thousandths of the size.
func TestWidthOfCoreFonts(t *testing.T) {
	t.Parallel()
	fonts := page.NewFonts(false)
	for _, c := range []struct {
		font page.Font
		text string
		want float64
	}{
		{page.Font{}, "A", 667},
		{page.Font{}, "i", 222},
		{page.Font{Bold: true}, "A", 722},
		{page.Font{Italic: true}, "W", 944},
		{page.Font{Family: page.Serif}, "A", 722},
		{page.Font{Family: page.Serif, Italic: true}, "A", 611},
		{page.Font{Family: page.Serif, Bold: true, Italic: true}, "e", 444},
		{page.Font{Family: page.Mono}, "i", 600},
		{page.Font{Family: page.Mono, Bold: true}, "€", 600},
		{page.Font{}, "ü", 556},
		{page.Font{}, "—", 1000},
		{page.Font{}, "", 0},
		{page.Font{Family: 99}, "A", 667},
	} {
		c.font.Size = 1000
		if got := fonts.Width(c.font, c.text); got != c.want {
			t.Errorf("width of %q in %s: got %v, want %v", c.text, page.CoreName(c.font), got, c.want)
		}
	}
	if got := fonts.Width(page.Font{Size: 12}, "Hello"); math.Abs(got-27.336) > 0.001 {
		t.Errorf("width of Hello at 12 points: got %v, want 27.336", got)
	}
}

func TestFallback(t *testing.T) {
	t.Parallel()
	fonts, embedded := page.NewFonts(false), page.NewFonts(true)
	font := page.Font{Size: 10}
	const mixed = "Łódź Ω ok"
	want := []page.Run{{Text: "Ł"}, {Text: "ód", Core: true}, {Text: "ź"}, {Text: " ", Core: true}, {Text: "Ω"}, {Text: " ok", Core: true}}
	if diff := cmp.Diff(fonts.Runs(mixed), want); diff != "" {
		t.Errorf("runs (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(embedded.Runs(mixed), []page.Run{{Text: mixed}}); diff != "" {
		t.Errorf("runs of embedded fonts (-got +want):\n%s", diff)
	}
	if runs := fonts.Runs(""); runs != nil {
		t.Errorf("runs of nothing: got %v", runs)
	}
	if got, want := fonts.Width(font, "Ω"), embedded.Width(font, "Ω"); got != want || got <= 0 {
		t.Errorf("width of what no core font has: got %v, want %v", got, want)
	}
	if !fonts.Has(font, 'ж') || fonts.Has(font, '漢') || !fonts.Has(font, 'A') {
		t.Error("what the fonts have is wrong")
	}
	if got := fonts.Width(font, "漢"); got != 7.5 {
		t.Errorf("width of a box: got %v, want 7.5, as the font has it", got)
	}
}

func TestVerticalMeasures(t *testing.T) {
	t.Parallel()
	for _, embed := range []bool{false, true} {
		fonts := page.NewFonts(embed)
		if fonts.Embedded() != embed {
			t.Errorf("Embedded: got %v", fonts.Embedded())
		}
		for _, family := range []page.Family{page.Sans, page.Serif, page.Mono} {
			font := page.Font{Family: family, Size: 10}
			up, down, line := fonts.Ascent(font), fonts.Descent(font), fonts.LineHeight(font)
			if up < 8 || up > 10 || down < 2 || down > 3.1 || line < up+down-0.001 || line > 12 {
				t.Errorf("family %v, embedded %v: got ascent %v, descent %v, line height %v", family, embed, up, down, line)
			}
		}
	}
}

// TestWidthAdds checks that a text is as wide as its parts together, which the layout relies on.
func TestWidthAdds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fonts := page.NewFonts(rapid.Bool().Draw(t, "embed"))
		font := page.Font{
			Family: page.Family(rapid.IntRange(0, 2).Draw(t, "family")), Size: 10, Bold: rapid.Bool().Draw(t, "bold"),
			Italic: rapid.Bool().Draw(t, "italic"),
		}
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if got, want := fonts.Width(font, a+b), fonts.Width(font, a)+fonts.Width(font, b); math.Abs(got-want) > 1e-6 {
			t.Errorf("got %v, want %v", got, want)
		}
		whole := ""
		for _, run := range fonts.Runs(a) {
			whole += run.Text
		}
		if whole != a {
			t.Errorf("the runs make %q", whole)
		}
	})
}

func TestWinAnsi(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]byte{'A': 0x41, 'ü': 0xfc, '€': 0x80, 'Ÿ': 0x9f, '•': 0x95, 'ƒ': 0x83, ' ': 0x20, '\u00a0': 0xa0} {
		if got, ok := page.WinAnsi(r); !ok || got != want {
			t.Errorf("WinAnsi(%q): got %#x, %v, want %#x", r, got, ok, want)
		}
	}
	for _, r := range []rune{'\n', 0, 0x7f, 0x81, 0x90, 'Ł', '漢', 0x10ffff} {
		if got, ok := page.WinAnsi(r); ok {
			t.Errorf("WinAnsi(%q): got %#x", r, got)
		}
	}
	seen := map[byte]rune{}
	for r := rune(0); r < 0x3000; r++ {
		if b, ok := page.WinAnsi(r); ok {
			if other, twice := seen[b]; twice {
				t.Errorf("%q and %q are both %#x", r, other, b)
			}
			seen[b] = r
		}
	}
	if len(seen) != 218 {
		t.Errorf("got %d characters, want 218", len(seen))
	}
}

func TestFontFiles(t *testing.T) {
	t.Parallel()
	names, files := map[string]bool{}, map[*byte]bool{}
	for i := range 12 {
		font := page.Font{Family: page.Family(i / 4), Bold: i%2 == 1, Italic: i%4 >= 2}
		names[page.CoreName(font)] = true
		files[&page.TrueType(font)[0]] = true
		if !strings.HasPrefix(string(page.TrueType(font)), "\x00\x01\x00\x00") {
			t.Errorf("%+v has no TrueType file", font)
		}
	}
	if len(names) != 12 || len(files) != 8 {
		t.Errorf("got %d names and %d files, want 12 and 8", len(names), len(files))
	}
}

func TestFontsAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for i := range 24 {
		wait.Go(func() {
			fonts := page.NewFonts(i%2 == 0)
			font := page.Font{Family: page.Family(i % 3), Size: 10, Bold: i%4 == 0}
			if fonts.Width(font, "Ωabc") <= 0 {
				t.Error("no width")
			}
		})
	}
	wait.Wait()
}

func BenchmarkWidth(b *testing.B) {
	fonts, font := page.NewFonts(false), page.Font{Size: 10}
	for b.Loop() {
		fonts.Width(font, "The quick brown fox jumps over the lazy dog")
	}
}
