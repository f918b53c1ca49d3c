package xfa

import (
	"strconv"
	"strings"
)

// pageScript is a script that is known by its text: page numbers, with texts between.
type pageScript struct{ parts []scriptPart }

// scriptPart is a text, or a number.
type scriptPart struct {
	text  string
	kind  scriptKind
	plus1 bool // of a page number that is counted from 0
}

type scriptKind int

const (
	scriptText scriptKind = iota
	scriptPage
	scriptAbsPage
	scriptCount
)

// usesCount reports whether the script shows the number of pages.
func (s *pageScript) usesCount() bool {
	for _, p := range s.parts {
		if p.kind == scriptCount {
			return true
		}
	}
	return false
}

// value returns what the script gives on a page, counted from 1.
func (s *pageScript) value(number, count int) string {
	var b strings.Builder
	for _, p := range s.parts {
		switch p.kind {
		case scriptText:
			b.WriteString(p.text)
		case scriptPage:
			b.WriteString(strconv.Itoa(number))
		case scriptAbsPage:
			if p.plus1 {
				b.WriteString(strconv.Itoa(number))
			} else {
				b.WriteString(strconv.Itoa(number - 1))
			}
		case scriptCount:
			b.WriteString(strconv.Itoa(count))
		}
	}
	return b.String()
}

// pageScriptOf returns the script of a field that shows page numbers; nil if it has none.
func pageScriptOf(field *node) *pageScript {
	scripts := []*node{field.path("calculate", "script")}
	for _, e := range field.all("event") {
		scripts = append(scripts, e.child("script"))
	}
	for _, n := range scripts {
		if s := parsePageScript(n.content()); s != nil {
			return s
		}
	}
	return nil
}

// parsePageScript recognizes scripts such as xfa.layout.page(this), or
// "Page " + xfa.layout.page(this) + " of " + xfa.layout.pageCount(), and FormCalc's Concat of the same.
func parsePageScript(text string) *pageScript {
	const longest = 1000
	text = strings.TrimRight(strings.TrimSpace(text), "; \t\r\n")
	if text == "" || len(text) > longest {
		return nil
	}
	for _, target := range []string{"this.rawValue", "$.rawValue", "$"} {
		rest, ok := strings.CutPrefix(text, target)
		rest = strings.TrimSpace(rest)
		if ok && strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==") {
			text = strings.TrimSpace(rest[1:])
			break
		}
	}
	r := scriptReader{rest: text}
	r.sum(false)
	if r.failed || strings.TrimSpace(r.rest) != "" {
		return nil
	}
	shows := false
	for _, p := range r.parts {
		if strings.HasPrefix(p.text, "\x00") {
			return nil
		}
		shows = shows || p.kind != scriptText
	}
	if !shows {
		return nil
	}
	return &pageScript{parts: r.parts}
}

type scriptReader struct {
	rest   string
	parts  []scriptPart // a number 1 is a text behind a zero byte, until it is added to a page
	failed bool
}

// take cuts one of some words, in whatever case, and reports whether it was there.
func (r *scriptReader) take(words ...string) bool {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	for _, w := range words {
		if len(r.rest) >= len(w) && strings.EqualFold(r.rest[:len(w)], w) {
			r.rest = r.rest[len(w):]
			return true
		}
	}
	return false
}

// sum reads terms with plus signs between, or with commas as the arguments of Concat.
func (r *scriptReader) sum(commas bool) {
	r.term()
	for !r.failed {
		switch {
		case r.take("+"):
			before := len(r.parts)
			r.term()
			r.addOne(before)
		case commas && r.take(","):
			r.term()
		default:
			return
		}
	}
}

// addOne turns a page counted from 0, plus 1, into one counted from 1.
func (r *scriptReader) addOne(before int) {
	if before == 0 || r.failed || len(r.parts) != before+1 {
		return
	}
	last, page := r.parts[before], &r.parts[before-1]
	if page.kind == scriptAbsPage && last.text == "\x001" {
		page.plus1 = true
		r.parts = r.parts[:before]
	}
}

func (r *scriptReader) term() {
	switch {
	case r.take("concat"):
		if !r.take("(") {
			r.failed = true
			return
		}
		r.sum(true)
		r.failed = r.failed || !r.take(")")
	case r.take("("):
		r.sum(false)
		r.failed = r.failed || !r.take(")")
	case r.take("xfa.layout.", "$layout."):
		r.call()
	case r.take(`"`):
		r.literal('"')
	case r.take("'"):
		r.literal('\'')
	case r.take("1"):
		r.parts = append(r.parts, scriptPart{text: "\x001"})
	default:
		r.failed = true
	}
}

// call reads a function of the layout.
func (r *scriptReader) call() {
	var part scriptPart
	switch {
	case r.take("abspagecount", "pagecount", "sheetcount"):
		part.kind = scriptCount
	case r.take("abspage", "sheet"):
		part.kind = scriptAbsPage
	case r.take("page"):
		part.kind = scriptPage
	default:
		r.failed = true
		return
	}
	if !r.take("(") {
		r.failed = true
		return
	}
	r.take("this", "$")
	r.failed = r.failed || !r.take(")")
	r.parts = append(r.parts, part)
}

func (r *scriptReader) literal(quote byte) {
	text, rest, ok := strings.Cut(r.rest, string(quote))
	if !ok {
		r.failed = true
		return
	}
	r.rest = rest
	r.parts = append(r.parts, scriptPart{text: text})
}
