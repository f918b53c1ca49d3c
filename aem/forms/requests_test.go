package forms_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/secret"
)

var xdp = forms.FromBytes([]byte("<xdp/>"))

// TestRequestsOnTheWire has each request once with few and once with many options.
func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	doc := forms.FromBytes([]byte(pdf))
	asText := func(s string) string { return strings.ReplaceAll(s, pdf, "PDF") }
	tests := []struct {
		name string
		req  forms.Request
		line string
		want []string
	}{
		{"pdf", forms.PDFRequest{Template: xdp}, "POST /adobe/forms/doc/v1/generatePDFOutput",
			[]string{"template|template.xml|application/xml|<xdp/>"}},
		{"pdf, all", forms.PDFRequest{
			Template: forms.FromPath("crx:///content/dam/formsanddocuments/a.xdp"), Data: forms.FromPath("https://example.com/d.xml"),
			XCI: forms.FromBytes([]byte("<xci/>")), Options: forms.PDFOptions{
				Locale: "de_DE", ContentRoot: "crx:///content/dam", EmbedFonts: true, Tagged: true, Linearized: true, RetainFormState: true,
				RetainUnsignedSignatureFields: true, AcrobatVersion: forms.Acrobat101,
			},
		}, "POST /adobe/forms/doc/v1/generatePDFOutput", []string{
			"template||text/plain|crx:///content/dam/formsanddocuments/a.xdp", "data||text/plain|https://example.com/d.xml",
			"xci|xci.xml|application/xml|<xci/>",
			`options||application/json|{"locale":"de_DE","contentRoot":"crx:///content/dam","embedFonts":true,"isTagged":true,"linearizedPDF":true,"retainFormState":true,"retainUnsignedSignatureFields":true,"acrobatVersion":"Acrobat_10_1"}`,
		}},
		{"print", forms.PrintRequest{Template: doc, Data: forms.FromBytes([]byte("<d/>")), Options: forms.PrintOptions{
			Copies: 2, PaginationOverride: forms.DuplexLongEdge, PrintConfig: forms.PrintConfig{RenderType: forms.PCL, XDC: forms.XDCHPPCL5e},
		}}, "POST /adobe/forms/doc/v1/generatePrintedOutput", []string{
			"template|template.pdf|application/pdf|PDF", "data|data.xml|application/xml|<d/>",
			`options||application/json|{"copies":2,"paginationOverride":"duplexLongEdge","printConfig":{"renderType":"PCL","xdcUri":"hppcl5e.xdc"}}`,
		}},
		{"afp", forms.AFPRequest{Template: xdp}, "POST /adobe/forms/doc/v1/generate/afp",
			[]string{"template|template.xdp|application/vnd.adobe.xdp+xml|<xdp/>"}},
		{"afp, all", forms.AFPRequest{Template: doc, Data: forms.FromPath("/content/dam/d.xml"), Options: forms.AFPOptions{
			Locale: "en", ContentRoot: "/c", EmbedFonts: true, PDFVersion: "1.7", Resolution: 600,
		}}, "POST /adobe/forms/doc/v1/generate/afp", []string{
			"template|template.pdf|application/pdf|PDF", "data||text/plain|/content/dam/d.xml",
			`options||application/json|{"locale":"en","contentRoot":"/c","embedFonts":true,"pdfVersion":"1.7","resolution":600}`,
		}},
		{"pdf/a", forms.ConvertPDFARequest{Document: doc}, "POST /adobe/forms/assembler/pdfa/convert", []string{"inDoc|inDoc.pdf|application/pdf|PDF"}},
		{"pdf/a, all", forms.ConvertPDFARequest{Document: doc, Options: forms.ConvertPDFAOptions{
			Compliance: forms.PDFA2B, ResultLevel: forms.Detailed, OptionalContent: forms.OptionalAll, ColorSpace: forms.SWOP, Verify: new(false),
		}}, "POST /adobe/forms/assembler/pdfa/convert", []string{"inDoc|inDoc.pdf|application/pdf|PDF",
			`options||application/json|{"compliance":"PDFA_2B","resultLevel":"DETAILED","optionalContent":"ALL","colorSpace":"SWOP","verify":false}`}},
		{"encrypt", forms.EncryptRequest{Document: doc, OpenPassword: secret.New("open"), PermPassword: secret.New("perm"),
			Permissions: []forms.Permission{forms.PermissionPrintHigh, forms.PermissionCopy},
			Options:     forms.EncryptOptions{Parts: forms.EncryptAttachmentsOnly, Compatibility: forms.CompatibleAcrobat10}},
			"POST /adobe/forms/document/assure/encrypt", []string{"document|document.pdf|application/pdf|PDF",
				`config||application/json|{"mode":"ENCRYPT_WITH_PASSWORD","params":{"openPassword":"open","permPassword":"perm","permissions":["PRINT_HIGH","EDIT_COPY"]}}`,
				`options||application/json|{"parts":"ATTACHMENTS_ONLY","compatibility":"ACROBAT_10"}`}},
		{"decrypt", forms.DecryptRequest{Document: forms.FromPath("/content/dam/a.pdf"), Password: secret.New("p w")},
			"PUT /adobe/forms/document/assure/encrypt", []string{"document||text/plain|/content/dam/a.pdf", "config||text/plain|p w"}},
		{"sign", forms.SignRequest{Document: doc, Credential: "alias", Field: "f[0]"}, "POST /adobe/forms/document/assure/sign",
			[]string{"document|document.pdf|application/pdf|PDF", `credential||application/json|{"alias":"alias"}`, "field||text/plain|f[0]"}},
		{"sign, all", forms.SignRequest{Document: doc, Credential: "a", Field: "f", Options: signOptions()}, "POST /adobe/forms/document/assure/sign",
			[]string{"document|document.pdf|application/pdf|PDF", `credential||application/json|{"alias":"a"}`, "field||text/plain|f",
				`options||application/json|{` + signOptionsJSON + `}`}},
		{"certify, all", forms.CertifyRequest{Document: doc, Credential: "a", Field: "f", Options: forms.CertifyOptions{
			SignOptions: signOptions(), LegalAttestation: "la", LockField: true, Permissions: forms.NoChanges,
		}}, "POST /adobe/forms/document/assure/certify", []string{
			"document|document.pdf|application/pdf|PDF", `credential||application/json|{"alias":"a"}`, "field||text/plain|f",
			`options||application/json|{` + strings.TrimSuffix(signOptionsJSON, unlockJSON) + `"legalAttestation":"la","lockField":true,"permissions":"NO_CHANGES",` + unlockJSON + `}`,
		}},
		{"signfield", forms.SignatureFieldRequest{Document: doc, Field: "f"}, "POST /adobe/forms/document/assure/signfield",
			[]string{"document|document.pdf|application/pdf|PDF", "field||text/plain|f"}},
		{"signfield, all", forms.SignatureFieldRequest{
			Document: doc, Field: "f", Page: 2, Rectangle: &forms.Rectangle{Width: 25, Height: 30}, Options: fieldOptions(),
		}, "POST /adobe/forms/document/assure/signfield", []string{
			"document|document.pdf|application/pdf|PDF", "field||text/plain|f",
			`rectangle||application/json|{"lowerLeftX":0,"lowerLeftY":0,"width":25,"height":30}`, "page||text/plain|2",
			`options||application/json|{"seedValue":{"certSeedValue":{"flags":1,"issuerCerts":["AQI="],"subjects":[{"cn":"test"}]},"filter":"Adobe.PPKLite","reasons":["r"],"timestamp":{"required":true,"url":"https://t"},"digestMethod":["SHA256","SHA512"],"revocationCheck":true},"fieldMdp":{"filter":"INCLUDE","fields":["x"]},` + unlockJSON + `}`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := "application/pdf", pdf
			if strings.HasPrefix(tt.name, "print") || strings.HasPrefix(tt.name, "afp") {
				contentType, body = "application/octet-stream", "\x1bE"
			}
			service, f := serve(t, reply(200, contentType, body))
			doc, err := service.Open(t.Context(), tt.req)
			if got := readAll(t, doc, err); got != body || doc.PageCount() != 0 || doc.ContentType != contentType {
				t.Errorf("document is %q of %q", got, doc.ContentType)
			}
			got := f.got()
			for i := range got.parts {
				got.parts[i] = asText(got.parts[i])
			}
			if diff := cmp.Diff(tt.want, got.parts); got.line != tt.line || got.accept != "" || diff != "" {
				t.Errorf("%s, accept %q, want %s; parts (-want +got):\n%s", got.line, got.accept, tt.line, diff)
			}
			if got.length != int64(len(got.body)) {
				t.Errorf("Content-Length is %d, want %d", got.length, len(got.body))
			}
		})
	}
}

