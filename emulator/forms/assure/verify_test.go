package assure_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

var (
	byteRange     = regexp.MustCompile(`/ByteRange \[0 (\d{10}) (\d{10}) (\d{10})\]`)
	oidCertV2     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	signedContent = regexp.MustCompile(`^<[0-9a-f]+>$`)
)

// signatures verifies every signature of a document against the test's root: what it covers, the message, the chain.
// The last one must cover the document to its end.
func signatures(t *testing.T, doc []byte) []*pkcs7.PKCS7 {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(theAuthority().root)
	var all []*pkcs7.PKCS7
	ranges := byteRange.FindAllSubmatch(doc, -1)
	for i, m := range ranges {
		n := make([]int, 3)
		for j := range n {
			n[j], _ = strconv.Atoi(string(m[j+1]))
		}
		end := n[1] + n[2]
		if end > len(doc) || i == len(ranges)-1 && end != len(doc) {
			t.Fatalf("signature %d covers %d bytes of %d", i, end, len(doc))
		}
		if !signedContent.Match(doc[n[0]:n[1]]) {
			t.Fatalf("signature %d leaves out more than its contents", i)
		}
		p7 := parseContents(t, doc[n[0]+1:n[1]-1])
		p7.Content = append(bytes.Clone(doc[:n[0]]), doc[n[1]:end]...)
		if err := p7.VerifyWithChainAtTime(roots, signedAt); err != nil {
			t.Fatalf("signature %d does not verify: %v", i, err)
		}
		all = append(all, p7)
	}
	return all
}

// parseContents parses a signature that zeros follow.
func parseContents(t *testing.T, digits []byte) *pkcs7.PKCS7 {
	t.Helper()
	padded, err := hex.AppendDecode(nil, digits)
	if err != nil {
		t.Fatal(err)
	}
	var raw asn1.RawValue
	rest, err := asn1.Unmarshal(padded, &raw)
	if err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		t.Fatalf("the contents are not one message and zeros: %v", err)
	}
	p7, err := pkcs7.Parse(raw.FullBytes)
	if err != nil {
		t.Fatal(err)
	}
	return p7
}

// verified checks a document that was made from before by one signature more, and returns that signature.
func verified(t *testing.T, before, after []byte, count int) *pkcs7.PKCS7 {
	t.Helper()
	if !bytes.HasPrefix(after, before) {
		t.Fatal("the document does not begin with what it was made from")
	}
	all := signatures(t, after)
	if len(all) != count {
		t.Fatalf("got %d signatures, want %d", len(all), count)
	}
	return all[count-1]
}

// opens checks that a document can be read as a whole, with a password or without.
func opens(t *testing.T, doc []byte, password string) *pdf.File {
	t.Helper()
	f, err := pdf.Open(doc, pdf.OpenOptions{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// signingTime returns the attribute, and whether there is one.
func signingTime(p7 *pkcs7.PKCS7) (time.Time, bool) {
	var at time.Time
	err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at)
	return at, err == nil
}
