package pdfa

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// maxNested is how deep embedded documents are looked into.
const maxNested = 2

// validation is one document being checked.
type validation struct {
	*findings
	doc      []byte
	ctx      *model.Context
	use      usage
	where    usagePlaces
	tinted   place           // an annotation with a color of its own
	defaults map[string]bool // default color spaces that the document has: "gray", "rgb", "cmyk"
	nested   int
}

// usagePlaces are where device colors are first used.
type usagePlaces struct{ gray, rgb, cmyk string }

// place is where something was first found.
type place struct {
	found bool
	where string
}

// Validate checks the rules of PDF/A that can be seen in the structure of a document: header, identifier, encryption,
// cross-reference data, filters, external data, embedded files, optional content, output intents and device colors, images,
// forms, states of graphics, transparency, fonts, annotations, actions, interactive forms, metadata and limits. A document that
// cannot be opened without a password is an error, any other encrypted one a finding. Its error is an [*Error].
func Validate(doc []byte, o ValidateOptions) (Report, error) {
	compliance, err := oneOf("compliance", o.Compliance, PDFA1B, PDFA2B, PDFA3B)
	if err != nil {
		return Report{}, err
	}
	level, err := oneOf("resultLevel", o.ResultLevel, PassFail, Summary, Detailed)
	if err != nil {
		return Report{}, err
	}
	found, err := validate(doc, compliance, 0)
	if err != nil {
		return Report{}, err
	}
	r := found.report(compliance, level)
	r.Notes = []string{"The structure of the document was checked; font programs, images and glyph widths were not."}
	return r, nil
}

func validate(doc []byte, c Compliance, nested int) (*findings, error) {
	f, err := pdf.Open(doc, pdf.OpenOptions{})
	if err != nil {
		return nil, asError(err)
	}
	v := &validation{findings: newFindings(c.part()), doc: doc, defaults: map[string]bool{}, nested: nested}
	err = pdf.Guard("the document cannot be checked", func() error {
		// Opening mends some faults, so what is checked is what is read anew, as it is.
		if v.ctx, err = api.ReadContext(bytes.NewReader(doc), pdf.Configuration()); err != nil {
			return err
		}
		if _, err := v.ctx.Catalog(); err != nil {
			return err
		}
		v.file(f.Encrypted())
		if err := walk(v.ctx, v.node, v.leaf); err != nil {
			return err
		}
		v.catalog()
		v.metadata()
		return nil
	})
	return v.findings, asError(err)
}

// file checks what is outside of the objects.
func (v *validation) file(encrypted bool) {
	_, rest, _ := bytes.Cut(v.doc[:min(len(v.doc), 1024)], []byte("\n"))
	binary := len(rest) > 4 && rest[0] == '%'
	for i := 1; binary && i <= 4; i++ {
		binary = rest[i] > 127
	}
	if !bytes.HasPrefix(v.doc, []byte("%PDF-1.")) || !binary {
		v.add(ruleHeader, "")
	}
	if len(v.ctx.ID) == 0 || !bytes.Contains(v.doc, []byte("/ID")) {
		v.add(ruleID, "")
	}
	if encrypted {
		v.add(ruleEncrypt, "")
	}
	if v.ctx.Read.UsingXRefStreams || v.ctx.Read.UsingObjectStreams {
		v.add(ruleXRefStream, "")
	}
}

// leaf checks the limits of scalars.
func (v *validation) leaf(o types.Object, where string) {
	most := 65535
	if v.part > 1 {
		most = 32767
	}
	switch o := o.(type) {
	case types.Name:
		if len(o) > 127 {
			v.add(ruleLimits, where)
		}
	case types.StringLiteral:
		if len(o) > most {
			if b, err := types.Unescape(string(o)); err != nil || len(b) > most {
				v.add(ruleLimits, where)
			}
		}
	case types.HexLiteral:
		if len(o)/2 > most {
			v.add(ruleLimits, where)
		}
	case types.Integer:
		if int64(o) > 1<<31-1 || int64(o) < -1<<31 {
			v.add(ruleLimits, where)
		}
	}
}

