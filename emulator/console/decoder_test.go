package console_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func unsigned(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + ".AAAA"
}

func TestDecoder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := func() string {
		text, err := w.ims.IssueToken(oauth, oauthUser, "openid")
		must(t, err)
		return text.Reveal()
	}
	good := token()
	old, err := w.ims.MintToken(map[string]any{"client_id": oauth, "created_at": "1700000000000"})
	must(t, err)
	change := func(f func(map[string]any)) string { return w.assertion(t, f) }
	broken := good[:len(good)-8] + "AAAAAAAA"
	answer, err := json.Marshal(map[string]any{"access_token": good, "expires_in": 86399})
	must(t, err)
	for _, tt := range []struct {
		name, text, kind, word, verdict string
	}{
		{"a good token", good, "Access token", "good", "would accept"},
		{"in a header", "Authorization: Bearer " + good + "\r\n", "Access token", "good", ""},
		{"in an answer", string(answer), "Access token", "good", ""},
		{"in quotes, broken into lines", `"` + good[:40] + "\n  " + good[40:] + `",`, "Access token", "good", ""},
		{"an old token", old.Reveal(), "Access token", "refused", ""},
		{"a token of another service", broken, "Access token", "refused", ""},
		{"a good assertion", change(nil), "Assertion", "good", "would accept"},
		{"in a form", "client_id=x&jwt_token=" + change(nil) + "&a=b", "Assertion", "good", ""},
		{"an expired assertion", change(func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), "Assertion", "refused", "expired"},
		{"no binding", change(func(c map[string]any) { c["sub"] = oauthUser }), "Assertion", "refused", "Could not match JWT signature to any of the bindings"},
		{"another metascope", change(func(c map[string]any) { c[w.url+"/s/ent_user_sdk"] = true }), "Assertion", "refused", "not a subset"},
		{"another environment", change(func(c map[string]any) { c["aud"] = "https://ims-na1-stg1.adobelogin.com/c/" + service }), "Assertion", "refused", "aud"},
		{"no signature", unsigned(`{"alg":"none"}`, `{"iss":"x@AdobeOrg"}`), "Assertion", "refused", ""},
		{"something else in three parts", unsigned(`{"alg":"HS256"}`, `{"name":"x"}`), "JSON Web Token", "", "neither"},
		{"nothing", "  ", "Not readable", "unreadable", "three parts"},
		{"no token", "p8e-secret", "Not readable", "unreadable", "three parts"},
		{"no base64", "a.b.c", "Not readable", "unreadable", "base64url"},
		{"no objects", unsigned(`[]`, `1`), "Not readable", "unreadable", "JSON objects"},
		{"far too long", strings.Repeat("a", 65<<10), "Not readable", "unreadable", "64 KiB"},
	} {
		kind, word, verdict := w.Explain(tt.text)
		if kind != tt.kind || word != tt.word || !strings.Contains(verdict, tt.verdict) {
			t.Errorf("%s: %s, %s, %q; want %s, %s, a verdict with %q", tt.name, kind, word, verdict, tt.kind, tt.word, tt.verdict)
		}
	}
}

// TestDecoderPage pastes without any script.
func TestDecoderPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := w.assertion(t, func(c map[string]any) {
		c["exp"], c["<script>alert(1)</script>"] = time.Now().Add(time.Hour).UnixMilli(), "<img src=x>"
	})
	got := w.call(t, "POST", "/_imsx/console/decoder", url.Values{"text": {text}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if got.status != 200 {
		t.Fatalf("status %d", got.status)
	}
	for _, want := range []string{"Good: the emulator would accept it now", "claims the metascope ent_aem_cloud_api", "in milliseconds; RFC 7519 has seconds", "in 59 min", "&lt;script&gt;"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{text, "<script>alert", "<img src=x"} {
		if strings.Contains(got.body, bad) {
			t.Errorf("the page has %.40q", bad)
		}
	}
}

// FuzzDecoder pastes anything: the answer is an explanation in valid UTF-8, soon.
func FuzzDecoder(f *testing.F) {
	w := newWorld(f)
	token, err := w.ims.IssueToken(oauth, oauthUser, "openid")
	must(f, err)
	for _, seed := range []string{
		"", "a.b.c", token.Reveal(), "Bearer " + token.Reveal(), w.assertion(f, nil), unsigned(`{}`, `{"exp":1e99,"created_at":"-1","expires_in":9223372036854775807}`),
		`{"access_token":"x"}`, unsigned(`{"alg":1}`, `{"aud":["x"],"exp":99999999999999}`), "jwt_token=a.b.c&x", unsigned(`{}`, `{"iat":-62135596801,"iss":1}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		begun := time.Now()
		kind, word, verdict := w.Explain(text)
		if kind == "" || verdict == "" || !utf8.ValidString(kind+word+verdict) {
			t.Errorf("%q, %q, %q", kind, word, verdict)
		}
		if word == "good" && text != token.Reveal() && !strings.Contains(text, "eyJ") {
			t.Errorf("good: %q", text)
		}
		if d := time.Since(begun); d > 20*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
