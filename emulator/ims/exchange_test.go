package ims_test

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/imsx/imsx/emulator/ims"
)

// The descriptions that clients match.
const (
	noBinding   = "Could not match JWT signature to any of the bindings"
	undecodable = "JWT token is incorrectly formatted, and can not be decoded."
	notSubset   = "The metascopes in the JWT are not a subset of the metascopes in the binding."
	badClient   = "invalid client_id parameter"
	badSecret   = "invalid client_secret parameter"
)

func TestExchangeAccepts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	second := "https://ims-na1.adobelogin.com/s/ent_user_sdk"
	tests := map[string]map[string]any{
		"plain":                         nil,
		"exp in milliseconds":           {"exp": now.Add(time.Minute).UnixMilli()},
		"exp far ahead":                 {"exp": now.AddDate(1, 0, 0).Unix()},
		"exp just over, within skew":    {"exp": now.Add(-10 * time.Second).Unix()},
		"aud as an array of one":        {"aud": []string{origin + "/c/" + clientID}},
		"aud of production":             {"aud": production + "/c/" + clientID},
		"aud with the scheme's port":    {"aud": "https://IMS.example.test:443/c/" + clientID},
		"aud by the request's host":     {"aud": "http://example.com/c/" + clientID},
		"metascope of production":       {origin + "/s/" + metascope: nil, production + "/s/" + metascope: true},
		"metascope over plain HTTP":     {origin + "/s/" + metascope: nil, "http://ims.example.test/s/" + metascope: true},
		"unknown claims":                {"iat": now.Unix(), "x": map[string]any{"y": []int{1}}},
		"jti not asked for":             {"jti": "17"},
		"another metascope not true":    {second: false},
		"another metascope as text":     {second: "true"},
		"metascope of an unknown host":  {"https://ims.elsewhere.test/s/ent_user_sdk": true},
		"path that is not a metascope":  {origin + "/x/ent_user_sdk": true},
		"names that only look the part": {"/s/ent_user_sdk": true, "ent_user_sdk": true},
	}
	s := newServer(t)
	for name, edits := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(edits)))))
		})
	}
}

