package preview

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

const (
	maxOperands  = 64  // before one operator; older ones are dropped
	maxSaved     = 512 // states that q keeps
	maxClipDepth = 16  // clipping paths in clipping paths; further ones are ignored
)

// interpreter draws content streams.
type interpreter struct {
	ctx       *model.Context
	out       *picture
	state     state
	saved     []state
	path      *path
	clipRule  string // of the clip that the next painting operator sets; empty if none
	tm, tlm   matrix // of the text object
	resources types.Dict
	depth     int

	operators int
	content   int // bytes drawn
	pixels    int // of images
	mapped    int // characters in fonts' maps
	fontsRead int
	fonts     map[string]*font
	images    map[string]*drawnImage
	clips     map[clip]string
	streams   map[string][]byte // decoded; nil for what cannot be
	group     string            // the clip of the group that is open
}

func newInterpreter(ctx *model.Context, base matrix) *interpreter {
	return &interpreter{
		ctx: ctx, out: &picture{}, state: newState(base), path: &path{}, tm: identity, tlm: identity,
		fonts: map[string]*font{}, images: map[string]*drawnImage{}, clips: map[clip]string{},
		streams: map[string][]byte{},
	}
}

// run draws a content stream.
func (in *interpreter) run(content []byte, resources types.Dict) error {
	if in.content += len(content); in.content > MaxContent {
		return errorf("the page draws more than %d bytes of content", MaxContent)
	}
	outer := in.resources
	in.resources = resources
	defer func() { in.resources = outer }()
	s := &scanner{data: content}
	var operands []token
	for {
		t, ok := s.next()
		if !ok {
			return nil
		}
		if t.kind != kindOperator {
			if len(operands) == maxOperands {
				operands = append(operands[:0], operands[1:]...)
			}
			operands = append(operands, t)
			continue
		}
		if in.operators++; in.operators > MaxOperators {
			return errorf("the page has more than %d operators", MaxOperators)
		}
		if in.out.full() {
			return errorf("the picture has more than %d bytes", MaxOutput)
		}
		if err := in.operator(t.text, operands, s); err != nil {
			return err
		}
		operands = operands[:0]
	}
}

// operator runs an operator. One that is unknown, or lacks operands, does nothing.
func (in *interpreter) operator(name string, operands []token, s *scanner) error {
	if op, ok := numericOperators[name]; ok {
		if n, ok := numbers(operands, op.operands); ok {
			op.run(in, n)
		}
		return nil
	}
	switch name {
	case "q":
		in.save()
	case "Q":
		in.restore()
	case "Do":
		return in.object(lastText(operands, kindName))
	case "BI":
		in.inlineImage(s)
	case "sh":
		in.shading()
	case "gs":
		in.graphicsState(lastText(operands, kindName))
	case "d":
		in.setDash(operands)
	case "cs", "CS", "sc", "scn", "SC", "SCN":
		in.setColor(name, operands)
	case "Tf":
		in.setFont(operands)
	case "Tj", "'", `"`, "TJ":
		in.showText(name, operands)
	default:
		in.plain(name)
	}
	return nil
}

// plain runs an operator without operands.
func (in *interpreter) plain(name string) {
	if p, ok := painters[name]; ok {
		if p.closes {
			in.path.closePath()
		}
		in.paint(p)
		return
	}
	switch name {
	case "h":
		in.path.closePath()
	case "W":
		in.clipRule = "nonzero"
	case "W*":
		in.clipRule = "evenodd"
	case "BT":
		in.tm, in.tlm = identity, identity
	case "T*":
		in.nextLine(0, -in.state.text.leading)
	}
}

// numericOperator is an operator with a fixed count of numbers.
type numericOperator struct {
	operands int
	run      func(in *interpreter, n []float64)
}

// numbers returns the last operands, if they are so many numbers.
func numbers(operands []token, count int) ([]float64, bool) {
	if len(operands) < count {
		return nil, false
	}
	n := make([]float64, count)
	for i, t := range operands[len(operands)-count:] {
		if t.kind != kindNumber {
			return nil, false
		}
		n[i] = t.number
	}
	return n, true
}

func lastText(operands []token, kind int) string {
	if n := len(operands); n > 0 && operands[n-1].kind == kind {
		return operands[n-1].text
	}
	return ""
}

