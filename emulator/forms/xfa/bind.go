package xfa

import (
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/forms/xfa/picture"
)

// object is a subform, field or other object of the template with its data: what is laid out.
type object struct {
	tmpl     *node
	parent   *object
	children []*object
	data     *dataNode // of a container: where its children look for theirs
	value    string    // of a field or a group of buttons
	rich     *node     // in the place of value
	filled   bool      // the value is from the data
	locale   *picture.Locale
	column   float64 // the width of the column, of a cell of a table
	inColumn bool
}

// width returns the width of an object, if it is fixed.
func (o *object) width() (float64, bool) {
	if o.inColumn {
		return o.column, true
	}
	return o.tmpl.measure("w")
}

// binder merges data with a template.
type binder struct {
	top     *dataNode
	empty   bool                 // there is no data
	shared  bool                 // what is bound does not take the data: on page areas
	values  map[string]*dataNode // by name, made for the first global binding
	locales *locales
	notes   *notes
	objects int
	visits  int // of data by references, and of what is in the template's elements
	err     error
}

// root binds the outermost subform. The record is its data, whatever its name, unless the record has a group of the
// subform's name.
func (b *binder) root(tmpl *node) (*object, error) {
	data := record(b.top)
	if data == nil {
		data = &dataNode{name: "record", parent: b.top}
	}
	if name := tmpl.attr("name"); name != data.name && name != "" {
		if c := data.first(name, aGroup); c != nil && c.group {
			data = c
		}
	}
	if ref := tmpl.child("bind").attr("ref"); tmpl.child("bind").attr("match") == "dataRef" {
		if found := b.refer(ref, data, tmpl); len(found) > 0 {
			data = found[0]
		}
	}
	data.taken = true
	o := &object{tmpl: tmpl, data: data, locale: b.locales.of(tmpl, b.locales.ambient)}
	return o, b.children(o)
}

func (b *binder) add(parent *object, tmpl *node, data *dataNode) (*object, error) {
	if b.objects++; b.objects > MaxNodes {
		return nil, &Error{Line: tmpl.line, What: "template and data together make more than 200,000 objects"}
	}
	if b.visit(len(tmpl.children), tmpl); b.err != nil {
		return nil, b.err
	}
	o := &object{tmpl: tmpl, parent: parent, data: data, locale: b.locales.of(tmpl, parent.locale)}
	parent.children = append(parent.children, o)
	return o, nil
}

// children binds the objects within a container.
func (b *binder) children(parent *object) error {
	for _, tmpl := range parent.tmpl.children {
		if err := b.child(parent, tmpl); err != nil {
			return err
		}
	}
	return b.err
}

func (b *binder) child(parent *object, tmpl *node) error {
	switch tmpl.name {
	case "subform":
		return b.subform(parent, tmpl)
	case "subformSet":
		return b.set(parent, tmpl)
	case "area":
		o, err := b.add(parent, tmpl, parent.data)
		if err != nil {
			return err
		}
		return b.children(o)
	case "draw":
		o, err := b.add(parent, tmpl, parent.data)
		if err == nil {
			o.setDefault()
		}
		return err
	case "field", "exclGroup":
		o, err := b.add(parent, tmpl, parent.data)
		if err != nil {
			return err
		}
		b.fill(o)
		if tmpl.name == "exclGroup" {
			return b.children(o)
		}
	}
	return nil
}

// occurrence is how often a subform stands: least, most (-1 for no bound), and how often without data.
type occurrence struct{ least, most, initial int }

func occurrenceOf(tmpl *node) occurrence {
	occur := tmpl.child("occur")
	o := occurrence{least: max(0, occur.number("min", 1))}
	o.most = occur.number("max", max(1, o.least))
	if o.most >= 0 {
		o.most = max(o.most, o.least)
	}
	o.initial = max(o.least, occur.number("initial", o.least))
	return o
}

func (o occurrence) full(count int) bool { return o.most >= 0 && count >= o.most }

// subform adds as many instances of a subform as there is data for, within what its occur element allows.
func (b *binder) subform(parent *object, tmpl *node) error {
	bind, name, occur := tmpl.child("bind"), tmpl.attr("name"), occurrenceOf(tmpl)
	match := bind.attr("match")
	least := occur.least
	if b.empty {
		least = occur.initial
	}
	if match == "dataRef" {
		found := b.refer(bind.attr("ref"), parent.data, tmpl)
		return b.instances(parent, tmpl, least, func(count int) *dataNode {
			if count >= len(found) || occur.full(count) {
				return nil
			}
			found[count].taken = !b.shared
			return found[count]
		})
	}
	if match == "none" || name == "" {
		return b.instances(parent, tmpl, max(occur.initial, least), func(int) *dataNode { return nil })
	}
	scope := b.scope(parent.data, name, aGroup)
	return b.instances(parent, tmpl, least, func(count int) *dataNode {
		if scope == nil || occur.full(count) {
			return nil
		}
		if b.shared {
			if count > 0 {
				return nil
			}
			return scope.first(name, aGroup)
		}
		return scope.take(name, aGroup)
	})
}

