package cli

import (
	"strconv"
	"strings"
	"time"
)

// when names an instant and how far away it is.
func when(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	d := time.Until(t)
	words := "in " + span(d)
	if d < 0 {
		words = span(-d) + " ago"
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST") + " (" + words + ")"
}

// span says a duration in its two largest units, or in days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return strconv.Itoa(int(d/day)) + " days"
	case d >= time.Hour:
		return joinUnits(plural(int(d/time.Hour), "hour"), int(d%time.Hour/time.Minute), "minute")
	case d >= time.Minute:
		return joinUnits(plural(int(d/time.Minute), "minute"), int(d%time.Minute/time.Second), "second")
	}
	return plural(int(d/time.Second), "second")
}

func joinUnits(first string, n int, unit string) string {
	if n == 0 {
		return first
	}
	return first + " " + plural(n, unit)
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return count(n) + " " + unit + "s"
}

// count writes a number that is not negative, with commas.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// listOrNone joins items with commas, or says that there are none.
func listOrNone(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}
