package ims_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// FuzzAssertion sends any assertion. A good answer is only right if an independent library finds the signature and the
// claims good, too; any other answer must be one of the documented errors.
func FuzzAssertion(f *testing.F) {
	s := newServer(f)
	good := sign(f, jose.RS256, firstKey(), claims(nil))
	parts := strings.Split(good, ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	f.Add(good)
	f.Add(sign(f, jose.RS512, firstKey(), claims(map[string]any{"aud": []string{origin}, "jti": "1", "exp": 1e12})))
	f.Add(sign(f, jose.RS256, foreignKey(), claims(nil)))
	f.Add(encode(`{"alg":"none"}`) + "." + parts[1] + ".")
	f.Add(encode(`{"alg":"RS256"}`) + "." + encode(`{"exp":9223372036854775807,"iss":"@AdobeOrg","sub":"@"}`) + "." + parts[2])
	f.Add(encode(`{"alg":"RS256"}`) + "." + encode(`{"exp":1e400,"jti":"","aud":[[]],"iss":null}`) + "." + parts[2])
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
			jws, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
			if err != nil {
				t.Fatalf("accepted, but: %v", err)
			}
			var c jwt.Claims
			if err := jws.Claims(firstKey().Public(), &c); err != nil || c.Issuer != org || c.Subject != account {
				t.Fatalf("accepted %+v, %v", c, err)
			}
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
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: firstKey()}, nil)
	must(f, err)
	good, err := json.Marshal(claims(nil))
	must(f, err)
	f.Add(string(good))
	f.Add(strings.Replace(string(good), `"exp":`, `"jti":" 7","exp":`, 1))
	f.Add(`{"exp":99999999999,"iss":"` + org + `","sub":"` + account + `","aud":["` + origin + `/c/` + clientID + `"]}`)
	f.Add(`{"exp":100000000000,"iss":"\ud800@AdobeOrg","sub":"a@b","aud":"https:///c/","https://:443/s/":true}`)
	f.Fuzz(func(t *testing.T, payload string) {
		jws, err := signer.Sign([]byte(payload))
		must(t, err)
		text, err := jws.CompactSerialize()
		must(t, err)
		w := post(s, exchange, exchangeFields(text))
		if w.Code != 400 && w.Code != 200 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		var c struct {
			Issuer  string `json:"iss"`
			Subject string `json:"sub"`
		}
		if err := json.Unmarshal([]byte(payload), &c); w.Code == 200 && (err != nil || c.Issuer != org || c.Subject != account) {
			t.Fatalf("accepted %+v, %v", c, err)
		}
	})
}

// FuzzForm sends any query, body and content type to an endpoint that reads them.
func FuzzForm(f *testing.F) {
	s := newServer(f)
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
