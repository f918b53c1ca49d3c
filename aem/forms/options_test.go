package forms_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/secret"
)

// TestOptionsAreReadAsTheAPIWritesThem reads what a person would put into a file of options.
func TestOptionsAreReadAsTheAPIWritesThem(t *testing.T) {
	t.Parallel()
	var sign forms.CertifyOptions
	if err := json.Unmarshal([]byte(`{`+signOptionsJSON+`,"lockField":true}`), &sign); err != nil {
		t.Fatal(err)
	}
	want := forms.CertifyOptions{SignOptions: signOptions(), LockField: true}
	equalSecrets := cmp.Comparer(func(a, b secret.Text) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, sign, equalSecrets); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	raw, err := json.Marshal(sign)
	if err != nil || strings.Contains(string(raw), "unlock-password") {
		t.Errorf("written: %s, %v", raw, err)
	}
	var field forms.SignatureFieldOptions
	if err := json.Unmarshal([]byte(`{"seedValue":{"digestMethod":"SHA384"}}`), &field); err != nil {
		t.Fatal(err)
	}
	if got := field.SeedValue.DigestMethod; len(got) != 1 || got[0] != forms.SHA384 {
		t.Errorf("digest methods are %q", got)
	}
	for _, bad := range []string{`{"unlock":{"encryption":"CERTIFICATE"}}`, `{"unlock":1}`, `{"seedValue":{"digestMethod":5}}`} {
		if err := json.Unmarshal([]byte(bad), &field); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// TestEveryConstantIsAValue compares the constants in the source with what Values returns.
func TestEveryConstantIsAValue(t *testing.T) {
	t.Parallel()
	values := map[string][]string{
		"AcrobatVersion": forms.AcrobatVersion("").Values(), "RenderType": forms.RenderType("").Values(), "XDC": forms.XDC("").Values(),
		"Pagination": forms.Pagination("").Values(), "Compliance": forms.Compliance("").Values(), "ResultLevel": forms.ResultLevel("").Values(),
		"OptionalContent": forms.OptionalContent("").Values(), "ColorSpace": forms.ColorSpace("").Values(), "Permission": forms.Permission("").Values(),
		"EncryptParts": forms.EncryptParts("").Values(), "Compatibility": forms.Compatibility("").Values(), "SecurityMode": forms.SecurityMode("").Values(),
		"DigestMethod": forms.DigestMethod("").Values(), "RevocationOrder": forms.RevocationOrder("").Values(),
		"AppearanceType": forms.AppearanceType("").Values(), "SigningFormat": forms.SigningFormat("").Values(),
		"TextDirection": forms.TextDirection("").Values(), "MDPPermissions": forms.MDPPermissions("").Values(), "MDPFilter": forms.MDPFilter("").Values(),
		"OutputType": forms.OutputType("").Values(), "BatchStatus": forms.BatchStatus("").Values(),
	}
	constants := map[string][]string{}
	for _, file := range []string{"enum.go", "enum_assure.go", "batch.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t[A-Z]\w*\s+([A-Z]\w*)\s+= "([^"]+)"$`).FindAllStringSubmatch(string(source), -1) {
			constants[m[1]] = append(constants[m[1]], m[2])
		}
	}
	if diff := cmp.Diff(constants, values); diff != "" {
		t.Errorf("constants and values (-constants +values):\n%s", diff)
	}
}
