package pdfa

import (
	"bytes"
	"slices"
)

// usage is what content streams use.
type usage struct {
	gray, rgb, cmyk bool
	intents         []string // rendering intents
	lzw             bool     // in an inline image
	interpolated    bool     // an inline image
	depth           int      // the deepest nesting of saved states
}

// deviceNames are the names of device color spaces, those of inline images included.
var deviceNames = map[string]string{
	"DeviceGray": "gray", "G": "gray", "DeviceRGB": "rgb", "RGB": "rgb", "DeviceCMYK": "cmyk", "CMYK": "cmyk",
}

// use notes a device color space by its name.
func (u *usage) use(space string) {
	switch deviceNames[space] {
	case "gray":
		u.gray = true
	case "rgb":
		u.rgb = true
	case "cmyk":
		u.cmyk = true
	}
}

// scanner reads the tokens of a content stream: names with their slash, operators, and a dot for each other operand.
type scanner struct {
	data []byte
	at   int
}

// scan adds what a content stream uses.
func (u *usage) scan(data []byte) {
	s := &scanner{data: data}
	last, depth := "", 0
	for token := s.next(); token != ""; token = s.next() {
		switch token {
		case "g", "G":
			u.gray = true
		case "rg", "RG":
			u.rgb = true
		case "k", "K":
			u.cmyk = true
		case "cs", "CS":
			u.use(last)
		case "ri":
			u.intents = append(u.intents, last)
		case "q":
			depth++
			u.depth = max(u.depth, depth)
		case "Q":
			depth--
		case "BI":
			u.inline(s)
		}
		last = ""
		if token[0] == '/' {
			last = token[1:]
		}
	}
}

// inline reads an inline image to its end.
func (u *usage) inline(s *scanner) {
	key := ""
	for token := s.next(); token != "" && token != "ID"; token = s.next() {
		switch {
		case key == "CS" || key == "ColorSpace":
			if token[0] == '/' {
				if len(token) < 5 || deviceNames[token[1:]] != "" {
					u.use(token[1:])
				}
			}
		case key == "I" || key == "Interpolate":
			u.interpolated = u.interpolated || token == "true"
		}
		if token == "/LZW" || token == "/LZWDecode" {
			u.lzw = true
		}
		if token[0] == '/' && key == "" {
			key = token[1:]
		} else {
			key = ""
		}
	}
	for {
		i := bytes.Index(s.data[s.at:], []byte("EI"))
		if i < 0 {
			s.at = len(s.data)
			return
		}
		before, after := s.at+i-1, s.at+i+2
		s.at = after
		if before >= 0 && isSpace(s.data[before]) && (after >= len(s.data) || isSpace(s.data[after])) {
			return
		}
	}
}

func isSpace(c byte) bool { return slices.Contains([]byte("\x00\t\n\f\r "), c) }

func isRegular(c byte) bool { return !isSpace(c) && !slices.Contains([]byte("()<>[]{}/%"), c) }

// next returns the next token, which is empty at the end.
func (s *scanner) next() string {
	for s.at < len(s.data) {
		c := s.data[s.at]
		switch {
		case isSpace(c):
			s.at++
		case c == '%':
			for s.at < len(s.data) && s.data[s.at] != '\n' && s.data[s.at] != '\r' {
				s.at++
			}
		case c == '(':
			s.skipString()
			return "."
		case c == '<' && s.at+1 < len(s.data) && s.data[s.at+1] != '<':
			for s.at < len(s.data) && s.data[s.at] != '>' {
				s.at++
			}
			s.at++
			return "."
		case c == '/' || isRegular(c):
			start := s.at
			s.at++
			for s.at < len(s.data) && isRegular(s.data[s.at]) {
				s.at++
			}
			return string(s.data[start:s.at])
		default:
			s.at++
			return "."
		}
	}
	return ""
}

func (s *scanner) skipString() {
	depth := 0
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '(':
			depth++
		case ')':
			depth--
		}
		s.at++
		if depth == 0 {
			return
		}
	}
}
