package pdf

import (
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// What a form may have at most.
const (
	maxFields     = 20_000
	maxFieldDepth = 32
)

// FieldKind is the kind of a form field.
type FieldKind string

// The kinds of fields.
const (
	FieldText      FieldKind = "text" // dates too: they are text fields with a script
	FieldCheckBox  FieldKind = "checkbox"
	FieldRadio     FieldKind = "radio"
	FieldCombo     FieldKind = "combo"
	FieldList      FieldKind = "list"
	FieldButton    FieldKind = "button"
	FieldSignature FieldKind = "signature"
)

// Field is a form field.
type Field struct {
	Name     string // full name, such as "form1[0].page1[0].name[0]"
	Kind     FieldKind
	Value    string
	Options  []string // what a combo, list, radio button or checkbox can have, as it stands in data
	ReadOnly bool
}

// Fields returns the form's fields in the order of the document, without error where there is no form.
func (f *File) Fields() ([]Field, error) {
	var fields []Field
	err := Guard("the form cannot be read", func() error {
		form, err := acroForm(f.ctx)
		if err != nil || form == nil {
			return err
		}
		all, err := form.fields()
		for _, e := range all {
			fields = append(fields, Field{
				Name: e.name, Kind: e.kind, Value: e.value(), Options: e.optionValues(), ReadOnly: e.flags&flagReadOnly != 0,
			})
		}
		return err
	})
	return fields, err
}

// Flags of fields: ISO 32000-1, tables 221, 226, 228 and 230.
const (
	flagReadOnly    = 1 << 0
	flagMultiline   = 1 << 12
	flagPassword    = 1 << 13
	flagRadio       = 1 << 15
	flagPushButton  = 1 << 16
	flagCombo       = 1 << 17
	flagEdit        = 1 << 18
	flagMultiSelect = 1 << 21
	flagComb        = 1 << 24
)

type form struct {
	ctx  *model.Context
	dict types.Dict
}

// field is a terminal field with what it inherits.
type field struct {
	form    *form
	dict    types.Dict
	name    string
	kind    FieldKind
	flags   int
	widgets []types.Dict
	// The inherited entries.
	val, opt types.Object
	da       string
	quad     int
	maxLen   int
}

func acroForm(ctx *model.Context) (*form, error) {
	root, err := ctx.Catalog()
	if err != nil {
		return nil, err
	}
	o, ok := root.Find("AcroForm")
	if !ok {
		return nil, nil
	}
	d, err := ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return nil, err
	}
	return &form{ctx: ctx, dict: d}, nil
}

// walk is the way down the tree of fields.
type walk struct {
	form  *form
	seen  map[int]bool
	found []*field
}

// fields returns the terminal fields.
func (f *form) fields() ([]*field, error) {
	o, _ := f.dict.Find("Fields")
	kids, err := f.ctx.DereferenceArray(o)
	if err != nil {
		return nil, err
	}
	w := &walk{form: f, seen: map[int]bool{}}
	top := field{form: f, da: f.text(f.dict["DA"]), quad: f.number(f.dict["Q"])}
	for _, k := range kids {
		if err := w.down(k, top, 0); err != nil {
			return nil, err
		}
	}
	return w.found, nil
}

