package preview

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// The methods here read objects of the document. What is missing or of another type is nil, or the value that is given.

func (in *interpreter) resolve(o types.Object) types.Object {
	if o == nil {
		return nil
	}
	r, err := in.ctx.Dereference(o)
	if err != nil {
		return nil
	}
	return r
}

func (in *interpreter) dict(o types.Object) types.Dict {
	switch d := in.resolve(o).(type) {
	case types.Dict:
		return d
	case types.StreamDict:
		return d.Dict
	}
	return nil
}

func (in *interpreter) array(o types.Object) types.Array {
	a, _ := in.resolve(o).(types.Array)
	return a
}

func (in *interpreter) stream(o types.Object) *types.StreamDict {
	sd, ok := in.resolve(o).(types.StreamDict)
	if !ok {
		return nil
	}
	return &sd
}

func (in *interpreter) name(o types.Object) string {
	n, _ := in.resolve(o).(types.Name)
	return n.Value()
}

func (in *interpreter) number(o types.Object, otherwise float64) float64 {
	switch v := in.resolve(o).(type) {
	case types.Integer:
		return float64(v.Value())
	case types.Float:
		return v.Value()
	}
	return otherwise
}

// maxNumbers is how many numbers of an array are read.
const maxNumbers = 64

func (in *interpreter) numbers(o types.Object) []float64 {
	a := in.array(o)
	n := make([]float64, min(len(a), maxNumbers))
	for i := range n {
		n[i] = in.number(a[i], 0)
	}
	return n
}

func (in *interpreter) truth(o types.Object) bool {
	b, _ := in.resolve(o).(types.Boolean)
	return b.Value()
}

// bytes returns the content of a string or a stream.
func (in *interpreter) bytes(o types.Object) []byte {
	switch v := in.resolve(o).(type) {
	case types.StringLiteral:
		b, _ := types.Unescape(v.Value())
		return b
	case types.HexLiteral:
		b, _ := v.Bytes()
		return b
	case types.StreamDict:
		b, _ := in.once(o, &v)
		return b
	}
	return nil
}

// once decodes a stream that may be used many times.
func (in *interpreter) once(o types.Object, sd *types.StreamDict) ([]byte, bool) {
	k := key(o)
	b, known := in.streams[k]
	if !known || k == "" {
		b, _ = in.decoded(sd)
		in.streams[k] = b
	}
	return b, b != nil
}

// decoded returns the content of a stream, up to MaxContent bytes.
func (in *interpreter) decoded(sd *types.StreamDict) ([]byte, bool) {
	if err := sd.DecodeWithLimit(MaxContent); err != nil || len(sd.Content) > MaxContent {
		return nil, false
	}
	if sd.Content == nil {
		return []byte{}, true
	}
	return sd.Content, true
}

func (in *interpreter) matrix(o types.Object) matrix {
	n := in.numbers(o)
	if len(n) != 6 {
		return identity
	}
	return matrix{n[0], n[1], n[2], n[3], n[4], n[5]}
}

func (in *interpreter) rect(o types.Object) (box, bool) {
	n := in.numbers(o)
	if len(n) != 4 {
		return box{}, false
	}
	return box{n[0], n[1], n[2], n[3]}.ordered(), true
}

// resource returns an object of the resources.
func (in *interpreter) resource(resources types.Dict, kind, name string) types.Object {
	d := in.dict(resources[kind])
	if d == nil {
		return nil
	}
	o, _ := d.Find(name)
	return o
}

// key names an object for what is read once: objects without a number have none.
func key(o types.Object) string {
	switch ref := o.(type) {
	case types.IndirectRef:
		return ref.String()
	case *types.IndirectRef:
		return ref.String()
	}
	return ""
}
