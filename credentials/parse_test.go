package credentials_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
)

// manyNames is a comma list of n different names.
func manyNames(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("ZZZ%d", i)
	}
	return strings.Join(names, ",")
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	without := func(path ...string) string {
		file := aemFile(p)
		o := file["integration"].(m)
		for _, name := range path {
			delete(o, name)
		}
		return toJSON(t, file)
	}
	with := func(name string, value any) string {
		file := aemFile(p)
		file["integration"].(m)[name] = value
		return toJSON(t, file)
	}
	utf16 := "\xff\xfe{\x00}\x00"
	tests := []struct {
		name, text string
		reason     credentials.Reason
	}{
		{"nothing", "", credentials.ReasonEmpty},
		{"white space", " \r\n\t", credentials.ReasonEmpty},
		{"byte order mark only", "\ufeff", credentials.ReasonEmpty},
		{"empty array", "[]", credentials.ReasonEmpty},
		{"HTML", "<!DOCTYPE html><title>ZZZ</title>", credentials.ReasonHTML},
		{"UTF-16", utf16, credentials.ReasonNotUTF8},
		{"Latin-1", "{\"a\":\"\xe9\"}", credentials.ReasonNotUTF8},
		{"binary", "\x1f\x8b\x08\x00\x00\x00", credentials.ReasonNotUTF8},
		{"ZIP", "PK\x03\x04\x14\x00\x00\x00", credentials.ReasonNotUTF8},
		{"large", strings.Repeat(" ", 1<<20) + "{}", credentials.ReasonTooLarge},
		{"certificate", p.cert(), credentials.ReasonCertificateOnly},
		{"certificate in DER", string(p.certDER), credentials.ReasonCertificateOnly},
		{"certificate in base64", base64.StdEncoding.EncodeToString(p.certDER), credentials.ReasonCertificateOnly},
		{"key", p.pkcs1(), credentials.ReasonKeyOnly},
		{"public key", strings.ReplaceAll(p.cert(), "CERTIFICATE", "PUBLIC KEY"), credentials.ReasonCertificateOnly},
		{"another PEM block", strings.ReplaceAll(p.cert(), "CERTIFICATE", "DH PARAMETERS"), credentials.ReasonUnknownFormat},
		{"key and certificate", p.cert() + p.pkcs1(), credentials.ReasonKeyOnly},
		{"encrypted key", encrypt(t, p, "pass", nil), credentials.ReasonKeyOnly},
		{"key in DER", string(p.pkcs8DER(t)), credentials.ReasonKeyOnly},
		{"key in base64", base64.StdEncoding.EncodeToString(p.pkcs8DER(t)), credentials.ReasonKeyOnly},
		{"key in lines", toJSON(t, strings.Split(p.pkcs1(), "\n")), credentials.ReasonKeyOnly},
		{"key in a JSON string", toJSON(t, p.pkcs1()), credentials.ReasonKeyOnly},
		{"PKCS#12", string(pkcs12(t)), credentials.ReasonKeyOnly},
		{"half a key", p.pkcs1()[:300], credentials.ReasonTruncated},
		{"access token", "eyJhbGciOiJub25lIn0.e30.ZZZ", credentials.ReasonBareToken},
		{"access token with its scheme", "Bearer eyJhbGciOiJub25lIn0.e30.ZZZ", credentials.ReasonBareToken},
		{"saved console error", `{"ok":false,"statusCode":403,"message":"ZZZ"}`, credentials.ReasonSavedError},
		{"saved console error without status", `{"ok":false}`, credentials.ReasonSavedError},
		{"saved IMS error", `{"error_description":"ZZZ","error":"invalid_client"}`, credentials.ReasonSavedError},
		{"saved token with a refresh token", `{"access_token":"a.ZZZ.c","refresh_token":"ZZZ"}`, credentials.ReasonSavedTokenAnswer},
		{"saved token", `{"token_type":"bearer","access_token":"a.ZZZ.c","expires_in":86399999}`, credentials.ReasonSavedTokenAnswer},
		{"saved token with its client", `{"access_token":"a.ZZZ.c","expires_in":86399999,"client_id":"x"}`, credentials.ReasonSavedTokenAnswer},
		{"saved token with its type and client", `{"access_token":"a.ZZZ.c","token_type":"bearer","client_id":"x"}`, credentials.ReasonSavedTokenAnswer},
		{"other JSON", `{"name":"ZZZ"}`, credentials.ReasonUnknownFormat},
		{"number", `[1]`, credentials.ReasonUnknownFormat},
		{"words", "hello ZZZ", credentials.ReasonUnknownFormat},
		{"Postman without credentials", `{"values":[{"key":"x","value":"ZZZ"}]}`, credentials.ReasonUnknownFormat},
		{"wrapped too often", toJSON(t, toJSON(t, toJSON(t, toJSON(t, "{}")))), credentials.ReasonUnknownFormat},
		{"joined files", toJSON(t, oauthFile()) + "\n" + toJSON(t, oauthFile()), credentials.ReasonMalformed},
		{"text behind", toJSON(t, oauthFile()) + "ZZZ", credentials.ReasonMalformed},
		{"name twice", `{"CLIENT_ID":"a","CLIENT_ID":"ZZZ"}`, credentials.ReasonMalformed},
		{"comma too many", `{"CLIENT_ID":"a",}`, credentials.ReasonMalformed},
		{"deep", strings.Repeat("[", 100000), credentials.ReasonMalformed},
		{"deep objects", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), credentials.ReasonMalformed},
		{"too many values", "[" + strings.Repeat("1,", 200_000) + "1]", credentials.ReasonMalformed},
		{"too many elements", "[" + strings.Repeat("{},", 2000) + "{}]", credentials.ReasonMalformed},
		{"too many secrets", `{"CLIENT_ID":"a","SCOPES":"b","CLIENT_SECRETS":"` + manyNames(1000) + `"}`, credentials.ReasonBadField},
		{"YAML anchor", "clientID: &a ZZZ\nclientSecret: *a\n", credentials.ReasonMalformed},
		{"YAML anchor alone", "clientID: &a ZZZ\n", credentials.ReasonMalformed},
		{"YAML merge", "a: &a [x]\nclientID: b\n", credentials.ReasonMalformed},
		{"YAML anchor below", "ims:\n  contexts:\n    a: &a ZZZ\n", credentials.ReasonMalformed},
		{"YAML merge below", "ims:\n  contexts:\n    a: {client_id: ZZZ}\n    b:\n      <<: *a\n", credentials.ReasonMalformed},
		{"YAML twice below", "ims:\n  a: b\n  a: ZZZ\n", credentials.ReasonMalformed},
		{"YAML name of a list", "clientID:\n  [a, b]: ZZZ\n", credentials.ReasonMalformed},
		{"deep YAML", "a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), credentials.ReasonMalformed},
		{"long YAML", "a: [" + strings.Repeat("b,", 100_000) + "b]", credentials.ReasonTooLarge},
		{"YAML twice", "clientID: a\nclientID: ZZZ\n", credentials.ReasonMalformed},
		{"YAML broken", "clientID: a\nclientSecret: \"ZZZ\n", credentials.ReasonMalformed},
		{"YAML, two documents", "clientID: a\n---\nclientID: b\n", credentials.ReasonMalformed},
		{"open quote", "CLIENT_ID=a\nCLIENT_SECRET=\"ZZZ\n", credentials.ReasonTruncated},
		{"text behind a quote", "CLIENT_ID=a\nCLIENT_SECRET='ZZZ' x\n", credentials.ReasonMalformed},
		{"no assignment", "CLIENT_ID=a\nZZZ\n", credentials.ReasonMalformed},
		{"other variables", "PATH=/bin\nHOME=ZZZ\n", credentials.ReasonNoMatch},
		{"no secret", without("technicalAccount"), credentials.ReasonMissingFields},
		{"no key", without("privateKey"), credentials.ReasonMissingFields},
		{"key is a path, nothing is read", with("privateKey", "private.key"), credentials.ReasonKeyFile},
		{"key is damaged", with("privateKey", p.pkcs1()[:500]), credentials.ReasonBadKey},
		{"endpoint with a user", with("imsEndpoint", "https://ZZZ:ZZZ@ims-na1.adobelogin.com"), credentials.ReasonBadField},
		{"endpoint with a path", with("imsEndpoint", "https://ims-na1.adobelogin.com/ims/ZZZ"), credentials.ReasonBadField},
		{"endpoint with a query", with("imsEndpoint", "ims-na1.adobelogin.com?ZZZ"), credentials.ReasonBadField},
		{"endpoint with another scheme", with("imsEndpoint", "ftp://ims-na1.adobelogin.com"), credentials.ReasonBadField},
		{"endpoint with a bad port", with("imsEndpoint", "ims-na1.adobelogin.com:99999"), credentials.ReasonBadField},
		{"endpoint with blanks", with("imsEndpoint", "ims na1"), credentials.ReasonBadField},
		{"endpoint beyond ASCII", with("imsEndpoint", "ims-na1.аdobelogin.com"), credentials.ReasonBadField},
		{"token with a line end", `{"accessToken":"a\nZZZ"}`, credentials.ReasonBadField},
		{"project without credentials", toJSON(t, project(m{"api_key": m{"client_id": "x"}})), credentials.ReasonMissingFields},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := credentials.Parse([]byte(tt.text), credentials.Options{})
			if err == nil {
				t.Fatalf("accepted: %s", dump(set))
			}
			wantError(t, err, tt.reason)
		})
	}
}

