package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/imsx/imsx/aem/forms"
)

// seedFlags binds flags to what a signature in a field must be like: the seed value.
func seedFlags(f *pflag.FlagSet, seed func() *forms.SeedValue) {
	lateText(f, func() *string { return &seed().Filter }, "seed-filter", "signature handler, as a `NAME` such as Adobe.PPKLite")
	lateTexts(f, func() *[]string { return &seed().SubFilter }, "seed-sub-filter", "encoding of the signature to choose from, as a `NAME` such as ETSI.CAdES.detached (repeatable)")
	f.Var(&setFlag{kind: "VALUES", set: func(s string) error {
		return (&enumList[forms.DigestMethod]{values: (*[]forms.DigestMethod)(&seed().DigestMethod)}).Set(s)
	}}, "seed-digest-method", "hash functions to choose from, with commas: "+valuesOf(forms.SHA256))
	lateTexts(f, func() *[]string { return &seed().Reasons }, "seed-reason", "reason to choose from, as a `TEXT` (repeatable)")
	lateTexts(f, func() *[]string { return &seed().LegalAttestations }, "seed-legal-attestation", "attestation to choose from, as a `TEXT` (repeatable)")
	lateEnum(f, func() *forms.MDPPermissions { return &seed().Permissions }, "seed-permissions", "what may be changed after the signature (default FORM_CHANGES)")
	timestamp := func() *forms.Timestamp { return made(&seed().Timestamp) }
	lateBool(f, func() *bool { return &timestamp().Required }, "seed-timestamp-required", "the signature must have a timestamp")
	lateText(f, func() *string { return &timestamp().URL }, "seed-timestamp-url", "`URL` of the timestamp server")
	lateBool(f, func() *bool { return &seed().RevocationCheck }, "seed-revocation-check", "check for revocation when it is signed, and embed what was found")
	lateBits(f, func() *int32 { return &seed().Flags }, "seed-flags", "which of these are binding, as the `BITS` of the PDF specification")

	cert := func() *forms.CertSeedValue { return made(&seed().CertSeedValue) }
	lateCertificates(f, func() *[][]byte { return &cert().IssuerCerts }, "seed-issuer-cert", "`FILE` with certificates of acceptable issuers, PEM or DER (repeatable)")
	lateCertificates(f, func() *[][]byte { return &cert().SubjectCerts }, "seed-subject-cert", "`FILE` with acceptable certificates, PEM or DER (repeatable)")
	lateTexts(f, func() *[]string { return &cert().ObjectIDs }, "seed-object-id", "`OID` of a policy that the certificate must have (repeatable)")
	lateTexts(f, func() *[]string { return &cert().KeyUsageExtensions }, "seed-key-usage", "key usage that the certificate must have, as a `NAME` (repeatable)")
	f.Var(&listFlag{kind: "NAME", set: func(texts []string) error {
		subjects, err := parseSubjects(texts)
		cert().Subjects = subjects
		return err
	}}, "seed-subject", "attributes of an acceptable subject, as `NAME=VALUE,...` (repeatable)")
	lateBits(f, func() *int32 { return &cert().Flags }, "seed-cert-flags", "which of those about the certificate are binding, as `BITS`")
}

// lateBits binds a flag to a set of bits within an object that is made when it is needed.
func lateBits(f *pflag.FlagSet, target func() *int32, name, usage string) {
	f.Var(&setFlag{kind: "BITS", set: func(s string) error {
		n, err := strconv.ParseInt(s, 0, 32)
		if err != nil {
			return errors.New("it must be a whole number of 32 bits")
		}
		*target() = int32(n)
		return nil
	}}, name, usage)
}

// lateCertificates binds a repeatable flag to certificates within an object that is made when it is needed.
func lateCertificates(f *pflag.FlagSet, target func() *[][]byte, name, usage string) {
	f.Var(&listFlag{kind: "FILE", set: func(files []string) error {
		var all [][]byte
		for _, file := range files {
			some, err := readCertificates(file)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		*target() = all
		return nil
	}}, name, usage)
}

// readCertificates returns the certificates in a file, in DER.
func readCertificates(file string) ([][]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var der bytes.Buffer
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			der.Write(block.Bytes)
		}
	}
	if der.Len() == 0 {
		der.Write(data)
	}
	certificates, err := x509.ParseCertificates(der.Bytes())
	if err != nil || len(certificates) == 0 {
		return nil, fmt.Errorf("%s has no certificate in PEM or DER", file)
	}
	all := make([][]byte, len(certificates))
	for i, c := range certificates {
		all[i] = c.Raw
	}
	return all, nil
}

// parseSubjects reads subjects of the form NAME=VALUE,NAME=VALUE.
func parseSubjects(texts []string) ([]map[string]string, error) {
	var all []map[string]string
	for _, text := range texts {
		subject := map[string]string{}
		for attribute := range strings.SplitSeq(text, ",") {
			name, value, ok := strings.Cut(strings.TrimSpace(attribute), "=")
			if !ok || name == "" || value == "" {
				return nil, errors.New("it must be NAME=VALUE, several with commas")
			}
			subject[name] = value
		}
		all = append(all, subject)
	}
	return all, nil
}
