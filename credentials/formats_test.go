package credentials_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
)

// view is a credential with its secrets bare, for comparison.
type view struct {
	Kind                                           credentials.Kind
	Format                                         credentials.Format
	Name, Endpoint, ClientID, Org, Account, Email  string
	Secrets, Metascopes, Scopes, Keys, Certificate []string
	Token                                          string
}

func viewOf(c *credentials.Credentials) view {
	v := view{
		Kind: c.Kind, Format: c.Format, Name: c.Name, Endpoint: c.Endpoint, ClientID: c.ClientID, Org: c.Organization,
		Account: c.TechnicalAccountID, Email: c.TechnicalAccountEmail, Metascopes: c.Metascopes, Scopes: c.Scopes,
		Token: c.AccessToken.Reveal(),
	}
	for _, s := range c.ClientSecrets {
		v.Secrets = append(v.Secrets, s.Reveal())
	}
	for _, k := range c.Keys {
		v.Keys = append(v.Keys, k.PublicKeyFingerprint())
		if k.Certificate != nil {
			v.Certificate = append(v.Certificate, k.Fingerprint())
		}
	}
	return v
}

func dump(set *credentials.Set) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d refused\n", set.Format, len(set.Refused()))
	for _, c := range set.All() {
		fmt.Fprintf(&b, "%#v\n", viewOf(c))
	}
	return b.String()
}

type formatCase struct {
	name, text string
	want       view
}

const (
	prod  = "https://ims-na1.adobelogin.com"
	stage = "https://ims-na1-stg1.adobelogin.com"
)

func publicFingerprint(p keyPair) string {
	return credentials.Key{Signer: p.key}.PublicKeyFingerprint()
}

// account1 is what most service accounts of the examples come to.
func account1(f credentials.Format, p keyPair, change func(*view)) view {
	v := view{
		Kind: credentials.KindServiceAccount, Format: f, Endpoint: prod, ClientID: "fake32hex", Org: org, Account: account,
		Secrets: []string{secret1}, Metascopes: []string{"ent_cloudmgr_sdk"}, Keys: []string{publicFingerprint(p)},
	}
	if change != nil {
		change(&v)
	}
	return v
}

// server1 is what most server-to-server credentials of the examples come to.
func server1(f credentials.Format, change func(*view)) view {
	v := view{
		Kind: credentials.KindServerToServer, Format: f, Endpoint: prod, ClientID: "fake32hex", Org: org,
		Secrets: []string{secret1}, Scopes: []string{"AdobeID", "openid"},
	}
	if change != nil {
		change(&v)
	}
	return v
}

