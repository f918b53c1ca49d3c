package credentials

import (
	"bytes"
	"crypto/x509"
	"strings"
)

// parseCertificate reads the certificate beside a key, in any of the ways that a key may be written. The empty text
// and a bare public key give no certificate. One that cannot be read is a finding, not an error: signing needs only
// the key.
func parseCertificate(s string) (*x509.Certificate, *Finding) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	if inner, mark := unwrapKeyText(s); mark != "" {
		s = inner
	}
	if !strings.Contains(s, "-----BEGIN ") {
		raw, _ := decodeBase64(s)
		if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("-----BEGIN ")) {
			s = string(raw)
		} else if cert := parseCertificateDER(raw); cert != nil {
			return cert, nil
		}
	}
	blocks, _ := pemBlocks(s)
	for _, b := range blocks {
		switch b.label {
		case "PUBLIC KEY", "RSA PUBLIC KEY":
			return nil, nil
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			raw, _ := decodeBase64(b.body)
			if cert := parseCertificateDER(raw); cert != nil {
				return cert, nil
			}
		}
	}
	return nil, &Finding{SeverityWarning, CodeCertificateUnreadable,
		"The certificate beside the private key cannot be read, so its end and its key are not checked.",
		"Download the file again from the console."}
}

// parseCertificateDER returns nil for anything that is no certificate, or too long to be one.
func parseCertificateDER(der []byte) *x509.Certificate {
	if len(der) > maxKeyText {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return cert
}
