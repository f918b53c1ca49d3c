package assure_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestEncryptThenDecrypt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		compatibility assure.Compatibility
		bits, version int
		aes           bool
	}{{assure.Acrobat6, 128, 4, false}, {"", 128, 4, true}, {assure.Acrobat7, 128, 4, true}, {assure.Acrobat10, 256, 5, true}} {
		for kind, doc := range map[string][]byte{"table": plainDoc(), "stream": withStreams(t, plainDoc())} {
			t.Run(string(c.compatibility)+" "+kind, func(t *testing.T) {
				t.Parallel()
				out := must(t)(assure.Encrypt(doc, assure.EncryptOptions{
					OpenPassword: "öffnen", PermPassword: "perm", Compatibility: c.compatibility,
				}))
				if mode, err := assure.Inspect(out); mode != assure.ModePassword || err != nil {
					t.Errorf("got mode %q, %v", mode, err)
				}
				if bytes.Contains(out, []byte("Contract")) {
					t.Error("the content can be read")
				}
				ctx := opens(t, out, "öffnen").Context()
				if ctx.E.V != c.version || len(ctx.EncKey)*8 != c.bits || ctx.AES4Streams != c.aes {
					t.Errorf("got version %d, %d bits, AES %t", ctx.E.V, len(ctx.EncKey)*8, ctx.AES4Streams)
				}
				for _, password := range []string{"öffnen", "perm"} {
					plain := must(t)(assure.Decrypt(out, password))
					if mode, err := assure.Inspect(plain); mode != assure.ModeNone || err != nil {
						t.Errorf("got mode %q, %v", mode, err)
					}
					if f := opens(t, plain, ""); f.PageCount() != 2 {
						t.Errorf("got %d pages, want 2", f.PageCount())
					}
				}
				for _, password := range []string{"", "wrong"} {
					_, err := assure.Decrypt(out, password)
					wantError(t, err, "password")
					if !errors.Is(err, pdf.ErrPassword) {
						t.Errorf("got %v, want a password error", err)
					}
				}
			})
		}
	}
}

func TestEncryptWithOnePassword(t *testing.T) {
	t.Parallel()
	perm := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{PermPassword: "perm"}))
	if !opens(t, perm, "").Encrypted() {
		t.Error("the document is not encrypted")
	}
	must(t)(assure.Decrypt(perm, "perm"))
	open := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{OpenPassword: "open"}))
	_, err := pdf.Open(open, pdf.OpenOptions{})
	if !errors.Is(err, pdf.ErrPassword) {
		t.Errorf("got %v, want a password error", err)
	}
}

func TestEncryptPDF20(t *testing.T) {
	t.Parallel()
	doc := bytes.Replace(plainDoc(), []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1)
	for _, c := range []assure.Compatibility{assure.Acrobat6, assure.Acrobat7, assure.Acrobat10} {
		out := must(t)(assure.Encrypt(doc, assure.EncryptOptions{OpenPassword: "open", Compatibility: c}))
		opens(t, must(t)(assure.Decrypt(out, "open")), "")
	}
}

func TestPermissionsAreBits(t *testing.T) {
	t.Parallel()
	const none = -3904
	cases := map[string]struct {
		permissions []assure.Permission
		want        int
	}{
		"none":       {nil, none},
		"print none": {[]assure.Permission{assure.PrintNone}, none},
		"print low":  {[]assure.Permission{assure.PrintLow}, none + 4},
		"print high": {[]assure.Permission{assure.PrintHigh}, none + 4 + 2048},
		"modify":     {[]assure.Permission{assure.EditModify}, none + 8},
		"copy":       {[]assure.Permission{assure.EditCopy}, none + 16},
		"add":        {[]assure.Permission{assure.EditAdd}, none + 32},
		"fill":       {[]assure.Permission{assure.EditFormFill}, none + 256},
		"extract":    {[]assure.Permission{assure.EditExtract}, none + 512},
		"assemble":   {[]assure.Permission{assure.EditAssemble}, none + 1024},
		"two":        {[]assure.Permission{assure.EditAssemble, assure.EditCopy}, none + 1024 + 16},
		"all":        {[]assure.Permission{assure.AllPerm}, -4},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, compatibility := range []assure.Compatibility{assure.Acrobat6, assure.Acrobat10} {
				out := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{
					PermPassword: "perm", Permissions: c.permissions, Compatibility: compatibility,
				}))
				if got := opens(t, out, "perm").Context().E.P; int(int16(got)) != c.want {
					t.Errorf("got %d, want %d", got, c.want)
				}
			}
		})
	}
}

