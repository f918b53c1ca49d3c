package forms

import (
	"fmt"
	"strings"
)

// pdfOptions are the options of generatePDFOutput. Nil means that they were not given, so that an XCI configuration counts.
type pdfOptions struct {
	Locale              string `json:"locale,omitempty"`
	ContentRoot         string `json:"contentRoot,omitempty"`
	EmbedFonts          *bool  `json:"embedFonts,omitempty"`
	Tagged              *bool  `json:"isTagged,omitempty"`
	Linearized          *bool  `json:"linearizedPDF,omitempty"`
	RetainFormState     *bool  `json:"retainFormState,omitempty"`
	RetainUnsignedField *bool  `json:"retainUnsignedSignatureFields,omitempty"`
	AcrobatVersion      string `json:"acrobatVersion,omitempty"`
}

// check refuses values out of their enumerations.
func (o pdfOptions) check() *failure {
	if f := checkLocale(o.Locale); f != nil {
		return f
	}
	return enum("acrobatVersion", o.AcrobatVersion, "Acrobat_10", "Acrobat_10_1", "Acrobat_11")
}

// checkLocale refuses what is no name of a locale.
func checkLocale(locale string) *failure {
	letters := func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if len(locale) > 35 || strings.ContainsFunc(locale, letters) {
		return badRequest("options", fmt.Sprintf("locale is %q, which is not like en or de_DE", short(locale)))
	}
	return nil
}

// apply puts the options over the settings, and returns a note for each that has no effect.
func (o pdfOptions) apply(s *settings) (notes []string) {
	for _, option := range []struct {
		given *bool
		to    *bool
	}{{o.EmbedFonts, &s.embedFonts}, {o.Tagged, &s.tagged}, {o.Linearized, &s.linearized}} {
		if option.given != nil {
			*option.to = *option.given
		}
	}
	if o.AcrobatVersion != "" {
		s.version = "1.7" // of Acrobat 10 and 11, which differ in extension levels
	}
	if isOn(o.RetainFormState) {
		notes = append(notes, "The option retainFormState has no effect.")
	}
	if isOn(o.RetainUnsignedField) {
		notes = append(notes, "The option retainUnsignedSignatureFields has no effect.")
	}
	return notes
}

func isOn(b *bool) bool { return b != nil && *b }

// generatePDF is generatePDFOutput.
func (c *call) generatePDF() *failure {
	b, f := c.readParts()
	if f != nil {
		return f
	}
	var o pdfOptions
	if f := c.readOptions(b, &o); f != nil {
		return f
	}
	if f := o.check(); f != nil {
		return f
	}
	g, data, f := c.readRendering(b, o.ContentRoot, "application/xml", "text/xml", xdpType, "text/plain", pdfType)
	if f != nil {
		return f
	}
	g.locale = o.Locale
	g.notes = append(g.notes, o.apply(&g.settings)...)
	return c.produce(g, true, func() (produced, error) { return g.pdf(data, c.now()) })
}

const xdpType = "application/vnd.adobe.xdp+xml"

// readRendering reads the template, the data and the XCI configuration of a request.
func (c *call) readRendering(b body, contentRoot string, templateTypes ...string) (*rendering, []byte, *failure) {
	p, f := b.required("template")
	if f != nil {
		return nil, nil, f
	}
	if f := p.checkType(templateTypes...); f != nil {
		return nil, nil, f
	}
	name := p.file
	if p.isReference() {
		if name, f = p.text(); f != nil {
			return nil, nil, f
		}
	}
	root, f := rootOf(contentRoot, name)
	if f != nil {
		return nil, nil, f
	}
	g := &rendering{source: c.source(root), base: baseName(name)}
	if g.base == "" || g.base == "blob" {
		g.base = "template"
	}
	if g.template, f = g.source.document(p); f != nil {
		return nil, nil, f
	}
	var data []byte
	if p, ok := b.get("data"); ok && len(p.content) > 0 {
		if f := p.checkType("application/xml", "text/xml", "text/plain"); f != nil {
			return nil, nil, f
		}
		if data, f = g.source.document(p); f != nil {
			return nil, nil, f
		}
	}
	return g, data, c.readXCI(g, b)
}

// produce makes a document and answers with it, in two parts if the client accepts that and the service has it.
func (c *call) produce(g *rendering, mixed bool, do func() (produced, error)) *failure {
	made, err := work(c.r.Context(), c.Server, func() (produced, error) {
		if err := g.prepare(); err != nil {
			return produced{}, err
		}
		return do()
	})
	if err != nil {
		return failureOf(err)
	}
	c.keep(made, g.base+"."+made.extension, g.base)
	if mixed && acceptsMixed(c.r.Header.Values("Accept")) {
		return c.sendMixed(g.base, made)
	}
	c.send(made.contentType, made.content)
	return nil
}

// keep puts a document into the gallery.
func (c *call) keep(made produced, name, template string) {
	i := c.caller.Instance
	c.gallery.add(&shelved{
		Document: Document{
			Time: c.now(), Operation: c.op.name, Environment: i.Environment(), Tier: i.Tier(), ClientID: c.caller.ClientID,
			Account: c.caller.User.Login, Template: template, Name: name, ContentType: made.contentType, Pages: made.pages,
			Pictures: made.contentType == pdfType || made.picture != nil, Notes: made.notes,
		},
		content: made.content, picture: made.picture, weight: made.weight,
	})
}
