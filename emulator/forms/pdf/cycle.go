package pdf

import (
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxNesting is how deep trees, color spaces, functions and resources may be within each other.
const maxNesting = 200

// descending are the keys whose values pdfcpu validates by recursion. None of them leads back up in a sound document, so a
// cycle among them, which would end the process and not only the request, is an error.
var descending = []string{
	"Kids", "First", "K", "Functions", "Function", "Resources", "Alternate", "CS", "BC", "SMask", "Mask", "G", "Group",
	"Halftone", "HT", "TR", "BG", "UCR", "AP", "N", "R", "D", "DescendantFonts", "CharProcs",
}

// resources are the keys of dictionaries that name their values freely.
// Forms that draw themselves are not among them: such documents are about, and pdfcpu stops by itself.
var resources = []string{"ExtGState", "Pattern", "ColorSpace", "Font", "Shading", "CharProcs", "N", "R", "D"}

// nested are the names of color spaces that hold others.
var nested = []string{"Indexed", "Separation", "DeviceN", "Pattern", "ICCBased", "I"}

// walker looks for cycles. An object is walked once.
type walker struct {
	ctx  *model.Context
	open map[int]bool // by object number: true while it is being walked, false when that is over
}

// checkCycles refuses a document whose objects hold themselves where they must not.
func checkCycles(ctx *model.Context) error {
	w := &walker{ctx: ctx, open: map[int]bool{}}
	for number, entry := range ctx.Table {
		if entry == nil || entry.Free || entry.Object == nil {
			continue
		}
		if err := w.reference(number, 0); err != nil {
			return err
		}
	}
	return nil
}

// reference walks the object of a number.
func (w *walker) reference(number, depth int) error {
	open, seen := w.open[number]
	if open {
		return errorf("object %d holds itself", number)
	}
	if seen {
		return nil
	}
	entry, ok := w.ctx.Table[number]
	if !ok || entry == nil {
		return nil
	}
	w.open[number] = true
	err := w.object(entry.Object, depth+1)
	w.open[number] = false
	return err
}

// object walks what an object holds by the keys that lead down.
func (w *walker) object(o types.Object, depth int) error {
	if depth > maxNesting {
		return errorf("objects are nested deeper than %d", maxNesting)
	}
	switch o := o.(type) {
	case types.IndirectRef:
		return w.reference(o.ObjectNumber.Value(), depth)
	case types.StreamDict:
		return w.dict(o.Dict, depth)
	case types.ObjectStreamDict:
		return nil
	case types.Dict:
		return w.dict(o, depth)
	case types.Array:
		if isColorSpace(o) {
			return w.all(o, depth)
		}
	}
	return nil
}

func isColorSpace(a types.Array) bool {
	if len(a) == 0 {
		return false
	}
	name, ok := a[0].(types.Name)
	return ok && slices.Contains(nested, name.Value())
}

func (w *walker) all(a types.Array, depth int) error {
	for _, item := range a {
		if err := w.object(item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) dict(d types.Dict, depth int) error {
	for key, value := range d {
		if slices.Contains(resources, key) {
			if sub, err := w.ctx.DereferenceDict(value); err == nil && sub != nil {
				for _, held := range sub {
					if err := w.object(held, depth+1); err != nil {
						return err
					}
				}
				continue
			}
		}
		if !slices.Contains(descending, key) && (key != "Next" || d["S"] == nil) {
			continue
		}
		err := error(nil)
		if list, ok := value.(types.Array); ok {
			err = w.all(list, depth)
		} else {
			err = w.object(value, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