const (
	unlockJSON      = `"unlock":{"encryption":"PASSWORD_BASED_ENCRYPT","unlockWith":"unlock-password"}`
	signOptionsJSON = `"reason":"r","location":"l","contact":"c","digestMethod":"SHA512","revocation":{"order":"CRL_FIRST","enforceEmbedding":true,"embed":false,"maxSize":0},` +
		`"appearance":{"type":"GRAPHIC","signingFormat":"CADES","logo":{"pdf":"AQI=","opacity":0},"graphic":{"pdf":"Aw=="},"display":{"date":false},"textDirection":"RTL"},` + unlockJSON
)

func signOptions() forms.SignOptions {
	return forms.SignOptions{
		Reason: "r", Location: "l", Contact: "c", DigestMethod: forms.SHA512,
		Revocation: &forms.Revocation{Order: forms.CRLFirst, EnforceEmbedding: true, Embed: new(false), MaxSize: new(0)},
		Appearance: &forms.Appearance{
			Type: forms.AppearanceGraphic, SigningFormat: forms.CAdES, Logo: &forms.Logo{PDF: []byte{1, 2}, Opacity: new(0.0)},
			Graphic: &forms.Graphic{PDF: []byte{3}}, Display: &forms.Display{Date: new(false)}, TextDirection: forms.RightToLeft,
		},
		Unlock: &forms.Unlock{Password: secret.New("unlock-password")},
	}
}

