package xfa

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/imsx/imsx/emulator/forms/page"
)

// fragment is a text on a line, in one style.
type fragment struct {
	text  string
	style style
	x, w  float64 // from the left end of the line
}

// line is a line of text.
type line struct {
	fragments []fragment
	width     float64 // without the spaces at the end
	room      float64 // for the text
	indent    float64 // from the left edge
	before    float64 // space above
	after     float64 // space below
	height    float64
	baseline  float64 // from the top, without the space above
	align     align
	ends      bool // a paragraph, or by a line feed
	apart     bool // pages may be broken behind it
}

// tall returns the height with the spaces around.
func (l *line) tall() float64 { return l.before + l.height + l.after }

// tabWidth is the distance of tab stops.
const tabWidth = 36

// noWrap is the room of text that is not wrapped.
const noWrap = maxMeasure

// wrapper breaks paragraphs into lines.
type wrapper struct {
	fonts *page.Fonts
	room  float64
	lines []line

	para  paragraph
	cur   line
	text  []byte  // of the last fragment of the current line
	x     float64 // the end of what is on the line
	space float64 // the width of the spaces at its end
	brk   mark    // where it was last possible to break it
}

// mark is a place on a line.
type mark struct {
	fragments, text int // how many fragments are before, and how much of the last one's text
	x, space        float64
}

// wrap breaks paragraphs into lines no wider than room, unless a single character is wider.
func wrap(fonts *page.Fonts, paras []paragraph, room float64) []line {
	w := wrapper{fonts: fonts, room: room}
	for i := range paras {
		w.paragraph(paras[i])
	}
	return w.lines
}

func (w *wrapper) paragraph(p paragraph) {
	w.para = p
	first := len(w.lines)
	w.begin(p.para.indent)
	for _, s := range p.spans {
		w.span(s)
	}
	w.end(true)
	count := len(w.lines) - first
	for i := range w.lines[first:] {
		w.lines[first+i].apart = i == count-1 || i+1 >= p.para.orphans && count-i-1 >= p.para.widows
	}
	w.lines[first].before += p.para.above
	w.lines[len(w.lines)-1].after += p.para.below
}

func (w *wrapper) begin(indent float64) {
	p := w.para.para
	indent = max(0, p.left+indent)
	w.cur = line{indent: indent, room: max(0, w.room-indent-p.right), align: p.align}
	w.x, w.space, w.text, w.brk = 0, 0, w.text[:0], mark{}
}

// end closes the current line.
func (w *wrapper) end(ends bool) {
	w.flush()
	l := &w.cur
	l.width, l.ends = w.x-w.space, ends
	var ascent, descent, natural float64
	measure := func(s style) {
		ascent = max(ascent, w.fonts.Ascent(s.font)+s.shift)
		descent = max(descent, w.fonts.Descent(s.font)-s.shift)
		natural = max(natural, w.fonts.LineHeight(s.font))
	}
	for _, f := range l.fragments {
		measure(f.style)
	}
	if len(l.fragments) == 0 {
		measure(w.para.style)
	}
	l.height = max(natural, ascent+descent)
	l.baseline = ascent
	if fixed := w.para.para.lineHeight; fixed > 0 {
		l.baseline += max(fixed-l.height, -ascent/2)
		l.height = fixed
	}
	w.lines = append(w.lines, *l)
}

// span adds the words of a span.
func (w *wrapper) span(s span) {
	for rest := s.text; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		switch token[0] {
		case '\n':
			w.end(true)
			w.begin(0)
		case '\t':
			w.tab(s.style)
		case ' ':
			w.spaces(token, s.style)
		default:
			w.word(token, s.style)
		}
	}
}

func (w *wrapper) tab(s style) {
	next := float64(int(w.x/tabWidth)+1) * tabWidth
	if next > w.cur.room && len(w.cur.fragments) > 0 {
		w.end(false)
		w.begin(0)
		return
	}
	w.flush()
	w.cur.fragments = append(w.cur.fragments, fragment{style: s, x: w.x, w: next - w.x})
	w.x, w.space = next, 0
	w.remember()
}

// tolerance is by how much text may exceed its room, against rounding.
const tolerance = 0.01

// spaces adds spaces, but not at the start of a line that was broken off.
func (w *wrapper) spaces(token string, s style) {
	if n := len(w.lines); len(w.cur.fragments) == 0 && n > 0 && !w.lines[n-1].ends {
		return
	}
	width, before := s.width(w.fonts, token), w.space
	w.add(token, s, width)
	w.space = before + width
	w.remember()
}

