package preview

import (
	"errors"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxSide is the greatest width and height of a page in points.
const maxSide = 14_400

// draw returns the picture of a page.
func draw(ctx *model.Context, number int) ([]byte, error) {
	d, _, inherited, err := ctx.PageDict(number, false)
	if err != nil {
		return nil, err
	}
	if d == nil || inherited == nil {
		return nil, errors.New("there is no such page")
	}
	shown, err := visible(inherited)
	if err != nil {
		return nil, err
	}
	base, width, height := placement(shown, inherited.Rotate)
	in := newInterpreter(ctx, base)
	in.out.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" xml:space="preserve">`+"\n",
		num(width), num(height), num(width), num(height))
	in.out.printf("<rect width=\"%s\" height=\"%s\" fill=\"#ffffff\"/>\n", num(width), num(height))
	content, err := in.contents(d["Contents"])
	if err != nil {
		return nil, err
	}
	if err := in.run(content, inherited.Resources); err != nil {
		return nil, err
	}
	in.state, in.saved = newState(base), nil
	if err := in.annotations(d["Annots"]); err != nil {
		return nil, err
	}
	in.leaveClip()
	if in.out.full() {
		return nil, errorf("the picture has more than %d bytes", MaxOutput)
	}
	in.out.buf.WriteString("</svg>\n")
	return in.out.buf.Bytes(), nil
}

// visible returns the part of the page that is shown.
func visible(inherited *model.InheritedPageAttrs) (box, error) {
	media := box{0, 0, 612, 792}
	if r := inherited.MediaBox; r != nil {
		media = box{r.LL.X, r.LL.Y, r.UR.X, r.UR.Y}.ordered()
	}
	shown := media
	if r := inherited.CropBox; r != nil {
		shown = media.intersect(box{r.LL.X, r.LL.Y, r.UR.X, r.UR.Y}.ordered())
		if shown.width() < 1 || shown.height() < 1 {
			shown = media
		}
	}
	for _, v := range []float64{shown.width(), shown.height()} {
		if !(v >= 1 && v <= maxSide) {
			return box{}, errorf("the page is %g by %g points; each must be from 1 to %d", shown.width(), shown.height(), maxSide)
		}
	}
	return shown, nil
}

// placement returns the transformation from the page to the picture, where y grows downwards and the page is turned
// clockwise, and the picture's size.
func placement(b box, rotate int) (m matrix, width, height float64) {
	switch (rotate%360 + 360) % 360 {
	case 90:
		return matrix{0, 1, 1, 0, -b.y0, -b.x0}, b.height(), b.width()
	case 180:
		return matrix{-1, 0, 0, 1, b.x1, -b.y0}, b.width(), b.height()
	case 270:
		return matrix{0, -1, -1, 0, b.y1, b.x1}, b.height(), b.width()
	}
	return matrix{1, 0, 0, -1, -b.x0, b.y1}, b.width(), b.height()
}

// contents returns the content streams of a page, one after the other. A stream that cannot be decoded is an error.
func (in *interpreter) contents(o types.Object) ([]byte, error) {
	var all []byte
	parts := types.Array{o}
	if a := in.array(o); a != nil {
		parts = a
	}
	for _, part := range parts {
		sd := in.stream(part)
		if sd == nil {
			continue
		}
		b, ok := in.decoded(sd)
		if !ok {
			return nil, errorf("the page's content cannot be decoded, or has more than %d bytes", MaxContent)
		}
		if len(all)+len(b) > MaxContent {
			return nil, errorf("the page has more than %d bytes of content", MaxContent)
		}
		all = append(append(all, b...), '\n')
	}
	return all, nil
}

// Flags of annotations that are not shown: ISO 32000-1, table 165.
const (
	flagHidden = 1 << 1
	flagNoView = 1 << 5
)

// maxAnnotations is how many annotations of a page are looked at.
const maxAnnotations = 20_000

