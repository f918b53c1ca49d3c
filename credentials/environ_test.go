package credentials_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
)

func TestFromEnviron(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	escaped := strings.ReplaceAll(p.pkcs1(), "\n", `\n`)
	aem := func(change func(*view)) view {
		return account1(credentials.FormatEnvironment, p, func(v *view) {
			v.Metascopes = []string{"ent_aem_cloud_api"}
			if change != nil {
				change(v)
			}
		})
	}
	tests := []struct {
		name    string
		environ []string
		want    view
	}{
		{"AEM_SERVICECREDENTIALS", []string{
			"AEM_SERVICECREDENTIALS_META_SCOPES=ent_aem_cloud_api", "AEM_SERVICECREDENTIALS_CLIENT_ID=fake32hex",
			"AEM_SERVICECREDENTIALS_CLIENT_SECRET=" + secret1, "AEM_SERVICECREDENTIALS_TECHNICAL_ACCOUNT_ID=" + account,
			"AEM_SERVICECREDENTIALS_ORG_ID=" + org, "AEM_SERVICECREDENTIALS_PRIVATE_KEY=" + escaped}, aem(nil)},
		{"AEM", []string{
			"AEM_CLIENT_ID=fake32hex", "AEM_CLIENT_SECRET=" + secret1, "AEM_TECH_ACCOUNT_ID=" + account, "AEM_IMS_ORG=" + org,
			"AEM_PRIVATE_KEY=" + p.pkcs1()}, aem(nil)},
		{"AEM_AUTH with scopes that are metascopes", []string{
			"AEM_AUTH_TYPE=jwt", "AEM_AUTH_CLIENT_ID=fake32hex", "AEM_AUTH_CLIENT_SECRET=" + secret1, "AEM_AUTH_SCOPES=ent_other_sdk",
			"AEM_AUTH_ORG_ID=" + org, "AEM_AUTH_TECHNICAL_ACCOUNT_ID=" + account, "AEM_AUTH_PRIVATE_KEY=" + escaped},
			aem(func(v *view) { v.Metascopes = []string{"ent_other_sdk"} })},
		{"IMS_OAUTH_S2S", []string{
			"IMS_OAUTH_S2S_CLIENT_ID=fake32hex", "IMS_OAUTH_S2S_CLIENT_SECRET=" + secret1 + "," + secret2, "IMS_OAUTH_S2S_ORG_ID=" + org,
			`IMS_OAUTH_S2S_SCOPES=["AdobeID","openid"]`},
			server1(credentials.FormatEnvironment, func(v *view) { v.Secrets = []string{secret1, secret2} })},
		{"OAUTH", []string{
			"OAUTH_CLIENT_ID=fake32hex", "OAUTH_CLIENT_SECRET=" + secret1, "OAUTH_IMS_ORG_ID=" + org, "OAUTH_SCOPES=AdobeID,openid",
		}, server1(credentials.FormatEnvironment, nil)},
		{"imscli", []string{
			"IMS_CLIENTID=fake32hex", "IMS_CLIENTSECRET=" + secret1, "IMS_ORGANIZATION=" + org, "IMS_SCOPES=AdobeID,openid", "IMS_URL=" + stage,
		}, server1(credentials.FormatIMSCLI, func(v *view) { v.Endpoint = stage })},
		{"imscli access token", []string{"IMS_ACCESSTOKEN=a.ZZZ.c"},
			view{Kind: credentials.KindAccessToken, Format: credentials.FormatIMSCLI, Endpoint: prod, Token: "a.ZZZ.c"}},
		{"IMS_CLIENT_ID", []string{
			"IMS_CLIENT_ID=fake32hex", "IMS_CLIENT_SECRET=" + secret1, "IMS_ORG_ID=" + org, "IMS_SCOPES=AdobeID,openid", "IMS_ENV=stage",
		}, server1(credentials.FormatEnvironment, func(v *view) { v.Endpoint = stage })},
		{"aio-lib-java", []string{
			"aio_api_key=fake32hex", "aio_client_secret=" + secret1, "aio_ims_org_id=" + org, "aio_oauth_scopes=AdobeID,openid",
		}, server1(credentials.FormatAIOJava, nil)},
		{"general names", []string{"CLIENT_ID=fake32hex", "CLIENT_SECRET=" + secret1, "SCOPES=AdobeID,openid", "ORG_ID=" + org},
			server1(credentials.FormatEnvironment, nil)},
		{"aio context", []string{
			"AIO_ims_contexts_a_client__id=fake32hex", `AIO_ims_contexts_a_client__secrets=["` + secret1 + `"]`,
			"AIO_ims_contexts_a_ims__org__id=" + org, `AIO_ims_contexts_a_scopes=["AdobeID","openid"]`},
			server1(credentials.FormatAIOContext, func(v *view) { v.Name = "a" })},
		{"the whole file", []string{"SERVICE_TOKEN=" + toJSON(t, aemFile(p))},
			account1(credentials.FormatAEMServiceCredentials, p, func(v *view) {
				v.ClientID, v.Email, v.Metascopes = "cm-p11111-e22222-integration-0", email, []string{"ent_aem_cloud_api"}
				v.Certificate = []string{credentialsFingerprint(p)}
			})},
	}
	noise := []string{"PATH=/bin", "HOME=/x", "=C:=C:\\", "AEM_HOST=x", "IMS_TIMEOUT=3", "EMPTY=", "AIO_LOG=1", "JSON={\"a\":1}", "BROKEN"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := credentials.FromEnviron(append(noise, tt.environ...), credentials.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(viewOf(mustSelect(t, set, "")), tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestFromEnvironTakesWholeSetsOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		environ []string
		reason  credentials.Reason
	}{
		{"nothing", nil, credentials.ReasonNoMatch},
		{"half a general set", []string{"CLIENT_ID=a", "CLIENT_SECRET=" + secret1}, credentials.ReasonNoMatch},
		{"a token under a general name", []string{"ACCESS_TOKEN=a.ZZZ.c"}, credentials.ReasonNoMatch},
		{"a scope alone", []string{"SCOPES=a", "IMS_SCOPES=b"}, credentials.ReasonNoMatch},
		{"half of OAUTH", []string{"OAUTH_CLIENT_ID=a", "OAUTH_SCOPES=b"}, credentials.ReasonNoMatch},
		{"half a special set", []string{"IMS_OAUTH_S2S_CLIENT_ID=a"}, credentials.ReasonMissingFields},
		{"undefined", []string{"CLIENT_ID=undefined", "CLIENT_SECRET=null", "SCOPES=undefined"}, credentials.ReasonNoMatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials.FromEnviron(tt.environ, credentials.Options{})
			e := wantError(t, err, tt.reason)
			if tt.reason == credentials.ReasonNoMatch && !strings.Contains(e.Error(), "IMS_OAUTH_S2S_*") {
				t.Errorf("%q does not say what was looked for", e)
			}
		})
	}
}

// TestEnvironmentIsNotRead sets a variable of the process and calls everything without it.
func TestEnvironmentIsNotRead(t *testing.T) {
	for _, s := range []string{"CLIENT_ID=a", "CLIENT_SECRET=b", "SCOPES=c"} {
		name, value, _ := strings.Cut(s, "=")
		t.Setenv(name, value)
	}
	if _, err := credentials.FromEnviron(nil, credentials.Options{}); err == nil {
		t.Error("found credentials in the environment of the process")
	}
	if _, err := credentials.FromEnviron(os.Environ(), credentials.Options{}); err != nil {
		t.Errorf("did not find credentials that were passed: %v", err)
	}
}
