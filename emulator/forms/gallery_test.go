package forms_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms"
)

func TestGallery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, more := f.DocumentsAfter(0)
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp(), file("data", "application/xml", data)), 200)
	select {
	case <-more:
	default:
		t.Error("the channel is not closed by a new document")
	}
	printed := f.post(t, outputPath+"generatePrintedOutput", xdp(), options(`{"printConfig": {"renderType": "ZPL"}}`))
	wantStatus(t, printed, 200)
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp(), options(`[]`)), 400)
	want := []forms.Document{
		{ID: 2, Operation: "generatePrintedOutput", Environment: "p1-e2", Tier: aem.Author, ClientID: "client", Account: "a@techacct.adobe.com",
			Template: "letter-a", Name: "letter-a.zpl", ContentType: "application/octet-stream", Pages: 1, Pictures: true, Bytes: printed.Body.Len()},
		{ID: 1, Operation: "generatePDFOutput", Environment: "p1-e2", Tier: aem.Author, ClientID: "client", Account: "a@techacct.adobe.com",
			Template: "letter-a", Name: "letter-a.pdf", ContentType: "application/pdf", Pages: 1, Pictures: true},
	}
	got := f.Documents()
	want[1].Bytes = got[1].Bytes
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(forms.Document{}, "Time", "Notes")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d, content, err := f.Document(2)
	if err != nil || d.Name != "letter-a.zpl" || !bytes.Equal(content, printed.Body.Bytes()) {
		t.Errorf("%+v, %v", d, err)
	}
	for id := range int64(2) {
		picture, err := f.Preview(id+1, 1)
		if err != nil || !strings.Contains(string(picture), "<svg") {
			t.Errorf("the picture of document %d: %v, %s", id+1, err, head(string(picture)))
		}
	}
	if _, err := f.Preview(1, 2); err == nil {
		t.Error("there is a picture of a page that is not there")
	}
	if _, _, err := f.Document(3); !errors.Is(err, forms.ErrNoDocument) {
		t.Errorf("a document that is not there: %v", err)
	}
	after, _ := f.DocumentsAfter(1)
	if len(after) != 1 || after[0].ID != 2 {
		t.Errorf("after 1 there are %+v", after)
	}
	f.ClearDocuments()
	if _, err := f.Preview(1, 1); !errors.Is(err, forms.ErrNoDocument) || len(f.Documents()) != 0 {
		t.Errorf("after clearing: %v", err)
	}
}

func TestGalleryForgets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range forms.MaxDocuments + 5 {
		wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp()), 200)
	}
	docs := f.Documents()
	if len(docs) != forms.MaxDocuments || docs[0].ID != forms.MaxDocuments+5 || docs[len(docs)-1].ID != 6 {
		t.Errorf("%d documents, from %d to %d", len(docs), docs[0].ID, docs[len(docs)-1].ID)
	}
}

// TestSamplesAreInTheRepository renders each sample from the repository of both instances, also after a reset.
func TestSamplesAreInTheRepository(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	samples := 0
	for _, a := range forms.Samples() {
		if !strings.HasSuffix(a.Path, ".xdp") {
			continue
		}
		samples++
		for _, i := range []*aem.Instance{f.author, f.publish} {
			body, contentType := form(t, text("template", "crx://"+a.Path))
			got := f.on(t, i, request{"POST", outputPath + "generatePDFOutput", contentType, nil, body})
			if got.Code != 200 {
				t.Errorf("%s on %s: status %d: %s", a.Path, i.Tier(), got.Code, got.Body)
			}
		}
	}
	if samples < 3 {
		t.Errorf("%d samples", samples)
	}
	f.aem.Reset()
	if _, _, err := f.author.Read(forms.SamplesPath + "/invoice.xdp"); err != nil {
		t.Errorf("after a reset: %v", err)
	}
}
