package pdfa

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// conversion is one document on its way to PDF/A.
type conversion struct {
	ConvertOptions
	part    int
	ctx     *model.Context
	changes map[string]bool
	fonts   map[string]embeddedFont // substitutes by their names and the core fonts that they stand for
	unicode *types.IndirectRef      // what codes of StandardEncoding mean; nil before the first font that needs it
	opaque  bool                    // nothing in the document is transparent, so groups can go
}

// Convert makes a document PDF/A, as far as that goes: see the package's comment. The result is always checked, whether
// Verify is set or not. A document that cannot be made PDF/A is an [*Error] whose Report says why; so is every other fault
// of the document or the options. The result does not share memory with doc.
func Convert(doc []byte, o ConvertOptions) ([]byte, Report, error) {
	if err := o.settle(); err != nil {
		return nil, Report{}, err
	}
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	if err != nil {
		return nil, Report{}, asError(err)
	}
	c := &conversion{
		ConvertOptions: o, part: o.Compliance.part(), ctx: f.Context(),
		changes: map[string]bool{}, fonts: map[string]embeddedFont{},
	}
	if f.Encrypted() {
		c.ctx.Encrypt, c.ctx.E, c.ctx.EncKey = nil, nil, nil
		c.change("The encryption was removed.")
	}
	if err := pdf.Guard("the document cannot be converted", c.run); err != nil {
		return nil, Report{}, asError(err)
	}
	out, err := pdf.Write(c.ctx, o.Time)
	if err != nil {
		return nil, Report{}, asError(err)
	}
	copy(out, header(c.part))
	found, err := validate(out, o.Compliance, 0)
	if err != nil {
		return nil, Report{}, err
	}
	r := found.report(o.Compliance, o.ResultLevel)
	r.Changes, r.Notes = slices.Sorted(maps.Keys(c.changes)), o.notes()
	if !r.IsPDFA {
		first := found.all[0]
		e := errorf("the document cannot be made %s: %s", o.Compliance, first)
		e.Report = r
		return nil, r, e
	}
	return out, r, nil
}

// header is that of the version of PDF that a part is built on, ISO 19005-1 and ISO 19005-2, clause 1.
func header(part int) string {
	if part == 1 {
		return "%PDF-1.4"
	}
	return "%PDF-1.7"
}

// settle checks the options and fills in what they leave out.
func (o *ConvertOptions) settle() (err error) {
	if o.Compliance, err = oneOf("compliance", o.Compliance, PDFA1B, PDFA2B, PDFA3B); err != nil {
		return err
	}
	if o.ResultLevel, err = oneOf("resultLevel", o.ResultLevel, PassFail, Summary, Detailed); err != nil {
		return err
	}
	if o.OptionalContent, err = oneOf("optionalContent", o.OptionalContent, Visible, AllContent); err != nil {
		return err
	}
	if o.ColorSpace, err = oneOf("colorSpace", o.ColorSpace, SRGB, CoatedFOGRA27, JapanColorCoated, SWOP); err != nil {
		return err
	}
	if o.Time.IsZero() {
		return errorf("the time of the conversion is missing")
	}
	return nil
}

func (o ConvertOptions) notes() []string {
	notes := []string{"The result was checked in its structure; font programs, images and glyph widths were not."}
	if o.ColorSpace != SRGB {
		notes = append(notes, "The output intent for "+string(o.ColorSpace)+" is approximated by a profile of sRGB.")
	}
	return notes
}

func (c *conversion) change(what string) { c.changes[what] = true }

func (c *conversion) run() error {
	transparent, err := c.transparent()
	if err != nil {
		return err
	}
	c.opaque = !transparent
	if err := c.catalog(); err != nil {
		return err
	}
	if err := walk(c.ctx, c.node, nil); err != nil {
		return err
	}
	if err := c.intent(); err != nil {
		return err
	}
	return c.metadata()
}

// transparent reports whether anything but a group is transparent.
func (c *conversion) transparent() (bool, error) {
	v := &validation{findings: newFindings(1), ctx: c.ctx, defaults: map[string]bool{}}
	err := walk(c.ctx, func(n node) error {
		switch {
		case n.role == roleState:
			v.state(n.dict, "")
		case n.stream != nil && name(c.ctx, n.dict["Subtype"]) == "Image":
			v.image(n.dict, "")
		}
		return nil
	}, nil)
	return slices.ContainsFunc(v.all, func(f Finding) bool { return f.Clause == ruleTransparent.one }), err
}

