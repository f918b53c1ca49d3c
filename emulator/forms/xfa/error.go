package xfa

import "strconv"

// Error says what is wrong with a template or with data. It is the only error of this package.
type Error struct {
	Line int    // in the XML, counted from 1; 0 if it is no single line's fault
	What string // what is wrong, without a full stop
}

// Error returns the text, with the line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.What
	}
	return "line " + strconv.Itoa(e.Line) + ": " + e.What
}

// quote quotes what came from a template or from data, shortened.
func quote(s string) string {
	const longest = 60
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return strconv.Quote(s)
}
