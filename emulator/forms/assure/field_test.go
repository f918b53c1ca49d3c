package assure_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/assure"
)

func TestAddSignatureFieldCanBeSigned(t *testing.T) {
	t.Parallel()
	visible := assure.Rectangle{LowerLeftX: 72, LowerLeftY: 72, Width: 200, Height: 80}
	docs := map[string][]byte{
		"no form": plainDoc(), "form": formDoc(""), "no form, stream": withStreams(t, plainDoc()), "form, stream": withStreams(t, formDoc("")),
	}
	for kind, doc := range docs {
		for name, o := range map[string]assure.FieldOptions{
			"invisible":   {Field: "Approval"},
			"visible":     {Field: "Approval", Page: 1, Rectangle: visible},
			"new parents": {Field: "a.b.c", Rectangle: visible},
			"not ASCII":   {Field: "Größe[0].Sign", Rectangle: visible},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				out := must(t)(assure.AddSignatureField(doc, o))
				if !bytes.HasPrefix(out, doc) {
					t.Fatal("the document does not begin with what it was made from")
				}
				opens(t, out, "")
				_, err := assure.AddSignatureField(out, o)
				wantError(t, err, "already")
				signed := must(t)(assure.Sign(out, signOptions(o.Field)))
				verified(t, out, signed, 1)
				if shown := bytes.Contains(signed[len(out):], []byte("/AP ")); shown != (o.Rectangle != assure.Rectangle{}) {
					t.Errorf("got an appearance: %t", shown)
				}
			})
		}
	}
}

func TestAddSignatureFieldBelowAnExistingOne(t *testing.T) {
	t.Parallel()
	out := must(t)(assure.AddSignatureField(formDoc(""), assure.FieldOptions{Field: "form1[0].more.Sign"}))
	out = must(t)(assure.AddSignatureField(out, assure.FieldOptions{Field: "form1[0].more.Sign2"}))
	verified(t, out, must(t)(assure.Sign(out, signOptions("form1[0].more.Sign2"))), 1)
	_, err := assure.AddSignatureField(out, assure.FieldOptions{Field: "form1[0].Name[0].Sign"})
	wantError(t, err, "cannot have other fields")
}

func TestAddSignatureFieldToEncryptedDocument(t *testing.T) {
	t.Parallel()
	doc := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{OpenPassword: "open", Compatibility: assure.Acrobat10}))
	o := assure.FieldOptions{Field: "Approval", Unlock: assure.Unlock{UnlockWith: "open"}}
	out := must(t)(assure.AddSignatureField(doc, o))
	s := signOptions("Approval")
	s.Unlock.UnlockWith = "open"
	verified(t, out, must(t)(assure.Sign(out, s)), 1)
}