func TestExchangeRefusesClaims(t *testing.T) {
	t.Parallel()
	now := time.Now()
	scope := func(name string) map[string]any { return map[string]any{origin + "/s/" + name: true} }
	tests := []struct {
		name  string
		edits map[string]any
		want  refusal
	}{
		{"exp a date", map[string]any{"exp": "2030-01-01"}, refusal{400, "invalid_token", undecodable}},
		{"exp a fraction", map[string]any{"exp": 1.5}, refusal{400, "invalid_token", ""}},
		{"exp null", map[string]any{"exp": json.RawMessage("null")}, refusal{400, "invalid_token", ""}},
		{"jti a word", map[string]any{"jti": "a1"}, refusal{400, "invalid_token", ""}},
		{"jti a fraction", map[string]any{"jti": 0.5}, refusal{400, "invalid_token", ""}},
		{"expired", map[string]any{"exp": now.Add(-time.Minute).Unix()}, refusal{400, "invalid_token", ""}},
		{"expired in milliseconds", map[string]any{"exp": now.Add(-time.Minute).UnixMilli()}, refusal{400, "invalid_token", ""}},
		{"exp negative", map[string]any{"exp": -1}, refusal{400, "invalid_token", ""}},
		{"exp missing", map[string]any{"exp": nil}, refusal{400, "bad_request", ""}},
		{"iss missing", map[string]any{"iss": nil}, refusal{400, "bad_request", ""}},
		{"iss a number", map[string]any{"iss": 7}, refusal{400, "bad_request", ""}},
		{"iss without source", map[string]any{"iss": "89ABCDEF0123456789ABCDEF"}, refusal{400, "bad_request", ""}},
		{"iss of nobody", map[string]any{"iss": "@AdobeOrg"}, refusal{400, "bad_request", ""}},
		{"sub missing", map[string]any{"sub": nil}, refusal{400, "bad_request", ""}},
		{"sub without source", map[string]any{"sub": "somebody"}, refusal{400, "bad_request", ""}},
		{"jti negative", map[string]any{"jti": -4}, refusal{400, "bad_request", ""}},
		{"aud missing", map[string]any{"aud": nil}, refusal{400, "invalid_client", ""}},
		{"aud of another host", map[string]any{"aud": "https://ims-na1-stg1.adobelogin.com/c/" + clientID}, refusal{400, "invalid_client", ""}},
		{"aud of two", map[string]any{"aud": []string{origin + "/c/" + clientID, origin}}, refusal{400, "invalid_client", ""}},
		{"aud of an unknown client", map[string]any{"aud": origin + "/c/nobody"}, refusal{400, "invalid_client", ""}},
		{"aud of another client", map[string]any{"aud": origin + "/c/other"}, refusal{400, "invalid_client", ""}},
		{"aud without a path", map[string]any{"aud": origin}, refusal{400, "invalid_client", ""}},
		{"aud without a host", map[string]any{"aud": "https:///c/" + clientID}, refusal{400, "invalid_client", ""}},
		{"aud of another scheme", map[string]any{"aud": "ftp" + strings.TrimPrefix(origin, "https") + "/c/" + clientID}, refusal{400, "invalid_client", ""}},
		{"aud of another path", map[string]any{"aud": origin + "/" + clientID}, refusal{400, "invalid_client", ""}},
		{"iss of another organization", map[string]any{"iss": "000000000000000000000000@AdobeOrg"}, refusal{400, "invalid_token", noBinding}},
		{"sub is the e-mail", map[string]any{"sub": "0000-0000@techacct.adobe.com"}, refusal{400, "invalid_token", noBinding}},
		{"no metascope", map[string]any{origin + "/s/" + metascope: nil}, refusal{400, "invalid_scope", ""}},
		{"metascope not true", map[string]any{origin + "/s/" + metascope: 1}, refusal{400, "invalid_scope", ""}},
		{"metascope does not exist", scope("ent_nonsense"), refusal{400, "invalid_scope", ""}},
		{"metascope not in the binding", scope("ent_user_sdk"), refusal{400, "invalid_scope", notSubset}},
		{"metascope of the client only", scope("ent_client_only_sdk"), refusal{400, "invalid_scope", notSubset}},
		{"metascope of the binding only", scope("ent_binding_only_sdk"), refusal{400, "invalid_scope", ""}},
	}
	s := newServer(t)
	must(t, s.AddClient(ims.Client{ID: "other"}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assertion := sign(t, jose.RS256, firstKey(), claims(tt.edits))
			wantRefusal(t, post(s, exchange, exchangeFields(assertion)), tt.want)
		})
	}
}

func TestExchangeRefusesClients(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := client()
	for id, edit := range map[string]func(*ims.Client){
		"no-grant": func(c *ims.Client) { c.ExchangeJWT = false },
		"migrated": func(*ims.Client) {},
	} {
		c := good
		c.ID = id
		edit(&c)
		must(t, s.AddClient(c))
	}
	must(t, s.SetMigrated("migrated", true))
	tests := []struct {
		name   string
		fields url.Values
		want   refusal
	}{
		{"no fields", url.Values{}, refusal{400, "invalid_client", badClient}},
		{"unknown client", url.Values{"client_id": {"nobody"}, "client_secret": {password}}, refusal{400, "invalid_client", badClient}},
		{"wrong secret", url.Values{"client_id": {clientID}, "client_secret": {"p8e-other"}}, refusal{401, "invalid_client", badSecret}},
		{"no secret", url.Values{"client_id": {clientID}}, refusal{401, "invalid_client", badSecret}},
		{"no exchange", url.Values{"client_id": {"no-grant"}, "client_secret": {password}}, refusal{401, "invalid_client", ""}},
		{"migrated", url.Values{"client_id": {"migrated"}, "client_secret": {password}}, refusal{500, "internal_error", "Please try again later"}},
		{"no assertion", url.Values{"client_id": {clientID}, "client_secret": {password}}, refusal{400, "invalid_token", undecodable}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, post(s, exchange, tt.fields), tt.want)
		})
	}
}

