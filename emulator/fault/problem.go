package fault

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a fault or a scenario.
type Problem struct {
	// Line is where it is in the file, counted from 1; 0 if there is no file.
	Line int `json:"line,omitempty"`
	// Path names the place in the document, such as "faults[0].effect".
	Path string `json:"path,omitempty"`
	// Text says what is wrong.
	Text string `json:"text"`
}

// String returns the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Text
}

// Error is what [Parse], [ParseScenario] and [Set.Add] return: all that is wrong, in the order of the document.
type Error struct {
	Problems []Problem `json:"problems"` // at least one
}

// Error returns the problems, one in a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
