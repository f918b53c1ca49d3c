package pdf

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
)

// The kinds of tokens in a content stream. Arrays and dictionaries are not kept together: their ends are left out.
const (
	tokenOperator = iota
	tokenNumber
	tokenString
	tokenName
)

type token struct {
	kind   int
	text   string
	number float64
}

// scanner splits a content stream into tokens.
type scanner struct {
	data []byte
	pos  int
}

const (
	space     = " \t\r\n\f\x00"
	delimiter = "()<>[]{}/%"
)

func (s *scanner) next() (token, bool) {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case strings.IndexByte(space, c) >= 0 || strings.IndexByte("[]{}>)", c) >= 0:
			s.pos++
		case c == '%':
			for s.pos < len(s.data) && s.data[s.pos] != '\n' && s.data[s.pos] != '\r' {
				s.pos++
			}
		case c == '(':
			return token{kind: tokenString, text: s.literal()}, true
		case c == '<' && s.pos+1 < len(s.data) && s.data[s.pos+1] == '<':
			s.pos += 2
		case c == '<':
			return token{kind: tokenString, text: s.hex()}, true
		case c == '/':
			s.pos++
			return token{kind: tokenName, text: s.word()}, true
		default:
			w := s.word()
			if n, err := strconv.ParseFloat(w, 64); err == nil {
				return token{kind: tokenNumber, text: w, number: n}, true
			}
			return token{kind: tokenOperator, text: w}, true
		}
	}
	return token{}, false
}

func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.data) && strings.IndexByte(space, s.data[s.pos]) < 0 && strings.IndexByte(delimiter, s.data[s.pos]) < 0 {
		s.pos++
	}
	return string(s.data[start:s.pos])
}

func (s *scanner) hex() string {
	end := bytes.IndexByte(s.data[s.pos:], '>')
	if end < 0 {
		end = len(s.data) - s.pos
	}
	digits := bytes.Join(bytes.Fields(s.data[s.pos+1:s.pos+end]), nil)
	s.pos += end
	if len(digits)%2 != 0 {
		digits = append(digits, '0')
	}
	out := make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits)
	return string(out[:n])
}

// literal reads a string in parentheses: ISO 32000-1, 7.3.4.2.
func (s *scanner) literal() string {
	var b strings.Builder
	depth := 0
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
			b.WriteByte(c)
		case ')':
			if depth--; depth == 0 {
				s.pos++
				return b.String()
			}
			b.WriteByte(c)
		case '\\':
			s.escape(&b)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escape reads what follows a backslash, and leaves the position at its last byte.
func (s *scanner) escape(b *strings.Builder) {
	if s.pos++; s.pos >= len(s.data) {
		return
	}
	c := s.data[s.pos]
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		b.WriteByte("\n\r\t\b\f"[i])
		return
	}
	if c == '\r' || c == '\n' {
		if c == '\r' && s.pos+1 < len(s.data) && s.data[s.pos+1] == '\n' {
			s.pos++
		}
		return
	}
	if c < '0' || c > '7' {
		b.WriteByte(c)
		return
	}
	v := 0
	for i := 0; i < 3 && s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '7'; i++ {
		v = v*8 + int(s.data[s.pos]-'0')
		s.pos++
	}
	s.pos--
	b.WriteByte(byte(v))
}

// skipImage goes behind an inline image.
func (s *scanner) skipImage() {
	for _, end := range []string{"\nEI", " EI", "\rEI"} {
		if i := bytes.Index(s.data[s.pos:], []byte(end)); i >= 0 {
			s.pos += i + len(end)
			return
		}
	}
	s.pos = len(s.data)
}