// TestOrderOfChecks breaks everything about a request and mends it step by step.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	must(t, s.SetJTIRequired(clientID, true))
	must(t, s.AddClient(ims.Client{ID: "other"}))
	fields := url.Values{"client_id": {"nobody"}, "client_secret": {"wrong"}, "jwt_token": {"x"}}
	c := claims(map[string]any{
		"exp": 1.5, "iss": "bad", "aud": "https://elsewhere.test/c/nobody", origin + "/s/" + metascope: nil,
	})
	key := foreignKey()
	steps := []struct {
		mend func()
		want refusal
	}{
		{func() {}, refusal{400, "invalid_client", badClient}},
		{func() { fields.Set("client_id", clientID) }, refusal{401, "invalid_client", badSecret}},
		{func() { fields.Set("client_secret", password2) }, refusal{400, "invalid_token", undecodable}},
		{func() { fields.Del("jwt_token") }, refusal{400, "invalid_token", "exp or jti is not an integer"}},
		{func() { c["exp"] = 1000 }, refusal{400, "invalid_token", "the JWT has expired"}},
		{func() { c["exp"] = time.Now().Unix() + 60 }, refusal{400, "bad_request", ""}},
		{func() { c["iss"] = org }, refusal{400, "invalid_client", "aud names another IMS environment"}},
		{func() { c["aud"] = origin + "/c/nobody" }, refusal{400, "invalid_client", "the client in aud does not exist"}},
		{func() { c["aud"] = origin + "/c/other" }, refusal{400, "invalid_client", "client_id and aud do not agree"}},
		{func() { c["aud"] = origin + "/c/" + clientID }, refusal{400, "invalid_token", noBinding}},
		{func() { key = firstKey() }, refusal{400, "invalid_jti", "the binding demands the claim jti"}},
		{func() { c["jti"] = 5 }, refusal{400, "invalid_scope", "the JWT has no metascope"}},
		{func() { c[origin+"/s/ent_nonsense"] = true }, refusal{400, "invalid_scope", "a metascope in the JWT does not exist"}},
		{func() { delete(c, origin+"/s/ent_nonsense"); c[origin+"/s/ent_client_only_sdk"] = true }, refusal{400, "invalid_scope", notSubset}},
	}
	for i, step := range steps {
		step.mend()
		sent := maps.Clone(fields)
		if !sent.Has("jwt_token") {
			sent.Set("jwt_token", sign(t, jose.RS256, key, c))
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) { wantRefusal(t, post(s, exchange, sent), step.want) })
	}
	delete(c, origin+"/s/ent_client_only_sdk")
	c[origin+"/s/"+metascope] = true
	// The id 5 was in refused assertions and is not used up.
	wantToken(t, post(s, exchange, exchangeFields(sign(t, jose.RS256, key, c))))
}

// TestBodyOfNoBinding: a log of the live service has this answer with exactly 100 bytes.
func TestBodyOfNoBinding(t *testing.T) {
	t.Parallel()
	w := post(newServer(t), exchange, exchangeFields(sign(t, jose.RS256, foreignKey(), claims(nil))))
	wantRefusal(t, w, refusal{400, "invalid_token", noBinding})
	if w.Body.Len() != 100 {
		t.Errorf("the body has %d bytes, want 100", w.Body.Len())
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	try := func(key any, want bool) {
		t.Helper()
		w := post(s, exchange, exchangeFields(sign(t, jose.RS256, key, claims(nil))))
		if !want {
			wantRefusal(t, w, refusal{400, "invalid_token", noBinding})
		} else if w.Code != 200 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	}
	try(secondKey(), false)
	must(t, s.AddCertificate(clientID, certificate(t, secondKey(), -2*time.Hour, -time.Hour)))
	try(secondKey(), false) // expired
	must(t, s.AddCertificate(clientID, certificate(t, secondKey(), time.Hour, 2*time.Hour)))
	try(secondKey(), false) // not yet valid
	good := certificate(t, secondKey(), -time.Hour, time.Hour)
	must(t, s.AddCertificate(clientID, good))
	try(secondKey(), true)
	try(firstKey(), true) // both are live
	must(t, s.RevokeCertificate(clientID, good))
	try(secondKey(), false)
	try(firstKey(), true)
	must(t, s.AddCertificate(clientID, good))
	try(secondKey(), true)
	if err := s.RevokeCertificate(clientID, certificate(t, foreignKey(), -time.Hour, time.Hour)); err == nil {
		t.Error("a certificate that is not there was revoked")
	}
}

func TestAlgorithms(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512} {
		wantToken(t, post(s, exchange, exchangeFields(sign(t, alg, firstKey(), claims(nil)))))
	}
	good := sign(t, jose.RS256, firstKey(), claims(nil))
	parts := strings.Split(good, ".")
	header := func(h string) string { return base64.RawURLEncoding.EncodeToString([]byte(h)) }
	cert := certificate(t, firstKey(), -time.Hour, time.Hour)
	tests := map[string]string{
		"none, unsigned":          header(`{"alg":"none"}`) + "." + parts[1] + ".",
		"none, signed":            header(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"None":                    header(`{"alg":"None"}`) + "." + parts[1] + ".",
		"empty":                   header(`{"alg":""}`) + "." + parts[1] + "." + parts[2],
		"PS256":                   sign(t, jose.PS256, firstKey(), claims(nil)),
		"HS256 with a public key": sign(t, jose.HS256, cert.RawSubjectPublicKeyInfo, claims(nil)),
		"RS512 called RS256":      relabel(t, crypto.SHA512, "RS256"),
		"RS256 called RS384":      relabel(t, crypto.SHA256, "RS384"),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, post(s, exchange, exchangeFields(text)), refusal{400, "invalid_signature", ""})
		})
	}
}

