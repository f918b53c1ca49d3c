package picture

import (
	"strings"
	"unicode/utf8"
)

// The limits on what is formatted.
const (
	MaxPicture = 1024 // bytes of a picture
	MaxDigits  = 200  // digits of a number
)

// clause is a part of a picture: what stands in braces behind a category, or text between such.
type clause struct {
	category string // "num", "date", "time", "datetime", "text", "zero", "null"; empty for text between clauses, and for bare pictures
	style    string // of "date.short"
	locale   string // of "date(de_DE)"
	pattern  string
}

// Format returns a value as a picture shows it. The value is canonical: a number with a point, a date as 2026-01-31, a
// time as 13:05:00. It reports false if no alternative of the picture can show the value. A nil locale is that of the
// United States.
func Format(picture, value string, l *Locale) (string, bool) {
	if len(picture) > MaxPicture {
		return "", false
	}
	if l == nil {
		l = Lookup("")
	}
	for _, alternative := range split(picture, '|') {
		if text, ok := format(clauses(alternative), value, l); ok {
			return text, true
		}
	}
	return "", false
}

// format formats by one alternative.
func format(parts []clause, value string, l *Locale) (string, bool) {
	var b strings.Builder
	for _, c := range parts {
		if c.category == "" && len(parts) > 1 {
			b.WriteString(unquote(c.pattern))
			continue
		}
		own := l
		if c.locale != "" {
			own = l.find(c.locale)
		}
		text, ok := c.format(value, own)
		if !ok {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), len(parts) > 0
}

func (c clause) format(value string, l *Locale) (string, bool) {
	blank := strings.TrimSpace(value) == ""
	switch c.category {
	case "null":
		return unquote(c.pattern), blank
	case "zero":
		n, ok := parseNumber(value)
		return unquote(c.pattern), ok && n.isZero()
	}
	if blank {
		return "", c.category != ""
	}
	switch c.category {
	case "num":
		return c.formatNumber(value, l)
	case "date", "time", "datetime":
		return c.formatMoment(value, l)
	case "text":
		return formatText(c.pattern, value)
	}
	return c.formatBare(value, l)
}

// formatBare formats by a picture without a category, by what the value looks like.
func (c clause) formatBare(value string, l *Locale) (string, bool) {
	if strings.ContainsAny(unquoted(c.pattern), "{}") { // the braces of a clause do not match, or its category is none
		return "", false
	}
	if m, ok := parseMoment(value); ok && strings.ContainsAny(unquoted(c.pattern), "DMYHhJ") {
		if m.hasDate {
			c.category = "date"
		} else {
			c.category = "time"
		}
		return c.formatMoment(value, l)
	}
	if _, ok := parseNumber(value); ok && strings.ContainsAny(unquoted(c.pattern), "9zZ8") {
		return c.formatNumber(value, l)
	}
	return formatText(c.pattern, value)
}

// split cuts a picture at a separator outside of quotes and braces.
func split(picture string, separator byte) []string {
	var parts []string
	start, depth, quoted := 0, 0, false
	for i := 0; i < len(picture); i++ {
		switch c := picture[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == separator && depth <= 0:
			parts = append(parts, picture[start:i])
			start = i + 1
		}
	}
	return append(parts, picture[start:])
}

// clauses splits an alternative into its clauses.
func clauses(s string) []clause {
	var parts []clause
	for rest := s; rest != ""; {
		open := strings.IndexByte(unquotedMask(rest), '{')
		if open < 0 {
			return appendText(parts, rest)
		}
		head := rest[:open]
		begin := open
		for begin > 0 && isHeadByte(head[begin-1]) {
			begin--
		}
		c, ok := parseHead(head[begin:])
		length := strings.IndexByte(unquotedMask(rest[open:]), '}')
		if !ok || length < 0 {
			return appendText(parts, rest)
		}
		parts = appendText(parts, head[:begin])
		c.pattern = rest[open+1 : open+length]
		parts = append(parts, c)
		rest = rest[open+length+1:]
	}
	return parts
}

func appendText(parts []clause, text string) []clause {
	if text == "" || strings.TrimSpace(text) == "" && len(parts) == 0 {
		return parts
	}
	return append(parts, clause{pattern: text})
}

func isHeadByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-()", c) >= 0
}

// parseHead reads what stands before a brace: category, style and locale.
func parseHead(s string) (clause, bool) {
	var c clause
	if open := strings.IndexByte(s, '('); open >= 0 {
		inner, tail, ok := strings.Cut(s[open+1:], ")")
		if !ok {
			return c, false
		}
		c.locale = inner
		s = s[:open] + tail
	}
	c.category, c.style, _ = strings.Cut(strings.ToLower(s), ".")
	switch c.category {
	case "num", "date", "time", "datetime", "text", "zero", "null":
		return c, true
	}
	return c, false
}

// unquotedMask returns a text of the same length with what is in quotes blanked.
func unquotedMask(s string) string {
	if strings.IndexByte(s, '\'') < 0 {
		return s
	}
	mask := []byte(s)
	quoted := false
	for i, c := range mask {
		if c == '\'' {
			quoted = !quoted
			mask[i] = ' '
		} else if quoted {
			mask[i] = ' '
		}
	}
	return string(mask)
}

// unquoted returns a text without what is in quotes.
func unquoted(s string) string { return strings.ReplaceAll(unquotedMask(s), " ", "") }

// unquote takes the quotes off the literals in a text. Two quotes within one are a quote.
func unquote(s string) string {
	var b strings.Builder
	for rest := s; rest != ""; {
		if rest[0] != '\'' {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		var literal string
		literal, rest = cutLiteral(rest)
		b.WriteString(literal)
	}
	return b.String()
}

// cutLiteral cuts the literal in quotes at the front of s.
func cutLiteral(s string) (literal, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), s[i+1:]
	}
	return b.String(), ""
}

// formatText formats by a picture of A (letter), 9 (digit), O and 0 (either), X (any character) and literals.
func formatText(pattern, value string) (string, bool) {
	if strings.TrimSpace(pattern) == "" {
		return value, true
	}
	var b strings.Builder
	left := []rune(value)
	for rest := pattern; rest != ""; {
		if rest[0] == '\'' {
			var literal string
			literal, rest = cutLiteral(rest)
			b.WriteString(literal)
			continue
		}
		symbol, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		if !strings.ContainsRune("A9O0X", symbol) {
			b.WriteRune(symbol)
			continue
		}
		if len(left) == 0 || !fits(symbol, left[0]) {
			return "", false
		}
		b.WriteRune(left[0])
		left = left[1:]
	}
	return b.String(), len(left) == 0
}