// node checks a dictionary, a stream or a color space.
func (v *validation) node(n node) error {
	if n.role == roleColor {
		v.color(n.object, n.where)
	}
	if n.dict == nil {
		return nil
	}
	if n.stream != nil {
		v.stream(n)
	}
	switch n.role {
	case roleState:
		v.state(n.dict, n.where)
	case roleFont:
		v.font(n.dict, n.where)
	case roleAnnotation:
		v.annotation(n.dict, n.where)
	case roleAction:
		v.action(n.dict, n.where)
	case roleTriggers:
		v.add(ruleTrigger, n.where)
	}
	if o, ok := n.dict.Find("EF"); ok && dictionary(v.ctx, o) != nil {
		return v.embedded(n.dict, n.where)
	}
	for _, key := range []string{"DefaultGray", "DefaultRGB", "DefaultCMYK"} {
		if spaces := dictionary(v.ctx, n.dict["ColorSpace"]); spaces != nil && spaces[key] != nil {
			v.defaults[strings.ToLower(strings.TrimPrefix(key, "Default"))] = true
		}
	}
	return nil
}

// stream checks what streams may not have, and reads contents.
func (v *validation) stream(n node) {
	d := n.dict
	for _, key := range []string{"F", "FFilter", "FDecodeParms"} {
		if _, ok := d.Find(key); ok {
			v.add(ruleExternal, n.where)
		}
	}
	names := filters(v.ctx, d)
	if slices.Contains(names, "LZWDecode") || slices.Contains(names, "LZW") {
		v.add(ruleLZW, n.where)
	}
	if slices.Contains(names, "Crypt") {
		v.add(ruleCrypt, n.where)
	}
	switch name(v.ctx, d["Subtype"]) {
	case "Image":
		v.image(d, n.where)
	case "Form":
		v.form(d, n.where)
		v.content(n)
		return
	case "PS":
		v.add(rulePostScript, n.where)
	}
	if n.role == roleContent || d["PatternType"] != nil {
		v.content(n)
	}
}

// content reads a content stream.
func (v *validation) content(n node) {
	s := *n.stream
	if err := s.DecodeWithLimit(pdf.MaxDecoded); err != nil {
		return
	}
	var u usage
	u.scan(s.Content)
	v.merge(u, n.where)
	for _, intent := range u.intents {
		v.rendering(intent, n.where)
	}
	if u.lzw {
		v.add(ruleLZW, n.where)
	}
	if u.interpolated {
		v.add(ruleImage, n.where)
	}
	if u.depth > 28 {
		v.addDetail(ruleLimits, "states of graphics are nested too deep", n.where)
	}
}

func (v *validation) merge(u usage, where string) {
	for _, c := range []struct {
		used  bool
		have  *bool
		place *string
	}{{u.gray, &v.use.gray, &v.where.gray}, {u.rgb, &v.use.rgb, &v.where.rgb}, {u.cmyk, &v.use.cmyk, &v.where.cmyk}} {
		if c.used && !*c.have {
			*c.have, *c.place = true, where
		}
	}
}

// color notes the device color spaces of a color space.
func (v *validation) color(o types.Object, where string) {
	var u usage
	if n, ok := o.(types.Name); ok && strings.HasPrefix(string(n), "Device") {
		u.use(string(n))
	}
	v.merge(u, where)
}

func (v *validation) rendering(intent, where string) {
	if !slices.Contains([]string{"", "RelativeColorimetric", "AbsoluteColorimetric", "Perceptual", "Saturation"}, intent) {
		v.add(ruleRendering, where)
	}
}

