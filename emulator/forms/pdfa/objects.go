package pdfa

import (
	"bytes"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// font checks that a font is embedded and fits its program.
func (v *validation) font(d types.Dict, where string) {
	switch name(v.ctx, d["Subtype"]) {
	case "Type3", "":
		return
	case "Type0":
		v.composite(d, where)
	case "TrueType":
		if v.embeddedFont(d, d, where) {
			v.encoding(d, where)
		}
	default:
		v.embeddedFont(d, d, where)
	}
}

func (v *validation) composite(d types.Dict, where string) {
	if cmap := name(v.ctx, d["Encoding"]); cmap != "" && cmap != "Identity-H" && cmap != "Identity-V" && v.part == 1 {
		v.addDetail(ruleCMap, cmap, where)
	}
	below, err := v.ctx.DereferenceArray(d["DescendantFonts"])
	if err != nil || len(below) == 0 {
		v.add(ruleFont, where)
		return
	}
	cid := dictionary(v.ctx, below[0])
	if cid == nil || !v.embeddedFont(d, cid, where) {
		return
	}
	if _, ok := cid.Find("CIDToGIDMap"); !ok && name(v.ctx, cid["Subtype"]) == "CIDFontType2" {
		v.add(ruleCIDMap, where)
	}
}

// embeddedFont reports whether a font has a program. The name is that of the font as a whole.
func (v *validation) embeddedFont(font, d types.Dict, where string) bool {
	descriptor := dictionary(v.ctx, d["FontDescriptor"])
	for _, key := range []string{"FontFile", "FontFile2", "FontFile3"} {
		if descriptor != nil && dictionary(v.ctx, descriptor[key]) != nil {
			return true
		}
	}
	v.addDetail(ruleFont, name(v.ctx, font["BaseFont"]), where)
	return false
}

// symbolic is the flag of fonts with an encoding of their own.
const symbolic = 1 << 2

func (v *validation) encoding(d types.Dict, where string) {
	descriptor := dictionary(v.ctx, d["FontDescriptor"])
	flags := int(number(v.ctx, descriptor["Flags"], 0))
	o, given := d.Find("Encoding")
	base := name(v.ctx, o)
	if e := dictionary(v.ctx, o); e != nil {
		base = name(v.ctx, e["BaseEncoding"])
	}
	known := base == "WinAnsiEncoding" || base == "MacRomanEncoding"
	if v.part == 1 && dictionary(v.ctx, o) != nil {
		known = false // an encoding with differences, which later parts allow
	}
	if flags&symbolic != 0 && given && v.part == 1 || flags&symbolic == 0 && !known {
		v.add(ruleEncoding, where)
	}
}

// Annotations that the parts allow.
var (
	annotationsOne = []string{
		"Text", "Link", "FreeText", "Line", "Square", "Circle", "Highlight", "Underline", "Squiggly", "StrikeOut", "Stamp",
		"Ink", "Popup", "Widget", "PrinterMark", "TrapNet",
	}
	annotationsLater = append(
		[]string{"Polygon", "PolyLine", "Caret", "FileAttachment", "Watermark", "Redact"}, annotationsOne...)
)

// Flags of annotations, ISO 32000-1, table 165.
const (
	flagInvisible    = 1 << 0
	flagHidden       = 1 << 1
	flagPrint        = 1 << 2
	flagNoView       = 1 << 5
	flagToggleNoView = 1 << 8
	flagsUnseen      = flagInvisible | flagHidden | flagNoView | flagToggleNoView
)

func allowedAnnotation(part int, kind string) bool {
	if part == 1 {
		return slices.Contains(annotationsOne, kind)
	}
	return slices.Contains(annotationsLater, kind)
}

func (v *validation) annotation(d types.Dict, where string) {
	kind := name(v.ctx, d["Subtype"])
	if !allowedAnnotation(v.part, kind) {
		v.addDetail(ruleAnnotation, kind, where)
	}
	if kind == "Popup" {
		return
	}
	if flags := int(number(v.ctx, d["F"], 0)); flags&flagPrint == 0 || flags&flagsUnseen != 0 {
		v.add(ruleFlags, where)
	}
	if number(v.ctx, d["CA"], 1) != 1 {
		v.add(ruleOpacity, where)
	}
	if (d["C"] != nil || d["IC"] != nil) && !v.tinted.found {
		v.tinted = place{true, where}
	}
	looks := dictionary(v.ctx, d["AP"])
	for key := range looks {
		if key != "N" {
			v.add(ruleAppearances, where)
		}
	}
	if looks["N"] == nil && kind != "Link" && !noSize(v, d) {
		v.add(ruleAppearance, where)
	}
	if kind == "Widget" {
		if _, ok := d.Find("A"); ok {
			v.add(ruleField, where)
		}
	}
}

// noSize reports whether an annotation cannot be seen because it has no area.
func noSize(v *validation, d types.Dict) bool {
	a, err := v.ctx.DereferenceArray(d["Rect"])
	if err != nil || len(a) != 4 {
		return false
	}
	return number(v.ctx, a[0], 0) == number(v.ctx, a[2], 0) && number(v.ctx, a[1], 0) == number(v.ctx, a[3], 0)
}

// Actions that the parts forbid, and the names that named actions may have.
var (
	forbiddenActions = []string{"Launch", "Sound", "Movie", "ResetForm", "ImportData", "JavaScript", "SetState", "NOP"}
	forbiddenLater   = []string{"Hide", "SetOCGState", "Rendition", "Trans", "GoTo3DView"}
	namedActions     = []string{"NextPage", "PrevPage", "FirstPage", "LastPage"}
)

func allowedAction(part int, kind, named string) bool {
	if slices.Contains(forbiddenActions, kind) || part > 1 && slices.Contains(forbiddenLater, kind) {
		return false
	}
	return kind != "Named" || slices.Contains(namedActions, named)
}

func (v *validation) action(d types.Dict, where string) {
	if kind := name(v.ctx, d["S"]); !allowedAction(v.part, kind, name(v.ctx, d["N"])) {
		v.addDetail(ruleAction, kind, where)
	}
}

// embedded checks a file specification with a file in it.
func (v *validation) embedded(d types.Dict, where string) error {
	v.add(ruleEmbedded, where)
	if v.part == 1 {
		return nil
	}
	files := dictionary(v.ctx, d["EF"])
	s, _, err := v.ctx.DereferenceStreamDict(files["F"])
	if err != nil || s == nil {
		if s, _, err = v.ctx.DereferenceStreamDict(files["UF"]); err != nil || s == nil {
			return err
		}
	}
	if v.part == 2 {
		if !v.nestedPDFA(s) {
			v.add(ruleNotPDFA, where)
		}
		return nil
	}
	_, f := d.Find("F")
	_, uf := d.Find("UF")
	if !f || !uf || name(v.ctx, d["AFRelationship"]) == "" || name(v.ctx, s.Dict["Subtype"]) == "" {
		v.add(ruleRelation, where)
	}
	return nil
}

// nestedPDFA reports whether an embedded file is PDF/A of part 1 or 2.
func (v *validation) nestedPDFA(s *types.StreamDict) bool {
	if v.nested >= maxNested || s.DecodeWithLimit(pdf.MaxDecoded) != nil || !bytes.HasPrefix(s.Content, []byte("%PDF-")) {
		return false
	}
	for _, c := range []Compliance{PDFA1B, PDFA2B} {
		if found, err := validate(s.Content, c, v.nested+1); err == nil && len(found.all) == 0 {
			return true
		}
	}
	return false
}

// catalog checks what the document says as a whole.
func (v *validation) catalog() {
	root := v.ctx.RootDict
	names := dictionary(v.ctx, root["Names"])
	if _, ok := names["JavaScript"]; ok {
		v.addDetail(ruleAction, "JavaScript", "")
	}
	if _, ok := names["EmbeddedFiles"]; ok {
		v.add(ruleEmbedded, "")
	}
	form := dictionary(v.ctx, root["AcroForm"])
	if boolean(v.ctx, form["NeedAppearances"]) {
		v.add(ruleField, "")
	}
	if _, ok := form["XFA"]; ok || boolean(v.ctx, root["NeedsRendering"]) {
		v.add(ruleXFA, "")
	}
	if content := dictionary(v.ctx, root["OCProperties"]); content != nil {
		v.add(ruleOptional, "")
		v.optional(content)
	}
	pages, err := pagesOf(v.ctx)
	if err == nil {
		for i, p := range pages {
			if d := dictionary(v.ctx, p); d != nil {
				v.group(d, pageName(i))
			}
		}
	}
	v.colors(v.intents())
}

func (v *validation) optional(content types.Dict) {
	configs := []types.Object{content["D"]}
	if more, err := v.ctx.DereferenceArray(content["Configs"]); err == nil {
		configs = append(configs, more...)
	}
	for _, o := range configs {
		d := dictionary(v.ctx, o)
		if d == nil {
			continue
		}
		if d["Name"] == nil {
			v.add(ruleConfigName, "")
		}
		if d["AS"] != nil {
			v.add(ruleConfigState, "")
		}
	}
}

// intents checks the output intents and returns the color space of their profile, which is empty without one.
func (v *validation) intents() string {
	all, err := v.ctx.DereferenceArray(v.ctx.RootDict["OutputIntents"])
	if err != nil {
		v.add(ruleIntent, "")
		return ""
	}
	var first []byte
	space := ""
	for _, o := range all {
		d := dictionary(v.ctx, o)
		if d == nil || name(v.ctx, d["S"]) != "GTS_PDFA1" {
			continue
		}
		s, _, err := v.ctx.DereferenceStreamDict(d["DestOutputProfile"])
		if err != nil || s == nil || s.DecodeWithLimit(pdf.MaxDecoded) != nil {
			v.add(ruleIntent, "")
			continue
		}
		p := readProfile(s.Content)
		newest := byte(2)
		if v.part > 1 {
			newest = 4
		}
		if !p.usable || !p.outputFit || p.version > newest || int(number(v.ctx, s.Dict["N"], 0)) != p.channels {
			v.add(ruleIntent, "")
			continue
		}
		if first != nil && !bytes.Equal(first, s.Content) {
			v.add(ruleTwoIntents, "")
		}
		first, space = s.Content, p.space
	}
	return space
}

// colors checks the device colors against the output intent.
func (v *validation) colors(space string) {
	if v.use.gray && space == "" && !v.defaults["gray"] {
		v.addDetail(ruleDevice, "DeviceGray", v.where.gray)
	}
	if v.use.rgb && space != "RGB " && !v.defaults["rgb"] {
		v.addDetail(ruleDevice, "DeviceRGB", v.where.rgb)
	}
	if v.use.cmyk && space != "CMYK" && !v.defaults["cmyk"] {
		v.addDetail(ruleDevice, "DeviceCMYK", v.where.cmyk)
	}
	if v.tinted.found && space != "RGB " {
		v.add(ruleTint, v.tinted.where)
	}
}
