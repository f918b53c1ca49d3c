package pdf

import (
	"fmt"
	"maps"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Content is what [AddContent] adds to a page.
type Content struct {
	// Stream is a content stream in the coordinates of the page as it is stored, without regard to its rotation.
	Stream []byte
	// Resources holds dictionaries by kind, such as "Font", with the names that Stream uses. The names must not be those
	// of the page's own resources: [FreeName] finds some.
	Resources map[string]types.Dict
	// Under puts the content below what is on the page.
	Under bool
}

// AddContent draws on a page. What the page's own content does to the state of graphics does not reach the new content,
// nor the other way round. Its error is an [*Error].
func AddContent(ctx *model.Context, p *Page, c Content) error {
	return Guard("the page cannot be drawn on", func() error {
		if err := addResources(ctx, p, c.Resources); err != nil {
			return err
		}
		before, after := []byte("q\n"), []byte("\nQ\n")
		stream := append(append([]byte("q\n"), c.Stream...), "\nQ\n"...)
		if c.Under {
			before = append(stream, before...)
		} else {
			after = append(after, stream...)
		}
		return wrapContents(ctx, p.Dict, before, after)
	})
}

// addResources gives the page resources of its own, so that those it shares with other pages stay as they are.
func addResources(ctx *model.Context, p *Page, add map[string]types.Dict) error {
	res := copyDict(p.Resources)
	for kind, names := range add {
		have, err := ctx.DereferenceDict(res[kind])
		if err != nil {
			return err
		}
		have = copyDict(have)
		maps.Copy(have, names)
		res[kind] = have
	}
	p.Resources = res
	p.Dict["Resources"] = res
	return nil
}

// copyDict copies a dictionary with all that stands directly in it; nil gives an empty one.
func copyDict(d types.Dict) types.Dict {
	if d == nil {
		return types.NewDict()
	}
	return d.Clone().(types.Dict)
}

func wrapContents(ctx *model.Context, page types.Dict, before, after []byte) error {
	first, err := ctx.StreamDictIndRef(before)
	if err != nil {
		return err
	}
	last, err := ctx.StreamDictIndRef(after)
	if err != nil {
		return err
	}
	middle, err := contents(ctx, page)
	if err != nil {
		return err
	}
	all := append(types.Array{*first}, middle...)
	page["Contents"] = append(all, *last)
	return nil
}

// contents returns the streams of a page.
func contents(ctx *model.Context, page types.Dict) (types.Array, error) {
	o, ok := page.Find("Contents")
	if !ok {
		return nil, nil
	}
	resolved, err := ctx.Dereference(o)
	if err != nil {
		return nil, err
	}
	switch c := resolved.(type) {
	case nil:
		return nil, nil
	case types.Array:
		var some types.Array
		for _, e := range c {
			if e != nil {
				some = append(some, e)
			}
		}
		return some, nil
	case types.StreamDict:
		return types.Array{o}, nil
	}
	return nil, errorf("the content is neither a stream nor an array")
}

// FreeName returns a name that starts with prefix and that no resource of the given kind has on the page, nor that name
// with more behind it.
func FreeName(ctx *model.Context, p *Page, kind, prefix string) (string, error) {
	var name string
	err := Guard("the resources cannot be read", func() error {
		have, err := ctx.DereferenceDict(p.Resources[kind])
		if err != nil {
			return err
		}
		name = prefix
		for i := 1; taken(have, name); i++ {
			name = fmt.Sprintf("%s%dx", prefix, i)
		}
		return nil
	})
	return name, err
}

func taken(have types.Dict, prefix string) bool {
	for name := range have {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
