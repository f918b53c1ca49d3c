package ddx

import (
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// span is a run of text in one style.
type span struct {
	text   string
	style  textStyle
	leader string  // a pattern that fills the rest of the line; such a span has no text before it is laid out
	skip   float64 // points before the text
}

// textLine is a paragraph.
type textLine struct {
	spans []span
	align string // left, center, right, or as the place has it
}

func (l textLine) width() float64 {
	w := 0.0
	for _, s := range l.spans {
		w += s.skip + s.style.face().Width(s.text, s.style.size)
	}
	return w
}

// height is the distance to the next line; an empty line has that of its style.
func (l textLine) height() float64 {
	h := 0.0
	for _, s := range l.spans {
		h = max(h, s.style.size*1.2)
	}
	return h
}

// known is what built-in keys stand for on a page.
type known struct {
	page, pages int
	label, last label
	result      pdf.Info
	source      pdf.Info
	now         time.Time
	bates       *batesNumbers
	entry       entry // of a table of contents
}

// expand turns styled text into lines.
func (k known) expand(styled *node, base textStyle) []textLine {
	base = base.apply(styled)
	var lines []textLine
	for _, p := range styled.kids {
		if p.name != "p" {
			continue
		}
		style := base.apply(p)
		spans := trimSpans(k.spans(p, style, nil))
		if len(spans) == 0 {
			spans = []span{{style: style}}
		}
		lines = append(lines, textLine{spans: spans, align: style.align})
	}
	return lines
}

// spans appends the text within a rich text element. White space counts as one space.
func (k known) spans(n *node, style textStyle, all []span) []span {
	for _, kid := range n.kids {
		switch kid.name {
		case "":
			all = append(all, span{text: squeeze(kid.text), style: style})
		case "Space":
			all = append(all, span{text: " ", style: style})
		case "leader":
			all = append(all, span{style: style, leader: kid.attr("leader-pattern", "dotted")})
		case "b", "i", "span":
			all = k.spans(kid, style.apply(kid), all)
		default:
			all = append(all, span{text: k.value(kid), style: style})
		}
	}
	return all
}

// squeeze makes one space of white space; a space that does not break stays.
func squeeze(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) })
	out := strings.Join(words, " ")
	if out == "" {
		if s == "" {
			return ""
		}
		return " "
	}
	if strings.ContainsRune(" \t\r\n", rune(s[0])) {
		out = " " + out
	}
	if strings.ContainsRune(" \t\r\n", rune(s[len(s)-1])) {
		out += " "
	}
	return out
}

// trimSpans removes white space at both ends of a paragraph, and spans without text.
func trimSpans(spans []span) []span {
	for len(spans) > 0 {
		spans[0].text = strings.TrimLeft(spans[0].text, " ")
		if spans[0].text != "" || spans[0].leader != "" {
			break
		}
		spans = spans[1:]
	}
	for n := len(spans); n > 0; n = len(spans) {
		spans[n-1].text = strings.TrimRight(spans[n-1].text, " ")
		if spans[n-1].text != "" || spans[n-1].leader != "" {
			break
		}
		spans = spans[:n-1]
	}
	return spans
}

// value returns what a built-in key stands for.
func (k known) value(n *node) string {
	switch n.name {
	case "_PageNumber":
		return strconv.Itoa(k.page)
	case "_LastPageNumber":
		return strconv.Itoa(k.pages)
	case "_PageLabel":
		return k.label.String()
	case "_LastPageLabel":
		return k.last.String()
	case "_BookmarkTitle":
		return k.entry.title
	case "_BookmarkPageCitation":
		return k.entry.citation
	case "_Title":
		return k.result.Title
	case "_Author":
		return k.result.Author
	case "_Subject":
		return k.result.Subject
	case "_SourceTitle":
		return k.source.Title
	case "_SourceAuthor":
		return k.source.Author
	case "_SourceSubject":
		return k.source.Subject
	case "_Created":
		return dateText(k.result.CreationDate, k.now)
	case "_Modified":
		return dateText("", k.now)
	case "_DateTime":
		return dateText("", k.now)
	case "BatesNumber", "_BatesNumber":
		return k.bates.number(n)
	}
	return ""
}

// datePattern is how dates are written where no pattern is given.
const datePattern = "2006-01-02T15:04:05-0700"

// dateText writes a date of PDF, or now where there is none.
func dateText(date string, now time.Time) string {
	for _, layout := range []string{
		"D:20060102150405-07'00'", "D:20060102150405Z07'00'", "D:20060102150405Z", "D:20060102150405", "D:20060102",
	} {
		if t, err := time.Parse(layout, date); err == nil {
			return t.Format(datePattern)
		}
	}
	if now.IsZero() {
		return ""
	}
	return now.Format(datePattern)
}
