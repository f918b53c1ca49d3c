package pdfa

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// role is what an object is for, as its place in the document tells.
type role string

const (
	roleNone       role = ""
	rolePage       role = "page"
	roleContent    role = "content"
	roleState      role = "state"
	roleFont       role = "font"
	roleColor      role = "color"
	roleAnnotation role = "annotation"
	roleAction     role = "action"
	roleTriggers   role = "triggers"
	roleDefaults   role = "defaults" // the default resources of a form, which nothing shows
)

// node is a dictionary or a stream of a document, or with roleColor any object.
type node struct {
	role   role
	where  string
	object types.Object
	dict   types.Dict        // nil for what has none
	stream *types.StreamDict // nil for what is none; a change of its data is kept
	number int               // of the object, 0 for one that stands in another
}

// walker visits every object that a document reaches, each once, pages first.
type walker struct {
	ctx   *model.Context
	visit func(node) error
	leaf  func(o types.Object, where string) // for scalars; may be nil
	seen  map[int]bool
	todo  []pending
}

type pending struct {
	ref   types.IndirectRef
	role  role
	where string
}

// walk visits the document. Where visit changes a dictionary, the new content is what is walked on.
func walk(ctx *model.Context, visit func(node) error, leaf func(types.Object, string)) error {
	w := &walker{ctx: ctx, visit: visit, leaf: leaf, seen: map[int]bool{}}
	pages, err := pagesOf(ctx)
	if err != nil {
		return err
	}
	for _, p := range pages {
		w.seen[p.ObjectNumber.Value()] = true
	}
	for i, p := range pages {
		d, err := ctx.DereferenceDict(p)
		if err != nil {
			return err
		}
		if err := w.value(d, rolePage, pageName(i), p.ObjectNumber.Value()); err != nil {
			return err
		}
		if err := w.drain(); err != nil {
			return err
		}
	}
	w.todo = append(w.todo, pending{ref: *ctx.Root})
	if ctx.Info != nil {
		w.todo = append(w.todo, pending{ref: *ctx.Info})
	}
	return w.drain()
}

func (w *walker) drain() error {
	for len(w.todo) > 0 {
		p := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		nr := p.ref.ObjectNumber.Value()
		if w.seen[nr] {
			continue
		}
		w.seen[nr] = true
		o, err := w.ctx.Dereference(p.ref)
		if err != nil {
			return err
		}
		where := p.where
		if where == "" {
			where = fmt.Sprintf("object %d", nr)
		}
		if err := w.value(o, p.role, where, nr); err != nil {
			return err
		}
	}
	return nil
}

// value visits an object and what stands in it; what it refers to waits.
func (w *walker) value(o types.Object, r role, where string, nr int) error {
	switch o := o.(type) {
	case nil:
		return nil
	case types.IndirectRef:
		w.todo = append(w.todo, pending{o, r, where})
		return nil
	case types.Array:
		if r == roleColor {
			if err := w.visit(node{role: r, where: where, object: o, number: nr}); err != nil {
				return err
			}
		}
		for _, e := range o {
			if err := w.value(e, r, where, 0); err != nil {
				return err
			}
		}
		return nil
	case types.Dict:
		if err := w.visit(node{role: r, where: where, object: o, dict: o, number: nr}); err != nil {
			return err
		}
		return w.entries(o, r, where)
	case types.StreamDict:
		return w.streamValue(o, r, where, nr)
	}
	if w.leaf != nil {
		w.leaf(o, where)
	}
	if r == roleColor {
		return w.visit(node{role: r, where: where, object: o, number: nr})
	}
	return nil
}

func (w *walker) streamValue(s types.StreamDict, r role, where string, nr int) error {
	if err := w.visit(node{role: r, where: where, object: s, dict: s.Dict, stream: &s, number: nr}); err != nil {
		return err
	}
	if entry, ok := w.ctx.Find(nr); ok && nr > 0 {
		entry.Object = s
	}
	return w.entries(s.Dict, r, where)
}

// entries walks the values of a dictionary, in the order of their names.
func (w *walker) entries(d types.Dict, r role, where string) error {
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if w.leaf != nil {
			w.leaf(types.Name(k), where)
		}
		if k == "Parent" {
			continue
		}
		if err := w.entry(d[k], k, roleOf(k, r), where); err != nil {
			return err
		}
	}
	return nil
}

