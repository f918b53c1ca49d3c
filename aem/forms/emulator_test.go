package forms_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	fakeaem "github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/secret"
)

const samples = "crx:///content/dam/formsanddocuments/imsx-samples/"

// adobe is an emulator, and services in front of its publish and author tiers.
type adobe struct {
	*emulatortest.Emulator
	clientID        string
	publish, author *forms.Service
}

// preferAsync asks for an answer before the result is there (RFC 7240) while it is on.
type preferAsync struct {
	base http.RoundTripper
	on   bool
}

func (p *preferAsync) RoundTrip(req *http.Request) (*http.Response, error) {
	if p.on {
		req = req.Clone(req.Context())
		req.Header.Set("Prefer", "respond-async")
	}
	return p.base.RoundTrip(req)
}

func newAdobe(t *testing.T, attempts int, transport func(http.RoundTripper) http.RoundTripper, options ...func(*emulator.Config)) *adobe {
	t.Helper()
	e := emulatortest.New(t, options...)
	set, err := credentials.Open(e.OAuthServerToServer, credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cred, err := set.Select("")
	if err != nil {
		t.Fatal(err)
	}
	src, err := imsx.New(imsx.Config{Credentials: cred, HTTPClient: e.Client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	client := *e.Client
	client.Transport = transport(client.Transport)
	at := func(base string) *forms.Service {
		return serviceAt(t, aem.Config{BaseURL: base, Source: src, HTTPClient: &client, APIKey: cred.ClientID, MaxAttempts: attempts})
	}
	return &adobe{Emulator: e, clientID: cred.ClientID, publish: at(e.AEMPublishURL()), author: at(e.AEMAuthorURL())}
}

func direct(base http.RoundTripper) http.RoundTripper { return base }

// open lets the client use the Forms services of both tiers.
func (a *adobe) open(t *testing.T) {
	t.Helper()
	for _, i := range a.AEM().Instances() {
		i.SetOpen(true)
	}
}

// TestWayToTheFirstDocument meets the two refusals that everybody meets.
func TestWayToTheFirstDocument(t *testing.T) {
	t.Parallel()
	a := newAdobe(t, 1, direct)
	req := forms.PDFRequest{Template: forms.FromPath(samples + "invoice.xdp")}
	_, err := a.publish.GeneratePDFOutput(t.Context(), req)
	wantCause(t, err, aem.CauseClientNotAllowlisted, "allowlisted")
	var publish *fakeaem.Instance
	for _, i := range a.AEM().Instances() {
		if i.Tier() == fakeaem.Publish {
			publish = i
		}
	}
	if err := publish.AllowClient(a.clientID); err != nil {
		t.Fatal(err)
	}
	_, err = a.publish.GeneratePDFOutput(t.Context(), req)
	wantCause(t, err, aem.CauseGroupMissing, "")
	users := publish.Snapshot().Users
	if len(users) != 1 {
		t.Fatalf("%d users, want the one that the first call made", len(users))
	}
	if err := publish.AddUserToGroup(users[0].Login, fakeaem.FormsUsers); err != nil {
		t.Fatal(err)
	}
	doc, err := a.publish.GeneratePDFOutput(t.Context(), req)
	if got := readAll(t, doc, err); !strings.Contains(got, "%%EOF") {
		t.Errorf("a PDF of %d bytes without an end", len(got))
	}
	if got := a.Tokens(); got != 1 {
		t.Errorf("%d tokens were asked for, want 1", got)
	}
}

func sampleParts(t *testing.T) (template, data forms.Part) {
	t.Helper()
	x, ok := sample.Template("invoice.xdp")
	d, also := sample.Data("invoice-1.xml")
	if !ok || !also {
		t.Fatal("no sample")
	}
	return forms.FromBytes(x).WithFileName("invoice.xdp"), forms.FromBytes(d)
}

// TestOutputOnTheEmulator calls every API of the output and assembler services once.
func TestOutputOnTheEmulator(t *testing.T) {
	t.Parallel()
	a := newAdobe(t, 1, checkedTransport(t))
	a.open(t)
	ctx := t.Context()
	template, data := sampleParts(t)
	dir := t.TempDir()
	first, err := a.publish.Save(ctx, forms.PDFRequest{
		Template: template, Data: data, CountPages: true, Options: forms.PDFOptions{EmbedFonts: true, Tagged: true, Linearized: true},
	}, filepath.Join(dir, "first.pdf"))
	if err != nil || first.PageCount < 1 || first.Bytes < 1000 || first.FileName != "invoice.pdf" {
		t.Fatalf("saved %+v, %v", first, err)
	}
	for _, render := range forms.RenderType("").Values() {
		saved, err := a.publish.Save(ctx, forms.PrintRequest{
			Template: template, Data: data, CountPages: true,
			Options: forms.PrintOptions{Copies: 2, PrintConfig: forms.PrintConfig{RenderType: forms.RenderType(render)}},
		}, filepath.Join(dir, render))
		if err != nil || saved.PageCount < 1 {
			t.Errorf("%s: saved %+v, %v", render, saved, err)
		}
	}
	if _, err := a.publish.Save(ctx, forms.AFPRequest{Template: template, Data: data, Options: forms.AFPOptions{Resolution: 240}}, filepath.Join(dir, "afp")); err != nil {
		t.Error(err)
	}
	ddx := `<DDX xmlns="http://ns.adobe.com/DDX/1.0/"><PDF result="both.pdf"><PDF source="sourceDocument"/><PDF source="sourceDocument"/></PDF></DDX>`
	all, err := a.publish.SaveResults(ctx, forms.DDXRequest{DDX: forms.FromBytes([]byte(ddx)), Sources: []forms.Source{
		{Name: "sourceDocument", Content: forms.FromFile(first.Path)}, // the only name that Adobe's description has
	}}, dir)
	if err != nil || len(all) == 0 || all[0].Name != "both.pdf" || filepath.Base(all[0].Path) != "both.pdf" {
		t.Errorf("results %+v, %v", all, err)
	}
	doc, err := a.publish.ConvertPDFA(ctx, forms.ConvertPDFARequest{Document: forms.FromFile(first.Path), Options: forms.ConvertPDFAOptions{Compliance: forms.PDFA2B}})
	converted := readAll(t, doc, err)
	for content, want := range map[string]bool{converted: true} {
		got, err := a.publish.ValidatePDFA(ctx, forms.ValidatePDFARequest{
			Document: forms.FromBytes([]byte(content)), Options: forms.ValidatePDFAOptions{Compliance: forms.PDFA2B},
		})
		if err != nil || got != want {
			t.Errorf("is PDF/A: %v, want %v, %v", got, want, err)
		}
	}
	_, err = a.publish.GeneratePDFOutput(ctx, forms.PDFRequest{Template: forms.FromBytes([]byte("<broken"))})
	wantCause(t, err, aem.CauseInvalidRequest, "")
}

// TestAssuranceOnTheEmulator calls every API of the DocAssurance service once.
func TestAssuranceOnTheEmulator(t *testing.T) {
	t.Parallel()
	later := &preferAsync{}
	a := newAdobe(t, 1, func(base http.RoundTripper) http.RoundTripper { later.base = checkedTransport(t)(base); return later })
	a.open(t)
	ctx := t.Context()
	template, data := sampleParts(t)
	doc, err := a.publish.GeneratePDFOutput(ctx, forms.PDFRequest{Template: template, Data: data})
	plain := forms.FromBytes([]byte(readAll(t, doc, err)))
	wantMode := func(content string, want forms.SecurityMode) {
		t.Helper()
		mode, err := a.publish.Inspect(ctx, forms.InspectRequest{Document: forms.FromBytes([]byte(content))})
		if mode != want || err != nil {
			t.Errorf("mode is %q, want %q, %v", mode, want, err)
		}
	}
	password := secret.New("open-sesame")
	doc, err = a.publish.Encrypt(ctx, forms.EncryptRequest{
		Document: plain, OpenPassword: password, PermPassword: secret.New("other-sesame"), Permissions: []forms.Permission{forms.PermissionPrintHigh},
	})
	encrypted := readAll(t, doc, err)
	wantMode(encrypted, forms.SecurityPassword)
	doc, err = a.publish.Decrypt(ctx, forms.DecryptRequest{Document: forms.FromBytes([]byte(encrypted)), Password: password})
	wantMode(readAll(t, doc, err), forms.SecurityNone)
	_, err = a.publish.Decrypt(ctx, forms.DecryptRequest{Document: forms.FromBytes([]byte(encrypted)), Password: secret.New("wrong")})
	if e := wantCause(t, err, aem.CauseInvalidRequest, ""); strings.Contains(e.Error(), "wrong") && strings.Contains(e.Error(), "open-sesame") {
		t.Errorf("error is %v", e)
	}
	doc, err = a.publish.AddSignatureField(ctx, forms.SignatureFieldRequest{
		Document: plain, Field: "Signature1", Page: 1, Rectangle: &forms.Rectangle{LowerLeftX: 20, LowerLeftY: 20, Width: 120, Height: 40},
	})
	withField := forms.FromBytes([]byte(readAll(t, doc, err)))
	doc, err = a.publish.Sign(ctx, forms.SignRequest{Document: withField, Credential: "emulated", Field: "Signature1", Options: forms.SignOptions{Reason: "test"}})
	signed := readAll(t, doc, err)
	doc, err = a.publish.Certify(ctx, forms.CertifyRequest{Document: withField, Credential: "emulated", Field: "Signature1", Options: forms.CertifyOptions{Permissions: forms.NoChanges}})
	certified := readAll(t, doc, err)
	for name, content := range map[string]string{"signed": signed, "certified": certified} {
		if !bytes.Contains([]byte(content), []byte("/ByteRange")) {
			t.Errorf("the %s document has no signature", name)
		}
	}
	later.on = true
	_, err = a.publish.Sign(ctx, forms.SignRequest{Document: withField, Credential: "emulated", Field: "Signature1"})
	if accepted, ok := errors.AsType[*forms.AcceptedError](err); !ok || accepted.Status != 202 || accepted.Location == "" {
		t.Errorf("error is %v, want that the request was accepted", err)
	}
}

// TestBatchOnTheEmulator calls every API of batch output once.
func TestBatchOnTheEmulator(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	input := filepath.Join(store, "invoices", "input")
	if err := os.MkdirAll(input, 0o700); err != nil {
		t.Fatal(err)
	}
	data, _ := sample.Data("invoice-1.xml")
	write(t, filepath.Join(input, "good.xml"), string(data))
	write(t, filepath.Join(input, "bad.xml"), "<broken")
	a := newAdobe(t, 1, checkedTransport(t), func(c *emulator.Config) { c.BatchDir = store })
	a.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	config := forms.BatchConfig{
		Name: "monthly", DataSourceConfigURI: "/conf/global/settings/forms/usc/batch/invoices",
		OutputTypes: []forms.OutputType{forms.OutputPDF}, Template: samples + "invoice.xdp",
	}
	if location, err := a.author.CreateConfig(ctx, config); err != nil || !strings.HasSuffix(location, "/config/monthly") {
		t.Fatalf("location is %q, %v", location, err)
	}
	_, err := a.author.CreateConfig(ctx, config)
	wantCause(t, err, aem.CauseConflict, "")
	config.PDFOptions = &forms.PDFOptions{EmbedFonts: true}
	if got, err := a.author.UpdateConfig(ctx, config); err != nil || got.PDFOptions == nil || !got.PDFOptions.EmbedFonts {
		t.Errorf("updated to %+v, %v", got, err)
	}
	if got, err := a.author.Config(ctx, "monthly"); err != nil || got.Template != config.Template {
		t.Errorf("configuration is %+v, %v", got, err)
	}
	if all, err := a.author.Configs(ctx); err != nil || len(all) != 1 {
		t.Errorf("configurations are %+v, %v", all, err)
	}
	id, err := a.author.Start(ctx, "monthly", nil)
	if err != nil {
		t.Fatal(err)
	}
	state, err := a.author.Wait(ctx, "monthly", id, nil)
	if err != nil || !state.Status.Over() || state.Records != 2 || state.ExecutionID != id || state.Start.IsZero() || state.End.IsZero() ||
		len(state.Outputs) != 1 || state.Outputs[0].Success != 1 || state.Outputs[0].Failure != 1 {
		t.Errorf("state is %+v, %v", state, err)
	}
	if all, err := a.author.Executions(ctx, "monthly"); err != nil || len(all) != 1 || all[0].ExecutionID != id {
		t.Errorf("executions are %+v, %v", all, err)
	}
	_, err = a.author.Execution(ctx, "monthly", "none")
	wantCause(t, err, aem.CauseNotFound, "")
	if got, err := a.author.DeleteConfig(ctx, "monthly"); err != nil || got.Name != "monthly" {
		t.Errorf("deleted %+v, %v", got, err)
	}
	_, err = a.author.Config(ctx, "monthly")
	wantCause(t, err, aem.CauseNotFound, "")
}