func formatCases(t testing.TB, p keyPair) []formatCase {
	t.Helper()
	aem := account1(credentials.FormatAEMServiceCredentials, p, func(v *view) {
		v.ClientID, v.Email = "cm-p11111-e22222-integration-0", email
		v.Metascopes = []string{"ent_aem_cloud_api"}
		v.Certificate = []string{credentialsFingerprint(p)}
	})
	bareAEM := aemFile(p)["integration"].(m)
	jwtContext := m{
		"client_id": "fake32hex", "client_secret": secret1, "technical_account_id": account, "ims_org_id": org,
		"meta_scopes": []string{"/s/ent_cloudmgr_sdk"}, "private_key": strings.Split(p.pkcs8(t), "\n"), "env": "stage",
	}
	s2sContext := m{
		"client_id": "fake32hex", "client_secrets": []string{secret1, secret2}, "technical_account_email": email,
		"technical_account_id": account, "scopes": []string{"AdobeID", "openid"}, "ims_org_id": org,
	}
	f1 := toJSON(t, aemFile(p))
	quoted, _ := json.Marshal(f1)
	oauth := server1(credentials.FormatOAuthServerToServer, func(v *view) {
		v.Account, v.Email, v.Secrets = account, email, []string{secret1, secret2}
		v.Scopes = []string{"AdobeID", "openid", "read_organizations"}
	})
	localToken := view{Kind: credentials.KindAccessToken, Format: credentials.FormatAEMLocalDevelopmentToken, Endpoint: prod, Token: "eyJhbGciOi.ZZZ.ZZZ"}
	stageAccount := func(f credentials.Format, name string) view {
		return account1(f, p, func(v *view) { v.Name, v.Endpoint = name, stage })
	}
	s2s := server1(credentials.FormatAIOContext, func(v *view) {
		v.Account, v.Email, v.Secrets = account, email, []string{secret1, secret2}
	})
	return []formatCase{
		{"AEM", f1, aem},
		{"AEM with a byte order mark", "\ufeff" + f1, aem},
		{"AEM without the wrapper", toJSON(t, bareAEM), aem},
		{"AEM as a JSON string", string(quoted), aem},
		{"AEM in base64", base64.StdEncoding.EncodeToString([]byte(f1)), aem},
		{"AEM in an array", "[" + f1 + "]", aem},
		{"AEM inside a setting", toJSON(t, m{"integration_json": f1}), aem},
		{"AEM inside a variable", "OTHER=1\nAEM='" + strings.Join(strings.Fields(f1), " ") + "'\n", aem},
		{"local development token", toJSON(t, m{"ok": true, "statusCode": 200, "accessToken": "eyJhbGciOi.ZZZ.ZZZ"}), localToken},
		{"project with one OAuth credential", toJSON(t, project(m{
			"id": "4444", "name": "cred", "integration_type": "oauth_server_to_server", "oauth_server_to_server": m{
				"client_id": "fake32hex", "client_secrets": []string{secret1}, "technical_account_email": email,
				"technical_account_id": account, "scopes": []string{"AdobeID", "openid"},
			}})), server1(credentials.FormatDeveloperConsoleProject, func(v *view) { v.Name, v.Account, v.Email = "cred", account, email })},
		{"OAuth", toJSON(t, oauthFile()), oauth},
		{"OAuth with other spellings", toJSON(t, m{
			"API_KEY": "fake32hex", "CLIENT_SECRET": secret1, "IMS_ORG": org, "SCOPES": "AdobeID openid", "IMS": "ims-na1-stg1.adobelogin.com",
			"TECHNICAL_ACCOUNT_ID": "undefined", "ACCESS_TOKEN": "null",
		}), server1(credentials.FormatOAuthServerToServer, func(v *view) { v.Endpoint = stage })},
		{"upper case with a key", toJSON(t, m{
			"API_KEY": "fake32hex", "CLIENT_SECRET": secret1, "IMS_ORG": org, "TECHNICAL_ACCOUNT_ID": account,
			"META_SCOPE": []string{"https://ims-na1.adobelogin.com/s/ent_cloudmgr_sdk"}, "PRIVATE_KEY": p.pkcs1(),
		}), account1(credentials.FormatOAuthServerToServer, p, nil)},
		{"config.json with the key in lines", toJSON(t, jwtContext), stageAccount(credentials.FormatAIOConfig, "")},
		{"config.json of custom code", toJSON(t, m{
			"jwt_client_id": "fake32hex", "jwt_client_secret": secret1, "technical_account_id": account, "org_id": org,
			"meta_scopes": `["ent_cloudmgr_sdk"]`, "private_key": strings.Split(p.pkcs1(), "\n"),
		}), account1(credentials.FormatAIOConfig, p, nil)},
		{"aio context", toJSON(t, m{"ims": m{"contexts": m{"my_ctx": jwtContext}}}), stageAccount(credentials.FormatAIOContext, "my_ctx")},
		{"flat OAuth context", toJSON(t, s2sContext), s2s},
		{"aio contexts as variables", "AIO_ims_contexts_My__Project_client__id=fake32hex\n" +
			"AIO_ims_contexts_My__Project_client__secrets='[\"" + secret1 + "\"]'\nAIO_ims_contexts_My__Project_ims__org__id=" + org + "\n" +
			"AIO_ims_contexts_My__Project_scopes='[\"AdobeID\",\"openid\"]'\n",
			server1(credentials.FormatAIOContext, func(v *view) { v.Name = "My_Project" })},
		{"aio context in YAML", "ims:\n  contexts:\n    my_ctx:\n      client_id: fake32hex\n      client_secrets:\n        - " + secret1 +
			"\n      ims_org_id: " + org + "\n      scopes: [AdobeID, openid]\n",
			server1(credentials.FormatAIOContext, func(v *view) { v.Name = "my_ctx" })},
		{"AEM in YAML", "ok: true\nstatusCode: 200\nintegration: " + strings.Join(strings.Fields(toJSON(t, bareAEM)), " ") + "\n", aem},
		{"flat OAuth context as lines", "client_id=fake32hex\nclient_secret=" + secret1 + "\nims_org_id=" + org + "\nscopes=AdobeID,openid\n",
			server1(credentials.FormatAIOContext, nil)},
		{"cached token of aio", "AIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_TOKEN=a.ZZZ.c\nAIO_IMS_CONTEXTS_CLI_ACCESS__TOKEN_EXPIRY=1700000000000\n",
			view{Kind: credentials.KindAccessToken, Format: credentials.FormatAIOContext, Name: "cli", Endpoint: prod, Token: "a.ZZZ.c"}},
		{"imscli in YAML", "# imscli\nurl: https://ims-na1-stg1.adobelogin.com/\nclientID: fake32hex\nclientSecret: '" + secret1 +
			"'\norganization: " + org + "\nscopes:\n  - AdobeID\n  - openid\n",
			server1(credentials.FormatIMSCLI, func(v *view) { v.Endpoint = stage })},
		{"imscli in YAML with names in quotes", "\"clientID\": fake32hex\n\"clientSecret\": " + secret1 + "\n\"organization\": " + org +
			"\n\"scopes\": [AdobeID, openid]\n", server1(credentials.FormatIMSCLI, nil)},
		{"imscli in TOML", "# imscli\nclientID = \"fake32hex\"\nclientSecret = \"" + secret1 + "\"\norganization = \"" + org +
			"\"\nscopes = [\"AdobeID\", \"openid\"]\n", server1(credentials.FormatIMSCLI, nil)},
		{"imscli in JSON with a key", toJSON(t, m{
			"clientid": "fake32hex", "ClientSecret": secret1, "organization": org, "account": account, "metascopes": "ent_cloudmgr_sdk",
			"privateKey": p.pkcs8(t),
		}), account1(credentials.FormatIMSCLI, p, nil)},
		{"ims-go request", toJSON(t, m{
			"PrivateKey": []byte(p.pkcs1()), "Issuer": org, "Subject": account, "ClientID": "fake32hex", "ClientSecret": secret1,
			"Claims": m{"https://ims-na1.adobelogin.com/s/ent_cloudmgr_sdk": true, "https://ims-na1.adobelogin.com/s/off": false},
		}), account1(credentials.FormatIMSCLI, p, nil)},
		{"jwt-auth", toJSON(t, m{
			"clientId": "fake32hex", "clientSecret": secret1, "technicalAccountId": account, "orgId": org,
			"metaScopes": "ent_cloudmgr_sdk,ent_user_sdk", "privateKey": p.pkcs8(t), "passphrase": "", "ims": "https://ims-na1.adobelogin.com",
		}), account1(credentials.FormatJWTAuth, p, func(v *view) { v.Metascopes = []string{"ent_cloudmgr_sdk", "ent_user_sdk"} })},
		{"aio-lib-java with a key", "! kept by Java\naio_ims_url=https://ims-na1.adobelogin.com\naio_api_key=fake32hex\naio_client_secret=" + secret1 +
			"\naio_ims_org_id=" + org + "\naio_technical_account_id=" + account + "\naio_meta_scopes=/s/ent_cloudmgr_sdk\naio_encoded_pkcs8=" +
			base64.StdEncoding.EncodeToString(p.pkcs8DER(t)) + "\n", account1(credentials.FormatAIOJava, p, nil)},
		{"aio-lib-java as Java stores it", "#Mon May 05 2025\r\naio_ims_url=https\\://ims-na1.adobelogin.com\r\naio_api_key=fake32hex\r\naio_client_secret=" +
			secret1 + "\r\naio_ims_org_id=" + org + "\r\naio_technical_account_id=" + account + "\r\naio_meta_scopes=ent_cloudmgr_sdk\r\naio_encoded_pkcs8=" +
			strings.ReplaceAll(base64.StdEncoding.EncodeToString(p.pkcs8DER(t)), "=", `\=`) + "\r\n", account1(credentials.FormatAIOJava, p, nil)},
		{"aio-lib-java OAuth in JSON", toJSON(t, m{
			"aio_api_key": "fake32hex", "aio_client_secret": secret1, "aio_ims_org_id": org, "aio_oauth_scopes": "AdobeID, openid",
		}), server1(credentials.FormatAIOJava, nil)},
		{"PDF Services with the key inside", toJSON(t, m{
			"client_credentials":          m{"client_id": "fake32hex", "client_secret": secret1},
			"service_account_credentials": m{"organization_id": org, "account_id": account, "private_key": p.pkcs1()},
		}), account1(credentials.FormatPDFServices, p, func(v *view) { v.Metascopes = []string{"ent_documentcloud_sdk"} })},
		{"Postman", toJSON(t, m{"name": "env", "values": []m{
			{"key": "CLIENT_SECRET", "value": secret1, "enabled": true}, {"key": "API_KEY", "value": "fake32hex"},
			{"key": "META_SCOPE", "value": []string{"ent_cloudmgr_sdk"}}, {"key": "PRIVATE_KEY", "value": p.pkcs1()},
			{"key": "TECHNICAL_ACCOUNT_ID", "value": account}, {"key": "IMS", "value": "ims-na1.adobelogin.com"},
			{"key": "IMS_ORG", "value": org}, {"key": "ACCESS_TOKEN", "value": ""}, {"key": "SCOPES", "value": "x", "enabled": false},
		}}), account1(credentials.FormatPostmanEnvironment, p, func(v *view) { v.Name = "env" })},
		{"variables of the Forms guide", "CLIENT_ID=fake32hex\nCLIENT_SECRET=" + secret1 + " # not shown\nexport SCOPES=\"AdobeID,openid\"\n",
			server1(credentials.FormatEnvironment, func(v *view) { v.Org = "" })},
		{"variables of commerce", "AIO_COMMERCE_AUTH_IMS_CLIENT_ID=fake32hex\r\nAIO_COMMERCE_AUTH_IMS_CLIENT_SECRETS='[\"" + secret1 +
			"\"]'\r\nAIO_COMMERCE_AUTH_IMS_ORG_ID=" + org + "\r\nAIO_COMMERCE_AUTH_IMS_SCOPES='[\"AdobeID\",\"openid\"]'\r\n",
			server1(credentials.FormatEnvironment, nil)},
	}
}