// entry walks a value. Dictionaries of named resources hand their role to what they name.
func (w *walker) entry(o types.Object, key string, r role, where string) error {
	switch key {
	case "ExtGState", "Font", "ColorSpace", "CharProcs":
		if r == roleNone {
			break
		}
		named, err := w.ctx.Dereference(o)
		if err != nil {
			return err
		}
		if d, ok := named.(types.Dict); ok {
			return w.named(d, r, where)
		}
	}
	return w.value(o, r, where, 0)
}

func (w *walker) named(d types.Dict, r role, where string) error {
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if err := w.value(d[k], r, where, 0); err != nil {
			return err
		}
	}
	return nil
}

// roleOf returns the role of an entry.
func roleOf(key string, parent role) role {
	switch key {
	case "DR":
		return roleDefaults
	case "ExtGState":
		return roleState
	case "Font":
		if parent == roleDefaults || parent == roleState {
			return roleNone
		}
		return roleFont
	case "ColorSpace", "CS":
		return roleColor
	case "CharProcs":
		return roleContent
	case "Annots":
		return roleAnnotation
	case "A", "OpenAction":
		return roleAction
	case "AA":
		return roleTriggers
	case "Next":
		if parent == roleAction {
			return roleAction
		}
	case "Contents":
		if parent == rolePage {
			return roleContent
		}
	}
	if parent == roleTriggers {
		return roleAction
	}
	return roleNone
}

// pagesOf returns the pages in their order. pdf.Open has checked that the tree is one.
func pagesOf(ctx *model.Context) ([]types.IndirectRef, error) {
	root, err := ctx.Pages()
	if err != nil || root == nil {
		return nil, err
	}
	var pages []types.IndirectRef
	seen := map[int]bool{}
	var down func(ref types.IndirectRef, depth int) error
	down = func(ref types.IndirectRef, depth int) error {
		if depth > 100 || seen[ref.ObjectNumber.Value()] {
			return errorf("the tree of pages is not a tree")
		}
		seen[ref.ObjectNumber.Value()] = true
		d, err := ctx.DereferenceDict(ref)
		if err != nil || d == nil {
			return err
		}
		o, ok := d.Find("Kids")
		if !ok {
			pages = append(pages, ref)
			return nil
		}
		kids, err := ctx.DereferenceArray(o)
		if err != nil {
			return err
		}
		for _, kid := range kids {
			if k, ok := kid.(types.IndirectRef); ok {
				if err := down(k, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return pages, down(*root, 0)
}

// name returns a name, or nothing for what is none.
func name(ctx *model.Context, o types.Object) string {
	o, err := ctx.Dereference(o)
	if err != nil {
		return ""
	}
	n, _ := o.(types.Name)
	return string(n)
}

// number returns a number, or the default for what is none.
func number(ctx *model.Context, o types.Object, otherwise float64) float64 {
	o, err := ctx.Dereference(o)
	if err != nil {
		return otherwise
	}
	switch o := o.(type) {
	case types.Integer:
		return float64(o)
	case types.Float:
		return float64(o)
	}
	return otherwise
}

// boolean returns a truth value, which is false for what is none.
func boolean(ctx *model.Context, o types.Object) bool {
	o, err := ctx.Dereference(o)
	b, _ := o.(types.Boolean)
	return err == nil && bool(b)
}

// dictionary returns a dictionary or that of a stream, or nil for what is none.
func dictionary(ctx *model.Context, o types.Object) types.Dict {
	o, err := ctx.Dereference(o)
	if err != nil {
		return nil
	}
	switch o := o.(type) {
	case types.Dict:
		return o
	case types.StreamDict:
		return o.Dict
	}
	return nil
}

// filters returns the names of a stream's filters.
func filters(ctx *model.Context, d types.Dict) []string { return namesOf(ctx, d["Filter"]) }

// namesOf returns a name, or a list of them.
func namesOf(ctx *model.Context, o types.Object) []string {
	o, err := ctx.Dereference(o)
	if err != nil {
		return nil
	}
	switch o := o.(type) {
	case types.Name:
		return []string{string(o)}
	case types.Array:
		var all []string
		for _, e := range o {
			all = append(all, name(ctx, e))
		}
		return all
	}
	return nil
}

// pageName names the page with an index.
func pageName(i int) string { return fmt.Sprintf("page %d", i+1) }
