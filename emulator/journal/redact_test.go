package journal_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/secret"
)

// tell makes an entry in which a text stands everywhere, and returns it as JSON.
func tell(t testing.TB, text string) string {
	t.Helper()
	j := journal.New(1, nil)
	ask(j, "ims", "/", 200, func(r *journal.Record) {
		for _, tell := range []func(string){r.Route, r.Client, r.Account, r.Code, r.Fault, r.DebugID} {
			tell(text)
		}
		r.Field(text, text)
		r.Pass(text, text)
		r.Fail(text, text)
	})
	out, err := json.Marshal(j.Query(journal.Filter{}))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestSecretsAreReplaced(t *testing.T) {
	t.Parallel()
	jwt := b64(`{"alg":"RS256"}`) + "." + b64(`{"user_id":"somebody@techacct.adobe.com"}`) + "." + b64(strings.Repeat("s", 256))
	block := "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
	for _, tt := range []struct{ name, text, hidden, left string }{
		{"a token", jwt, jwt, ""},
		{"a token in a sentence", "the token " + jwt + " was refused", jwt, "was refused"},
		{"a token without its signature", jwt[:60], jwt[:60], ""},
		{"two tokens", jwt + " and " + jwt, jwt, " and "},
		{"a token in JSON", `{"access_token":"` + jwt + `","x":1}`, jwt, `x\":1}`},
		{"a token in a form", "a=1&jwt_token=" + jwt + "&b=2", jwt, "\\u0026b=2"},
		{"a very long token", jwt + strings.Repeat("a", 100_000), "aaaaaaaa", ""},
		{"a token that the cut would halve", strings.Repeat("x ", 120) + jwt, jwt[:12], ""},
		{"a client secret", "p8e-abcDEF_123-xyz", "abcDEF", ""},
		{"a client secret of the stage", "client_secret=s8e-abcDEF_123&x", "abcDEF", "\\u0026x"},
		{"a bearer header", "Authorization: Bearer 0123456789abcdef0123", "0123456789abcdef", "Bearer "},
		{"a Basic header", "basic " + base64.StdEncoding.EncodeToString([]byte("client:a-password")), b64("client:a-p"), "basic "},
		{"a key", block, "MIIEpAIBAAKCAQEA", ""},
		{"a key in a sentence", "before " + block + " after", "MIIEpAIBAAKCAQEA", " after"},
		{"a key that is cut", block[:50], "MIIEpAIB", ""},
		{"a token, then a client secret", "a " + jwt + " b p8e-abcDEF_123", jwt, " b "},
		{"a token, then a header", "a " + jwt + " b Bearer 0123456789abcdef0123", jwt, " b Bearer "},
		{"a client secret, then a header", "p8e-abcDEF_123 b Bearer 0123456789abcdef0123", "abcDEF", " b Bearer "},
		{"a header, then a token", "Bearer 0123456789abcdef0123 b " + jwt, "0123456789abcdef", " b "},
		{"a token in brackets", "[" + jwt + "]{x}", jwt, "]{x}"},
		{"a token between odd bytes", "\x80" + jwt + "\x80", jwt, "�"},
		{"all of them", "p8e-abcDEF_123 " + block + " " + jwt, "abcDEF", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tell(t, tt.text)
			if strings.Contains(got, tt.hidden) {
				t.Errorf("the secret is there: %s", got)
			}
			if !strings.Contains(got, "sha256:") && !strings.Contains(tt.name, "halve") {
				t.Errorf("there is no fingerprint: %s", got)
			}
			if !strings.Contains(got, tt.left) {
				t.Errorf("%q is gone: %s", tt.left, got)
			}
		})
	}
}

func TestFingerprintIsTheSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"p8e-abcDEF_123-xyz", b64(`{"alg":"RS256"}`) + "." + b64(`{}`) + ".c2ln"} {
		if want := secret.New(text).Fingerprint(); !strings.Contains(tell(t, "it is "+text+" here"), want) {
			t.Errorf("the fingerprint of %q is not %s", text, want)
		}
	}
}

func TestOrdinaryTextStays(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "p8", "p8e", "the bearer token is missing", "a JWT has three parts", "basic authentication is allowed here",
		"89ABCDEF0123456789ABCDEF@AdobeOrg", "cm-p11111-e22222-integration-0", "12345678-aaaa", "OBJECT JSON eyJ",
		"Überprüfung – fertig",
	} {
		want, _ := json.Marshal(text)
		if got := tell(t, text); !strings.Contains(got, string(want)) {
			t.Errorf("%q became %s", text, got)
		}
	}
}

func TestLongTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("ü", 1000), "x" + strings.Repeat("€", 1000), strings.Repeat("\xff", 1000)} {
		got := tell(t, text)
		if strings.Contains(got, `\ufffd`) && !strings.Contains(text, "\xff") || len(got) > 12_000 || !json.Valid([]byte(got)) {
			t.Errorf("%.20q became %d bytes: %.200s", text, len(got), got)
		}
	}
}

// FuzzRedaction puts a secret into any text. It must never come out of the journal.
func FuzzRedaction(f *testing.F) {
	jwt := b64(`{"alg":"RS256"}`) + "." + b64(`{"a":"hidden payload"}`) + "." + b64("hidden signature")
	secrets := []struct{ text, hidden string }{
		{jwt, b64(`{"a":"hidden payload"}`)},
		{"p8e-hiddenSecretText", "hiddenSecretText"},
		{"-----BEGIN PRIVATE KEY-----\nhiddenKeyText\n-----END PRIVATE KEY-----", "hiddenKeyText"},
		{"Bearer hiddenBearerText1", "hiddenBearerText1"},
	}
	f.Add("", "", uint8(0))
	f.Add("Bearer ", " p8e-", uint8(1))
	f.Add("-----BEGIN ", "-----END", uint8(2))
	f.Add("eyJ eyJ p8e- s8e-", "\xff\xfe€", uint8(3))
	f.Add("Bearer "+strings.Repeat("5", 20), "0", uint8(3)) // the second scheme is the end of the first one's credentials
	f.Fuzz(func(t *testing.T, before, after string, which uint8) {
		s := secrets[int(which)%len(secrets)]
		if got := tell(t, before+s.text+after); strings.Contains(got, s.hidden) && !strings.Contains(before+after, s.hidden) {
			t.Fatalf("the secret is there: %s", got)
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	j := journal.New(0, nil)
	serve := j.Middleware("ims")(handlerLikeTheExchange())
	w, r := discard{}, newRequest()
	b.ReportAllocs()
	for b.Loop() {
		serve.ServeHTTP(w, r)
	}
}

func BenchmarkRequestParallel(b *testing.B) {
	j := journal.New(0, nil)
	serve := j.Middleware("ims")(handlerLikeTheExchange())
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		w, r := discard{}, newRequest()
		for p.Next() {
			serve.ServeHTTP(w, r)
		}
	})
}

// BenchmarkCountAmongMany counts one client's requests among those of 10,000.
func BenchmarkCountAmongMany(b *testing.B) {
	j := journal.New(0, nil)
	for n := range 10_000 {
		exchange(j, fmt.Sprint("client ", n), 200)
	}
	for b.Loop() {
		if j.Count(journal.Filter{ClientID: "client 77", Route: "exchange"}) != 1 {
			b.Fatal("wrong count")
		}
	}
}
