package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// optionsOf returns, as JSON, what flags and a file with options make of the options o.
func optionsOf(t *testing.T, o any, bind func(*pflag.FlagSet), file string, args ...string) string {
	t.Helper()
	cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true}
	cmd.SetContext(t.Context())
	added := addedBy(cmd.Flags(), bind)
	if err := cmd.ParseFlags(args); err != nil {
		return err.Error()
	}
	if file != "" {
		path := filepath.Join(t.TempDir(), "options.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		file = path
	}
	if err := readOptionsBelow(cmd, (&app{}).inputs(), "--options", file, o, added); err != nil {
		return err.Error()
	}
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// testCertificates returns a file with two certificates in PEM, and the first of them in DER in a second file and in
// base64.
func testCertificates(t *testing.T) (pemFile, derFile string, encoded [2]string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var both []byte
	derFile = filepath.Join(t.TempDir(), "one.cer")
	for i := range encoded {
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1))}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		encoded[i] = base64.StdEncoding.EncodeToString(der)
		if i == 0 {
			err = os.WriteFile(derFile, der, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pemFile = filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(pemFile, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return pemFile, derFile, encoded
}

// wantJSON compares two texts, as JSON if they are.
func wantJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any = got, want
	_, _ = json.Unmarshal([]byte(got), &g), json.Unmarshal([]byte(want), &w)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each member of the seed value has a flag, which goes before the file.
func TestSeedFlags(t *testing.T) {
	t.Parallel()
	both, one, encoded := testCertificates(t)
	for _, tt := range []struct {
		name, file, args, want string
	}{
		{"none", "", "", `{}`},
		{
			"all", "",
			"--seed-filter Adobe.PPKLite --seed-sub-filter adbe.pkcs7.detached --seed-sub-filter ETSI.CAdES.detached --seed-digest-method sha256,SHA512" +
				" --seed-reason Approved,Seen --seed-reason Read --seed-legal-attestation None --seed-permissions no_changes --seed-timestamp-required" +
				" --seed-timestamp-url https://time.example --seed-revocation-check --seed-flags 0x0b --seed-issuer-cert " + both + " --seed-subject-cert " + one +
				" --seed-object-id 1.2.3 --seed-object-id 1.2.4 --seed-key-usage digitalSignature --seed-subject cn=test,email=a@b.example --seed-cert-flags 5",
			`{"seedValue": {"filter": "Adobe.PPKLite", "subFilter": ["adbe.pkcs7.detached", "ETSI.CAdES.detached"], "digestMethod": ["SHA256", "SHA512"],
			"reasons": ["Approved,Seen", "Read"], "legalAttestations": ["None"], "permissions": "NO_CHANGES",
			"timestamp": {"required": true, "url": "https://time.example"}, "revocationCheck": true, "flags": 11,
			"certSeedValue": {"issuerCerts": ["` + encoded[0] + `", "` + encoded[1] + `"], "subjectCerts": ["` + encoded[0] + `"],
			"objectIds": ["1.2.3", "1.2.4"], "keyUsageExtns": ["digitalSignature"], "subjects": [{"cn": "test", "email": "a@b.example"}], "flags": 5}}}`,
		},
		{
			"before the file", `{"seedValue": {"filter": "Other", "reasons": ["a", "b"], "revocationCheck": true, "timestamp": {"url": "https://a.example"}}}`,
			"--seed-reason c --seed-reason d --seed-revocation-check=false --seed-timestamp-required",
			`{"seedValue": {"filter": "Other", "reasons": ["c", "d"], "timestamp": {"required": true, "url": "https://a.example"}}}`,
		},
		{"no certificate", "", "--seed-issuer-cert /dev/null", `invalid argument "/dev/null" for "--seed-issuer-cert" flag: /dev/null has no certificate in PEM or DER`},
		{"no subject", "", "--seed-subject test", `invalid argument "test" for "--seed-subject" flag: it must be NAME=VALUE, several with commas`},
		{"too many bits", "", "--seed-flags 4294967296", `invalid argument "4294967296" for "--seed-flags" flag: it must be a whole number of 32 bits`},
		{"no bool", "", "--seed-revocation-check=maybe", `invalid argument "maybe" for "--seed-revocation-check" flag: it must be true or false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := &forms.SignatureFieldOptions{}
			bind := func(f *pflag.FlagSet) { seedFlags(f, func() *forms.SeedValue { return made(&o.SeedValue) }) }
			wantJSON(t, optionsOf(t, o, bind, tt.file, strings.Fields(tt.args)...), tt.want)
		})
	}
}

// Each member of a batch configuration has a flag, those of the output options as well.
func TestBatchFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, args, want string
	}{
		{"none", "", "", `{}`},
		{
			"all", "",
			"--name n --data-source /conf/d --output-types pdf,PRINT --template t --content-root r --batch-xci x --locale de --embed-fonts --tagged --linearized" +
				" --retain-form-state --retain-unsigned-signature-fields --acrobat-version acrobat_11" +
				" --print pcl,xdc=hppcl5e.xdc,copies=2,pagination=simplex,locale=fr --print ZPL",
			`{"configName": "n", "dataSourceConfigUri": "/conf/d", "outputTypes": ["PDF", "PRINT"], "template": "t", "contentRoot": "r", "xci": "x",
			"pdfOutputOptions": {"locale": "de", "embedFonts": true, "isTagged": true, "linearizedPDF": true, "retainFormState": true,
			"retainUnsignedSignatureFields": true, "acrobatVersion": "Acrobat_11"},
			"printedOutputOptionsList": [{"locale": "fr", "copies": 2, "paginationOverride": "simplex", "printConfig": {"renderType": "PCL", "xdcUri": "hppcl5e.xdc"}},
			{"printConfig": {"renderType": "ZPL"}}]}`,
		},
		{
			"before the file", `{"configName": "n", "pdfOutputOptions": {"locale": "de", "embedFonts": true}, "printedOutputOptionsList": [{"printConfig": {"renderType": "PCL"}}]}`,
			"--embed-fonts=false --print DPL --print IPL",
			`{"configName": "n", "pdfOutputOptions": {"locale": "de"}, "printedOutputOptionsList": [{"printConfig": {"renderType": "DPL"}}, {"printConfig": {"renderType": "IPL"}}]}`,
		},
		{"no printer", "", "--print Braille", `invalid argument "Braille" for "--print" flag: it must be one of PostScript, PCL, ZPL, DPL, IPL, TPCL`},
		{"no such option", "", "--print PCL,color=red", `invalid argument "PCL,color=red" for "--print" flag: there is no "color", but xdc, copies, pagination and locale`},
		{"no copies", "", "--print PCL,copies=0", `invalid argument "PCL,copies=0" for "--print" flag: copies: it must be a whole number from 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &batchFlags{}
			wantJSON(t, optionsOf(t, &b.config, b.bindConfig, tt.file, strings.Fields(tt.args)...), tt.want)
		})
	}
}
