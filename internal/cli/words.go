package cli

import (
	"fmt"
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

// span says a duration in its two largest units.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return plural(int(d/day), "day")
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
	return fmt.Sprintf("%d %ss", n, unit)
}

// listOr joins items with commas, or says that there are none.
func listOr(items []string, none string) string {
	if len(items) == 0 {
		return none
	}
	return strings.Join(items, ", ")
}
