package render

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/page"
)

// approximation is said of every document.
const approximation = "Laid out by an emulator: the layout is an approximation."

// notesOf returns what is to be known about a file, a sentence each.
func notesOf(d *page.Document, o *Options) []string {
	notes := []string{approximation}
	if o.Tagged {
		notes = append(notes, "The file was to be tagged; it is not.")
	}
	if o.Linearized {
		notes = append(notes, "The file was to be linearized; it is not.")
	}
	return append(notes, d.Notes...)
}

// describe writes the metadata of a file, in its information dictionary and as XMP.
func describe(pdf *fpdf.Fpdf, d *page.Document, o *Options) {
	notes := notesOf(d, o)
	title, subject := d.Title, approximation
	if t := o.Metadata["Title"]; t != "" {
		title = t
	}
	if s := o.Metadata["Subject"]; s != "" {
		subject = s
	}
	creator := o.Metadata["Creator"]
	if creator == "" {
		creator = o.producer()
	}
	pdf.SetProducer(o.producer(), true)
	pdf.SetCreator(creator, true)
	pdf.SetTitle(title, true)
	pdf.SetSubject(subject, true)
	if author := o.Metadata["Author"]; author != "" {
		pdf.SetAuthor(author, true)
	}
	if keywords := o.Metadata["Keywords"]; keywords != "" {
		pdf.SetKeywords(keywords, true)
	}
	pdf.SetLang(tag(d.Language))
	at := o.time().UTC()
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)

	x := packet{}
	x.open()
	x.property("dc:format", "application/pdf")
	x.alternative("dc:title", title)
	x.alternative("dc:description", strings.Join(notes, " "))
	if author := o.Metadata["Author"]; author != "" {
		x.list("dc:creator", "rdf:Seq", author)
	}
	if language := tag(d.Language); language != "" {
		x.list("dc:language", "rdf:Bag", language)
	}
	const layout = "2006-01-02T15:04:05Z"
	x.property("xmp:CreateDate", at.Format(layout))
	x.property("xmp:ModifyDate", at.Format(layout))
	x.property("xmp:CreatorTool", creator)
	x.property("pdf:Producer", o.producer())
	x.property("pdf:Keywords", o.Metadata["Keywords"])
	for _, name := range slices.Sorted(maps.Keys(o.Metadata)) {
		switch name {
		case "Title", "Subject", "Creator", "Author", "Keywords":
		default:
			x.property("pdfx:"+xmlName(name), o.Metadata[name])
		}
	}
	x.list("imsx:notes", "rdf:Seq", notes...)
	pdf.SetXmpMetadata(x.close())
}

// tag returns a language tag, without what has no place in one.
func tag(language string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, language)
}

// xmlName makes the name of an element of what may be none.
func xmlName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// packet is an XMP packet in the making.
type packet struct{ b strings.Builder }

func (x *packet) open() {
	x.b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" ` +
		`xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfx="http://ns.adobe.com/pdfx/1.3/" xmlns:imsx="urn:imsx:emulator">` + "\n")
}

func (x *packet) close() []byte {
	x.b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return []byte(x.b.String())
}

// text writes a text, escaped. What XML cannot hold is replaced.
func (x *packet) text(s string) { _ = xml.EscapeText(&x.b, []byte(s)) } // a builder takes everything

func (x *packet) property(name, value string) {
	if value == "" {
		return
	}
	x.b.WriteString("<" + name + ">")
	x.text(value)
	x.b.WriteString("</" + name + ">\n")
}

// alternative writes a text that could be in several languages.
func (x *packet) alternative(name, value string) {
	if value == "" {
		return
	}
	x.b.WriteString("<" + name + `><rdf:Alt><rdf:li xml:lang="x-default">`)
	x.text(value)
	x.b.WriteString("</rdf:li></rdf:Alt></" + name + ">\n")
}

func (x *packet) list(name, kind string, values ...string) {
	x.b.WriteString("<" + name + "><" + kind + ">")
	for _, v := range values {
		x.b.WriteString("<rdf:li>")
		x.text(v)
		x.b.WriteString("</rdf:li>")
	}
	x.b.WriteString("</" + kind + "></" + name + ">\n")
}
