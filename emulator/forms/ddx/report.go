package ddx

import (
	"encoding/xml"
	"strings"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// maxReportText bounds the text of one report.
const maxReportText = 32 << 20

// single returns the document that a report is about: the only source as it is, or all sources assembled.
func (r *runner) single(n *node) (*pdf.File, error) {
	var only []*node
	for _, k := range n.kids {
		if k.name != "" {
			only = append(only, k)
		}
	}
	if len(only) == 1 && only[0].name == "PDF" && only[0].elements() == 0 && only[0].attrs["pages"] == "" {
		data, ok, err := r.document(only[0])
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, jobErrorf(n.line, "the only source is missing")
		}
		return r.openAsIs(only[0], data, false)
	}
	data, err := r.makePDF(n)
	if err != nil {
		return nil, err
	}
	return pdf.Open(data, pdf.OpenOptions{})
}

// informationXML is what DocumentInformation gives. Its names follow the information dictionary of PDF.
type informationXML struct {
	XMLName   xml.Name  `xml:"http://ns.adobe.com/DDX/DocInfo/1.0/ DocumentInformation"`
	Version   string    `xml:"PDFVersion"`
	Encrypted bool      `xml:"Encrypted"`
	Form      string    `xml:"FormType"`
	Signed    bool      `xml:"Signed"`
	Info      []keyXML  `xml:"Information>Entry"`
	Count     int       `xml:"PageCount"`
	Pages     []pageXML `xml:"Pages>Page"`
}

type keyXML struct {
	Key   string `xml:"key,attr"`
	Value string `xml:",chardata"`
}

type pageXML struct {
	Number int     `xml:"pageNumber,attr"`
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Rotate int     `xml:"rotation,attr"`
}

func (r *runner) informationResult(n *node) ([]Result, error) {
	f, err := r.single(n)
	if err != nil {
		return nil, err
	}
	doc := informationXML{Version: f.Version(), Encrypted: f.Encrypted(), Signed: f.Signed(), Count: f.PageCount(), Form: "None"}
	switch {
	case f.IsXFA():
		doc.Form = "XFA"
	case f.HasForm():
		doc.Form = "AcroForm"
	}
	info := f.Info()
	for _, e := range []keyXML{
		{"Title", info.Title}, {"Author", info.Author}, {"Subject", info.Subject}, {"Keywords", info.Keywords},
		{"Creator", info.Creator}, {"Producer", info.Producer}, {"CreationDate", info.CreationDate}, {"ModDate", info.ModDate},
	} {
		if e.Value != "" {
			doc.Info = append(doc.Info, e)
		}
	}
	for _, key := range sorted(info.Properties) {
		doc.Info = append(doc.Info, keyXML{key, info.Properties[key]})
	}
	pages, err := pdf.Pages(f.Context())
	if err != nil {
		return nil, err
	}
	for i, p := range pages {
		size := p.Size()
		doc.Pages = append(doc.Pages, pageXML{i + 1, round(size.Width), round(size.Height), p.Rotate})
	}
	return xmlResult(n, doc)
}

func round(f float64) float64 { return float64(int(f*100+0.5)) / 100 }

// textXML is the DocText language, with a text for each page.
type textXML struct {
	XMLName xml.Name      `xml:"http://ns.adobe.com/DDX/DocText/1.0/ DocText"`
	Pages   []textPageXML `xml:"TextPerPage>Page"`
}

type textPageXML struct {
	Number int    `xml:"pageNumber,attr"`
	Text   string `xml:",chardata"`
}

func (r *runner) textResult(n *node) ([]Result, error) {
	f, err := r.single(n)
	if err != nil {
		return nil, err
	}
	var doc textXML
	total := 0
	for page := 1; page <= f.PageCount(); page++ {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		text, err := f.PageText(page)
		if err != nil {
			return nil, err
		}
		if total += len(text); total > maxReportText {
			return nil, jobErrorf(n.line, "the text has more than %d bytes", maxReportText)
		}
		doc.Pages = append(doc.Pages, textPageXML{page, strings.Join(strings.Fields(text), " ")})
	}
	return xmlResult(n, doc)
}
