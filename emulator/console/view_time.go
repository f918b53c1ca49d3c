package console

import (
	"fmt"
	"strings"
	"time"
)

// words says a duration for a person, by its two greatest units: "364 days", "23 h 59 min", "4 s".
func words(d time.Duration) string {
	d = d.Abs()
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	case d >= time.Hour:
		return strings.TrimSuffix(fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute)), " 0 min")
	case d >= time.Minute:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", int(d/time.Minute), int(d%time.Minute/time.Second)), " 0 s")
	}
	return fmt.Sprintf("%d s", int(d/time.Second))
}

// signed says how far a clock is off: "+23 h", "−10 min".
func signed(d time.Duration) string {
	if d < 0 {
		return "−" + words(d)
	}
	return "+" + words(d)
}

// relative says when t is, seen from now: "in 23 h", "3 days ago".
func relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case d.Abs() < time.Second:
		return "now"
	case d > 0:
		return "in " + words(d)
	default:
		return words(d) + " ago"
	}
}
