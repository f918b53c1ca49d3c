package bulk

import "io"

// DirOfWindow is Dir with another window.
var DirOfWindow = dir

// ReadJournal reads a journal and returns how many outputs it knows, how many lines it ignored, and the size of its
// whole lines.
func ReadJournal(r io.Reader) (outputs, ignored int, whole int64, err error) {
	known, ignored, whole, err := readJournal(r)
	return len(known), ignored, whole, err
}

// MaxLine is the limit of a line.
const MaxLine = maxLine
