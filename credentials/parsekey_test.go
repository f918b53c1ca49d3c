package credentials_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/youmark/pkcs8"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
)

type keyCase struct {
	name, text, passphrase, encoding string
}

// encrypt makes an encrypted PKCS#8 key with a library of its own.
func encrypt(t testing.TB, p keyPair, passphrase string, opts *pkcs8.Opts) string {
	t.Helper()
	if opts == nil {
		opts = &pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 2048, HMACHash: crypto.SHA256}}
	}
	der, err := pkcs8.MarshalPrivateKey(p.key, []byte(passphrase), opts)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))
}

func legacyEncrypt(t testing.TB, p keyPair, cipher x509.PEMCipher) string {
	t.Helper()
	//lint:ignore SA1019 the old scheme is what is tested
	block, err := x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(p.key), []byte("pass"), cipher) //nolint:staticcheck // as above
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func keyCases(t testing.TB, p keyPair) []keyCase {
	t.Helper()
	pkcs1, p8 := p.pkcs1(), p.pkcs8(t)
	p1DER := x509.MarshalPKCS1PrivateKey(p.key)
	b64 := base64.StdEncoding.EncodeToString
	linesOf, _ := json.Marshal(strings.Split(pkcs1, "\n"))
	body := strings.Join(strings.Split(strings.TrimSpace(p8), "\n")[1:len(strings.Split(strings.TrimSpace(p8), "\n"))-1], "\n")
	oneLine := func(s string) string { return strings.Join(strings.Split(strings.TrimSpace(s), "\n"), " ") }
	scrypt := &pkcs8.Opts{Cipher: pkcs8.AES128CBC, KDFOpts: pkcs8.ScryptOpts{SaltSize: 8, CostParameter: 1 << 10, BlockSize: 8, ParallelizationParameter: 1}}
	des := &pkcs8.Opts{Cipher: pkcs8.TripleDESCBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 100, HMACHash: crypto.SHA1}}
	aes192 := &pkcs8.Opts{Cipher: pkcs8.AES192CBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 100, HMACHash: crypto.SHA256}}
	return []keyCase{
		{"PKCS#1", pkcs1, "", "PKCS#1 PEM"},
		{"PKCS#8", p8, "", "PKCS#8 PEM"},
		{"CRLF", "\r\n" + crlf(pkcs1) + "\r\n", "", "PKCS#1 PEM with CRLF line ends"},
		{"CR alone", strings.ReplaceAll(pkcs1, "\n", "\r"), "", "PKCS#1 PEM"},
		{"byte order mark", "\ufeff" + pkcs1, "", "PKCS#1 PEM"},
		{`literal \n`, strings.ReplaceAll(pkcs1, "\n", `\n`), "", `PKCS#1 PEM with literal \n`},
		{`literal \r\n`, strings.ReplaceAll(pkcs1, "\n", `\r\n`), "", `PKCS#1 PEM with literal \n`},
		{`literal \n before line ends`, strings.ReplaceAll(pkcs1, "\n", `\n`+"\n"), "", `PKCS#1 PEM with literal \n`},
		{`literal \\r\\n`, strings.ReplaceAll(pkcs1, "\n", `\\r\\n`), "", `PKCS#1 PEM with literal \n`},
		{"one line", oneLine(p8), "", "PKCS#8 PEM with everything on one line"},
		{"one line without blanks", strings.ReplaceAll(p8, "\n", ""), "", "PKCS#8 PEM with everything on one line"},
		{"quotes", `"` + strings.ReplaceAll(pkcs1, "\n", `\n`) + `"`, "", "PKCS#1 PEM with quotes"},
		{"single quotes", `'` + pkcs1 + `'`, "", "PKCS#1 PEM with quotes"},
		{"lines", string(linesOf), "", "PKCS#1 PEM with an array of lines"},
		{"body only", body, "", "PKCS#8 base64 without armour"},
		{"body only, one line", strings.ReplaceAll(body, "\n", ""), "", "PKCS#8 base64 without armour"},
		{`body only, literal \n`, strings.ReplaceAll(body, "\n", `\n`), "", `PKCS#8 base64 without armour with literal \n`},
		{"base64 of PKCS#1 DER", b64(p1DER), "", "PKCS#1 base64 without armour"},
		{"base64url of DER", base64.RawURLEncoding.EncodeToString(p1DER), "", "PKCS#1 base64 without armour"},
		{"base64 of PEM", b64([]byte(crlf(pkcs1))), "", "PKCS#1 PEM with base64 around it, CRLF line ends"},
		{"DER", string(p1DER), "", "PKCS#1 DER"},
		{"PKCS#8 DER", string(p.pkcs8DER(t)), "", "PKCS#8 DER"},
		{"with a certificate", p.cert() + p8 + p.cert(), "", "PKCS#8 PEM"},
		{"with bag attributes", "Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + p8, "", "PKCS#8 PEM"},
		{"PKCS#8 under the label of PKCS#1", strings.ReplaceAll(p8, "PRIVATE KEY", "RSA PRIVATE KEY"), "", "PKCS#8 PEM"},
		{"encrypted", encrypt(t, p, "pass", nil), "pass", "encrypted PKCS#8 PEM"},
		{"encrypted with scrypt", encrypt(t, p, "pass", scrypt), "pass", "encrypted PKCS#8 PEM"},
		{"encrypted with 3DES and SHA-1", encrypt(t, p, "pass", des), "pass", "encrypted PKCS#8 PEM"},
		{"encrypted with AES-192", encrypt(t, p, "pass", aes192), "pass", "encrypted PKCS#8 PEM"},
		{"encrypted on one line", oneLine(encrypt(t, p, "pass", nil)), "pass", "encrypted PKCS#8 PEM with everything on one line"},
		{"old encryption", legacyEncrypt(t, p, x509.PEMCipherAES256), "pass", "encrypted PKCS#1 PEM"},
		{"old encryption, 3DES, CRLF", crlf(legacyEncrypt(t, p, x509.PEMCipher3DES)), "pass", "encrypted PKCS#1 PEM with CRLF line ends"},
		{"old encryption on one line", oneLine(legacyEncrypt(t, p, x509.PEMCipherAES128)), "pass", "encrypted PKCS#1 PEM with everything on one line"},
		{"passphrase not needed", pkcs1, "pass", "PKCS#1 PEM"},
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	digest := sha256.Sum256([]byte("message"))
	for _, tt := range keyCases(t, p) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, encoding, err := credentials.ParseKey([]byte(tt.text), secret.New(tt.passphrase))
			if err != nil {
				t.Fatal(err)
			}
			if encoding != tt.encoding {
				t.Errorf("got encoding %q, want %q", encoding, tt.encoding)
			}
			sig, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if err := rsa.VerifyPKCS1v15(&p.key.PublicKey, crypto.SHA256, digest[:], sig); err != nil {
				t.Errorf("the signature does not verify: %v", err)
			}
		})
	}
}

