package preview

import (
	"errors"
	"strconv"
	"strings"
)

// The kinds of operands and operators in a content stream.
const (
	kindNumber = iota
	kindName
	kindString
	kindArray
	kindDict // names and values by turns
	kindOther
	kindOperator
	kindClose // the end of an array or a dictionary
)

// token is an operand or an operator.
type token struct {
	kind   int
	number float64
	text   string // of a name, a string or an operator
	list   []token
}

const (
	maxListDepth = 16
	maxListItems = 1 << 17 // in all arrays and dictionaries before an operator; further ones are left out
)

// scanner reads the tokens of a content stream. What is broken is passed over.
type scanner struct {
	data []byte
	pos  int
	kept int // items of lists since the last operator
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

// next returns the next token, and false at the end.
func (s *scanner) next() (token, bool) { return s.token(0) }

func (s *scanner) token(depth int) (token, bool) {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case isSpace(c) || c == '{' || c == '}' || c == ')':
			s.pos++
			continue
		case c == '%':
			s.line()
			continue
		case isRegular(c):
			return s.word(), true
		}
		s.pos++
		switch c {
		case '/':
			return token{kind: kindName, text: s.name()}, true
		case '(':
			return token{kind: kindString, text: s.literal()}, true
		case '[':
			return s.list(kindArray, depth), true
		case '<':
			if !s.peek('<') {
				return token{kind: kindString, text: s.hex()}, true
			}
			return s.list(kindDict, depth), true
		case '>':
			s.peek('>')
		}
		return token{kind: kindClose}, true
	}
	return token{}, false
}

// peek goes past a character if it is next.
func (s *scanner) peek(c byte) bool {
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) line() {
	for s.pos < len(s.data) && s.data[s.pos] != '\n' && s.data[s.pos] != '\r' {
		s.pos++
	}
}

func (s *scanner) regular() string {
	start := s.pos
	for s.pos < len(s.data) && isRegular(s.data[s.pos]) {
		s.pos++
	}
	return string(s.data[start:s.pos])
}

// word reads a number, a constant or an operator.
func (s *scanner) word() token {
	w := s.regular()
	switch w {
	case "true", "false", "null":
		return token{kind: kindOther, text: w}
	}
	if c := w[0]; c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' {
		return token{kind: kindNumber, number: number(w)}
	}
	s.kept = 0
	return token{kind: kindOperator, text: w}
}

// number reads as much of a number as makes sense, as viewers do: signs, digits, and a point among them. It is bounded.
func number(w string) float64 {
	const most = 1e15
	start := 0
	for start < len(w) && (w[start] == '-' || w[start] == '+') {
		start++
	}
	end, point := start, false
	for ; end < len(w) && (w[end] >= '0' && w[end] <= '9' || w[end] == '.' && !point); end++ {
		point = point || w[end] == '.'
	}
	v, err := strconv.ParseFloat(w[start:end], 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	v = min(v, most)
	if strings.Contains(w[:start], "-") {
		return -v
	}
	return v
}

// name reads a name, in which a number sign stands before two hexadecimal digits.
func (s *scanner) name() string {
	w := s.regular()
	if !strings.Contains(w, "#") {
		return w
	}
	var b []byte
	for i := 0; i < len(w); i++ {
		if w[i] == '#' && i+2 < len(w) && unhex(w[i+1]) >= 0 && unhex(w[i+2]) >= 0 {
			b = append(b, byte(unhex(w[i+1])<<4|unhex(w[i+2])))
			i += 2
			continue
		}
		b = append(b, w[i])
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// list reads an array or a dictionary, whose beginning was read, up to its end or that of another. One that is nested too
// deeply is taken for something without content.
func (s *scanner) list(kind, depth int) token {
	if depth >= maxListDepth {
		return token{kind: kindOther}
	}
	t := token{kind: kind}
	for {
		item, ok := s.token(depth + 1)
		if !ok || item.kind == kindClose {
			return t
		}
		if s.kept++; s.kept <= maxListItems {
			t.list = append(t.list, item)
		}
	}
}

// hex reads a string of hexadecimal digits, whose beginning was read.
func (s *scanner) hex() string {
	var b []byte
	high := -1
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		if c == '>' {
			break
		}
		v := unhex(c)
		switch {
		case v < 0:
		case high < 0:
			high = v
		default:
			b = append(b, byte(high<<4|v))
			high = -1
		}
	}
	if high >= 0 {
		b = append(b, byte(high<<4))
	}
	return string(b)
}

// literal reads a string in parentheses, whose beginning was read (ISO 32000-1, 7.3.4.2).
func (s *scanner) literal() string {
	var b []byte
	for depth := 1; s.pos < len(s.data); {
		c := s.data[s.pos]
		s.pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return string(b)
			}
		case '\\':
			b = s.escape(b)
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

// escape appends what the characters after a backslash mean.
func (s *scanner) escape(b []byte) []byte {
	if s.pos >= len(s.data) {
		return b
	}
	c := s.data[s.pos]
	s.pos++
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		return append(b, "\n\r\t\b\f"[i])
	}
	switch {
	case c == '\r':
		s.peek('\n')
		return b
	case c == '\n':
		return b
	case c < '0' || c > '7':
		return append(b, c)
	}
	v := int(c - '0')
	for i := 0; i < 2 && s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '7'; i++ {
		v = v<<3 | int(s.data[s.pos]-'0')
		s.pos++
	}
	return append(b, byte(v))
}

// maxEntries is how many tokens are read of what describes an image within the content.
const maxEntries = 128

// inlineImage reads the entries of an image after BI, and its data between ID and EI. Size returns how many bytes the data
// has, or a negative number if only EI tells.
func (s *scanner) inlineImage(size func([]token) int) (entries []token, data []byte) {
	for {
		t, ok := s.next()
		if !ok {
			return entries, nil
		}
		if t.kind == kindOperator && t.text == "ID" {
			break
		}
		if len(entries) < maxEntries {
			entries = append(entries, t)
		}
	}
	if s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
	start := s.pos
	if n := size(entries); n >= 0 && n <= len(s.data)-start {
		s.pos += n
		s.endOfImage()
		return entries, s.data[start : start+n]
	}
	return entries, s.data[start:s.endOfImage()]
}

// endOfImage goes past EI and returns where the data before it ends.
func (s *scanner) endOfImage() int {
	for i := s.pos; i+1 < len(s.data); i++ {
		before := i == s.pos || isSpace(s.data[i-1])
		after := i+2 >= len(s.data) || isSpace(s.data[i+2])
		if s.data[i] == 'E' && s.data[i+1] == 'I' && before && after {
			end := i
			if i > s.pos {
				end--
			}
			s.pos = i + 2
			return end
		}
	}
	s.pos = len(s.data)
	return len(s.data)
}