func TestAddSignatureFieldRefusesBadOptions(t *testing.T) {
	t.Parallel()
	seed := func(s assure.SeedValue) assure.FieldOptions { return assure.FieldOptions{Field: "x", SeedValue: &s} }
	cert := func(c assure.CertSeedValue) assure.FieldOptions { return seed(assure.SeedValue{Cert: &c}) }
	cases := map[string]struct {
		o    assure.FieldOptions
		part string
	}{
		"no name":       {assure.FieldOptions{}, "needs a name"},
		"empty part":    {assure.FieldOptions{Field: "a..b"}, "needs a name"},
		"deep":          {assure.FieldOptions{Field: strings.Repeat("a.", 100) + "b"}, "parts"},
		"no such page":  {assure.FieldOptions{Field: "x", Page: 3}, "the document has 2"},
		"negative page": {assure.FieldOptions{Field: "x", Page: -1}, "at least 1"},
		"negative":      {assure.FieldOptions{Field: "x", Rectangle: assure.Rectangle{Width: -1}}, "rectangle.width"},
		"huge":          {assure.FieldOptions{Field: "x", Rectangle: assure.Rectangle{LowerLeftY: 14401}}, "rectangle.lowerLeftY"},
		"no filter":     {assure.FieldOptions{Field: "x", FieldMDP: &assure.FieldMDP{}}, "fieldMdp.filter"},
		"filter":        {assure.FieldOptions{Field: "x", FieldMDP: &assure.FieldMDP{Filter: "SOME"}}, "fieldMdp.filter"},
		"flags":         {seed(assure.SeedValue{Flags: -1}), "seedValue.flags"},
		"handler":       {seed(assure.SeedValue{Filter: "a b"}), "seedValue.filter"},
		"encoding":      {seed(assure.SeedValue{SubFilter: []string{"a/b"}}), "seedValue.subFilter"},
		"digest":        {seed(assure.SeedValue{Digests: assure.Digests{"MD5"}}), "seedValue.digestMethod"},
		"permissions":   {seed(assure.SeedValue{Permissions: "ALL"}), "seedValue.permissions"},
		"reasons":       {seed(assure.SeedValue{Reasons: make([]string, assure.MaxList+1)}), "seedValue.reasons"},
		"stamp":         {seed(assure.SeedValue{Timestamp: &assure.Timestamp{Required: true}}), "timestamp"},
		"certificate":   {cert(assure.CertSeedValue{IssuerCerts: [][]byte{[]byte("no")}}), "certificate"},
		"policy":        {cert(assure.CertSeedValue{ObjectIDs: []string{"1.x"}}), "objectIds"},
		"usage":         {cert(assure.CertSeedValue{KeyUsage: []string{"signing"}}), "keyUsageExtns"},
		"subject":       {cert(assure.CertSeedValue{Subjects: []map[string]string{{"": "x"}}}), "subjects"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := assure.AddSignatureField(plainDoc(), c.o)
			wantError(t, err, c.part)
		})
	}
}

func TestSeedValuesAreObeyed(t *testing.T) {
	t.Parallel()
	own, other := credential().Certificate.Raw, theAuthority().root.Raw
	with := func(s assure.SeedValue) []byte {
		return must(t)(assure.AddSignatureField(plainDoc(), assure.FieldOptions{Field: "x", SeedValue: &s}))
	}
	cases := map[string]struct {
		seed    assure.SeedValue
		problem string
	}{
		"encoding":        {assure.SeedValue{Flags: 2, SubFilter: []string{"ETSI.CAdES.detached"}}, "encoding"},
		"own encoding":    {assure.SeedValue{Flags: 2, SubFilter: []string{"ETSI.CAdES.detached", "adbe.pkcs7.detached"}}, ""},
		"only a wish":     {assure.SeedValue{SubFilter: []string{"ETSI.CAdES.detached"}}, ""},
		"handler":         {assure.SeedValue{Flags: 1, Filter: "Entrust.PPKEF"}, "handler"},
		"digest":          {assure.SeedValue{Flags: 64, Digests: assure.Digests{assure.SHA512}}, "digest"},
		"reason":          {assure.SeedValue{Flags: 8, Reasons: []string{"I wrote this"}}, "reason"},
		"own reason":      {assure.SeedValue{Flags: 8, Reasons: []string{"I wrote this", "I agree"}}, ""},
		"certification":   {assure.SeedValue{Permissions: assure.NoChanges}, "only a certification"},
		"ordinary":        {assure.SeedValue{Permissions: assure.NonAuthorSignature}, ""},
		"revocation":      {assure.SeedValue{Flags: 32, RevocationCheck: true}, "revocation"},
		"stamp":           {assure.SeedValue{Timestamp: &assure.Timestamp{Required: true, URL: "https://stamp.example"}}, "time stamp"},
		"certificate":     {assure.SeedValue{Cert: &assure.CertSeedValue{Flags: 1, SubjectCerts: [][]byte{other}}}, "certificates"},
		"own certificate": {assure.SeedValue{Cert: &assure.CertSeedValue{Flags: 1, SubjectCerts: [][]byte{other, own}}}, ""},
		"issuer":          {assure.SeedValue{Cert: &assure.CertSeedValue{Flags: 2, IssuerCerts: [][]byte{other}}}, "issuers"},
		"own issuer":      {assure.SeedValue{Cert: &assure.CertSeedValue{Flags: 2, IssuerCerts: [][]byte{theAuthority().middle.Raw}}}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := with(c.seed)
			opens(t, doc, "")
			o := signOptions("x")
			o.Reason = "I agree"
			out, err := assure.Sign(doc, o)
			if c.problem != "" {
				wantError(t, err, c.problem)
				return
			}
			verified(t, doc, must(t)(out, err), 1)
		})
	}
	_, err := assure.Certify(with(assure.SeedValue{Permissions: assure.NonAuthorSignature}), certifyOptions("x", ""))
	wantError(t, err, "no certification")
	_, err = assure.Certify(with(assure.SeedValue{Permissions: assure.NoChanges}), certifyOptions("x", ""))
	wantError(t, err, "level 1")
}

