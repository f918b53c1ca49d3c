package fault

import (
	"slices"
	"strings"
)

// suggestion returns `; did you mean "x"?` if one of the names resembles got, else "".
func suggestion(got string, names []string) string {
	best, distance := "", 3
	got = strings.ToLower(got)
	if len(got) > 64 {
		return ""
	}
	for _, name := range names {
		if n := edits(got, name); n < distance && n < len(name) {
			best, distance = name, n
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}

// edits returns how many letters have to be put in, left out, changed or swapped with their neighbour to make b of a.
func edits(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// oneOf returns the names as a text: "a", "b" or "c".
func oneOf(names ...string) string {
	quoted := slices.Clone(names)
	for i, n := range quoted {
		quoted[i] = `"` + n + `"`
	}
	last := len(quoted) - 1
	if last < 1 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