// catalog removes what the document may not have as a whole.
func (c *conversion) catalog() error {
	root := c.ctx.RootDict
	if names := dictionary(c.ctx, root["Names"]); names != nil {
		if _, ok := names["JavaScript"]; ok {
			delete(names, "JavaScript")
			delete(c.ctx.Names, "JavaScript")
			c.change("JavaScript was removed.")
		}
		if _, ok := names["EmbeddedFiles"]; ok && c.part < 3 {
			delete(names, "EmbeddedFiles")
			delete(c.ctx.Names, "EmbeddedFiles")
			delete(root, "AF")
			delete(root, "Collection")
			c.change("Embedded files were removed.")
		}
	}
	if form := dictionary(c.ctx, root["AcroForm"]); form != nil {
		if _, ok := form["XFA"]; ok {
			delete(form, "XFA")
			c.change("The XFA form was removed.")
		}
		delete(form, "NeedAppearances")
	}
	delete(root, "NeedsRendering")
	delete(root, "Requirements")
	c.optional(root)
	return nil
}

// optional settles optional content. Part 1 knows none; it can go if all of it is to be seen.
func (c *conversion) optional(root types.Dict) {
	content := dictionary(c.ctx, root["OCProperties"])
	if content == nil {
		return
	}
	config := dictionary(c.ctx, content["D"])
	if config != nil && c.OptionalContent == AllContent {
		delete(config, "OFF")
		delete(config, "BaseState")
		c.change("All layers were made visible.")
	}
	hidden, _ := c.ctx.DereferenceArray(config["OFF"])
	state := name(c.ctx, config["BaseState"])
	if c.part == 1 {
		if len(hidden) == 0 && (state == "" || state == "ON") {
			delete(root, "OCProperties")
			c.change("Layers were merged.")
		}
		return
	}
	for i, o := range append(types.Array{content["D"]}, arrayOf(c.ctx, content["Configs"])...) {
		d := dictionary(c.ctx, o)
		if d == nil {
			continue
		}
		delete(d, "AS")
		if d["Name"] == nil {
			d["Name"] = types.StringLiteral("Configuration " + string(rune('A'+i%26)))
		}
	}
}

func arrayOf(ctx *model.Context, o types.Object) types.Array {
	a, err := ctx.DereferenceArray(o)
	if err != nil {
		return nil
	}
	return a
}

// node changes a dictionary or a stream.
func (c *conversion) node(n node) error {
	if n.dict == nil {
		return nil
	}
	if n.stream != nil {
		if err := c.stream(n); err != nil {
			return err
		}
	}
	switch n.role {
	case rolePage:
		c.page(n.dict)
	case roleState:
		for _, key := range []string{"TR", "TR2", "HTP"} {
			delete(n.dict, key)
		}
	case roleFont:
		if err := c.font(n.dict); err != nil {
			return err
		}
	case roleAnnotation:
		c.annotation(n.dict)
	}
	c.actions(n)
	if dictionary(c.ctx, n.dict["EF"]) != nil {
		return c.attachment(n.dict)
	}
	if g := dictionary(c.ctx, n.dict["Group"]); g != nil && c.part == 1 && c.opaque && name(c.ctx, g["S"]) == "Transparency" {
		delete(n.dict, "Group")
	}
	return nil
}

// page removes the annotations that the part does not know.
func (c *conversion) page(d types.Dict) {
	all := arrayOf(c.ctx, d["Annots"])
	if len(all) == 0 {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(o types.Object) bool {
		a := dictionary(c.ctx, o)
		return a == nil || !allowedAnnotation(c.part, name(c.ctx, a["Subtype"])) ||
			c.part == 2 && name(c.ctx, a["Subtype"]) == "FileAttachment"
	})
	if len(kept) < len(all) {
		c.change("Annotations of types that are not allowed were removed.")
		d["Annots"] = kept
	}
}

func (c *conversion) annotation(d types.Dict) {
	if name(c.ctx, d["Subtype"]) == "Popup" {
		return
	}
	flags := int(number(c.ctx, d["F"], 0))
	if flags&flagsUnseen != 0 {
		return // showing what is hidden would change the page, so it stays and is found
	}
	d["F"] = types.Integer(flags | flagPrint)
	if looks := dictionary(c.ctx, d["AP"]); looks != nil {
		delete(looks, "D")
		delete(looks, "R")
	}
}

// actions removes actions that are not allowed, with what would follow them.
func (c *conversion) actions(n node) {
	remove := func(key string) {
		delete(n.dict, key)
		c.change("Actions that are not allowed were removed.")
	}
	if _, ok := n.dict["AA"]; ok {
		remove("AA")
	}
	for _, key := range []string{"A", "OpenAction", "Next"} {
		action := dictionary(c.ctx, n.dict[key])
		if action == nil || key == "Next" && n.role != roleAction {
			continue
		}
		widget := key == "A" && name(c.ctx, n.dict["Subtype"]) == "Widget"
		if widget || !allowedAction(c.part, name(c.ctx, action["S"]), name(c.ctx, action["N"])) {
			remove(key)
		}
	}
	if list := arrayOf(c.ctx, n.dict["Next"]); n.role == roleAction && len(list) > 0 {
		n.dict["Next"] = slices.DeleteFunc(slices.Clone(list), func(o types.Object) bool {
			a := dictionary(c.ctx, o)
			return a == nil || !allowedAction(c.part, name(c.ctx, a["S"]), name(c.ctx, a["N"]))
		})
	}
}