func TestEncryptRefusesBadOptions(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		o    assure.EncryptOptions
		part string
	}{
		"none":          {assure.EncryptOptions{}, "both missing"},
		"same":          {assure.EncryptOptions{OpenPassword: "x", PermPassword: "x"}, "must differ"},
		"long":          {assure.EncryptOptions{OpenPassword: strings.Repeat("x", 128)}, "127"},
		"permission":    {assure.EncryptOptions{OpenPassword: "x", Permissions: []assure.Permission{"FLY"}}, "FLY"},
		"contradiction": {assure.EncryptOptions{OpenPassword: "x", Permissions: []assure.Permission{assure.PrintNone, assure.PrintLow}}, "PRINT_NONE"},
		"parts":         {assure.EncryptOptions{OpenPassword: "x", Parts: "HALF"}, "parts"},
		"compatibility": {assure.EncryptOptions{OpenPassword: "x", Compatibility: "ACROBAT_3"}, "compatibility"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := assure.Encrypt(plainDoc(), c.o)
			wantError(t, err, c.part)
		})
	}
	for _, p := range []string{"open", ""} {
		twice := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{OpenPassword: p, PermPassword: "perm"}))
		_, err := assure.Encrypt(twice, assure.EncryptOptions{OpenPassword: "open"})
		wantError(t, err, "encrypted already")
	}
	_, err := assure.Decrypt(plainDoc(), "x")
	wantError(t, err, "is not encrypted")
	for parts, want := range map[assure.Parts]int{"": 0, assure.AllParts: 0, assure.AllExceptMetadata: 1, assure.AttachmentsOnly: 1} {
		if got := (assure.EncryptOptions{Parts: parts}).Notes(); len(got) != want {
			t.Errorf("%s: got notes %q, want %d", parts, got, want)
		}
	}
}

func TestInspectNamesTheHandler(t *testing.T) {
	t.Parallel()
	locked := must(t)(assure.Encrypt(plainDoc(), assure.EncryptOptions{OpenPassword: "open"}))
	stream := must(t)(assure.Encrypt(withStreams(t, plainDoc()), assure.EncryptOptions{OpenPassword: "open"}))
	handler := func(name string) []byte { return bytes.Replace(locked, []byte("/Standard"), []byte(name), 1) }
	cases := map[string]struct {
		doc  []byte
		want assure.Mode
	}{
		"plain":            {plainDoc(), assure.ModeNone},
		"plain, stream":    {withStreams(t, plainDoc()), assure.ModeNone},
		"password":         {locked, assure.ModePassword},
		"password, stream": {stream, assure.ModePassword},
		"certificate":      {handler("/Adobe.PubSec"), assure.ModeCertificate},
		"policy":           {handler("/Adobe.APS"), assure.ModePolicyServer},
		"other":            {handler("/Secret.Sauce"), assure.ModeOther},
		"damaged tail":     {bytes.Replace(locked, []byte("startxref"), []byte("startxxxx"), 1), assure.ModePassword},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := assure.Inspect(c.doc)
			if got != c.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	_, err := assure.Decrypt(handler("/Adobe.APS"), "open")
	wantError(t, err, "POLICY_SERVER")
	_, err = assure.Sign(handler("/Adobe.APS"), signOptions("x"))
	wantError(t, err, "cannot be unlocked")
}