// relabel signs with the hash of one algorithm under a header that names another, as a careless client does.
func relabel(t *testing.T, hash crypto.Hash, name string) string {
	t.Helper()
	good := strings.Split(sign(t, jose.RS256, firstKey(), claims(nil)), ".")
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+name+`"}`)) + "." + good[1]
	h := hash.New()
	h.Write([]byte(signed))
	signature, err := firstKey().Sign(rand.Reader, h.Sum(nil), hash)
	must(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestMalformedAssertions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := strings.Split(sign(t, jose.RS256, firstKey(), claims(nil)), ".")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	payload := func(text string) string { return good[0] + "." + encode(text) + "." + good[2] }
	tests := map[string]string{
		"one part":            "abc",
		"two parts":           good[0] + "." + good[1],
		"four parts":          strings.Join(good, ".") + ".x",
		"only dots":           "..",
		"bad header":          "!!!." + good[1] + "." + good[2],
		"header not JSON":     encode("alg=RS256") + "." + good[1] + "." + good[2],
		"header an array":     encode(`["RS256"]`) + "." + good[1] + "." + good[2],
		"no alg":              encode(`{"typ":"JWT"}`) + "." + good[1] + "." + good[2],
		"alg a number":        encode(`{"alg":256}`) + "." + good[1] + "." + good[2],
		"alg twice":           encode(`{"alg":"RS256","alg":"none"}`) + "." + good[1] + "." + good[2],
		"critical extension":  encode(`{"alg":"RS256","crit":["b64"],"b64":false}`) + "." + good[1] + "." + good[2],
		"padded":              good[0] + "=." + good[1] + "." + good[2],
		"line break, header":  good[0] + "\n." + good[1] + "." + good[2],
		"line break, payload": good[0] + ".\r\n" + good[1] + "." + good[2],
		"line break, end":     strings.Join(good, ".") + "\n",
		"payload a text":      payload(`"x"`),
		"payload empty":       payload(""),
		"payload an array":    payload(`["iss","` + org + `"]`),
		"claim twice":         payload(`{"iss":"a@AdobeOrg","iss":"b@AdobeOrg"}`),
		"claim escaped twice": payload(`{"iss":"a@AdobeOrg","\u0069ss":"b@AdobeOrg"}`),
		"trailing data":       payload(`{}{}`),
		"invalid UTF-8":       payload("{\"iss\":\"\xff\"}"),
		"too deep":            payload(`{"a":` + strings.Repeat("[", 11_000) + strings.Repeat("]", 11_000) + `}`),
		"too many claims":     payload(manyClaims(1000)),
		"too long":            payload(`{"a":"` + strings.Repeat("x", 64<<10) + `"}`),
		"cut":                 payload(`{"iss":`),
		"bad signature text":  good[0] + "." + good[1] + ".%%",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, post(s, exchange, exchangeFields(text)), refusal{400, "invalid_token", undecodable})
		})
	}
	t.Run("empty signature", func(t *testing.T) {
		t.Parallel()
		wantRefusal(t, post(s, exchange, exchangeFields(good[0]+"."+good[1]+".")), refusal{400, "invalid_token", noBinding})
	})
	t.Run("payload of another assertion", func(t *testing.T) {
		t.Parallel()
		other := strings.Split(sign(t, jose.RS256, firstKey(), claims(map[string]any{"x": 1})), ".")
		wantRefusal(t, post(s, exchange, exchangeFields(good[0]+"."+other[1]+"."+good[2])), refusal{400, "invalid_token", noBinding})
	})
}