// instances adds a subform for each data that next returns, and more without data until there are the least number.
func (b *binder) instances(parent *object, tmpl *node, least int, next func(count int) *dataNode) error {
	for count := 0; ; count++ {
		data := next(count)
		if data == nil {
			if count >= least {
				return nil
			}
			data = parent.data
			if tmpl.attr("name") != "" && tmpl.child("bind").attr("match") != "none" {
				data = &dataNode{name: tmpl.attr("name"), parent: parent.data}
			}
		}
		o, err := b.add(parent, tmpl, data)
		if err != nil {
			return err
		}
		if err := b.children(o); err != nil {
			return err
		}
	}
}

// scope returns the group that has data of a name for an object: the one around it, or the nearest further out. Nil if none
// has.
func (b *binder) scope(data *dataNode, name string, k kind) *dataNode {
	for d := data; d != nil; d = d.parent {
		if b.shared && d.first(name, k) != nil || !b.shared && d.has(name, k) {
			return d
		}
	}
	return nil
}

// set adds the members of a set of subforms. Of a choice the member that has data is taken, as often as there is, else the
// first that must be there.
func (b *binder) set(parent *object, tmpl *node) error {
	o, err := b.add(parent, tmpl, parent.data)
	if err != nil {
		return err
	}
	if tmpl.attr("relation") != "choice" {
		return b.children(o)
	}
	occur := occurrenceOf(tmpl)
	for count := 0; !occur.full(count); count++ {
		member := b.choose(o, tmpl)
		if member == nil {
			break
		}
		before := len(o.children)
		if err := b.child(o, member); err != nil {
			return err
		}
		if len(o.children) == before {
			break
		}
	}
	if len(o.children) == 0 && occur.least > 0 {
		for _, c := range tmpl.children {
			if c.name == "subform" {
				return b.child(o, c)
			}
		}
	}
	return nil
}

// choose returns the first member of a choice that has data, nil if none has.
func (b *binder) choose(o *object, tmpl *node) *node {
	for _, c := range tmpl.children {
		if name := c.attr("name"); c.name == "subform" && name != "" && o.data.has(name, aGroup) {
			return c
		}
	}
	return nil
}

// fill gives a field, or a group of buttons, its value.
func (b *binder) fill(o *object) {
	o.setDefault()
	bind, name := o.tmpl.child("bind"), o.tmpl.attr("name")
	var data *dataNode
	switch match := bind.attr("match"); {
	case match == "none" || match != "dataRef" && name == "":
		return
	case match == "dataRef":
		if found := b.refer(bind.attr("ref"), o.data, o.tmpl); len(found) > 0 {
			data = found[0]
		}
	case match == "global":
		data = b.global(name)
	case b.shared:
		if scope := b.scope(o.data, name, aValue); scope != nil {
			data = scope.first(name, aValue)
		} else {
			data = b.global(name)
		}
	default:
		k := aValue
		if takesSeveral(o.tmpl) && b.scope(o.data, name, aGroup) != nil {
			k = aGroup
		}
		if scope := b.scope(o.data, name, k); scope != nil {
			data = scope.take(name, k)
		}
	}
	if data == nil {
		return
	}
	data.taken = data.taken || !b.shared
	o.value, o.rich, o.filled = data.value, data.rich, true
	if data.group && takesSeveral(o.tmpl) {
		o.value = strings.Join(data.values(), "\n")
	}
	if pattern := strings.TrimSpace(bind.child("picture").content()); pattern != "" {
		if value, ok := picture.Parse(pattern, o.value, o.locale); ok {
			o.value = value
		}
	}
}

// takesSeveral reports whether a field is a list of which several items can be chosen. Its data is a group of values then.
func takesSeveral(field *node) bool {
	return field.path("ui", "choiceList").attr("open") == "multiSelect"
}

// dataFor returns the data of a subform that an object refers to: the group that is bound to it, or what the object has around
// it that the subform stands in.
func (b *binder) dataFor(o *object, t *node) *dataNode {
	data := o.data
	if o.parent != nil {
		data = o.parent.data
	}
	for at := o; at != nil; at = at.parent {
		if slices.Contains(at.tmpl.children, t) {
			data = at.data
			break
		}
	}
	bind, name := t.child("bind"), t.attr("name")
	switch match := bind.attr("match"); {
	case match == "dataRef":
		if found := b.refer(bind.attr("ref"), data, t); len(found) > 0 {
			return found[0]
		}
	case match != "none" && name != "":
		if group := data.first(name, aGroup); group != nil && group.group {
			return group
		}
	}
	return data
}

// global returns the first value with a name in all the data.
func (b *binder) global(name string) *dataNode {
	if b.values == nil {
		b.values = map[string]*dataNode{}
		b.top.index(b.values)
	}
	return b.values[name]
}

// setDefault gives an object the value in the template.
func (o *object) setDefault() {
	elements := o.tmpl.child("value").elements()
	if len(elements) == 0 {
		return
	}
	switch v := elements[0]; v.name {
	case "exData":
		if body := v.child("body"); body != nil && v.attr("contentType") != "text/plain" {
			o.rich = body
		}
		o.value = v.content()
	case "text":
		o.value = v.content()
	case "image", "line", "rectangle", "arc":
	default:
		o.value = strings.TrimSpace(v.content())
	}
}

// describe names an object in notes.
func describe(tmpl *node) string {
	if name := tmpl.attr("name"); name != "" {
		return tmpl.name + " " + quote(name)
	}
	return "a " + tmpl.name
}
