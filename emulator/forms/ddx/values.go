package ddx

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// maxLength bounds lengths, in points: PDF pages have no more.
const maxLength = 14400

// units of lengths in points.
var units = []struct {
	name   string
	points float64
}{{"pt", 1}, {"in", 72}, {"mm", 72 / 25.4}, {"cm", 72 / 2.54}, {"px", 0.75}}

// parseLength reads a length; a number without unit is in points.
func parseLength(s string) (points float64, ok bool) {
	s = strings.TrimSpace(s)
	factor := 1.0
	for _, u := range units {
		if number, found := strings.CutSuffix(s, u.name); found {
			s, factor = strings.TrimSpace(number), u.points
			break
		}
	}
	n, ok := parseNumber(s)
	n *= factor
	return n, ok && n >= -maxLength && n <= maxLength
}

// parseNumber reads a plain decimal number.
func parseNumber(s string) (float64, bool) {
	if s == "" || len(s) > 20 || strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func parsePercent(s string) (fraction float64, ok bool) {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !ok {
		return 0, false
	}
	n, ok := parseNumber(number)
	return n / 100, ok && n >= 0 && n <= 10_000
}

func parseInteger(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 10 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n < 1e9 && n > -1e9
}

func (n *node) length(name string, missing float64) float64 {
	if v, ok := parseLength(n.attrs[name]); ok {
		return v
	}
	return missing
}

func (n *node) percent(name string) float64 {
	if v, ok := parsePercent(n.attrs[name]); ok {
		return v
	}
	return 1
}

func (n *node) integer(name string, missing int) int {
	if v, ok := parseInteger(n.attrs[name]); ok {
		return v
	}
	return missing
}

// The last page in a range, and the one before it.
const (
	last        = -1
	penultimate = -2
)

// pageRange goes from a page to another, down where from is behind to.
type pageRange struct{ from, to int }

// parsePages reads "1-3,5,last", "2-penultimate", "last-1".
func parsePages(s string) ([]pageRange, error) {
	const maxRanges = 1000
	parts := strings.Split(s, ",")
	if len(parts) > maxRanges {
		return nil, errorf(0, "more than %d page ranges", maxRanges)
	}
	var ranges []pageRange
	for _, part := range parts {
		a, b, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, ok1 := parsePage(a)
		to, ok2 := from, ok1
		if isRange {
			to, ok2 = parsePage(b)
		}
		if !ok1 || !ok2 {
			return nil, errorf(0, "%q is no page range", short(part))
		}
		ranges = append(ranges, pageRange{from, to})
	}
	return ranges, nil
}

func parsePage(s string) (int, bool) {
	s = strings.TrimSpace(s)
	switch s {
	case "last":
		return last, true
	case "penultimate":
		return penultimate, true
	}
	n, ok := parseInteger(s)
	return n, ok && n >= 1
}

// choose returns the pages of a document of count pages.
func choose(ranges []pageRange, count, most int) ([]int, error) {
	var pages []int
	for _, r := range ranges {
		from, to := counted(r.from, count), counted(r.to, count)
		if max(from, to) > count {
			return nil, jobErrorf(0, "page %d is wanted of a document with %d pages", max(from, to), count)
		}
		if min(from, to) < 1 {
			return nil, jobErrorf(0, "the penultimate page is wanted of a document with %d pages", count)
		}
		step := 1
		if from > to {
			step = -1
		}
		for p := from; ; p += step {
			if len(pages) >= most {
				return nil, jobErrorf(0, "more than %d pages are wanted", most)
			}
			pages = append(pages, p)
			if p == to {
				break
			}
		}
	}
	return pages, nil
}

// counted returns the number of a page in a document of count pages.
func counted(page, count int) int {
	switch page {
	case last:
		return count
	case penultimate:
		return count - 1
	}
	return page
}

// papers in points, upright.
var papers = map[string][2]float64{
	"A3": {841.89, 1190.55}, "A4": {595.28, 841.89}, "A5": {419.53, 595.28}, "Letter": {612, 792}, "Legal": {612, 1008},
	"Tabloid": {792, 1224}, "Ledger": {1224, 792}, "Executive": {522, 756},
}

func paperNames() []string { return sorted(papers) }
