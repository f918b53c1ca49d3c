package pdf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func values(t *testing.T, data []byte) map[string]string {
	t.Helper()
	fields, err := open(t, data).Fields()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, f := range fields {
		if f.Value != "" {
			m[strings.TrimPrefix(f.Name, "form1[0].")] = f.Value
		}
	}
	return m
}

const application = `<application><name>Ada Lovelace</name><notes>first line
second</notes><agree>true</agree><color>blue</color><country>FR</country><topics>one
three</topics><code>AB12</code><price>1.00</price><price>€ 2.50</price><extra>x</extra><signature>no</signature></application>`

func TestFill(t *testing.T) {
	t.Parallel()
	out, report, err := pdf.Fill(formPDF(), []byte(application), pdf.FillOptions{Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"name": "Ada Lovelace", "notes": "first line\nsecond", "agree": "Yes", "color": "blue", "country": "FR", "topics": "one",
		"code": "AB12", "price[1]": "€ 2.50",
	}
	if diff := cmp.Diff(want, values(t, out)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"price", "extra", "signature"}, report.Unused); diff != "" {
		t.Errorf("unused (-want +got):\n%s", diff)
	}
	if len(report.Filled) != 8 || len(report.Notes) != 0 {
		t.Errorf("report: %d filled, notes %q, want 8 and none", len(report.Filled), report.Notes)
	}
}

func TestFillNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, data, want string }{
		{"plain", `<d><name>A</name></d>`, "A"},
		{"within a branch", `<d><form1><name>A</name></form1></d>`, "A"},
		{"another branch first", `<d><other><name>B</name></other><form1><name>A</name></form1></d>`, "A"},
		{"a dotted name", `<d><form1.name>A</form1.name></d>`, "A"},
		{"datasets", `<x:datasets xmlns:x="http://www.xfa.org/schema/xfa-data/1.0/"><x:data><form1><name>A</name></form1></x:data></x:datasets>`, "A"},
		{"a second record is not its value", `<d><form1><x/></form1><form1><name>B</name></form1></d>`, ""},
		{"entities of XML", `<d><name>A &amp; &#66;</name></d>`, "A & B"},
		{"case counts", `<d><Name>A</Name></d>`, ""},
		{"no data", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, _, err := pdf.Fill(formPDF(), []byte(tt.data), pdf.FillOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got := values(t, out)["name"]; got != tt.want {
				t.Errorf("value %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFillNotes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, data, note string }{
		{"a check box", `<d><agree>perhaps</agree></d>`, `"perhaps" is none of its values ["Yes"]`},
		{"a radio button", `<d><color>green</color></d>`, `"green" is none of its values ["red" "blue"]`},
		{"a combo", `<d><country>XX</country></d>`, `"XX" is none of its values ["DE" "FR"]`},
		{"a text that is too long", `<d><code>123456789</code></d>`, "cut to the 8 characters"},
		{"characters that no standard font has", `<d><name>Łódź</name></d>`, "question marks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, report, err := pdf.Fill(formPDF(), []byte(tt.data), pdf.FillOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], tt.note) {
				t.Errorf("notes %q, want one with %q", report.Notes, tt.note)
			}
		})
	}
}

func TestFillButtons(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"1": "Yes", "Yes": "Yes", "ON": "Yes", "0": "Off", "": "Off", "no": "Off"} {
		out, report, err := pdf.Fill(formPDF(), []byte("<d><agree>"+value+"</agree></d>"), pdf.FillOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := values(t, out)["agree"]; got != want || len(report.Notes) > 0 {
			t.Errorf("%q: state %q, notes %q, want %q", value, got, report.Notes, want)
		}
	}
}

func TestFillFlattens(t *testing.T) {
	t.Parallel()
	out, _, err := pdf.Fill(formPDF(), []byte(application), pdf.FillOptions{Flatten: true, Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, out)
	if f.HasForm() {
		t.Error("the flattened document still has a form")
	}
	text, err := f.PageText(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Application", "Ada Lovelace", "second", "France", "one, three", "€ 2.50"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page's text lacks %q: %q", want, text)
		}
	}
	again, _, err := pdf.Fill(formPDF(), []byte(application), pdf.FillOptions{Flatten: true, Time: noon})
	if err != nil || string(again) != string(out) {
		t.Errorf("a second time gives other bytes, error %v", err)
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<a>", pdf.MaxDataDepth+1) + strings.Repeat("</a>", pdf.MaxDataDepth+1)
	for _, tt := range []struct {
		name, data, want string
		document         []byte
	}{
		{"no form", "", "has no form", plain(t, "x", 1)},
		{"not XML", "name=A", "not well-formed", formPDF()},
		{"cut XML", "<d><name>", "not well-formed", formPDF()},
		{"crossed elements", "<d><a></d></a>", "not well-formed", formPDF()},
		{"a document type", `<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d><name>&e;</name></d>`, "document type", formPDF()},
		{"an unknown entity", `<d><name>&e;</name></d>`, "not well-formed", formPDF()},
		{"two roots", "<d/><e/>", "two roots", formPDF()},
		{"too deep", deep, "nested more than", formPDF()},
		{"too many elements", "<d>" + strings.Repeat("<a/>", pdf.MaxDataElements) + "</d>", "more than 100000 elements", formPDF()},
		{"too large", strings.Repeat(" ", pdf.MaxData+1), "is the most", formPDF()},
		{"another encoding", `<?xml version="1.0" encoding="utf-7"?><d/>`, "encoding", formPDF()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := pdf.Fill(tt.document, []byte(tt.data), pdf.FillOptions{})
			var own *pdf.Error
			if !errors.As(err, &own) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestFillRemovesWhatContradicts(t *testing.T) {
	t.Parallel()
	form := bytes.Replace(formPDF(), []byte("/NeedAppearances true"), []byte("/XFA 8 0 R/SigFlags 3"), 1)
	form = bytes.Replace(form, []byte("/FT/Sig/T(signature)"), []byte("/FT/Sig/T(signature)/V 21 0 R"), 1)
	signature := "21 0 obj\n<</Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<00>>>\nendobj\n"
	form = bytes.Replace(form, []byte("xref\n0 21"), []byte(signature+"xref\n0 21"), 1)
	if f := open(t, form); !f.IsXFA() {
		t.Fatal("the XFA form is not seen")
	}
	out, report, err := pdf.Fill(form, []byte(`<d><name>A</name></d>`), pdf.FillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := open(t, out); f.IsXFA() || f.Signed() || values(t, out)["name"] != "A" {
		t.Errorf("XFA %t, signed %t, values %v", f.IsXFA(), f.Signed(), values(t, out))
	}
	if got := strings.Join(report.Notes, "; "); !strings.Contains(got, "XFA form was removed") || !strings.Contains(got, "1 signatures were removed") {
		t.Errorf("notes %q", got)
	}
}

func TestFillEncrypted(t *testing.T) {
	t.Parallel()
	f := open(t, formPDF())
	f.Context().Cmd = model.ENCRYPT
	f.Context().UserPW, f.Context().OwnerPW = "sesame", "owner"
	form, err := pdf.Write(f.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := pdf.Fill(form, []byte(`<d><name>A</name></d>`), pdf.FillOptions{Password: "sesame"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pdf.Open(out, pdf.OpenOptions{}); !errors.Is(err, pdf.ErrPassword) {
		t.Errorf("the filled form opens without a password: %v", err)
	}
	filled, err := pdf.Open(out, pdf.OpenOptions{Password: "sesame"})
	if err != nil {
		t.Fatal(err)
	}
	if fields, err := filled.Fields(); err != nil || fields[0].Value != "A" {
		t.Errorf("fields %v, error %v", fields, err)
	}
}

func BenchmarkFill(b *testing.B) {
	form := formPDF()
	for b.Loop() {
		if _, _, err := pdf.Fill(form, []byte(application), pdf.FillOptions{Flatten: true}); err != nil {
			b.Fatal(err)
		}
	}
}
