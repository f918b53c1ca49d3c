// Package term decides how to talk to a person: whether an output is a terminal, and with which colours.
package term

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// IsTerminal reports whether stream, a reader or writer, is a terminal. It is known by its method Fd, as *os.File has it.
func IsTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width returns how many columns the terminal w has, or 0 if it is none or does not tell.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Wrap breaks text between words so that no line is wider than width columns, as far as words allow: they stay whole.
// Of the first line column columns are taken; the others begin with indent blanks. With no width text stays as it is.
func Wrap(text string, column, indent, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// Style paints text for one output. The zero value leaves it as it is.
type Style struct{ on bool }

// StyleFor returns a style that paints if w is a terminal, and the environment has neither NO_COLOR (any value but
// the empty one, see no-color.org) nor TERM=dumb. getenv looks a variable up.
func StyleFor(w io.Writer, getenv func(string) string) Style {
	return Style{on: IsTerminal(w) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// The SGR parameters of ECMA-48 that a Style uses.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (s Style) paint(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold paints headings.
func (s Style) Bold(text string) string { return s.paint(bold, text) }

// Dim paints what matters less.
func (s Style) Dim(text string) string { return s.paint(dim, text) }

// Bad paints errors.
func (s Style) Bad(text string) string { return s.paint(red, text) }

// Good paints what is well.
func (s Style) Good(text string) string { return s.paint(green, text) }

// Warn paints warnings.
func (s Style) Warn(text string) string { return s.paint(yellow, text) }