// remember marks the end of the line as a place to break it.
func (w *wrapper) remember() {
	w.brk = mark{fragments: len(w.cur.fragments), text: len(w.text), x: w.x, space: w.space}
}

// word adds what is not broken, on the next line if this has no room for it. A word that is wider than a whole line is
// broken between characters.
func (w *wrapper) word(token string, s style) {
	if strings.HasSuffix(token, "\u200b") {
		w.word(token[:len(token)-len("\u200b")], s)
		w.remember()
		return
	}
	if token == "" {
		return
	}
	if first, _ := utf8.DecodeRuneInString(token); ideograph(first) && len(w.cur.fragments) > 0 {
		w.remember()
	}
	width := s.width(w.fonts, token)
	if w.x+width > w.cur.room+tolerance && w.brk.fragments > 0 {
		w.breakLine()
	}
	if w.x+width <= w.cur.room+tolerance {
		w.add(token, s, width)
	} else {
		w.characters(token, s)
	}
	if last, _ := utf8.DecodeLastRuneInString(token); last == '-' || last == '–' || last == '—' || ideograph(last) {
		w.remember()
	}
}

// characters adds a word that is too wide for a line.
func (w *wrapper) characters(token string, s style) {
	for _, r := range token {
		text := string(r)
		width := s.width(w.fonts, text)
		if w.x+width > w.cur.room+tolerance && len(w.cur.fragments) > 0 {
			w.end(false)
			w.begin(0)
		}
		w.add(text, s, width)
	}
}

// breakLine ends the line at the last place to break it; what is behind that goes to the next line.
func (w *wrapper) breakLine() {
	w.flush()
	all, at := w.cur.fragments, w.brk
	last := &all[at.fragments-1]
	rest := []fragment{{text: last.text[at.text:], style: last.style, w: last.x + last.w - at.x}}
	rest = append(rest, all[at.fragments:]...)
	last.text, last.w = last.text[:at.text], at.x-last.x
	w.cur.fragments, w.x, w.space, w.text = all[:at.fragments], at.x, at.space, append(w.text[:0], last.text...)
	w.end(false)
	w.begin(0)
	for _, f := range rest {
		if f.text != "" {
			w.add(f.text, f.style, f.w)
		}
	}
}

// add puts text at the end of the line, to the fragment there if it has the same style.
func (w *wrapper) add(text string, s style, width float64) {
	n := len(w.cur.fragments)
	if n == 0 || len(w.text) == 0 || w.cur.fragments[n-1].style != s {
		w.flush()
		w.cur.fragments = append(w.cur.fragments, fragment{style: s, x: w.x})
		n++
	}
	w.text = append(w.text, text...)
	w.cur.fragments[n-1].w += width
	w.x += width
	w.space = 0
}

// flush gives the last fragment its text.
func (w *wrapper) flush() {
	if n := len(w.cur.fragments); n > 0 && len(w.text) > 0 {
		w.cur.fragments[n-1].text = string(w.text)
	}
	w.text = w.text[:0]
}

// nextToken cuts a line feed, a tab, a run of spaces or a word at the front of a text. A hyphen ends a word, and an
// ideograph is one.
func nextToken(s string) (token, rest string) {
	switch s[0] {
	case '\n', '\t':
		return s[:1], s[1:]
	case ' ':
		n := len(s) - len(strings.TrimLeft(s, " "))
		return s[:n], s[n:]
	}
	for i, r := range s {
		switch {
		case i > 0 && (r == ' ' || r == '\n' || r == '\t' || ideograph(r)):
			return s[:i], s[i:]
		case r == '-' || r == '–' || r == '—' || r == '\u200b' || ideograph(r):
			end := i + len(string(r))
			return s[:end], s[end:]
		}
	}
	return s, ""
}

// ideograph reports whether lines may be broken behind and before a character.
func ideograph(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// clean drops control characters from text, and what is not Unicode.
func clean(s string) string {
	ok := func(r rune) bool {
		return r == '\n' || r == '\t' || r >= 0x20 && r != 0x7f && r != '\u00ad' && r != '\ufeff'
	}
	for _, r := range s {
		if !ok(r) {
			return strings.Map(func(r rune) rune {
				if ok(r) {
					return r
				}
				return -1
			}, s)
		}
	}
	return s
}

// height sums up the heights of lines.
func height(lines []line) float64 {
	sum := 0.0
	for i := range lines {
		sum += lines[i].tall()
	}
	return sum
}

// widest returns the width of the widest line, with its indent.
func widest(lines []line) float64 {
	most := 0.0
	for i := range lines {
		most = max(most, lines[i].indent+lines[i].width)
	}
	return most
}
