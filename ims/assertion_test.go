package ims_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

const prod = "https://ims-na1.adobelogin.com"

// verify checks a compact JWS by hand and returns its header and payload.
func verify(t *testing.T, text secret.Text, pub *rsa.PublicKey) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(text.Reveal(), ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts, want 3", len(parts))
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], signature); err != nil {
		t.Fatal(err)
	}
	for i, into := range []*map[string]any{&header, &payload} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

func TestAssertionSaysAndIsSigned(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 999_999_999)
	tests := []struct {
		name   string
		change func(*ims.Assertion)
		want   map[string]any
	}{
		{"as it is", func(*ims.Assertion) {}, map[string]any{}},
		{"bare host", func(a *ims.Assertion) { a.Endpoint = "IMS-NA1.adobelogin.com" }, map[string]any{}},
		{"trailing slash and port", func(a *ims.Assertion) { a.Endpoint = prod + ":443/" }, map[string]any{}},
		{"longest life", func(a *ims.Assertion) { a.Lifetime = 24 * time.Hour }, map[string]any{"exp": 1_700_086_400.0}},
		{"id", func(a *ims.Assertion) { a.ID = 1_700_000_000_123_456_789 }, map[string]any{"jti": "1700000000123456789"}},
		{"spellings of metascopes", func(a *ims.Assertion) {
			a.Metascopes = []string{"/s/one, two", "https://ims-na1-stg1.adobelogin.com/s/three", "ent_aem_cloud_api"}
		}, map[string]any{prod + "/s/one": true, prod + "/s/two": true, "https://ims-na1-stg1.adobelogin.com/s/three": true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := assertion(prod)
			a.Now = now
			tt.change(&a)
			text, err := a.Sign(key())
			if err != nil {
				t.Fatal(err)
			}
			header, got := verify(t, text, &key().PublicKey)
			if diff := cmp.Diff(map[string]any{"alg": "RS256", "typ": "JWT"}, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			want := map[string]any{
				"exp": 1_700_000_300.0, "iss": testOrg, "sub": testAccount, "aud": prod + "/c/" + testClient,
				prod + "/s/ent_aem_cloud_api": true,
			}
			for name, value := range tt.want {
				want[name] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			claims, err := a.Claims()
			if err != nil {
				t.Fatal(err)
			}
			if payload := strings.Split(text.Reveal(), ".")[1]; payload != base64.RawURLEncoding.EncodeToString(claims) {
				t.Error("Claims differs from what Sign signs")
			}
		})
	}
}

func TestAssertionBeginsNow(t *testing.T) {
	t.Parallel()
	before := time.Now()
	text, err := assertion(prod).Sign(key())
	if err != nil {
		t.Fatal(err)
	}
	d, err := ims.DecodeAssertion(text)
	if err != nil {
		t.Fatal(err)
	}
	if d.Expiry.Before(before.Add(5*time.Minute-time.Second)) || d.Expiry.After(time.Now().Add(5*time.Minute)) {
		t.Errorf("expiry is %v after now, want 5 minutes", time.Until(d.Expiry))
	}
}

func TestAssertionKeepsOriginOfAnEmulator(t *testing.T) {
	t.Parallel()
	text, err := assertion("http://127.0.0.1:8123").Sign(key())
	if err != nil {
		t.Fatal(err)
	}
	d, err := ims.DecodeAssertion(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := "http://127.0.0.1:8123/c/" + testClient; d.Audience != want {
		t.Errorf("audience is %q, want %q", d.Audience, want)
	}
}

// remoteSigner is a key that rests elsewhere: no *rsa.PrivateKey can be reached.
type remoteSigner struct {
	signer crypto.Signer
	err    error
}

func (s remoteSigner) Public() crypto.PublicKey { return s.signer.Public() }

func (s remoteSigner) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.signer.Sign(r, digest, opts)
}

func TestAssertionWithARemoteKey(t *testing.T) {
	t.Parallel()
	text, err := assertion(prod).Sign(remoteSigner{signer: key()})
	if err != nil {
		t.Fatal(err)
	}
	verify(t, text, &key().PublicKey)

	locked := errors.New("the module is locked")
	if _, err = assertion(prod).Sign(remoteSigner{signer: key(), err: locked}); !errors.Is(err, locked) {
		t.Errorf("error is %v, want that of the signer", err)
	}
}

func TestAssertionRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*ims.Assertion)
		says   []string
	}{
		{"everything missing", func(a *ims.Assertion) { *a = ims.Assertion{} },
			[]string{"endpoint is missing", "client id is missing", "organization is missing", "technical account is missing", "no metascope"}},
		{"only commas", func(a *ims.Assertion) { a.Metascopes = []string{" , "} }, []string{"no metascope"}},
		{"line feed", func(a *ims.Assertion) { a.ClientID = "a\nb" }, []string{"client id has blanks"}},
		{"no name", func(a *ims.Assertion) { a.Metascopes = []string{"/s/"} }, []string{"a metascope is neither"}},
		{"path", func(a *ims.Assertion) { a.Metascopes = []string{"a/b"} }, []string{"a metascope is neither"}},
		{"other URL", func(a *ims.Assertion) { a.Metascopes = []string{"https://x.example/t/y"} }, []string{"not of the form"}},
		{"URL without a name", func(a *ims.Assertion) { a.Metascopes = []string{"https://x.example/s/"} }, []string{"not of the form"}},
		{"too long", func(a *ims.Assertion) { a.Lifetime = 24*time.Hour + 1 }, []string{"longer than 24 hours"}},
		{"too short", func(a *ims.Assertion) { a.Lifetime = time.Millisecond }, []string{"shorter than a second"}},
		{"negative", func(a *ims.Assertion) { a.Lifetime = -time.Hour }, []string{"shorter than a second"}},
		{"negative id", func(a *ims.Assertion) { a.ID = -1 }, []string{"id is negative"}},
		{"path in the endpoint", func(a *ims.Assertion) { a.Endpoint = prod + "/ims" }, []string{"endpoint carries a path"}},
		{"scheme", func(a *ims.Assertion) { a.Endpoint = "ftp://ims-na1.adobelogin.com" }, []string{"neither https nor http"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := assertion(prod)
			tt.change(&a)
			_, err := a.Sign(key())
			e := wantCause(t, err, ims.CauseMalformedAssertion)
			for _, part := range tt.says {
				if !strings.Contains(e.Description, part) {
					t.Errorf("description %q lacks %q", e.Description, part)
				}
			}
		})
	}
}

func TestAssertionRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	_, err := assertion(prod).Sign(nil)
	wantCause(t, err, ims.CauseMalformedAssertion)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = assertion(prod).Sign(ec)
	wantCause(t, err, ims.CauseMalformedAssertion)
}

func BenchmarkAssertion(b *testing.B) {
	a, k := assertion(prod), key()
	for b.Loop() {
		if _, err := a.Sign(k); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareSignature(b *testing.B) {
	k := key()
	digest := sha256.Sum256([]byte("header.payload"))
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}