var numericOperators = map[string]numericOperator{
	"cm": {6, func(in *interpreter, n []float64) {
		if m := (matrix{n[0], n[1], n[2], n[3], n[4], n[5]}).then(in.state.ctm); m.valid() {
			in.state.ctm = m
		}
	}},
	"w": {1, func(in *interpreter, n []float64) { in.state.lineWidth = n[0] }},
	"J": {1, func(in *interpreter, n []float64) { in.state.cap = int(n[0]) }},
	"j": {1, func(in *interpreter, n []float64) { in.state.join = int(n[0]) }},
	"M": {1, func(in *interpreter, n []float64) { in.state.miter = n[0] }},

	"m": {2, func(in *interpreter, n []float64) { in.path.moveTo(in.state.ctm, n[0], n[1]) }},
	"l": {2, func(in *interpreter, n []float64) { in.path.lineTo(in.state.ctm, n[0], n[1]) }},
	"c": {6, func(in *interpreter, n []float64) { in.path.curveTo(in.state.ctm, n[0], n[1], n[2], n[3], n[4], n[5]) }},
	"v": {4, func(in *interpreter, n []float64) {
		in.path.curveTo(in.state.ctm, in.path.x, in.path.y, n[0], n[1], n[2], n[3])
	}},
	"y":  {4, func(in *interpreter, n []float64) { in.path.curveTo(in.state.ctm, n[0], n[1], n[2], n[3], n[2], n[3]) }},
	"re": {4, func(in *interpreter, n []float64) { in.path.rectangle(in.state.ctm, n[0], n[1], n[2], n[3]) }},

	"g":  {1, func(in *interpreter, n []float64) { in.state.fill.set(deviceGray, n) }},
	"G":  {1, func(in *interpreter, n []float64) { in.state.stroke.set(deviceGray, n) }},
	"rg": {3, func(in *interpreter, n []float64) { in.state.fill.set(deviceRGB, n) }},
	"RG": {3, func(in *interpreter, n []float64) { in.state.stroke.set(deviceRGB, n) }},
	"k":  {4, func(in *interpreter, n []float64) { in.state.fill.set(deviceCMYK, n) }},
	"K":  {4, func(in *interpreter, n []float64) { in.state.stroke.set(deviceCMYK, n) }},

	"Tc": {1, func(in *interpreter, n []float64) { in.state.text.charSpace = n[0] }},
	"Tw": {1, func(in *interpreter, n []float64) { in.state.text.words = n[0] }},
	"Tz": {1, func(in *interpreter, n []float64) { in.state.text.scale = n[0] / 100 }},
	"TL": {1, func(in *interpreter, n []float64) { in.state.text.leading = n[0] }},
	"Ts": {1, func(in *interpreter, n []float64) { in.state.text.rise = n[0] }},
	"Tr": {1, func(in *interpreter, n []float64) { in.state.text.mode = int(n[0]) }},
	"Td": {2, func(in *interpreter, n []float64) { in.nextLine(n[0], n[1]) }},
	"TD": {2, func(in *interpreter, n []float64) {
		in.state.text.leading = -n[1]
		in.nextLine(n[0], n[1])
	}},
	"Tm": {6, func(in *interpreter, n []float64) {
		in.tm = matrix{n[0], n[1], n[2], n[3], n[4], n[5]}
		in.tlm = in.tm
	}},
}

func (in *interpreter) save() {
	if len(in.saved) < maxSaved {
		in.saved = append(in.saved, in.state)
	}
}

func (in *interpreter) restore() {
	if n := len(in.saved); n > 0 {
		in.state, in.saved = in.saved[n-1], in.saved[:n-1]
	}
}

// nested draws a content stream that cannot change the state around it.
func (in *interpreter) nested(content []byte, resources types.Dict, prepare func()) error {
	if in.depth >= MaxNesting {
		return nil
	}
	in.depth++
	state, saved, outer, rule, tm, tlm := in.state, in.saved, in.path, in.clipRule, in.tm, in.tlm
	in.saved, in.path, in.clipRule = nil, new(path), ""
	prepare()
	err := in.run(content, resources)
	in.state, in.saved, in.path, in.clipRule, in.tm, in.tlm = state, saved, outer, rule, tm, tlm
	in.depth--
	return err
}
