package printer

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// output writes to a stream. It remembers the first error, which done returns.
type output struct{ w *bufio.Writer }

func newOutput(w io.Writer) output { return output{bufio.NewWriterSize(w, 32<<10)} }

// The errors are remembered by the writer.

func (o output) printf(format string, args ...any) { _, _ = fmt.Fprintf(o.w, format, args...) }
func (o output) text(s string)                     { _, _ = o.w.WriteString(s) }
func (o output) bytes(b []byte)                    { _, _ = o.w.Write(b) }

func (o output) done() error {
	if err := o.w.Flush(); err != nil {
		return fmt.Errorf("write the printer's data: %w", err)
	}
	return nil
}

// number writes a measure with at most three digits after the point.
func number(v float64) string {
	v = math.Round(v*1000) / 1000
	if v == 0 {
		return "0" // not "-0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// units converts points to units of which so many are in an inch.
func units(points, perInch float64) int { return int(math.Round(points * perInch / 72)) }
