package picture

import (
	"fmt"
	"strings"
	"time"
)

// moment is a date, a time, or both.
type moment struct {
	time             time.Time
	hasDate, hasTime bool
	hasZone          bool
}

var (
	dateLayouts = []string{"2006-01-02", "20060102", "2006-01", "2006"}
	timeLayouts = []string{"15:04:05", "15:04", "150405", "1504"} // with fractions of seconds, where there are seconds
)

// parseMoment reads a canonical date, time, or both with a T between.
func parseMoment(s string) (moment, bool) {
	s = strings.TrimSpace(s)
	date, clock, both := strings.Cut(s, "T")
	if both {
		d, ok := parseDate(date)
		if !ok {
			return moment{}, false
		}
		t, ok := parseClock(clock)
		if !ok {
			return moment{}, false
		}
		y, m, day := d.Date()
		t.time = time.Date(y, m, day, t.time.Hour(), t.time.Minute(), t.time.Second(), t.time.Nanosecond(), t.time.Location())
		t.hasDate = true
		return t, true
	}
	if d, ok := parseDate(s); ok {
		return moment{time: d, hasDate: true}, true
	}
	if strings.Contains(s, ":") {
		return parseClock(s)
	}
	return moment{}, false
}

func parseDate(s string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func parseClock(s string) (moment, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{time: t, hasTime: true}, true
		}
		if t, err := time.Parse(layout+"Z07:00", s); err == nil {
			return moment{time: t, hasTime: true, hasZone: true}, true
		}
	}
	return moment{}, false
}

// formatMoment formats by a date, time or datetime clause.
func (c clause) formatMoment(value string, l *Locale) (string, bool) {
	m, ok := parseMoment(value)
	if !ok && c.category == "time" {
		m, ok = parseClock(value)
	}
	if !ok || c.category == "date" && !m.hasDate || c.category == "time" && !m.hasTime {
		return "", false
	}
	if strings.TrimSpace(c.pattern) != "" {
		return m.write(c.pattern, c.category == "time", l), true
	}
	date, clock := l.DatePatterns[styleIndex(c.style)], l.TimePatterns[styleIndex(c.style)]
	switch c.category {
	case "date":
		return m.write(date, false, l), true
	case "time":
		return m.clock(clock, l), true
	}
	text := m.write(date, false, l)
	if m.hasTime {
		text += " " + m.clock(clock, l)
	}
	return text, m.hasDate
}

// clock writes the time by a locale's own pattern. A zone at its end that the time does not have leaves no blank.
func (m moment) clock(pattern string, l *Locale) string {
	return strings.TrimRight(m.write(pattern, true, l), " ")
}

func styleIndex(style string) int {
	switch style {
	case "short":
		return 0
	case "long":
		return 2
	case "full":
		return 3
	}
	return 1
}

// write writes by a pattern. An M is a minute in times, and a month in dates.
func (m moment) write(pattern string, clock bool, l *Locale) string {
	var b strings.Builder
	for rest := pattern; rest != ""; {
		c := rest[0]
		if c == '\'' {
			var literal string
			literal, rest = cutLiteral(rest)
			b.WriteString(literal)
			continue
		}
		n := 1
		for n < len(rest) && rest[n] == c {
			n++
		}
		// In what has both, minutes follow hours.
		minutes := clock || c == 'M' && n <= 2 && m.hasTime && strings.ContainsAny(pattern[:len(pattern)-len(rest)], "Hhk")
		text, ok := m.symbol(c, n, minutes, l)
		if !ok {
			text = rest[:n]
		}
		b.WriteString(text)
		rest = rest[n:]
	}
	return b.String()
}

func (m moment) symbol(c byte, n int, clock bool, l *Locale) (string, bool) {
	switch c {
	case 'H', 'h', 'k', 'K', 'S', 'F', 'A', 'Z', 'z':
		return m.clockSymbol(c, n, l)
	case 'M':
		if clock {
			return fmt.Sprintf("%0*d", n, m.time.Minute()), true
		}
	}
	t := m.time
	switch c {
	case 'D':
		return fmt.Sprintf("%0*d", n, t.Day()), true
	case 'J':
		return fmt.Sprintf("%0*d", n, t.YearDay()), true
	case 'M':
		switch n {
		case 1, 2:
			return fmt.Sprintf("%0*d", n, int(t.Month())), true
		case 3:
			return l.ShortMonths[t.Month()-1], true
		}
		return l.Months[t.Month()-1], true
	case 'E':
		switch {
		case n < 3:
			return fmt.Sprint(int(t.Weekday()) + 1), true
		case n == 3:
			return l.ShortDays[t.Weekday()], true
		}
		return l.Days[t.Weekday()], true
	case 'e':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1), true
	case 'Y':
		if n <= 2 {
			return fmt.Sprintf("%02d", t.Year()%100), true
		}
		return fmt.Sprintf("%04d", t.Year()), true
	case 'G':
		return l.AD, true
	case 'w':
		return fmt.Sprint((t.Day()-1)/7 + 1), true
	case 'W':
		_, week := t.ISOWeek()
		return fmt.Sprintf("%0*d", n, week), true
	}
	return "", false
}

func (m moment) clockSymbol(c byte, n int, l *Locale) (string, bool) {
	t := m.time
	switch c {
	case 'H':
		return fmt.Sprintf("%0*d", n, t.Hour()), true
	case 'h':
		return fmt.Sprintf("%0*d", n, (t.Hour()+11)%12+1), true
	case 'k':
		return fmt.Sprintf("%0*d", n, t.Hour()%12), true
	case 'K':
		return fmt.Sprintf("%0*d", n, (t.Hour()+23)%24+1), true
	case 'S':
		return fmt.Sprintf("%0*d", n, t.Second()), true
	case 'F':
		return fmt.Sprintf("%03d", t.Nanosecond()/1e6), true
	case 'A':
		if t.Hour() < 12 {
			return l.AM, true
		}
		return l.PM, true
	}
	if !m.hasZone {
		return "", true
	}
	return t.Format("-07:00"), true
}
