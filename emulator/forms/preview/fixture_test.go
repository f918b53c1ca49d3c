package preview_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/preview"
)

// made returns a document that fpdf writes, on pages of 600 by 800 points.
func made(t testing.TB, draw func(d *fpdf.Fpdf)) []byte {
	t.Helper()
	d := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 600, Ht: 800}})
	d.AddPage()
	draw(d)
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// assemble writes objects, numbered from 1, the first being the catalog, as a document.
func assemble(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

// withContent is a document of one page of 200 by 100 points. More entries of the page and more objects, from number 5 on, may be
// given. Font F is Helvetica.
func withContent(content, entries string, objects ...string) []byte {
	if !strings.Contains(entries, "/Resources") {
		entries += "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>"
	}
	if !strings.Contains(entries, "/MediaBox") {
		entries += "/MediaBox[0 0 200 100]"
	}
	return assemble(append([]string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R" + entries + ">>", stream("", content),
	}, objects...)...)
}

// element is an element of a picture.
type element struct {
	name       string
	attributes map[string]string
	text       string
	clips      []string // of the groups that it is in
}

// allowed holds the elements that a picture may have, with their attributes.
var allowed = func() map[string]map[string]bool {
	paint := "fill fill-opacity fill-rule stroke stroke-opacity stroke-width stroke-linecap stroke-linejoin stroke-miterlimit " +
		"stroke-dasharray stroke-dashoffset transform"
	all := map[string]map[string]bool{}
	for name, list := range map[string]string{
		"svg": "xmlns width height viewBox space", "g": "clip-path", "defs": "", "rect": "x y width height " + paint, "path": "d clip-rule " + paint,
		"text":     "font-size font-family font-weight font-style textLength lengthAdjust direction unicode-bidi " + paint,
		"clipPath": "id clip-path", "image": "id width height preserveAspectRatio href opacity transform", "use": "href opacity transform",
	} {
		all[name] = map[string]bool{}
		for _, a := range strings.Fields(list) {
			all[name][a] = true
		}
	}
	return all
}()

var (
	safeClip  = regexp.MustCompile(`^url\(#c\d+\)$`)
	safeImage = regexp.MustCompile(`^data:image/(png|jpeg);base64,[A-Za-z0-9+/]+=*$`)
	safeUse   = regexp.MustCompile(`^#i\d+$`)
)

// parse reads a picture and checks that it is well-formed and holds nothing but what is safe.
func parse(picture []byte) ([]element, error) {
	d := xml.NewDecoder(bytes.NewReader(picture))
	var all []element
	var open []int
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			e, err := parseElement(t)
			if err != nil {
				return nil, err
			}
			for _, i := range open {
				if c := all[i].attributes["clip-path"]; c != "" {
					e.clips = append(e.clips, c)
				}
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if s := string(t); len(open) > 0 && strings.TrimSpace(s) != "" {
				all[open[len(open)-1]].text += s
			}
		default:
			return nil, fmt.Errorf("unexpected %T", t)
		}
	}
}

func parseElement(t xml.StartElement) (element, error) {
	e := element{name: t.Name.Local, attributes: map[string]string{}}
	known, ok := allowed[e.name]
	if !ok {
		return e, fmt.Errorf("element %q", e.name)
	}
	for _, a := range t.Attr {
		if !known[a.Name.Local] {
			return e, fmt.Errorf("attribute %q of %q", a.Name.Local, e.name)
		}
		switch v := a.Value; {
		case a.Name.Local == "clip-path" && !safeClip.MatchString(v), e.name == "image" && a.Name.Local == "href" && !safeImage.MatchString(v),
			e.name == "use" && a.Name.Local == "href" && !safeUse.MatchString(v), strings.Contains(v, "NaN"), strings.Contains(v, "Inf"):
			return e, fmt.Errorf("%s=%q", a.Name.Local, v[:min(len(v), 80)])
		}
		e.attributes[a.Name.Local] = a.Value
	}
	return e, nil
}

// elements draws a page and returns the elements of some names.
func elements(t testing.TB, document []byte, names ...string) []element {
	t.Helper()
	picture, err := preview.SVG(document, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := parse(picture)
	if err != nil {
		t.Fatalf("%v in\n%s", err, picture)
	}
	var some []element
	for _, e := range all {
		for _, n := range names {
			if e.name == n {
				some = append(some, e)
			}
		}
	}
	return some
}

// texts returns the texts of a page.
func texts(t testing.TB, document []byte) []string {
	t.Helper()
	var all []string
	for _, e := range elements(t, document, "text") {
		all = append(all, e.text)
	}
	return all
}