// TestHintsForMixUps: files that people take for credentials are named, and the way to the right one is told.
func TestHintsForMixUps(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "credential-formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := validPair(t, 0)
	tests := []struct{ name, text, what, hint string }{
		{"console's error", `{"ok":false,"statusCode":403,"message":"ZZZ"}`, "this is a saved error answer", "sign in"},
		{"error of IMS", `{"error_description":"ZZZ","error":"invalid_token"}`, "this is an error answer of IMS", "the request was made with"},
		{"token of IMS", `{"access_token":"a.ZZZ.c","token_type":"bearer"}`, "this is an answer of IMS with a token in it", "the token was made from"},
		{"access token", "eyJhbGciOi.ZZZ.ZZZ", "this is a JSON Web Token", "accessToken"},
		{"certificate", p.cert(), "this is a certificate", "private key"},
		{"key", p.pkcs1(), "this is a private key", "whole credential file"},
		{"PKCS#12", string(pkcs12(t)), "this is a PKCS#12 file", "openssl pkcs12"},
		{"ZIP", "PK\x03\x04\x14\x00", "this is a ZIP archive", "unpack it"},
		{"web page", "\ufeff\r\n<html>ZZZ", "this is a web page", "sign in"},
		{"empty", "\r\n", "there is nothing in it", "download"},
		{"cut", `{"integration":{"org":"ZZZ`, "the JSON text stops in the middle", "download"},
		{"UTF-16", "\xff\xfe{\x00", "the text is UTF-16", "UTF-8"},
		{"Latin-1", "{\"a\":\"\xe9ZZZ\"}", "this is not UTF-8 text", "UTF-8"},
		{"large", strings.Repeat("ZZZ ", 1<<20), "there are more than 1048576 bytes", "kilobytes"},
		{"two files", toJSON(t, oauthFile()) + toJSON(t, oauthFile()), "several files may have been joined", "array"},
	}
	for _, tt := range tests {
		if !strings.Contains(string(page), "\n| "+tt.what+" | ") {
			t.Errorf("the page on formats has no row for %q", tt.what)
		}
		_, err := credentials.Parse([]byte(tt.text), credentials.Options{})
		var e *credentials.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", tt.name, err)
			continue
		}
		if !strings.Contains(e.Error(), tt.what) || !strings.Contains(e.Hint(), tt.hint) || strings.Contains(e.Error()+e.Hint(), "ZZZ") {
			t.Errorf("%s: got %q, %q", tt.name, e, e.Hint())
		}
	}
}

func TestMissingFieldsAllAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		format     credentials.Format
		want       []string
	}{
		{"AEM", `{"integration":{"imsEndpoint":"ims-na1.adobelogin.com","technicalAccount":{"clientId":"x","clientSecret":"undefined"},"id":"null"}}`,
			credentials.FormatAEMServiceCredentials, []string{"technicalAccount.clientSecret", "org", "id", "metascopes", "privateKey"}},
		{"OAuth", `{"TYPE":"oauthservertoserver","CLIENT_ID":"x","CLIENT_SECRETS":[""],"SCOPES":[]}`,
			credentials.FormatOAuthServerToServer, []string{"CLIENT_SECRETS", "SCOPES"}},
		{"OAuth by its type", `{"TYPE":"oauthservertoserver","ORG_ID":"x"}`,
			credentials.FormatOAuthServerToServer, []string{"CLIENT_ID", "CLIENT_SECRETS", "SCOPES"}},
		{"local development token", `{"ok":true,"statusCode":200,"accessToken":""}`,
			credentials.FormatAEMLocalDevelopmentToken, []string{"accessToken"}},
		{"config.json", `{"client_id":"x","meta_scopes":["a"]}`,
			credentials.FormatAIOConfig, []string{"client_secret", "ims_org_id", "technical_account_id", "private_key"}},
		{"imscli", "clientID: x\naccount: a\nmetascopes: b\n", credentials.FormatIMSCLI, []string{"clientsecret", "organization", "privatekey"}},
		{"variables", "CLIENT_ID=a\nCLIENT_SECRET=b\n", credentials.FormatEnvironment, []string{"SCOPES"}},
		{"jwt-auth", `{"clientId":"x","metaScopes":"a"}`, credentials.FormatJWTAuth,
			[]string{"clientSecret", "orgId", "technicalAccountId", "privateKey"}},
		{"PDF Services", `{"client_credentials":{"client_id":"x"},"service_account_credentials":{"private_key_file":"k"}}`, credentials.FormatPDFServices,
			[]string{"client_credentials.client_secret", "service_account_credentials.organization_id", "service_account_credentials.account_id"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials.Parse([]byte(tt.text), credentials.Options{})
			e := wantError(t, err, credentials.ReasonMissingFields)
			if diff := cmp.Diff(e.Missing, tt.want); diff != "" {
				t.Errorf("missing: got (-), want (+):\n%s", diff)
			}
			if e.Format != tt.format {
				t.Errorf("got format %q, want %q", e.Format, tt.format)
			}
			for _, name := range tt.want {
				if !strings.Contains(e.Error(), name) {
					t.Errorf("%q does not name %s", e, name)
				}
			}
		})
	}
}

