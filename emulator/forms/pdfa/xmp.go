package pdfa

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// The namespaces of metadata.
const (
	spaceRDF    = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	spaceDC     = "http://purl.org/dc/elements/1.1/"
	spaceXMP    = "http://ns.adobe.com/xap/1.0/"
	spacePDF    = "http://ns.adobe.com/pdf/1.3/"
	spacePDFAID = "http://www.aiim.org/pdfa/ns/id/"
)

// maxMetadata is the most bytes of metadata that is read.
const maxMetadata = 1 << 20

// infoNames are the entries of the information that have a counterpart in the metadata.
var infoNames = map[string]string{
	"Title": spaceDC + "title", "Author": spaceDC + "creator", "Subject": spaceDC + "description",
	"Keywords": spacePDF + "Keywords", "Producer": spacePDF + "Producer", "Creator": spaceXMP + "CreatorTool",
	"CreationDate": spaceXMP + "CreateDate", "ModDate": spaceXMP + "ModifyDate",
}

// writeXMP writes metadata in the serialization of XMP that the information corresponds to.
func writeXMP(info map[string]string, part int) []byte {
	var b bytes.Buffer
	text := func(s string) string {
		var e bytes.Buffer
		xml.EscapeText(&e, []byte(s)) // a buffer takes everything
		return e.String()
	}
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n")
	b.WriteString("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n<rdf:RDF xmlns:rdf=\"" + spaceRDF + "\">\n")
	fmt.Fprintf(&b, "<rdf:Description rdf:about=\"\" xmlns:pdfaid=%q xmlns:dc=%q xmlns:xmp=%q xmlns:pdf=%q>\n",
		spacePDFAID, spaceDC, spaceXMP, spacePDF)
	fmt.Fprintf(&b, "<pdfaid:part>%d</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n", part)
	for _, e := range []struct{ name, open, end string }{
		{"Title", "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">", "</rdf:li></rdf:Alt></dc:title>"},
		{"Author", "<dc:creator><rdf:Seq><rdf:li>", "</rdf:li></rdf:Seq></dc:creator>"},
		{"Subject", "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">", "</rdf:li></rdf:Alt></dc:description>"},
		{"Keywords", "<pdf:Keywords>", "</pdf:Keywords>"},
		{"Producer", "<pdf:Producer>", "</pdf:Producer>"},
		{"Creator", "<xmp:CreatorTool>", "</xmp:CreatorTool>"},
		{"CreationDate", "<xmp:CreateDate>", "</xmp:CreateDate>"},
		{"ModDate", "<xmp:ModifyDate>", "</xmp:ModifyDate>"},
	} {
		if value := info[e.name]; value != "" {
			b.WriteString(e.open + text(value) + e.end + "\n")
		}
	}
	b.WriteString("</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n")
	b.WriteString(strings.Repeat(strings.Repeat(" ", 99)+"\n", 20))
	b.WriteString("<?xpacket end=\"w\"?>")
	return b.Bytes()
}

// readXMP returns the properties of metadata by namespace and name, simple ones and the first entries of lists.
func readXMP(data []byte) (map[string]string, error) {
	if len(data) > maxMetadata {
		return nil, errorf("the metadata has more than %d bytes", maxMetadata)
	}
	found := map[string]string{}
	var path []xml.Name
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			if len(found) == 0 && !bytes.Contains(data, []byte("RDF")) {
				return nil, errorf("the metadata is not XMP")
			}
			return found, nil
		case err != nil:
			return nil, errorf("the metadata is not well-formed XML")
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name)
			if len(path) > 64 {
				return nil, errorf("the metadata is nested more than 64 deep")
			}
			if t.Name.Space == spaceRDF && t.Name.Local == "Description" {
				for _, a := range t.Attr {
					found[a.Name.Space+a.Name.Local] = a.Value
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if key := propertyOf(path); key != "" && strings.TrimSpace(found[key]) == "" {
				found[key] = string(t)
			}
		}
	}
}

// propertyOf returns the property that a text at a path belongs to: the element below the description.
func propertyOf(path []xml.Name) string {
	i := slices.IndexFunc(path, func(n xml.Name) bool { return n.Space == spaceRDF && n.Local == "Description" })
	if i < 0 || i+1 >= len(path) {
		return ""
	}
	return path[i+1].Space + path[i+1].Local
}

// information returns the entries of the information that metadata has too, dates in the form of metadata.
func information(ctx *model.Context) (map[string]string, error) {
	info := map[string]string{}
	if ctx.Info == nil {
		return info, nil
	}
	d, err := ctx.DereferenceDict(*ctx.Info)
	if err != nil || d == nil {
		return info, err
	}
	for _, name := range slices.Sorted(maps.Keys(infoNames)) {
		o, ok := d.Find(name)
		if !ok {
			continue
		}
		s, err := ctx.DereferenceText(o)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "Date") {
			t, ok := types.DateTime(s, true)
			if !ok {
				continue
			}
			s = t.Format(time.RFC3339)
		}
		if s != "" {
			info[name] = s
		}
	}
	return info, nil
}
