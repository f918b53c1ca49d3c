package ddx

import (
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// wants reports whether one of the scopes has the element.
func wants(scopes []*node, name string) bool {
	return slices.ContainsFunc(scopes, func(n *node) bool { return n.child(name) != nil })
}

// strip removes from a source what the scopes around it say, and what the result gets anew or cannot have: bookmarks,
// structure, signatures' permissions, XFA.
func strip(ctx *model.Context, scopes []*node) error {
	if wants(scopes, "NoForms") {
		if err := pdf.Flatten(ctx); err != nil {
			return err
		}
	}
	return pdf.Guard("it cannot be taken apart", func() error {
		root, err := ctx.Catalog()
		if err != nil {
			return err
		}
		for _, name := range []string{"Outlines", "StructTreeRoot", "MarkInfo", "PageLabels", "Perms", "NeedsRendering"} {
			root.Delete(name)
		}
		ctx.Outlines = nil
		if form, err := ctx.DereferenceDict(root["AcroForm"]); err == nil && form != nil {
			form.Delete("XFA")
		}
		if wants(scopes, "NoJavaScripts") {
			if err := stripScripts(ctx, root); err != nil {
				return err
			}
		}
		if wants(scopes, "NoFileAttachments") {
			if err := ctx.RemoveEmbeddedFilesNameTree(); err != nil {
				return err
			}
		}
		return stripPages(ctx, scopes)
	})
}

func stripScripts(ctx *model.Context, root types.Dict) error {
	root.Delete("AA")
	root.Delete("OpenAction")
	delete(ctx.Names, "JavaScript")
	names, err := ctx.DereferenceDict(root["Names"])
	if err != nil || names == nil {
		return err
	}
	names.Delete("JavaScript")
	return nil
}

// Annotations that are not comments.
var notComments = []string{"Link", "Widget", "PrinterMark", "TrapNet", "Watermark", "Screen", "3D", "RichMedia", "Movie"}

func stripPages(ctx *model.Context, scopes []*node) error {
	drop := func(kind string) bool {
		switch kind {
		case "Link":
			return wants(scopes, "NoLinks")
		case "FileAttachment":
			return wants(scopes, "NoFileAttachments") || wants(scopes, "NoComments")
		}
		return !slices.Contains(notComments, kind) && wants(scopes, "NoComments")
	}
	pages, err := pdf.Pages(ctx)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if wants(scopes, "NoThumbnails") {
			p.Dict.Delete("Thumb")
		}
		if wants(scopes, "NoJavaScripts") {
			p.Dict.Delete("AA")
		}
		p.Dict.Delete("StructParents")
		if err := stripAnnotations(ctx, p.Dict, drop); err != nil {
			return err
		}
	}
	return nil
}

func stripAnnotations(ctx *model.Context, page types.Dict, drop func(kind string) bool) error {
	annots, err := ctx.DereferenceArray(page["Annots"])
	if err != nil || len(annots) == 0 {
		return err
	}
	left := types.Array{}
	for _, o := range annots {
		d, err := ctx.DereferenceDict(o)
		if err != nil {
			return err
		}
		if d == nil || d.Subtype() != nil && drop(*d.Subtype()) {
			continue
		}
		left = append(left, o)
	}
	page["Annots"] = left
	return nil
}
