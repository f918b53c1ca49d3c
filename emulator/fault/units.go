package fault

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds durations: about a hundred years, so that sums of some of them do not overflow.
const maxDuration = 100 * 365 * 24 * time.Hour

// maxSize bounds numbers of bytes.
const maxSize = 1 << 30

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

var sizeUnits = map[string]int64{
	"": 1, "b": 1, "byte": 1, "bytes": 1,
	"kb": 1000, "mb": 1000_000, "kib": 1 << 10, "mib": 1 << 20,
}

// ParseDuration reads a duration in words or short: "10 minutes", "1 hour 30 minutes", "2h30m", "1.5s", "+23h",
// "-5 minutes", "0". Days have 24 hours, weeks 7 days. A number other than 0 must have a unit.
func ParseDuration(s string) (time.Duration, error) {
	rest := strings.TrimSpace(strings.ToLower(s))
	negative := strings.HasPrefix(rest, "-")
	if negative || strings.HasPrefix(rest, "+") {
		rest = strings.TrimSpace(rest[1:])
	}
	if rest == "0" {
		return 0, nil
	}
	if rest == "" {
		return 0, errors.New(`must be a duration, such as "10 minutes" or "2h30m"`)
	}
	total := 0.0
	for rest != "" {
		number, unit, more, ok := cutQuantity(rest)
		factor, known := durationUnits[unit]
		switch {
		case !ok:
			return 0, errors.New(`must be a duration, such as "10 minutes" or "2h30m"`)
		case unit == "":
			return 0, errors.New(`has no unit: write "10 seconds" or "10s"`)
		case !known:
			return 0, errors.New(`has an unknown unit; known are ms, seconds, minutes, hours, days and weeks`)
		}
		total += number * float64(factor)
		if total > float64(maxDuration) {
			return 0, errors.New("is longer than 100 years")
		}
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(more, ","), "and "))
	}
	if negative {
		total = -total
	}
	return time.Duration(total), nil
}

// parseSize reads a number of bytes: "100", "1 KiB", "64 kB", "2 MiB".
func parseSize(s string) (int64, error) {
	number, unit, more, ok := cutQuantity(strings.TrimSpace(strings.ToLower(s)))
	factor, known := sizeUnits[unit]
	switch {
	case !ok || more != "":
		return 0, errors.New(`must be a number of bytes, such as "100" or "1 KiB"`)
	case !known:
		return 0, errors.New("has an unknown unit; known are bytes, kB, KiB, MB and MiB")
	case number*float64(factor) > maxSize:
		return 0, errors.New("is more than 1 GiB")
	}
	return int64(number * float64(factor)), nil
}

// cutQuantity cuts a number and a unit, with or without spaces around, off the beginning of s.
func cutQuantity(s string) (number float64, unit, rest string, ok bool) {
	end := span(s, func(c byte) bool { return '0' <= c && c <= '9' || c == '.' })
	number, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0, "", "", false
	}
	s = strings.TrimLeft(s[end:], " ")
	end = span(s, func(c byte) bool { return 'a' <= c && c <= 'z' })
	return number, s[:end], strings.TrimLeft(s[end:], " "), true
}

func span(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func (d *decoder) duration(p place) time.Duration {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	v, err := ParseDuration(s)
	if err != nil {
		d.fail(p, "%v, not %q", err, short(s))
	}
	return v
}

// positive reads a duration that is not negative.
func (d *decoder) positive(p place) time.Duration {
	v := d.duration(p)
	if v < 0 {
		d.fail(p, "must not be negative")
		return 0
	}
	return v
}

func (d *decoder) size(p place) int64 {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	v, err := parseSize(s)
	if err != nil {
		d.fail(p, "%v, not %q", err, short(s))
	}
	return v
}