// attachment gives an embedded file of part 3 what it must have, and takes any other away.
func (c *conversion) attachment(d types.Dict) error {
	if c.part < 3 {
		delete(d, "EF")
		c.change("Embedded files were removed.")
		return nil
	}
	if d["F"] == nil {
		d["F"] = d["UF"]
	}
	if d["UF"] == nil {
		d["UF"] = d["F"]
	}
	if d["AFRelationship"] == nil {
		d["AFRelationship"] = types.Name("Unspecified")
	}
	for _, o := range dictionary(c.ctx, d["EF"]) {
		if file := dictionary(c.ctx, o); file != nil && file["Subtype"] == nil {
			file["Subtype"] = types.Name("application/octet-stream")
		}
	}
	return nil
}

// stream compresses LZW data anew and removes what images and forms may not have.
func (c *conversion) stream(n node) error {
	d := n.dict
	switch name(c.ctx, d["Subtype"]) {
	case "Image":
		delete(d, "Alternates")
		delete(d, "OPI")
		if boolean(c.ctx, d["Interpolate"]) {
			delete(d, "Interpolate")
		}
	case "Form":
		delete(d, "OPI")
		delete(d, "PS")
		if name(c.ctx, d["Subtype2"]) == "PS" {
			delete(d, "Subtype2")
		}
	}
	if !slices.Equal(filters(c.ctx, d), []string{"LZWDecode"}) {
		return nil
	}
	if err := n.stream.DecodeWithLimit(pdf.MaxDecoded); err != nil {
		return errorf("a stream that is compressed with LZW cannot be read")
	}
	n.stream.Raw = deflate(n.stream.Content)
	n.stream.FilterPipeline = []types.PDFFilter{{Name: "FlateDecode"}}
	length := int64(len(n.stream.Raw))
	n.stream.StreamLength = &length
	d["Filter"], d["Length"] = types.Name("FlateDecode"), types.Integer(length)
	delete(d, "DecodeParms")
	c.change("LZW data was compressed anew.")
	return nil
}

// intent makes sRGB the one output intent.
func (c *conversion) intent() error {
	ref, err := c.addStream(types.Dict{"N": types.Integer(3)}, sRGB())
	if err != nil {
		return err
	}
	intents := slices.DeleteFunc(arrayOf(c.ctx, c.ctx.RootDict["OutputIntents"]), func(o types.Object) bool {
		return name(c.ctx, dictionary(c.ctx, o)["S"]) == "GTS_PDFA1"
	})
	c.ctx.RootDict["OutputIntents"] = append(slices.Clone(intents), types.Dict{
		"Type": types.Name("OutputIntent"), "S": types.Name("GTS_PDFA1"),
		"OutputConditionIdentifier": types.StringLiteral(profileName), "Info": types.StringLiteral(profileName),
		"DestOutputProfile": *ref,
	})
	c.change("An output intent was added.")
	return nil
}

// metadata makes the information and the metadata say the same.
func (c *conversion) metadata() error {
	old, err := information(c.ctx)
	if err != nil {
		return err
	}
	set := map[string]string{"ModDate": pdf.Date(c.Time)}
	if old["CreationDate"] == "" {
		set["CreationDate"] = pdf.Date(c.Time)
	}
	if old["Producer"] == "" {
		set["Producer"] = "imsx emulator (not for production)"
	}
	if err := pdf.PutInfo(c.ctx, set); err != nil {
		return err
	}
	info, err := information(c.ctx)
	if err != nil {
		return err
	}
	for key, value := range info {
		info[key] = strings.ToValidUTF8(value, "?")
	}
	info["ModDate"] = c.Time.Format(time.RFC3339)
	raw := writeXMP(info, c.part)
	length := int64(len(raw))
	ref, err := c.ctx.IndRefForNewObject(types.StreamDict{
		Dict: types.Dict{"Type": types.Name("Metadata"), "Subtype": types.Name("XML"), "Length": types.Integer(length)},
		Raw:  raw, Content: raw, StreamLength: &length,
	})
	if err != nil {
		return err
	}
	c.ctx.RootDict["Metadata"] = *ref
	c.change("Metadata was written from the document's information.")
	return nil
}