type badKeyCase struct {
	name, text, passphrase string
	reason                 credentials.Reason
	says                   string
}

func badKeyCases(t testing.TB, p keyPair) []badKeyCase {
	t.Helper()
	pkcs1 := p.pkcs1()
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	marshal := func(v any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecDER, _ := x509.MarshalECPrivateKey(ec)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	public, _ := x509.MarshalPKIXPublicKey(p.key.Public())
	broken := *p.key
	broken.D = new(big.Int).Add(p.key.D, big.NewInt(2))
	brokenDER := rsaDER(t, broken.N, broken.D, p.key.Primes)
	pfx := pkcs12(t)
	return []badKeyCase{
		{"empty", "", "", credentials.ReasonBadKey, "empty"},
		{"blank", " \r\n", "", credentials.ReasonBadKey, "empty"},
		{"certificate", p.cert(), "", credentials.ReasonBadKey, "certificate, not"},
		{"certificate DER", string(p.certDER), "", credentials.ReasonBadKey, "certificate, not"},
		{"public key", block("PUBLIC KEY", public), "", credentials.ReasonBadKey, "public key, not"},
		{"EC", block("EC PRIVATE KEY", ecDER), "", credentials.ReasonNotRSA, "EC"},
		{"EC in PKCS#8", block("PRIVATE KEY", marshal(ec)), "", credentials.ReasonNotRSA, "EC"},
		{"EC without armour", base64.StdEncoding.EncodeToString(marshal(ec)), "", credentials.ReasonNotRSA, "EC"},
		{"Ed25519", block("PRIVATE KEY", marshal(ed)), "", credentials.ReasonNotRSA, "Ed25519"},
		{"PKCS#12", string(pfx), "", credentials.ReasonBadKey, "PKCS#12"},
		{"PKCS#12 in base64", base64.StdEncoding.EncodeToString(pfx), "", credentials.ReasonBadKey, "PKCS#12"},
		{"OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n", "", credentials.ReasonBadKey, "OpenSSH"},
		{"cut off", pkcs1[:len(pkcs1)/2], "", credentials.ReasonBadKey, "cut off"},
		{"lines missing", pkcs1[:200] + pkcs1[len(pkcs1)-100:], "", credentials.ReasonBadKey, ""},
		{"no BEGIN line", pkcs1[40:], "", credentials.ReasonBadKey, "no BEGIN line"},
		{"wrong END line", strings.Replace(pkcs1, "END RSA", "END EC", 1), "", credentials.ReasonBadKey, "END line"},
		{"not base64", strings.Replace(pkcs1, "MII", "M!I", 1), "", credentials.ReasonBadKey, "not base64"},
		{"words", "this is no key! ZZZ", "", credentials.ReasonBadKey, "neither PEM nor base64"},
		{"base64 of words", base64.StdEncoding.EncodeToString([]byte("words")), "", credentials.ReasonBadKey, "no key"},
		{"two keys", pkcs1 + pkcs1, "", credentials.ReasonBadKey, "two private keys"},
		{"no passphrase", encrypt(t, p, "pass", nil), "", credentials.ReasonPassphraseNeeded, ""},
		{"wrong passphrase", encrypt(t, p, "pass", nil), "other", credentials.ReasonWrongPassphrase, ""},
		{"no passphrase, old", legacyEncrypt(t, p, x509.PEMCipherAES256), "", credentials.ReasonPassphraseNeeded, ""},
		{"wrong passphrase, old", legacyEncrypt(t, p, x509.PEMCipherAES256), "other", credentials.ReasonWrongPassphrase, ""},
		{"too many iterations", iterationBomb(t), "pass", credentials.ReasonBadKey, "iterations"},
		{"too much memory", scryptBomb(t), "pass", credentials.ReasonBadKey, "memory"},
		{"short IV", badIV(t), "pass", credentials.ReasonBadKey, "damaged"},
		{"PBES1", pbes1(t), "pass", credentials.ReasonBadKey, "not PBES2"},
		{"small", block("RSA PRIVATE KEY", rsaDER(t, big.NewInt(0).Lsh(big.NewInt(1), 1023), big.NewInt(3), p.key.Primes)), "", credentials.ReasonBadKey, "1024 bits, fewer"},
		{"huge", block("RSA PRIVATE KEY", rsaDER(t, big.NewInt(0).Lsh(big.NewInt(1), 60000), big.NewInt(3), p.key.Primes)), "", credentials.ReasonBadKey, "60001 bits"},
		{"numbers do not fit", block("RSA PRIVATE KEY", brokenDER), "", credentials.ReasonBadKey, "do not fit"},
		{"too long", strings.Repeat("A", 70000), "", credentials.ReasonBadKey, "longer than"},
	}
}

// TestEncryptedKeysTogether has a file with many keys that ask for a little work each: what all of them cost is bounded.
func TestEncryptedKeysTogether(t *testing.T) {
	t.Parallel()
	key := pbes2(t, oidPBKDF2, struct {
		Salt []byte
		N    int
	}{make([]byte, 8), 2000}, make([]byte, 16))
	files := []m{oauthFile()}
	for i := range 4 {
		files = append(files, m{
			"clientId": fmt.Sprint("c", i), "clientSecret": secret1, "technicalAccountId": account, "orgId": org,
			"metaScopes": "ent_cloudmgr_sdk", "privateKey": key, "passphrase": "ZZZ",
		})
	}
	set, err := credentials.ParseWithin([]byte(toJSON(t, files)), 5000)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []credentials.Reason
	for _, e := range set.Refused() {
		reasons = append(reasons, e.Reason)
	}
	want := []credentials.Reason{
		credentials.ReasonWrongPassphrase, credentials.ReasonWrongPassphrase, credentials.ReasonBadKey, credentials.ReasonBadKey,
	}
	if diff := cmp.Diff(reasons, want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	for _, tt := range badKeyCases(t, p) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, _, err := credentials.ParseKey([]byte(tt.text), secret.New(tt.passphrase))
			e := wantError(t, err, tt.reason)
			if !strings.Contains(e.Error(), tt.says) {
				t.Errorf("got %q, want it to say %q", e, tt.says)
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("took %v", d)
			}
		})
	}
}

