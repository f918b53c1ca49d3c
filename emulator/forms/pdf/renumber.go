package pdf

import (
	"maps"
	"reflect"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxDirectDepth bounds how deep objects stand within one another without references.
const maxDirectDepth = 200

// numbering gives objects new numbers in the order in which they are reached.
type numbering struct {
	ctx     *model.Context
	numbers map[int]int // from old to new
	queue   []int       // old numbers that were reached
	// done holds the dictionaries and arrays that were renumbered, in case one stands in two places.
	done map[uintptr]bool
}

// Renumber numbers the objects in the order in which they are reached from the catalog, and drops those that are not.
// After pdfcpu has merged documents, whose numbers are others each time, it makes [Write] write the same bytes for the
// same documents. References that lead nowhere are removed. The error is an [*Error].
func Renumber(ctx *model.Context) error {
	return Guard("the objects cannot be numbered", func() error {
		if err := ctx.BindNameTrees(); err != nil {
			return err
		}
		ctx.Names = map[string]*model.Node{}
		n := &numbering{ctx: ctx, numbers: map[int]int{}, done: map[uintptr]bool{}}
		for _, ref := range []*types.IndirectRef{ctx.Root, ctx.Info, ctx.Encrypt} {
			if ref != nil {
				*ref, _ = n.reach(*ref)
			}
		}
		for i := 0; i < len(n.queue); i++ {
			if err := n.object(n.queue[i]); err != nil {
				return err
			}
		}
		n.rebuild()
		return nil
	})
}

// reach returns the new reference, or false where it leads nowhere.
func (n *numbering) reach(ref types.IndirectRef) (types.IndirectRef, bool) {
	old := ref.ObjectNumber.Value()
	e, found := n.ctx.Find(old)
	if !found || e.Free || e.Object == nil && !e.Compressed {
		return ref, false
	}
	number, known := n.numbers[old]
	if !known {
		number = len(n.numbers) + 1
		n.numbers[old] = number
		n.queue = append(n.queue, old)
	}
	return *types.NewIndirectRef(number, 0), true
}

// object renumbers the references within an object of the table.
func (n *numbering) object(old int) error {
	e, _ := n.ctx.Find(old)
	o, err := n.ctx.Dereference(*types.NewIndirectRef(old, *e.Generation))
	if err != nil {
		return err
	}
	o, err = n.within(o, 0)
	if err != nil {
		return err
	}
	e.Object = o
	return nil
}

func (n *numbering) within(o types.Object, depth int) (types.Object, error) {
	if depth > maxDirectDepth {
		return nil, errorf("objects are nested more than %d deep", maxDirectDepth)
	}
	var err error
	switch v := o.(type) {
	case types.IndirectRef:
		ref, ok := n.reach(v)
		if !ok {
			return nil, nil
		}
		return ref, nil
	case types.Dict:
		return v, n.dict(v, depth)
	case types.StreamDict:
		return v, n.dict(v.Dict, depth)
	case types.Array:
		if len(v) == 0 || n.again(reflect.ValueOf(v).Pointer()) {
			return v, nil
		}
		for i := range v {
			if v[i], err = n.within(v[i], depth+1); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

func (n *numbering) again(p uintptr) bool {
	was := n.done[p]
	n.done[p] = true
	return was
}

func (n *numbering) dict(d types.Dict, depth int) error {
	if d == nil || n.again(reflect.ValueOf(d).Pointer()) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(d)) {
		o, err := n.within(d[name], depth+1)
		if err != nil {
			return err
		}
		if o == nil {
			delete(d, name)
			continue
		}
		d[name] = o
	}
	return nil
}

// rebuild makes the table anew.
func (n *numbering) rebuild() {
	table := map[int]*model.XRefTableEntry{0: model.NewFreeHeadXRefTableEntry()}
	for old, number := range n.numbers {
		table[number] = model.NewXRefTableEntryGen0(n.ctx.Table[old].Object)
	}
	n.ctx.Table = table
	size := len(table)
	n.ctx.Size = &size
	n.ctx.MaxObjNr = size - 1
	n.ctx.LinearizationObjs = types.IntSet{}
	n.ctx.Optimize.DuplicateInfoObjects = types.IntSet{}
	n.ctx.Read.Linearized = false
	n.ctx.AdditionalStreams = nil
}