func (w *walk) down(o types.Object, parent field, depth int) error {
	if ref, ok := o.(types.IndirectRef); ok {
		n := ref.ObjectNumber.Value()
		if w.seen[n] {
			return errorf("a form field is its own child")
		}
		w.seen[n] = true
	}
	if depth > maxFieldDepth || len(w.found) >= maxFields {
		return errorf("the form has more than %d fields, or they are nested more than %d deep", maxFields, maxFieldDepth)
	}
	d, err := w.form.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return err
	}
	f := parent.child(d)
	kids, named := w.kids(d)
	if !named {
		f.settle(kids)
		w.found = append(w.found, &f)
		return nil
	}
	for _, k := range kids {
		if err := w.down(k, f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// kids returns the children, and whether they are fields; otherwise they are the places of one field.
func (w *walk) kids(d types.Dict) (kids types.Array, named bool) {
	kids, err := w.form.ctx.DereferenceArray(d["Kids"])
	if err != nil {
		return nil, false
	}
	for _, k := range kids {
		if kd, err := w.form.ctx.DereferenceDict(k); err == nil && kd != nil && kd.HasEntry("T") {
			return kids, true
		}
	}
	return kids, false
}

// child returns the field that d makes of the receiver's inheritance.
func (f field) child(d types.Dict) field {
	f.dict = d
	if t := f.form.text(d["T"]); t != "" {
		if f.name != "" {
			f.name += "."
		}
		f.name += t
	}
	if n := d.NameEntry("FT"); n != nil {
		f.kind = FieldKind(*n)
	}
	if o, ok := d.Find("Ff"); ok {
		f.flags = f.form.number(o)
	}
	if o, ok := d.Find("V"); ok {
		f.val = o
	}
	if o, ok := d.Find("Opt"); ok {
		f.opt = o
	}
	if o, ok := d.Find("DA"); ok {
		f.da = f.form.text(o)
	}
	if o, ok := d.Find("Q"); ok {
		f.quad = f.form.number(o)
	}
	if o, ok := d.Find("MaxLen"); ok {
		f.maxLen = f.form.number(o)
	}
	return f
}

// settle turns the type of PDF into a kind, and finds the places.
func (f *field) settle(kids types.Array) {
	switch {
	case f.kind == "Tx":
		f.kind = FieldText
	case f.kind == "Sig":
		f.kind = FieldSignature
	case f.kind == "Ch" && f.flags&flagCombo != 0:
		f.kind = FieldCombo
	case f.kind == "Ch":
		f.kind = FieldList
	case f.kind == "Btn" && f.flags&flagPushButton == 0 && f.flags&flagRadio != 0:
		f.kind = FieldRadio
	case f.kind == "Btn" && f.flags&flagPushButton == 0:
		f.kind = FieldCheckBox
	default:
		f.kind = FieldButton
	}
	for _, k := range kids {
		if d, err := f.form.ctx.DereferenceDict(k); err == nil && d != nil {
			f.widgets = append(f.widgets, d)
		}
	}
	if len(kids) == 0 {
		f.widgets = []types.Dict{f.dict}
	}
}

func (f *form) number(o types.Object) int {
	n, err := f.ctx.DereferenceNumber(o)
	if err != nil || n > 1<<31 || n < -(1<<31) {
		return 0
	}
	return int(n)
}

// value returns what the field has now, as it stands in data.
func (f *field) value() string {
	o, err := f.form.ctx.Dereference(f.val)
	if err != nil {
		return ""
	}
	switch v := o.(type) {
	case types.Name:
		return f.stateValue(v.Value())
	case types.Array:
		if len(v) > 0 {
			return f.form.text(v[0])
		}
		return ""
	}
	return f.form.text(o)
}

// option is what a choice can have: what stands in data, and what is shown.
type option struct{ export, shown string }

func (f *field) options() []option {
	all, err := f.form.ctx.DereferenceArray(f.opt)
	if err != nil {
		return nil
	}
	var options []option
	for _, o := range all {
		pair, err := f.form.ctx.DereferenceArray(o)
		if err == nil && len(pair) == 2 {
			options = append(options, option{f.form.text(pair[0]), f.form.text(pair[1])})
			continue
		}
		s := f.form.text(o)
		options = append(options, option{s, s})
	}
	return options
}

func (f *field) optionValues() []string {
	var values []string
	switch f.kind {
	case FieldCombo, FieldList:
		for _, o := range f.options() {
			values = append(values, o.export)
		}
	case FieldCheckBox, FieldRadio:
		for _, w := range f.widgets {
			if s := f.onState(w); s != "" {
				values = append(values, f.stateValue(s))
			}
		}
	}
	return values
}

// onState returns the name of a button's state that is not off.
func (f *field) onState(widget types.Dict) string {
	ap, err := f.form.ctx.DereferenceDict(widget["AP"])
	if err != nil || ap == nil {
		return ""
	}
	n, err := f.form.ctx.DereferenceDict(ap["N"])
	if err != nil || n == nil {
		return ""
	}
	best := ""
	for k := range n {
		if k != "Off" && (best == "" || k < best) {
			best = k
		}
	}
	return best
}

// stateValue returns what stands in data for a state: the field's options where the states are their numbers.
func (f *field) stateValue(state string) string {
	i, err := strconv.Atoi(state)
	if options := f.options(); err == nil && i >= 0 && i < len(options) {
		return options[i].export
	}
	return state
}
