package ims_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/imsx/imsx/emulator/ims"
)

// quicken makes a server sign with a quick key, and adds one to the account: a run then takes the time of what is fuzzed.
func quicken(t testing.TB, s *ims.Server) {
	t.Helper()
	must(t, s.RotateKey(quickServerKey(), false))
	must(t, s.AddCertificate(clientID, certificate(t, quickAccountKey(), -time.Hour, 1000*time.Hour)))
}

// lastingClaims are those of an assertion that is good for the next centuries, so that what one run of a fuzz target
// has kept is worth something in the next.
const lastingClaims = `{"exp":9999999999,"iss":"` + org + `","sub":"` + account + `","aud":"` + origin + `/c/` + clientID +
	`","` + origin + `/s/` + metascope + `":true}`

const plainHeader = `{"alg":"RS256"}`

// wantTrue checks by an independent library that an accepted assertion has a good signature and the right claims.
func wantTrue(t *testing.T, text string) {
	t.Helper()
	jws, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
	if err != nil || !isCompact(text) {
		t.Fatalf("accepted %q, but: %v", text, err)
	}
	var c jwt.Claims
	var scopes map[string]any
	if err := jws.Claims(quickAccountKey().Public(), &c, &scopes); err != nil || c.Issuer != org || c.Subject != account || len(c.Audience) != 1 {
		t.Fatalf("accepted %+v, %v", c, err)
	}
	granted := func(name string) bool { return strings.HasSuffix(name, "/s/"+metascope) && scopes[name] == true }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(scopes)), granted) {
		t.Fatalf("accepted without the metascope: %v", scopes)
	}
}

// isCompact reports whether text has no other characters than the compact form (RFC 7515, section 7.1). Decoders of
// base64 pass over line breaks.
func isCompact(text string) bool {
	return strings.Trim(text, ".-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// FuzzAssertion sends any assertion. A good answer is only right if an independent library finds the signature and the
// claims good, too; any other answer must be one of the documented errors.
func FuzzAssertion(f *testing.F) {
	s := newServer(f)
	quicken(f, s)
	good := quickAccountKey().compact(f, plainHeader, lastingClaims)
	wantToken(f, post(s, exchange, exchangeFields(good)))
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	f.Add(good)
	f.Add(quickAccountKey().compact(f, `{"alg":"RS512","typ":"JWT"}`, lastingClaims))
	f.Add(quickServerKey().compact(f, plainHeader, lastingClaims))
	f.Add(encode(`{"alg":"none"}`) + "." + parts[1] + ".")
	f.Add(parts[0] + "\n." + parts[1] + "." + parts[2])
	f.Add(encode(plainHeader) + "." + encode(`{"exp":9223372036854775807,"iss":"@AdobeOrg","sub":"@"}`) + "." + parts[2])
	f.Add(encode(plainHeader) + "." + encode(`{"exp":1e400,"jti":"","aud":[[]],"iss":null}`) + "." + parts[2])
	f.Add(parts[0] + "." + encode(`{"a":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`,"a":0}`) + "." + parts[2])
	codes := map[string]bool{
		"invalid_token": true, "invalid_client": true, "invalid_scope": true, "invalid_signature": true, "bad_request": true,
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 600<<10 {
			t.Skip("larger than a body may be")
		}
		w := post(s, exchange, exchangeFields(text))
		if w.Code == 200 {
			wantTrue(t, text)
			return
		}
		var refused struct {
			Code string `json:"error"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &refused); err != nil || w.Code != 400 || !codes[refused.Code] {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	})
}

// FuzzClaims puts any payload under a good signature, so that the checks behind it are reached.
func FuzzClaims(f *testing.F) {
	s := newServer(f)
	quicken(f, s)
	f.Add(lastingClaims)
	f.Add(strings.Replace(lastingClaims, `"exp":`, `"jti":" 7","exp":`, 1))
	f.Add(`{"exp":99999999999,"iss":"` + org + `","sub":"` + account + `","aud":["` + origin + `/c/` + clientID + `"]}`)
	f.Add(`{"exp":100000000000,"iss":"\ud800@AdobeOrg","sub":"a@b","aud":"https:///c/","https://:443/s/":true}`)
	f.Fuzz(func(t *testing.T, payload string) {
		text := quickAccountKey().compact(t, plainHeader, payload)
		w := post(s, exchange, exchangeFields(text))
		if w.Code != 400 && w.Code != 200 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if w.Code == 200 {
			wantTrue(t, text)
		}
	})
}

// FuzzForm sends any query, body and content type to an endpoint that reads them.
func FuzzForm(f *testing.F) {
	s := newServer(f)
	quicken(f, s)
	fields := tokenFields("openid").Encode()
	urlencoded := "application/x-www-form-urlencoded"
	multi := "--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\n" + clientID + "\r\n--b--\r\n"
	f.Add("", urlencoded, fields)
	f.Add("client_id="+clientID, urlencoded+"; charset=UTF-8", "client_secret="+password)
	f.Add(fields, "multipart/form-data; boundary=b", multi)
	f.Add("a=%zz&&=;", "multipart/form-data; boundary=\"\"", "--")
	f.Add("client_id=x", "text/plain", "client_id=\xff")
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		w := postRaw(s, "/ims/token/v3", query, contentType, body)
		switch w.Code {
		case 200:
			wantToken(t, w)
		case 400, 413:
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("status %d: %q", w.Code, w.Body)
			}
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		merged := url.Values{}
		queried, queryErr := url.ParseQuery(query)
		posted, bodyErr := url.ParseQuery(body)
		if queryErr != nil || bodyErr != nil || contentType != urlencoded || len(queried)+len(posted) > 100 {
			return
		}
		for _, values := range []url.Values{queried, posted} {
			for name, v := range values {
				merged[name] = v
			}
		}
		// The same fields, read by net/url and all sent in the body, must have the same outcome.
		if again := postRaw(s, "/ims/token/v3", "", urlencoded, merged.Encode()); again.Code != w.Code {
			t.Errorf("status %d, but %d for the merged fields %v", w.Code, again.Code, merged)
		}
	})
}