func manyClaims(n int) string {
	var b strings.Builder
	b.WriteString(`{"x":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"c%d":0`, i)
	}
	return b.String() + "}"
}

func TestJTI(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	must(t, s.SetJTIRequired(clientID, true))
	send := func(jti any) *httptest.ResponseRecorder {
		return post(s, exchange, exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"jti": jti}))))
	}
	wantRefusal(t, send(nil), refusal{400, "invalid_jti", ""})
	wantToken(t, send(0))
	wantToken(t, send(100))
	wantRefusal(t, send(100), refusal{400, "invalid_jti", ""})
	wantRefusal(t, send("99"), refusal{400, "invalid_jti", ""})
	wantToken(t, send("101"))
	must(t, s.AddBinding(binding())) // replaced, and no longer demands it
	wantToken(t, send(1))
	must(t, s.SetJTIRequired(clientID, true))
	wantRefusal(t, send(101), refusal{400, "invalid_jti", ""}) // the record has survived
}

// TestJTIRace: of many requests with one jti at the same time, one wins.
func TestJTIRace(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	must(t, s.SetJTIRequired(clientID, true))
	fields := exchangeFields(sign(t, jose.RS256, firstKey(), claims(map[string]any{"jti": 1})))
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() { post(s, exchange, fields) })
	}
	wait.Wait()
	got := s.Counters().Clients[clientID]
	if got.Exchanges != 1 || got.Refused != 15 {
		t.Errorf("%d exchanges and %d refusals, want 1 and 15", got.Exchanges, got.Refused)
	}
}

func TestSpellingsAndEncodings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	all := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	rest := url.Values{"client_secret": all["client_secret"], "jwt_token": all["jwt_token"]}
	wrong := maps.Clone(all)
	wrong["client_id"] = []string{"nobody"}
	for _, path := range []string{"/ims/exchange/jwt", "/ims/exchange/jwt/", "/ims/exchange/v1/jwt"} {
		inQuery := path + "?client_id=" + clientID
		answers := map[string]*httptest.ResponseRecorder{
			"urlencoded":             post(s, path, all),
			"multipart":              postMultipart(t, s, path, all),
			"client_id in the query": post(s, inQuery, rest),
			"multipart and query":    postMultipart(t, s, inQuery, rest),
			"all in the query":       post(s, path+"?"+all.Encode(), nil),
			"body before query":      post(s, path+"?"+wrong.Encode(), all),
			"Basic": post(s, path, url.Values{"jwt_token": all["jwt_token"]}, func(r *http.Request) {
				r.SetBasicAuth(clientID, password)
			}),
			"resource given": post(s, path+"?resource=a&resource=b", all),
		}
		for name, w := range answers {
			t.Run(path+" "+name, func(t *testing.T) { wantToken(t, w) })
		}
		wantRefusal(t, post(s, inQuery, wrong), refusal{400, "invalid_client", badClient})
	}
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	multi := "multipart/form-data; boundary=b"
	part := "--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nx\r\n"
	tests := []struct {
		name, contentType, body string
		want                    refusal
	}{
		{"too large", "application/x-www-form-urlencoded", strings.Repeat("a", 2<<20), refusal{413, "bad_request", ""}},
		{"too large, multipart", multi, part + strings.Repeat("a", 2<<20), refusal{413, "bad_request", ""}},
		{"too many fields", "application/x-www-form-urlencoded", strings.Repeat("a=b&", 2000), refusal{400, "bad_request", ""}},
		{"only separators", "application/x-www-form-urlencoded", strings.Repeat("&", 2000), refusal{400, "bad_request", ""}},
		{"too many parts", multi, strings.Repeat(part, 2000) + "--b--", refusal{400, "bad_request", ""}},
		{"bad escape", "application/x-www-form-urlencoded", "client_id=%zz", refusal{400, "bad_request", ""}},
		{"bad escape in a name", "application/x-www-form-urlencoded", "%=x", refusal{400, "bad_request", ""}},
		{"no boundary", "multipart/form-data", part, refusal{400, "bad_request", ""}},
		{"cut multipart", multi, "--b\r\nContent-Disp", refusal{400, "bad_request", ""}},
		{"JSON", "application/json", `{"client_id":"` + clientID + `"}`, refusal{400, "invalid_client", badClient}},
		{"invalid UTF-8", "application/x-www-form-urlencoded", "client_id=%ff%fe\xff", refusal{400, "invalid_client", badClient}},
		{"bad content type", ";;;", "client_id=" + clientID, refusal{400, "invalid_client", badClient}},
	}
	for _, chunked := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprint(tt.name, " chunked ", chunked), func(t *testing.T) {
				t.Parallel()
				r := httptest.NewRequest(http.MethodPost, exchange, strings.NewReader(tt.body))
				r.Header.Set("Content-Type", tt.contentType)
				if chunked {
					r.ContentLength = -1
				}
				wantRefusal(t, do(s, r), tt.want)
			})
		}
	}
	t.Run("connection breaks", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequest(http.MethodPost, exchange, brokenReader{})
		wantRefusal(t, do(s, r), refusal{400, "bad_request", ""})
	})
}