func TestLocksAreObeyed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		lock   assure.FieldMDP
		locked bool
	}{
		"all":             {assure.FieldMDP{Filter: assure.AllFields}, true},
		"include":         {assure.FieldMDP{Filter: assure.IncludeFields, Fields: []string{"form1[0].Sign[1]"}}, true},
		"include parent":  {assure.FieldMDP{Filter: assure.IncludeFields, Fields: []string{"form1[0]"}}, true},
		"include other":   {assure.FieldMDP{Filter: assure.IncludeFields, Fields: []string{"form1[0].Name[0]"}}, false},
		"include nothing": {assure.FieldMDP{Filter: assure.IncludeFields}, false},
		"exclude":         {assure.FieldMDP{Filter: assure.ExcludeFields, Fields: []string{"form1[0].Sign[1]"}}, false},
		"exclude other":   {assure.FieldMDP{Filter: assure.ExcludeFields, Fields: []string{"form1[0].Name[0]"}}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := must(t)(assure.AddSignatureField(formDoc(""), assure.FieldOptions{Field: "x", FieldMDP: &c.lock}))
			signed := must(t)(assure.Sign(doc, signOptions("x")))
			opens(t, signed, "")
			out, err := assure.Sign(signed, signOptions("form1[0].Sign[1]"))
			if c.locked {
				wantError(t, err, "locked")
				return
			}
			verified(t, signed, must(t)(out, err), 2)
		})
	}
}

func TestOptionsReadTheServicesJSON(t *testing.T) {
	t.Parallel()
	var got assure.Certification
	const text = `{"reason":"r","digestMethod":"SHA384","revocation":{"order":"CRL_FIRST","embed":false},"appearance":{
		"type":"GRAPHIC","signingFormat":"CADES","graphic":{"pdf":"JVBERg=="},"display":{"dn":false}},
		"unlock":{"encryption":"PASSWORD_BASED_ENCRYPT","unlockWith":"x"},"lockField":true,"permissions":"NO_CHANGES"}`
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	no := false
	want := assure.Certification{LockField: true, Permissions: assure.NoChanges}
	want.Reason, want.Digest = "r", assure.SHA384
	want.Revocation = assure.Revocation{Order: assure.CRLFirst, Embed: &no}
	want.Appearance = assure.Appearance{
		Type: assure.GraphicAppearance, Format: assure.CAdES, Graphic: assure.Graphic{PDF: []byte("%PDF")},
		Display: assure.Display{HideDN: true},
	}
	want.Unlock = assure.Unlock{Encryption: assure.PasswordBasedEncrypt, UnlockWith: "x"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	again, err := json.Marshal(got.Appearance.Display)
	if err != nil || !strings.Contains(string(again), `"dn":false`) || !strings.Contains(string(again), `"name":true`) {
		t.Errorf("got %s, %v", again, err)
	}
	var d assure.Display
	if err := json.Unmarshal([]byte(`{"colour":true}`), &d); err == nil {
		t.Error("a name that is not known is accepted")
	}
	for text, want := range map[string]assure.Digests{`"SHA256"`: {assure.SHA256}, `["SHA384","SHA512"]`: {assure.SHA384, assure.SHA512}} {
		var got assure.Digests
		if err := json.Unmarshal([]byte(text), &got); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
