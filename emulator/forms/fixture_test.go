package forms_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/forms"
	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/render"
	"github.com/imsx/imsx/emulator/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	outputPath    = "/adobe/forms/doc/v1/"
	assemblerPath = "/adobe/forms/assembler/"
	assurePath    = "/adobe/forms/document/assure/"
	batchPath     = "/adobe/forms/batch/output/"
)

// template is a small form: a heading, a field bound by name, and a picture by reference.
const template = `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">
<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/">
<subform name="form1" layout="tb" locale="en_US">
<pageSet><pageArea name="p"><contentArea x="20mm" y="20mm" w="170mm" h="250mm"/><medium short="210mm" long="297mm"/></pageArea></pageSet>
<subform name="letter" layout="tb" w="170mm">
<draw w="170mm" h="10mm"><font typeface="Arial" size="14pt"/><value><text>A letter</text></value></draw>
<field name="to" w="170mm" h="10mm"><ui><textEdit/></ui><font typeface="Arial" size="10pt"/></field>
</subform></subform></template></xdp:xdp>`

const data = `<form1><letter><to>Ada Lovelace</to></letter></form1>`

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fixture is an emulated AEM with the Forms services, whose caller may use them.
type fixture struct {
	*forms.Server
	aem     *aem.Server
	journal *journal.Journal
	clock   *clock.Clock
	author  *aem.Instance
	publish *aem.Instance
}

var credential = sync.OnceValues(func() (assure.Credential, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return assure.Credential{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signer"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return assure.Credential{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return assure.Credential{Signer: key, Certificate: certificate}, err
})

func newFixture(t testing.TB, change ...func(*forms.Config)) *fixture {
	t.Helper()
	f := &fixture{clock: new(clock.Clock)}
	cfg := forms.Config{Clock: f.clock, Credential: credential}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	f.Server, err = forms.New(cfg)
	must(t, err)
	t.Cleanup(f.Close)
	f.journal = journal.New(0, f.clock)
	f.aem, err = aem.New(aem.Config{
		Clock: f.clock, Mount: f.Mount(), Assets: forms.Samples(),
		Verify: func(token string) (aem.Bearer, error) {
			if token != "good" {
				return aem.Bearer{}, aem.ErrMalformed
			}
			return aem.Bearer{ClientID: "client", Account: "A@techacct.adobe.com", Email: "a@techacct.adobe.com", Kind: aem.KindExchange}, nil
		},
	})
	must(t, err)
	must(t, f.aem.AddEnvironment("p1-e2", ""))
	f.author, _ = f.aem.Instance("p1-e2", aem.Author)
	f.publish, _ = f.aem.Instance("p1-e2", aem.Publish)
	must(t, f.author.AddUser("a@techacct.adobe.com", aem.FormsUsers))
	must(t, f.publish.AddUser("a@techacct.adobe.com", aem.FormsUsers))
	return f
}

// request is a request to the services.
type request struct {
	method, path, contentType string
	header                    http.Header
	body                      io.Reader
}

// on sends a request to an instance.
func (f *fixture) on(t testing.TB, i *aem.Instance, q request) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), q.method, q.path, q.body)
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	r.Header.Set("Authorization", "Bearer good")
	rec := httptest.NewRecorder()
	f.journal.Middleware("aem")(i).ServeHTTP(rec, r)
	return rec
}

// field is a part of a form. A part with a type or a file name is one with a header for it.
type field struct{ name, file, contentType, content string }

// file is a part as clients send files.
func file(name, contentType, content string) field {
	return field{name, name + ".bin", contentType, content}
}

// text is a part as clients send a reference.
func text(name, content string) field { return field{name, "", "text/plain", content} }

// options is the part with the options.
func options(content string) field { return field{"options", "", "application/json", content} }

// form writes parts as multipart/form-data.
func form(t testing.TB, fields ...field) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = new(bytes.Buffer)
	m := multipart.NewWriter(body)
	for _, f := range fields {
		h, params := textproto.MIMEHeader{}, map[string]string{"name": f.name}
		if f.file != "" {
			params["filename"] = f.file
		}
		h.Set("Content-Disposition", mime.FormatMediaType("form-data", params))
		if f.contentType != "" {
			h.Set("Content-Type", f.contentType)
		}
		w, err := m.CreatePart(h)
		must(t, err)
		_, err = io.WriteString(w, f.content)
		must(t, err)
	}
	must(t, m.Close())
	return body, m.FormDataContentType()
}

// post sends parts to the author.
func (f *fixture) post(t testing.TB, path string, fields ...field) *httptest.ResponseRecorder {
	t.Helper()
	return f.send(t, http.MethodPost, path, nil, fields...)
}

// send sends parts to the author with further headers.
func (f *fixture) send(t testing.TB, method, path string, header http.Header, fields ...field) *httptest.ResponseRecorder {
	t.Helper()
	body, contentType := form(t, fields...)
	return f.on(t, f.author, request{method, path, contentType, header, body})
}

// json sends a JSON document to the author.
func (f *fixture) json(t testing.TB, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return f.on(t, f.author, request{method, path, "application/json", nil, strings.NewReader(body)})
}

// last is the latest entry of the journal.
func (f *fixture) last(t testing.TB) journal.Entry {
	t.Helper()
	e, ok := f.journal.Get(f.journal.Last())
	if !ok {
		t.Fatal("the journal is empty")
	}
	return e
}

func wantStatus(t testing.TB, got *httptest.ResponseRecorder, want int) {
	t.Helper()
	if got.Code != want {
		t.Fatalf("status %d, want %d: %s", got.Code, want, head(got.Body.String()))
	}
}

func head(s string) string { return s[:min(len(s), 400)] }

// decoded reads a JSON object.
func decoded(t testing.TB, got *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, head(got.Body.String()))
	}
	return v
}

// answerPart is a part of an answer.
type answerPart struct{ name, file, contentType, disposition, content string }

// parts reads an answer in parts.
func parts(t testing.TB, got *httptest.ResponseRecorder) []answerPart {
	t.Helper()
	kind, params, err := mime.ParseMediaType(got.Header().Get("Content-Type"))
	must(t, err)
	if kind != "multipart/mixed" {
		t.Fatalf("the answer is %s", kind)
	}
	var all []answerPart
	for m := multipart.NewReader(bytes.NewReader(got.Body.Bytes()), params["boundary"]); ; {
		p, err := m.NextRawPart()
		if err == io.EOF {
			return all
		}
		must(t, err)
		content, err := io.ReadAll(p)
		must(t, err)
		disposition := p.Header.Get("Content-Disposition")
		_, values, err := mime.ParseMediaType(disposition)
		must(t, err)
		all = append(all, answerPart{values["name"], values["filename"], p.Header.Get("Content-Type"), disposition, string(content)})
	}
}

// aPDF is a PDF document of some pages.
func aPDF(t testing.TB, pages int) string {
	t.Helper()
	d := &page.Document{Title: "A document"}
	for n := range pages {
		d.Pages = append(d.Pages, page.Page{Width: 595, Height: 842, Items: []page.Item{
			page.Text{X: 72, Y: 72 + float64(n), Text: "Page", Font: page.Font{Size: 12}},
		}})
	}
	var b bytes.Buffer
	must(t, render.PDF(&b, d, render.Options{Time: time.Unix(1_700_000_000, 0)}))
	return b.String()
}

// noTime is a service that waits for nothing, noCredential one that cannot sign.
func noTime(c *forms.Config)       { c.Timeout = time.Nanosecond }
func noCredential(c *forms.Config) { c.Credential = nil }