// rsaDER writes a PKCS#1 key of these numbers, whether or not they fit together.
func rsaDER(t testing.TB, n, d *big.Int, primes []*big.Int) []byte {
	t.Helper()
	one := big.NewInt(1)
	der, err := asn1.Marshal(struct {
		Version                     int
		N, E, D, P, Q, Dp, Dq, Qinv *big.Int
	}{0, n, big.NewInt(65537), d, primes[0], primes[1], one, one, one})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// pkcs12 returns the outer form of a PKCS#12 file (RFC 7292, section 4).
func pkcs12(t testing.TB) []byte {
	t.Helper()
	type contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	type macData struct{ Salt []byte }
	der, err := asn1.Marshal(struct {
		Version  int
		AuthSafe contentInfo
		MacData  macData
	}{3, contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, make([]byte, 1000)}, macData{make([]byte, 8)}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

type algorithm = pkix.AlgorithmIdentifier

func pbes2(t testing.TB, kdf asn1.ObjectIdentifier, params any, iv []byte) string {
	t.Helper()
	raw := func(v any) asn1.RawValue {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: der}
	}
	scheme := struct{ KDF, Cipher algorithm }{
		algorithm{Algorithm: kdf, Parameters: raw(params)},
		algorithm{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, Parameters: raw(iv)},
	}
	return encryptedInfo(t, algorithm{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, Parameters: raw(scheme)})
}

func encryptedInfo(t testing.TB, alg algorithm) string {
	t.Helper()
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Data      []byte
	}{alg, make([]byte, 1216)})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))
}

var (
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

func iterationBomb(t testing.TB) string {
	t.Helper()
	return pbes2(t, oidPBKDF2, struct {
		Salt []byte
		N    int
	}{make([]byte, 8), 2_000_000_000}, make([]byte, 16))
}

func scryptBomb(t testing.TB) string {
	t.Helper()
	return pbes2(t, oidScrypt, struct {
		Salt    []byte
		N, R, P int
	}{make([]byte, 8), 1 << 30, 8, 1}, make([]byte, 16))
}

func badIV(t testing.TB) string {
	t.Helper()
	return pbes2(t, oidPBKDF2, struct {
		Salt []byte
		N    int
	}{make([]byte, 8), 1}, make([]byte, 3))
}

func pbes1(t testing.TB) string {
	t.Helper()
	return encryptedInfo(t, algorithm{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 3}})
}
