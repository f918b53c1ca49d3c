package ddx

import (
	"strings"
	"unicode/utf8"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// contents is the table of contents of a result.
type contents struct {
	node  *node // the element, or the one that its style reference names
	first int   // its first page, counted from 1
	live  bool  // its entries are links
	// entries are known after all sources are collected.
	entries []entry
}

// entry is a line of a table of contents.
type entry struct {
	level    int // from 1
	title    string
	page     int
	citation string // the label of the page
}

// What a page of a table of contents has.
const (
	entriesOnPage = 36
	entryIndent   = 18.0 // points for each level, where no pattern says how an entry looks
	entryTitle    = 200  // characters
	entryText     = 400  // characters, with the title
	contentsInset = 36.0 // points from the margins, where headers and footers are
)

// addContents puts the pages of a table of contents behind those before it. How many it needs is known from the last
// attempt.
func (a *assembly) addContents(n *node, scopes []*node) error {
	styled := a.r.job.styled(n)
	scopes[len(scopes)-1] = styled
	a.contents = &contents{node: styled, first: len(a.sheets) + 1, live: styled.attr("createLiveLinks", "true") == "true"}
	if title := strings.TrimSpace(n.attrs["bookmarkTitle"]); title != "" {
		a.marks = append(a.marks, mark{title: title, page: a.contents.first})
	}
	if len(a.sheets)+a.contentsPages > pdf.MaxPages {
		return jobErrorf(n.line, "the result has more than %d pages", pdf.MaxPages)
	}
	for i := range a.contentsPages {
		a.sheets = append(a.sheets, &sheet{scopes: scopes, blank: true, contents: i + 1})
	}
	a.r.logf("  table of contents (line %d): %d pages", n.line, a.contentsPages)
	return nil
}

// fillContents lists the entries, and returns how many pages they need.
func (a *assembly) fillContents() int {
	if a.contents == nil {
		return 0
	}
	most, limited := parseInteger(a.contents.node.attr("maxBookmarkLevel", "infinite"))
	if !limited {
		most = maxMarkDepth
	}
	a.contents.entries = entriesOf(a.marks, 1, most, nil)
	return max((len(a.contents.entries)+entriesOnPage-1)/entriesOnPage, 1)
}

func entriesOf(marks []mark, level, most int, all []entry) []entry {
	if level > most {
		return all
	}
	for _, m := range marks {
		if m.listed || level > 1 {
			title, _ := cut(strings.Join(strings.Fields(m.title), " "), entryTitle)
			all = append(all, entry{level: level, title: title, page: m.page})
			all = entriesOf(m.kids, level+1, most, all)
		}
	}
	return all
}

// drawContents draws the entries of a page of the table of contents, and makes them links.
func (a *assembly) drawContents(c *canvas, s *sheet, k known) error {
	size, m := s.page.Size(), s.margins(k.page)
	height := size.Height - m.top - m.bottom - 2*contentsInset
	width := size.Width - m.left - m.right
	if height <= 0 || width <= 0 {
		return nil
	}
	pitch := min(height/entriesOnPage, 20)
	y := size.Height - m.top - contentsInset
	first := (s.contents - 1) * entriesOnPage
	entries := a.contents.entries[min(first, len(a.contents.entries)):min(first+entriesOnPage, len(a.contents.entries))]
	var links types.Array
	for _, e := range entries {
		if e.page > 0 && e.page <= len(a.sheets) {
			e.citation = a.sheets[e.page-1].label.String()
		}
		k.entry = e
		line := a.entryLine(k, e, pitch, width)
		c.line(line, m.left, y-line.height()*ascentPart)
		y -= pitch
		if a.contents.live && e.citation != "" {
			links = append(links, types.Dict{
				"Type": types.Name("Annot"), "Subtype": types.Name("Link"), "F": types.Integer(4),
				"Border": types.NewIntegerArray(0, 0, 0), "Dest": types.Array{a.sheets[e.page-1].page.Ref, types.Name("Fit")},
				"Rect": shownRect(s.page, m.left, y, m.left+width, y+pitch),
			})
		}
	}
	if len(links) > 0 {
		s.page.Dict["Annots"] = links
	}
	return nil
}

// entryLine lays out an entry: the pattern of its level, as wide as the page.
func (a *assembly) entryLine(k known, e entry, pitch, width float64) textLine {
	indent := 0.0
	var spans []span
	if pattern := a.entryPattern(e.level); pattern != nil {
		for _, l := range k.expand(pattern, a.r.style) {
			spans = append(spans, l.spans...)
		}
	} else {
		indent = min(entryIndent*float64(e.level-1), width/2)
		spans = []span{{text: e.title, style: a.r.style}, {style: a.r.style, leader: "dotted"}, {text: e.citation, style: a.r.style}}
	}
	left := entryText
	for i := range spans {
		s := &spans[i]
		s.style.size = min(s.style.size, pitch/1.2)
		s.text, left = cut(s.text, left)
	}
	return fillLeaders(spans, indent, width)
}

// cut keeps at most so many characters of a text, and returns how many are left.
func cut(s string, most int) (string, int) {
	if n := utf8.RuneCountInString(s); n <= most {
		return s, most - n
	}
	return string([]rune(s)[:most]), 0
}

// entryPattern returns the styled text for entries of a level, or nil.
func (a *assembly) entryPattern(level int) *node {
	var found *node
	for _, p := range a.contents.node.kids {
		if p.name != "TableOfContentsEntryPattern" {
			continue
		}
		styled := p.child("StyledText")
		n, one := parseInteger(p.attr("applicableLevel", "all"))
		switch {
		case one && n == level:
			return styled
		case !one && found == nil:
			found = styled
		}
	}
	return found
}

// fillLeaders makes a line of the given width: its longest text is cut where there is no room, and leaders share the rest.
func fillLeaders(spans []span, indent, width float64) textLine {
	if len(spans) == 0 {
		return textLine{}
	}
	const gap = 12 // points that a leader has at least
	leaders := 0
	for _, s := range spans {
		if s.leader != "" {
			leaders++
		}
	}
	rest := func() float64 { return width - indent - textLine{spans: spans}.width() - gap*float64(leaders) }
	for rest() < 0 && shorten(spans) {
	}
	part := 0.0
	if leaders > 0 {
		part = max(rest(), 0)/float64(leaders) + gap
	}
	line := []span{{style: spans[0].style, skip: indent}}
	for _, s := range spans {
		if s.leader == "" {
			line = append(line, s)
			continue
		}
		line = append(line, leader(s, part))
	}
	return textLine{spans: line}
}

// shorten removes a tenth of the longest text at its end. It reports whether there was one.
func shorten(spans []span) bool {
	const more = "…"
	longest := -1
	for i, s := range spans {
		if len(s.text) > len(more) && (longest < 0 || len(s.text) > len(spans[longest].text)) {
			longest = i
		}
	}
	if longest < 0 {
		return false
	}
	text := []rune(strings.TrimSuffix(spans[longest].text, more))
	text = text[:len(text)-max(len(text)/10, 1)]
	spans[longest].text = strings.TrimRight(string(text), " ") + more
	return true
}

// leader fills a width with a pattern that ends where the leader ends.
func leader(s span, width float64) span {
	unit := map[string]string{"dotted": " .", "dots": " .", "dashed": " -", "solid": "_", "rule": "_"}[s.leader]
	s.skip = width
	if unit == "" {
		return s
	}
	each := s.style.face().Width(unit, s.style.size)
	if each <= 0 {
		return s
	}
	s.text = strings.Repeat(unit, int(width/each))
	s.skip = width - s.style.face().Width(s.text, s.style.size)
	return s
}

// shownRect turns a rectangle of the page as it is shown into one of the page.
func shownRect(p *pdf.Page, x1, y1, x2, y2 float64) types.Array {
	b := p.CropBox
	switch p.Rotate {
	case 90:
		return types.NewNumberArray(b[2]-y2, b[1]+x1, b[2]-y1, b[1]+x2)
	case 180:
		return types.NewNumberArray(b[2]-x2, b[3]-y2, b[2]-x1, b[3]-y1)
	case 270:
		return types.NewNumberArray(b[0]+y1, b[3]-x2, b[0]+y2, b[3]-x1)
	}
	return types.NewNumberArray(b[0]+x1, b[1]+y1, b[0]+x2, b[1]+y2)
}