func fieldOptions() forms.SignatureFieldOptions {
	return forms.SignatureFieldOptions{
		SeedValue: &forms.SeedValue{
			CertSeedValue: &forms.CertSeedValue{Flags: 1, IssuerCerts: [][]byte{{1, 2}}, Subjects: []map[string]string{{"cn": "test"}}},
			Filter:        "Adobe.PPKLite", Reasons: []string{"r"}, Timestamp: &forms.Timestamp{Required: true, URL: "https://t"},
			DigestMethod: forms.DigestMethods{forms.SHA256, forms.SHA512}, RevocationCheck: true,
		},
		FieldMDP: &forms.FieldMDP{Filter: forms.LockInclude, Fields: []string{"x"}},
		Unlock:   &forms.Unlock{Password: secret.New("unlock-password")},
	}
}

func TestRequestsThatAreNotSent(t *testing.T) {
	t.Parallel()
	service, f := serve(t, reply(200, "application/pdf", pdf))
	doc := forms.FromBytes([]byte(pdf))
	printed := forms.PrintOptions{PrintConfig: forms.PrintConfig{RenderType: forms.ZPL}}
	sign := func(o forms.SignOptions) forms.Request {
		return forms.SignRequest{Document: doc, Credential: "a", Field: "f", Options: o}
	}
	tests := []struct {
		name string
		req  forms.Request
		says string
	}{
		{"no template", forms.PDFRequest{}, `the part "template" is missing`},
		{"an empty path", forms.PDFRequest{Template: forms.FromPath(" ")}, `the part "template" names no place`},
		{"an unknown version", forms.PDFRequest{Template: xdp, Options: forms.PDFOptions{AcrobatVersion: "Acrobat_12"}},
			`acrobatVersion is "Acrobat_12", not one of Acrobat_10, Acrobat_10_1, Acrobat_11`},
		{"a long value", forms.PDFRequest{Template: xdp, Options: forms.PDFOptions{AcrobatVersion: forms.AcrobatVersion(strings.Repeat("x", 1000))}}, "x…\", not one of Acrobat_10,"},
		{"no printer", forms.PrintRequest{Template: xdp}, "printConfig.renderType is missing"},
		{"an unknown printer", forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{PrintConfig: forms.PrintConfig{RenderType: "PS"}}}, "not one of PostScript, PCL, ZPL, DPL, IPL, TPCL"},
		{"an unknown profile", forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{PrintConfig: forms.PrintConfig{RenderType: "PCL", XDC: "x"}}}, "hppcl5e.xdc"},
		{"an unknown pagination", forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{PaginationOverride: "duplex", PrintConfig: printed.PrintConfig}}, "duplexShortEdge"},
		{"negative copies", forms.PrintRequest{Template: xdp, Options: forms.PrintOptions{Copies: -1, PrintConfig: printed.PrintConfig}}, "copies"},
		{"a negative resolution", forms.AFPRequest{Template: xdp, Options: forms.AFPOptions{Resolution: -1}}, "resolution"},
		{"no document", forms.ConvertPDFARequest{}, `"inDoc" is missing`},
		{"an unknown level", forms.ConvertPDFARequest{Document: doc, Options: forms.ConvertPDFAOptions{Compliance: "PDFA_4"}}, "PDFA_3B"},
		{"an unknown color space", forms.ConvertPDFARequest{Document: doc, Options: forms.ConvertPDFAOptions{ColorSpace: "RGB"}}, "S_RGB"},
		{"no password", forms.EncryptRequest{Document: doc}, "there is no password"},
		{"equal passwords", forms.EncryptRequest{Document: doc, OpenPassword: secret.New("same-one"), PermPassword: secret.New("same-one")}, "must differ"},
		{"an unknown permission", forms.EncryptRequest{Document: doc, OpenPassword: secret.New("p"), Permissions: []forms.Permission{"ALL"}}, "ALL_PERM"},
		{"no password to decrypt", forms.DecryptRequest{Document: doc}, `the field "config" is empty`},
		{"no credential", forms.SignRequest{Document: doc, Field: "f"}, "the credential is missing"},
		{"no field", forms.CertifyRequest{Document: doc, Credential: "a"}, `the field "field" is empty`},
		{"an unknown digest", sign(forms.SignOptions{DigestMethod: "MD5"}), "SHA256, SHA384, SHA512"},
		{"an unknown order", sign(forms.SignOptions{Revocation: &forms.Revocation{Order: "x"}}), "OCSP_FIRST"},
		{"too much revocation", sign(forms.SignOptions{Revocation: &forms.Revocation{MaxSize: new(10241)}}), "maxSize"},
		{"no graphic", sign(forms.SignOptions{Appearance: &forms.Appearance{Type: forms.AppearanceGraphic}}), "graphic.pdf is missing"},
		{"less than clear", sign(forms.SignOptions{Appearance: &forms.Appearance{Logo: &forms.Logo{Opacity: new(-0.5)}}}), "opacity"},
		{"too opaque", sign(forms.SignOptions{Appearance: &forms.Appearance{Logo: &forms.Logo{Opacity: new(1.5)}}}), "opacity"},
		{"an unknown direction", sign(forms.SignOptions{Appearance: &forms.Appearance{TextDirection: "UP"}}), "LTR"},
		{"an empty unlock", sign(forms.SignOptions{Unlock: &forms.Unlock{}}), "unlockWith"},
		{"unknown rights", forms.CertifyRequest{Document: doc, Credential: "a", Field: "f", Options: forms.CertifyOptions{Permissions: "ALL"}}, "FORM_CHANGES"},
		{"page -1", forms.SignatureFieldRequest{Document: doc, Field: "f", Page: -1}, "page"},
		{"a negative place", forms.SignatureFieldRequest{Document: doc, Field: "f", Rectangle: &forms.Rectangle{LowerLeftY: -1}}, "rectangle"},
		{"an unknown filter", forms.SignatureFieldRequest{Document: doc, Field: "f", Options: forms.SignatureFieldOptions{FieldMDP: &forms.FieldMDP{Filter: "SOME"}}}, "EXCLUDE"},
		{"an unknown digest to choose from", forms.SignatureFieldRequest{Document: doc, Field: "f", Options: forms.SignatureFieldOptions{SeedValue: &forms.SeedValue{DigestMethod: forms.DigestMethods{"x"}}}}, "SHA384"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := service.Open(t.Context(), tt.req)
			e := wantCause(t, err, aem.CauseInvalidRequest, tt.says)
			if e.Op == "" || len([]rune(e.Description)) > 300 || strings.Contains(e.Error(), "same-one") {
				t.Errorf("error is %v", e)
			}
			if _, err := service.Save(t.Context(), tt.req, filepath.Join(t.TempDir(), "f")); err == nil {
				t.Error("Save sends it")
			}
		})
	}
	t.Cleanup(func() {
		if f.asked != 0 {
			t.Errorf("%d requests arrived", f.asked)
		}
	})
}