func TestErrorTellsLine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"A=1\nB=2\nnothing here\n", "clientID: a\nb: c\nclientID: d\n", "{\n\"CLIENT_ID\": 1,\n\"CLIENT_ID\": 2}\n", "A='1\n2'\nnothing\n",
	} {
		_, err := credentials.Parse([]byte(text), credentials.Options{})
		if e := wantError(t, err, credentials.ReasonMalformed); e.Line != 3 {
			t.Errorf("%q: got line %d (%v), want 3", text, e.Line, e)
		}
	}
}

// endless never ends; a reader without a limit hangs on it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestReadStops(t *testing.T) {
	t.Parallel()
	src := &endless{}
	_, err := credentials.Read(src, credentials.Options{})
	wantError(t, err, credentials.ReasonTooLarge)
	if src.read > 3<<20 {
		t.Errorf("read %d bytes", src.read)
	}
}

// TestLargestInput has inputs at the limit: padded to 1 MiB, and wrapped as often as may be.
func TestLargestInput(t *testing.T) {
	t.Parallel()
	text := toJSON(t, oauthFile())
	padded := text + strings.Repeat(" ", 1<<20-len(text))
	for name, tt := range map[string]struct {
		text   string
		reason credentials.Reason
	}{
		"1 MiB":               {padded, ""},
		"a byte more":         {padded + " ", credentials.ReasonTooLarge},
		"wrapped twice":       {toJSON(t, toJSON(t, text)), ""},
		"wrapped three times": {toJSON(t, toJSON(t, toJSON(t, text))), credentials.ReasonUnknownFormat},
	} {
		for _, read := range []func() (*credentials.Set, error){
			func() (*credentials.Set, error) { return credentials.Parse([]byte(tt.text), credentials.Options{}) },
			func() (*credentials.Set, error) {
				return credentials.Read(strings.NewReader(tt.text), credentials.Options{})
			},
		} {
			set, err := read()
			if tt.reason != "" {
				wantError(t, err, tt.reason)
			} else if err != nil || len(set.All()) != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReadReportsFailure(t *testing.T) {
	t.Parallel()
	_, err := credentials.Read(io.MultiReader(strings.NewReader("{"), failing{}), credentials.Options{})
	wantError(t, err, credentials.ReasonUnreadable)
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v does not wrap the cause", err)
	}
	set, err := credentials.Read(strings.NewReader(toJSON(t, oauthFile())), credentials.Options{})
	if err != nil || len(set.All()) != 1 {
		t.Errorf("got %v, %v", set, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestEndpoints(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"ims-na1.adobelogin.com", prod},
		{"IMS-NA1.adobelogin.com", prod},
		{"https://ims-na1.adobelogin.com", prod},
		{"https://ims-na1.adobelogin.com/", prod},
		{"https://ims-na1.adobelogin.com:443", prod},
		{"prod", prod},
		{"stage", stage},
		{"", prod},
		{"undefined", prod},
		{"localhost:8443", "https://localhost:8443"},
		{"http://localhost:8080/", "http://localhost:8080"},
		{"http://127.0.0.1:80", "http://127.0.0.1"},
		{"[::1]:8443", "https://[::1]:8443"},
		{"127.0.0.1:8443", "https://127.0.0.1:8443"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			file := oauthFile()
			file["IMS"] = tt.in
			if got := mustParse(t, toJSON(t, file), credentials.Options{}).Endpoint; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDotenvRules(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"plain", `CLIENT_SECRET=a$b`, "a$b"},
		{"no expansion", `CLIENT_SECRET="${HOME}$x"`, "${HOME}$x"},
		{"blanks around", `  export CLIENT_SECRET = a b  `, "a b"},
		{"comment", `CLIENT_SECRET=ab # comment`, "ab"},
		{"hash inside", `CLIENT_SECRET=a#b`, "a#b"},
		{"single quotes are literal", `CLIENT_SECRET='a\n"b # c'`, `a\n"b # c`},
		{"double quotes escape", `CLIENT_SECRET="a\"b\\c"`, `a"b\c`},
		{"comment after quotes", `CLIENT_SECRET="a" # c`, "a"},
		{"equals sign inside", `CLIENT_SECRET=a=b==`, "a=b=="},
		{"later wins", "CLIENT_SECRET=x\nCLIENT_SECRET=y", "y"},
		{"several lines", "CLIENT_SECRET=\"a\nb\"", "a\nb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, eol := range []string{"\n", "\r\n"} {
				text := strings.ReplaceAll("# comment\nCLIENT_ID=id\n\n"+tt.line+"\nSCOPES=openid", "\n", eol)
				c := mustParse(t, text, credentials.Options{})
				if got := c.ClientSecrets[0].Reveal(); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

func ExampleParse() {
	set, err := credentials.Parse([]byte(`{
		"CLIENT_ID": "0123456789abcdef",
		"CLIENT_SECRETS": ["one", "two"],
		"SCOPES": ["openid", "AdobeID"]
	}`), credentials.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := set.Select("")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Format.Title())
	fmt.Println(c.Kind, c.ClientID, len(c.ClientSecrets), c.Scopes)
	// Output:
	// OAuth server-to-server credential
	// server_to_server 0123456789abcdef 2 [openid AdobeID]
}
