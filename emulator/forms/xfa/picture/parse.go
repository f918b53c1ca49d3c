package picture

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse reads a text that is written by a picture, as data is whose binding has one, and returns the canonical value. It
// reports false if no alternative of the picture fits. A nil locale is that of the United States.
func Parse(picture, text string, l *Locale) (string, bool) {
	if len(picture) > MaxPicture {
		return "", false
	}
	if l == nil {
		l = Lookup("")
	}
	for _, alternative := range split(picture, '|') {
		parts := clauses(alternative)
		if len(parts) != 1 {
			continue
		}
		c, own := parts[0], l
		if c.locale != "" {
			own = l.find(c.locale)
		}
		if value, ok := c.parse(strings.TrimSpace(text), own); ok {
			return value, true
		}
	}
	return "", false
}

func (c clause) parse(text string, l *Locale) (string, bool) {
	switch c.category {
	case "num":
		return parseLocalNumber(text, l)
	case "date", "time", "datetime":
		pattern := c.pattern
		if strings.TrimSpace(pattern) == "" {
			if pattern = l.DatePatterns[styleIndex(c.style)]; c.category == "time" {
				pattern = l.TimePatterns[styleIndex(c.style)]
			}
		}
		return parseMomentBy(pattern, text, c.category, l)
	case "null":
		return "", text == ""
	case "text":
		return parseText(c.pattern, text)
	}
	return "", false
}

// parseLocalNumber reads a number as a locale writes it.
func parseLocalNumber(text string, l *Locale) (string, bool) {
	negative := strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") || strings.Contains(text, l.Minus) ||
		strings.HasSuffix(text, "CR")
	for _, drop := range []string{l.Grouping, l.CurrencySymbol, l.CurrencyName, l.Minus, "(", ")", "CR", "DR", " ", "\u00a0"} {
		if drop != "" {
			text = strings.ReplaceAll(text, drop, "")
		}
	}
	text, percent := strings.CutSuffix(text, l.Percent)
	text = strings.Replace(text, l.Decimal, ".", 1)
	n, ok := parseNumber(text)
	if !ok {
		return "", false
	}
	if percent {
		whole := "00" + n.whole
		n.decimal = whole[len(whole)-2:] + n.decimal
		n.whole = strings.TrimLeft(whole[:len(whole)-2], "0")
	}
	value := n.whole
	if value == "" {
		value = "0"
	}
	if n.decimal != "" {
		value += "." + n.decimal
	}
	if negative || n.negative {
		value = "-" + value
	}
	return value, true
}

// parseText takes the literals of a text picture out of a text.
func parseText(pattern, text string) (string, bool) {
	var b strings.Builder
	left := []rune(text)
	for rest := pattern; rest != ""; {
		if rest[0] == '\'' {
			var literal string
			literal, rest = cutLiteral(rest)
			tail, ok := strings.CutPrefix(string(left), literal)
			if !ok {
				return "", false
			}
			left = []rune(tail)
			continue
		}
		symbol, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		if len(left) == 0 {
			return "", false
		}
		if strings.ContainsRune("A9O0X", symbol) {
			if !fits(symbol, left[0]) {
				return "", false
			}
			b.WriteRune(left[0])
		} else if left[0] != symbol {
			return "", false
		}
		left = left[1:]
	}
	return b.String(), len(left) == 0
}

// reading is what of a date and a time was read so far.
type reading struct {
	year, month, day, hour, minute, second int
	afternoon                              bool
}

// parseMomentBy reads a date or a time by a pattern.
func parseMomentBy(pattern, text, category string, l *Locale) (string, bool) {
	r := reading{year: 1970, month: 1, day: 1}
	for rest := pattern; rest != ""; {
		if rest[0] == '\'' {
			var literal string
			literal, rest = cutLiteral(rest)
			var ok bool
			if text, ok = strings.CutPrefix(text, literal); !ok {
				return "", false
			}
			continue
		}
		n := 1
		for n < len(rest) && rest[n] == rest[0] {
			n++
		}
		var ok bool
		if text, ok = r.take(rest[:n], text, category == "time", l); !ok {
			return "", false
		}
		rest = rest[n:]
	}
	return r.value(text, category)
}

// value returns the canonical form, if the text was read to its end.
func (r *reading) value(rest, category string) (string, bool) {
	if r.afternoon && r.hour < 12 {
		r.hour += 12
	}
	t := time.Date(r.year, time.Month(r.month), r.day, r.hour, r.minute, r.second, 0, time.UTC)
	if rest != "" || t.Day() != r.day || int(t.Month()) != r.month || t.Hour() != r.hour || t.Minute() != r.minute {
		return "", false
	}
	switch category {
	case "date":
		return t.Format("2006-01-02"), true
	case "time":
		return t.Format("15:04:05"), true
	}
	return t.Format("2006-01-02T15:04:05"), true
}

// take reads what a symbol stands for from the front of a text.
func (r *reading) take(symbol, text string, clock bool, l *Locale) (rest string, ok bool) {
	n := len(symbol)
	switch c := symbol[0]; {
	case c == 'D':
		return takeNumber(text, n, &r.day)
	case c == 'M' && clock:
		return takeNumber(text, n, &r.minute)
	case c == 'M' && n <= 2:
		return takeNumber(text, n, &r.month)
	case c == 'M' && n == 3:
		return takeName(text, l.ShortMonths[:], &r.month)
	case c == 'M':
		return takeName(text, l.Months[:], &r.month)
	case c == 'Y' && n <= 2:
		rest, ok = takeNumber(text, 2, &r.year)
		if r.year += 2000; r.year >= 2030 {
			r.year -= 100
		}
		return rest, ok
	case c == 'Y':
		return takeNumber(text, 4, &r.year)
	case c == 'H' || c == 'h' || c == 'k' || c == 'K':
		return takeNumber(text, n, &r.hour)
	case c == 'S':
		return takeNumber(text, n, &r.second)
	case c == 'A':
		var half int
		rest, ok = takeName(text, []string{l.AM, l.PM}, &half)
		r.afternoon = half == 2
		return rest, ok
	case c == 'E' && n >= 3:
		var day int
		names := l.Days[:]
		if n == 3 {
			names = l.ShortDays[:]
		}
		return takeName(text, names, &day)
	}
	return strings.CutPrefix(text, symbol)
}

// takeNumber reads a number of n digits, or of one or two where n is 1.
func takeNumber(text string, n int, to *int) (rest string, ok bool) {
	end := 0
	for end < len(text) && end < max(n, 2) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end == 0 || n > 1 && end < n {
		return "", false
	}
	value, err := strconv.Atoi(text[:end])
	*to = value
	return text[end:], err == nil
}

// takeName reads one of some names; the first is 1.
func takeName(text string, names []string, to *int) (rest string, ok bool) {
	best := 0
	for i, name := range names {
		if len(name) >= best && len(name) > 0 && len(text) >= len(name) && strings.EqualFold(text[:len(name)], name) {
			best, *to = len(name), i+1
		}
	}
	return text[best:], best > 0
}
