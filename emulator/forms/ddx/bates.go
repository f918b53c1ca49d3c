package ddx

import (
	"fmt"
	"strconv"
)

// batesNumbers counts Bates patterns through all results of a job. A pattern is a prefix and a suffix.
type batesNumbers struct {
	first    int // of the first pattern without a start
	patterns map[string]*batesPattern
	page     int // the page that is numbered, counted through the job
}

type batesPattern struct {
	next int
	page int // the last page that it numbered
}

func newBatesNumbers(first int) *batesNumbers {
	return &batesNumbers{first: max(first, 0), patterns: map[string]*batesPattern{}}
}

// turnPage is called once for each page.
func (b *batesNumbers) turnPage() { b.page++ }

// number returns the number for the page, the same however often it stands there.
func (b *batesNumbers) number(n *node) string {
	prefix, suffix := n.attrs["prefix"], n.attrs["suffix"]
	key := strconv.Itoa(len(prefix)) + prefix + suffix
	p := b.patterns[key]
	if p == nil {
		p = &batesPattern{next: b.start(n) - 1}
		b.patterns[key] = p
	}
	if p.page != b.page {
		p.page = b.page
		p.next++
	}
	return fmt.Sprintf("%s%0*d%s", prefix, n.integer("numberOfDigits", 6), p.next, suffix)
}

func (b *batesNumbers) start(n *node) int {
	if s, ok := parseInteger(n.attrs["start"]); ok {
		return s
	}
	if len(b.patterns) == 0 && b.first > 0 {
		return b.first
	}
	return 1
}