// annotations draws the appearances of what lies on the page.
func (in *interpreter) annotations(o types.Object) error {
	all := in.array(o)
	for _, o := range all[:min(len(all), maxAnnotations)] {
		d := in.dict(o)
		if d == nil || in.name(d["Subtype"]) == "Popup" || int(in.number(d["F"], 0))&(flagHidden|flagNoView) != 0 {
			continue
		}
		if err := in.annotation(d); err != nil {
			return err
		}
	}
	return nil
}

// annotation draws the normal appearance, which is moved and stretched into the annotation's rectangle (ISO 32000-1, 12.5.5).
func (in *interpreter) annotation(d types.Dict) error {
	o, form := in.appearance(d)
	to, ok := in.rect(d["Rect"])
	switch {
	case form == nil && in.dict(d["AP"]) == nil:
		return in.bareWidget(d)
	case form == nil || !ok:
		return nil
	}
	bbox, ok := in.rect(form.Dict["BBox"])
	if !ok {
		return nil
	}
	from := in.matrix(form.Dict["Matrix"]).bounds(bbox)
	if from.width() == 0 || from.height() == 0 {
		return nil
	}
	sx, sy := to.width()/from.width(), to.height()/from.height()
	outer := in.state
	in.state.ctm = matrix{sx, 0, 0, sy, to.x0 - from.x0*sx, to.y0 - from.y0*sy}.then(in.state.ctm)
	err := in.form(o, form)
	in.state = outer
	return err
}

// appearance returns the stream of the normal appearance, which may be one of several by its state, and what refers to it.
func (in *interpreter) appearance(d types.Dict) (types.Object, *types.StreamDict) {
	n := in.dict(d["AP"])["N"]
	if sd := in.stream(n); sd != nil {
		return n, sd
	}
	states := in.dict(n)
	if states == nil {
		return nil, nil
	}
	o, _ := states.Find(in.name(d["AS"]))
	return o, in.stream(o)
}

// form draws a form XObject.
func (in *interpreter) form(o types.Object, sd *types.StreamDict) error {
	if in.depth >= MaxNesting {
		return nil
	}
	content, ok := in.once(o, sd)
	if !ok {
		return nil
	}
	resources := in.resources
	if d := in.dict(sd.Dict["Resources"]); d != nil {
		resources = d
	}
	return in.nested(content, resources, func() {
		m := in.matrix(sd.Dict["Matrix"]).then(in.state.ctm)
		if m.valid() {
			in.state.ctm = m
		}
		if b, ok := in.rect(sd.Dict["BBox"]); ok {
			in.path.rectangle(in.state.ctm, b.x0, b.y0, b.width(), b.height())
			in.clipRule = "nonzero"
			in.paint(painter{})
		}
	})
}

// object draws an XObject of the resources.
func (in *interpreter) object(name string) error {
	o := in.resource(in.resources, "XObject", name)
	sd := in.stream(o)
	if sd == nil {
		return nil
	}
	switch in.name(sd.Dict["Subtype"]) {
	case "Form":
		return in.form(o, sd)
	case "Image":
		in.image(o, sd)
	}
	return nil
}

// graphicsState sets what a dictionary of parameters says.
func (in *interpreter) graphicsState(name string) {
	d := in.dict(in.resource(in.resources, "ExtGState", name))
	if d == nil {
		return
	}
	st := &in.state
	st.fill.alpha = unit(in.number(d["ca"], st.fill.alpha))
	st.stroke.alpha = unit(in.number(d["CA"], st.stroke.alpha))
	st.lineWidth = in.number(d["LW"], st.lineWidth)
	st.cap = int(in.number(d["LC"], float64(st.cap)))
	st.join = int(in.number(d["LJ"], float64(st.join)))
	st.miter = in.number(d["ML"], st.miter)
	if a := in.array(d["D"]); len(a) == 2 {
		list := token{kind: kindArray}
		for _, v := range in.numbers(a[0]) {
			list.list = append(list.list, token{number: v})
		}
		in.setDash([]token{list, {number: in.number(a[1], 0)}})
	}
	if a := in.array(d["Font"]); len(a) == 2 {
		st.text.font, st.text.size = in.font(a[0]), in.number(a[1], 0)
	}
}
