package pdf

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// span is where an object stands in what pdfcpu wrote.
type span struct {
	number     int
	start, end int
}

// arrange puts the objects of a document that pdfcpu wrote into the order of their numbers, since pdfcpu's own order is
// another each time, and writes the cross-reference table and the trailer anew.
func arrange(out []byte, ctx *model.Context) ([]byte, error) {
	xref := int(ctx.Write.Offset)
	trailer := bytes.LastIndex(out, []byte("trailer"))
	tail := bytes.LastIndex(out, []byte("startxref"))
	if xref > trailer || trailer > tail || trailer < 0 || !bytes.HasPrefix(out[xref:], []byte("xref")) {
		return nil, errorf("the document was written without a cross-reference table")
	}
	spans := make([]span, 0, len(ctx.Write.Table))
	for number, offset := range ctx.Write.Table {
		spans = append(spans, span{number: number, start: int(offset)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := range spans {
		spans[i].end = xref
		if i+1 < len(spans) {
			spans[i].end = spans[i+1].start
		}
	}
	var b bytes.Buffer
	b.Grow(len(out) + 20*(*ctx.Size))
	b.Write(out[:spans[0].start])
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.number, b.number) })
	offsets := map[int]int{}
	for _, s := range spans {
		offsets[s.number] = b.Len()
		b.Write(out[s.start:s.end])
	}
	start := b.Len()
	writeTable(&b, ctx, offsets)
	b.Write(out[trailer:tail])
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	return b.Bytes(), nil
}

func writeTable(b *bytes.Buffer, ctx *model.Context, offsets map[int]int) {
	fmt.Fprintf(b, "xref\n0 %d\n", *ctx.Size)
	for n := range *ctx.Size {
		offset, ok := offsets[n]
		generation := 0
		if e, found := ctx.Table[n]; found && ok && e.Generation != nil {
			generation = *e.Generation
		}
		if !ok {
			b.WriteString("0000000000 65535 f \n")
			continue
		}
		fmt.Fprintf(b, "%010d %05d n \n", offset, generation)
	}
}