func TestContentTypesOfParts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) forms.Part {
		return forms.FromFile(write(t, filepath.Join(dir, name), content))
	}
	opener := forms.FromOpener(-1, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("o")), nil })
	for name, tt := range map[string]struct {
		part forms.Part
		want string
	}{
		"file of XDP":            {file("a.XDP", "<"), "template|a.XDP|application/xml|<"},
		"file of PDF":            {file("b.pdf", "x"), "template|b.pdf|application/pdf|x"},
		"file without extension": {file("c", "%PDF-1"), "template|c|application/pdf|%PDF-1"},
		"file of something":      {file("d.tmpl", "<x/>"), "template|d.tmpl|application/xml|<x/>"},
		"opener":                 {opener, "template|template|application/octet-stream|o"},
		"opener with a name":     {opener.WithFileName("my form.xdp"), "template|my form.xdp|application/xml|o"},
		"opener with a type":     {opener.WithType("application/vnd.adobe.xdp+xml"), "template|template.xdp|application/vnd.adobe.xdp+xml|o"},
		"reader":                 {forms.FromReader(strings.NewReader("r")), "template|template|application/octet-stream|r"},
		"a name for no header":   {xdp.WithFileName("a\r\nb\x1b.xdp"), "template|a__b_.xdp|application/xml|<xdp/>"},
		"bytes with a name":      {xdp.WithFileName("x.xdp"), "template|x.xdp|application/xml|<xdp/>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, f := serve(t, reply(200, "application/pdf", pdf))
			doc, err := service.GeneratePDFOutput(t.Context(), forms.PDFRequest{Template: tt.part})
			readAll(t, doc, err)
			if diff := cmp.Diff([]string{tt.want}, f.got().parts); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
	service, _ := serve(t, reply(200, "application/pdf", pdf))
	_, err := service.GeneratePDFOutput(t.Context(), forms.PDFRequest{Template: forms.FromFile(filepath.Join(dir, "none.xdp"))})
	wantCause(t, err, aem.CauseInvalidRequest, "none.xdp")
}
