package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

const onePage = `<</Type/Pages/Kids[3 0 R]/Count 1>>`

// withResources is a document of one page with the given resources; further objects begin at number 4.
func withResources(resources string, objects ...string) []byte {
	page := `<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Resources<<` + resources + `>>>>`
	return assemble(append([]string{`<</Type/Catalog/Pages 2 0 R>>`, onePage, page}, objects...)...)
}

// These end the process of a validator that follows them.
func TestCyclesAreRefused(t *testing.T) {
	deep := []string{}
	for i := range 1000 {
		deep = append(deep, fmt.Sprintf("[/Indexed %d 0 R 1 (ab)]", i+5))
	}
	deep = append(deep, "/DeviceGray")
	for name, document := range map[string][]byte{
		"a color space":      withResources("/ColorSpace<</C 4 0 R>>", "[/Indexed 4 0 R 1 (ab)]"),
		"two color spaces":   withResources("/ColorSpace<</C 4 0 R>>", "[/Pattern 5 0 R]", "[/Indexed 4 0 R 1 (ab)]"),
		"a deep color space": withResources("/ColorSpace<</C 4 0 R>>", deep...),
		"a function": withResources("/ColorSpace<</C[/Separation/Spot/DeviceGray 4 0 R]>>",
			"<</FunctionType 3/Domain[0 1]/Functions[4 0 R]/Bounds[]/Encode[0 1]>>"),
		"a soft mask": withResources("/ExtGState<</G 4 0 R>>", "<</Type/ExtGState/SMask<</S/Alpha/G 5 0 R>>>>",
			streamObject("/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Group<</S/Transparency>>/Resources<</ExtGState<</G 4 0 R>>>>", "")),
		"the page tree": assemble(`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[2 0 R]/Count 1>>`),
		"an outline": assemble(`<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R>>`, onePage, `<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>`,
			`<</First 5 0 R/Last 5 0 R/Count 1>>`, `<</Title(a)/Parent 4 0 R/First 5 0 R/Last 5 0 R>>`),
		"an action": assemble(`<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>`, onePage, `<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>`,
			`<</S/Named/N/NextPage/Next 4 0 R>>`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pdf.Open(document, pdf.OpenOptions{})
			if refused := new(pdf.Error); !errors.As(err, &refused) {
				t.Errorf("Open = %v, want an *Error", err)
			}
		})
	}
}

// What leads back up, and what is used twice, is no cycle.
func TestSoundDocumentsAreNoCycles(t *testing.T) {
	twice := withResources("/ColorSpace<</A 4 0 R/B[/Indexed 4 0 R 1 (abcdef)]>>", "[/ICCBased 5 0 R]",
		streamObject("/N 3/Alternate/DeviceRGB", strings.Repeat("x", 10)))
	if _, err := pdf.Open(twice, pdf.OpenOptions{}); err != nil {
		t.Errorf("a color space that is used twice: %v", err)
	}
	if _, err := pdf.Open(formPDF(), pdf.OpenOptions{}); err != nil {
		t.Errorf("a form whose fields know their parents: %v", err)
	}
	itself := withResources("/XObject<</X 4 0 R>>",
		streamObject("/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X 4 0 R>>>>", ""))
	if _, err := pdf.Open(itself, pdf.OpenOptions{}); err != nil {
		t.Errorf("a form that draws itself, which readers take: %v", err)
	}
	linked := assemble(`<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R>>`, onePage,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[7 0 R]>>`, `<</Type/Outlines/First 5 0 R/Last 6 0 R/Count 2>>`,
		`<</Title(a)/Parent 4 0 R/Next 6 0 R/Dest[3 0 R/Fit]>>`, `<</Title(b)/Parent 4 0 R/Prev 5 0 R/A<</S/GoTo/D[3 0 R/Fit]>>>>`,
		`<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/GoTo/D[3 0 R/Fit]>>/P 3 0 R>>`)
	if _, err := pdf.Open(linked, pdf.OpenOptions{}); err != nil {
		t.Errorf("bookmarks and links to the page that they are on: %v", err)
	}
}

func TestWhatPdfcpuWouldDrop(t *testing.T) {
	meta := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>`
	document := assemble(`<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R/Legal<</Attestation(as it is)>>>>`, onePage,
		`<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>`, streamObject("/Type/Metadata/Subtype/XML", meta))
	f, err := pdf.Open(document, pdf.OpenOptions{})
	if err != nil {
		t.Fatalf("a document with legal attestations: %v", err)
	}
	written, err := pdf.Write(f.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	again, err := pdf.Open(written, pdf.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := again.Context().Catalog()
	if err != nil || root["Metadata"] == nil || root["Legal"] == nil {
		t.Errorf("the catalog is %v, %v after reading and writing; want Metadata and Legal in it", root, err)
	}
	if !bytes.Contains(written, []byte("as it is")) {
		t.Error("the attestation is gone")
	}
}
