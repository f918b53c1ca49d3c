package pdf

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// What the extraction of text reads of one page at most.
const (
	maxTextDepth  = 6
	maxTextTokens = 500_000
	maxTextBytes  = 1 << 20
)

// PageText returns the text of a page, counted from 1, roughly in the order in which it is drawn: with a line's end where
// the text moves to another line. It is an approximation. Fonts with a simple encoding are read as Windows code page 1252,
// others by their ToUnicode map; text in a font with neither is left out.
func (f *File) PageText(page int) (string, error) {
	x := &extractor{ctx: f.ctx, fonts: map[string]*decoder{}}
	err := Guard(fmt.Sprintf("the text of page %d cannot be read", page), func() error {
		content, res, err := f.PageContent(page)
		if err != nil {
			return err
		}
		return x.run(content, res, 0)
	})
	return strings.TrimSpace(x.out.String()), err
}

// PageContent returns the content stream of a page, counted from 1, decoded, and its resources, which belong to the
// document. Together the page's streams decode to no more than [MaxDecoded] bytes; streams in a filter that pdfcpu does not
// know are left out. Whoever decodes other streams of the document uses DecodeWithLimit with MaxDecoded as well, since
// pdfcpu's own limit is for the streams that it decodes while it opens a document.
func (f *File) PageContent(page int) (content []byte, resources types.Dict, err error) {
	err = Guard(fmt.Sprintf("the content of page %d cannot be read", page), func() error {
		d, _, inherited, err := f.ctx.PageDict(page, false)
		if err != nil {
			return err
		}
		resources = inherited.Resources
		parts, err := contents(f.ctx, d)
		if err != nil {
			return err
		}
		for _, p := range parts {
			sd, _, err := f.ctx.DereferenceStreamDict(p)
			if err != nil {
				return err
			}
			if sd == nil {
				continue
			}
			decoded, err := decode(*sd, int64(MaxDecoded-len(content)))
			if err != nil {
				return err
			}
			content = append(append(content, decoded...), '\n')
		}
		return nil
	})
	return content, resources, err
}

// decode decodes a stream, and leaves the document's copy as it is. A filter that is not known gives nothing.
func decode(sd types.StreamDict, most int64) ([]byte, error) {
	sd.Content = nil
	err := sd.DecodeWithLimit(max(most, 1))
	if errors.Is(err, filter.ErrUnsupportedFilter) {
		return nil, nil
	}
	return sd.Content, err
}

// extractor runs content streams for their text.
type extractor struct {
	ctx    *model.Context
	out    strings.Builder
	fonts  map[string]*decoder
	font   *decoder
	tokens int
	lineY  float64 // of the last text
	y      float64
	moved  bool
}

func (x *extractor) run(content []byte, res types.Dict, depth int) error {
	s := scanner{data: content}
	var operands []token
	for {
		tok, ok := s.next()
		if x.tokens++; !ok || x.tokens > maxTextTokens || x.out.Len() > maxTextBytes {
			return nil
		}
		if tok.kind != tokenOperator {
			if operands = append(operands, tok); len(operands) > 1000 {
				operands = operands[500:]
			}
			continue
		}
		if err := x.operator(tok.text, operands, res, depth, &s); err != nil {
			return err
		}
		operands = operands[:0]
	}
}

func (x *extractor) operator(name string, operands []token, res types.Dict, depth int, s *scanner) error {
	switch name {
	case "Tf":
		if len(operands) >= 2 {
			x.font = x.fontNamed(operands[len(operands)-2].text, res)
		}
	case "BT", "T*", "ET":
		x.y, x.moved = 0, true
		if name == "T*" {
			x.newLine()
		}
	case "Td", "TD":
		x.moveBy(operands)
	case "Tm":
		if n := len(operands); n >= 6 {
			x.y, x.moved = operands[n-1].number, true
		}
	case "'", `"`:
		x.newLine()
		x.show(operands)
	case "Tj", "TJ":
		x.show(operands)
	case "Do":
		if len(operands) > 0 {
			return x.object(operands[len(operands)-1].text, res, depth)
		}
	case "ID":
		s.skipImage()
	}
	return nil
}

func (x *extractor) moveBy(operands []token) {
	n := len(operands)
	if n < 2 {
		return
	}
	x.y += operands[n-1].number
	x.moved = true
}

func (x *extractor) newLine() {
	if x.out.Len() > 0 {
		x.out.WriteByte('\n')
	}
	x.moved = false
}

// show writes strings; large steps to the left within a TJ are spaces between words.
func (x *extractor) show(operands []token) {
	if x.moved && x.out.Len() > 0 {
		if diff := x.y - x.lineY; diff > 1 || diff < -1 {
			x.out.WriteByte('\n')
		} else {
			x.out.WriteByte(' ')
		}
	}
	x.lineY, x.moved = x.y, false
	for _, o := range operands {
		switch {
		case o.kind == tokenString:
			x.out.WriteString(x.font.decode([]byte(o.text)))
		case o.kind == tokenNumber && o.number < -200:
			x.out.WriteByte(' ')
		}
	}
}

// object runs a form XObject.
func (x *extractor) object(name string, res types.Dict, depth int) error {
	if depth >= maxTextDepth {
		return nil
	}
	objects, err := x.ctx.DereferenceDict(res["XObject"])
	if err != nil || objects == nil {
		return err
	}
	o, _ := objects.Find(name)
	sd, _, err := x.ctx.DereferenceStreamDict(o)
	if err != nil || sd == nil || sd.Subtype() == nil || *sd.Subtype() != "Form" {
		return err
	}
	content, err := decode(*sd, MaxDecoded)
	if err != nil {
		return err
	}
	own, err := x.ctx.DereferenceDict(sd.Dict["Resources"])
	if err != nil {
		return err
	}
	if own == nil {
		own = res
	}
	x.moved = true
	return x.run(content, own, depth+1)
}