func (v *validation) image(d types.Dict, where string) {
	_, alternates := d.Find("Alternates")
	_, opi := d.Find("OPI")
	if alternates || opi || boolean(v.ctx, d["Interpolate"]) {
		v.add(ruleImage, where)
	}
	v.rendering(name(v.ctx, d["Intent"]), where)
	if o, ok := d.Find("SMask"); ok && name(v.ctx, o) != "None" {
		v.addDetail(ruleTransparent, "an image has a soft mask", where)
	}
}

func (v *validation) form(d types.Dict, where string) {
	_, opi := d.Find("OPI")
	_, ps := d.Find("PS")
	if opi || ps || name(v.ctx, d["Subtype2"]) == "PS" {
		v.add(ruleForm, where)
	}
	if _, ok := d.Find("Ref"); ok {
		v.add(ruleReference, where)
	}
	v.group(d, where)
}

// group checks a page's or a form's group.
func (v *validation) group(d types.Dict, where string) {
	if g := dictionary(v.ctx, d["Group"]); g != nil && name(v.ctx, g["S"]) == "Transparency" {
		v.addDetail(ruleTransparent, "a group is blended", where)
	}
}

// blendModes are those of ISO 32000-1, 11.3.5.
var blendModes = []string{
	"Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn", "HardLight",
	"SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity",
}

func (v *validation) state(d types.Dict, where string) {
	if _, ok := d.Find("TR"); ok {
		v.add(ruleState, where)
	}
	if o, ok := d.Find("TR2"); ok && name(v.ctx, o) != "Default" {
		v.add(ruleState, where)
	}
	v.rendering(name(v.ctx, d["RI"]), where)
	if o, ok := d.Find("SMask"); ok && name(v.ctx, o) != "None" {
		v.addDetail(ruleTransparent, "a state of graphics has a soft mask", where)
	}
	for _, key := range []string{"ca", "CA"} {
		if number(v.ctx, d[key], 1) != 1 {
			v.addDetail(ruleTransparent, "a state of graphics is not opaque", where)
		}
	}
	for _, mode := range namesOf(v.ctx, d["BM"]) {
		if mode != "Normal" && mode != "Compatible" {
			v.addDetail(ruleTransparent, "a state of graphics blends", where)
		}
		if !slices.Contains(blendModes, mode) {
			v.add(ruleBlend, where)
		}
	}
}

// metadata checks the document's metadata against the part and the information.
func (v *validation) metadata() {
	s, _, err := v.ctx.DereferenceStreamDict(v.ctx.RootDict["Metadata"])
	if err != nil || s == nil {
		v.add(ruleMetadata, "")
		v.add(ruleVersion, "")
		return
	}
	if len(filters(v.ctx, s.Dict)) > 0 {
		v.add(ruleFiltered, "")
	}
	data := s.Raw
	if s.DecodeWithLimit(maxMetadata) == nil && s.Content != nil {
		data = s.Content
	}
	found, err := readXMP(data)
	if err != nil {
		v.addDetail(ruleMetadata, asError(err).(*Error).What, "")
		v.add(ruleVersion, "")
		return
	}
	level := found[spacePDFAID+"conformance"]
	if found[spacePDFAID+"part"] != string(rune('0'+v.part)) || level != "B" && level != "A" && level != "U" {
		v.add(ruleVersion, "")
	}
	info, err := information(v.ctx)
	if err != nil {
		return
	}
	for _, entry := range slices.Sorted(maps.Keys(infoNames)) {
		if value, ok := info[entry]; ok && !sameValue(value, found[infoNames[entry]]) {
			v.addDetail(ruleInfo, entry, "")
		}
	}
}

// sameValue compares a text, or two spellings of a time.
func sameValue(a, b string) bool {
	if strings.TrimSpace(a) == strings.TrimSpace(b) {
		return true
	}
	ta, errA := time.Parse(time.RFC3339, a)
	tb, errB := time.Parse(time.RFC3339, b)
	return errA == nil && errB == nil && ta.Equal(tb)
}