func credentialsFingerprint(p keyPair) string {
	return credentials.Key{Signer: p.key, Certificate: p.certificate()}.Fingerprint()
}

// project is a download of the Adobe Developer Console with these entries.
func project(entries ...m) m {
	return m{"project": m{
		"id": "1111", "name": "demo", "org": m{"id": "2222", "name": "Fake Org", "ims_org_id": org},
		"workspace": m{"id": "3333", "name": "Production", "details": m{
			"credentials": entries, "services": []m{{"code": "X"}}, "runtime": m{"namespaces": []m{{"name": "ns", "auth": "ZZZ"}}},
		}},
	}}
}

func TestParseFormats(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	for _, tt := range formatCases(t, p) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := viewOf(mustParse(t, tt.text, credentials.Options{}))
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

// TestTruncated cuts every format that is JSON at many places.
func TestTruncated(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	for _, tt := range formatCases(t, p) {
		if !strings.HasPrefix(tt.text, "{") {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n < len(tt.text); n += 17 {
				_, err := credentials.Parse([]byte(tt.text[:n]), credentials.Options{})
				wantError(t, err, credentials.ReasonTruncated)
			}
		})
	}
}

func TestFormatNames(t *testing.T) {
	t.Parallel()
	for _, f := range []credentials.Format{
		credentials.FormatAEMServiceCredentials, credentials.FormatAEMLocalDevelopmentToken, credentials.FormatDeveloperConsoleProject,
		credentials.FormatOAuthServerToServer, credentials.FormatAIOConfig, credentials.FormatAIOContext, credentials.FormatIMSCLI,
		credentials.FormatJWTAuth, credentials.FormatAIOJava, credentials.FormatPDFServices, credentials.FormatPostmanEnvironment,
		credentials.FormatEnvironment,
	} {
		if f.Title() == string(f) || f.Title() == "" {
			t.Errorf("%s has no title", f)
		}
	}
	if got := credentials.FormatAEMServiceCredentials.Console(); got != "AEM Developer Console" {
		t.Errorf("got console %q", got)
	}
	if got := credentials.FormatEnvironment.Console(); got != "" {
		t.Errorf("got console %q for variables", got)
	}
	if got := credentials.Format("other").Title(); got != "other" {
		t.Errorf("got title %q", got)
	}
}

func TestEncryptedKeyInFile(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	file := m{
		"clientId": "fake32hex", "clientSecret": secret1, "technicalAccountId": account, "orgId": org, "metaScopes": "ent_cloudmgr_sdk",
		"privateKey": encrypt(t, p, "of the file", nil), "passphrase": "of the file",
	}
	c := mustParse(t, toJSON(t, file), credentials.Options{})
	if !strings.HasPrefix(c.Keys[0].Encoding, "encrypted PKCS#8 PEM") && c.Keys[0].Encoding != "PKCS#8 PEM" {
		t.Errorf("got encoding %q", c.Keys[0].Encoding)
	}
	_, err := credentials.Parse([]byte(toJSON(t, file)), credentials.Options{Passphrase: secret.New("another ZZZ")})
	wantError(t, err, credentials.ReasonWrongPassphrase)
	delete(file, "passphrase")
	_, err = credentials.Parse([]byte(toJSON(t, file)), credentials.Options{})
	e := wantError(t, err, credentials.ReasonPassphraseNeeded)
	if e.Format != credentials.FormatJWTAuth {
		t.Errorf("got format %q", e.Format)
	}
}