// TestLargeBodyIsAnswered: a client that sends all of a body before it reads sees the answer.
func TestLargeBodyIsAnswered(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(newServer(t))
	t.Cleanup(server.Close)
	for path, want := range map[string]int{exchange: 413, "/ims/authorize/v2": 413, "/ims/keys": 405, "/nowhere": 404} {
		conn, err := tls.Dial("tcp", server.Listener.Addr().String(), server.Client().Transport.(*http.Transport).TLSClientConfig)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		const size = 10 << 20
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: example.com\r\nContent-Length: %d\r\n\r\n", path, size)
		must(t, err)
		if _, err = conn.Write(make([]byte, size)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != want {
			t.Errorf("%s: status %s, want %d", path, resp.Status, want)
		}
	}
}

// TestLargeBodyIsNotAskedFor: a client that asks first is spared the sending.
func TestLargeBodyIsNotAskedFor(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, exchange, brokenReader{})
	r.ContentLength = 2 << 20
	r.Header.Set("Expect", "100-continue")
	wantRefusal(t, do(newServer(t), r), refusal{413, "bad_request", ""})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestRouting(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"POST", "/ims/exchange", 404, ""},
		{"POST", "//ims/exchange/jwt", 404, ""},
		{"POST", "/ims/token/v5", 404, ""},
		{"GET", "/ims/exchange/jwt", 405, "POST"},
		{"PUT", "/ims/exchange/jwt", 405, "POST"},
		{"GET", "/ims/token/v3", 405, "POST"},
		{"POST", "/ims/keys", 405, "GET, HEAD"},
		{"DELETE", "/ims/keys", 405, "GET, HEAD"},
		{"DELETE", "/ims/profile/v1", 405, "GET, HEAD, POST"},
	}
	for _, tt := range tests {
		w := do(s, httptest.NewRequest(tt.method, "http://example.com"+tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q, want %d, %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"), tt.status, tt.allow)
		}
		wantHeaders(t, w)
	}
}

func TestThrottleAndCounters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	must(t, s.AddClient(ims.Client{ID: "idle"}))
	good := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	wantToken(t, post(s, exchange, good))
	must(t, s.SetThrottle(clientID, 1500*time.Millisecond))
	for _, path := range []string{exchange, "/ims/token/v3"} {
		w := post(s, path, good)
		wantRefusal(t, w, refusal{429, "too_many_requests", ""})
		if got := w.Header().Get("Retry-After"); got != "2" {
			t.Errorf("Retry-After = %q, want 2", got)
		}
	}
	must(t, s.SetThrottle(clientID, 0))
	wantToken(t, post(s, "/ims/token/v3", tokenFields("openid")))
	post(s, exchange, exchangeFields("x"))
	post(s, exchange, url.Values{})
	got := s.Counters()
	want := ims.ClientCounters{Exchanges: 1, ClientCredentials: 1, Refused: 1, Throttled: 2}
	if got.Clients[clientID] != want || got.Issued != 2 || got.Refused != 1 || want.Tokens() != 2 {
		t.Errorf("counters %+v", got)
	}
	if idle, ok := got.Clients["idle"]; !ok || idle != (ims.ClientCounters{}) {
		t.Errorf("counters of a client without requests: %+v, %v", idle, ok)
	}
}
