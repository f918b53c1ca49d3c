package console

import (
	"cmp"
	"fmt"
	"strings"
)

// The files below have the members, spellings and order of those that Adobe's consoles hand out or its tools read.

// aemFile has its PEM texts with CR LF, as the AEM Developer Console writes them.
func aemFile(h holder) ([]byte, error) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	type account struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
	}
	type integration struct {
		IMSEndpoint      string  `json:"imsEndpoint"`
		Metascopes       string  `json:"metascopes"`
		TechnicalAccount account `json:"technicalAccount"`
		Email            string  `json:"email"`
		ID               string  `json:"id"`
		Org              string  `json:"org"`
		PrivateKey       string  `json:"privateKey"`
		PublicKey        string  `json:"publicKey"`
		Expiration       string  `json:"certificateExpirationDate"`
	}
	return indented(struct {
		OK          bool        `json:"ok"`
		Integration integration `json:"integration"`
		StatusCode  int         `json:"statusCode"`
	}{true, integration{
		IMSEndpoint: h.endpoint(), Metascopes: strings.Join(h.metascopes, ","),
		TechnicalAccount: account{h.ID, h.secrets[0]}, Email: h.account.Email, ID: h.account.ID, Org: h.organization.ID,
		PrivateKey: crlf(h.keyPEM()), PublicKey: crlf(h.certificatePEM()),
		Expiration: h.key.certificate.NotAfter.UTC().Format("2006-01-02T15:04:05.000Z"),
	}, 200})
}

func jwtAuthFile(h holder) ([]byte, error) {
	return indented(struct {
		ClientID     string   `json:"clientId"`
		ClientSecret string   `json:"clientSecret"`
		Account      string   `json:"technicalAccountId"`
		Org          string   `json:"orgId"`
		MetaScopes   []string `json:"metaScopes"`
		PrivateKey   string   `json:"privateKey"`
		IMS          string   `json:"ims"`
	}{h.ID, h.secrets[0], h.account.ID, h.organization.ID, h.metascopes, h.keyPEM(), h.origin})
}

func oauthFile(h holder) ([]byte, error) {
	return indented(struct {
		Type    string   `json:"TYPE"`
		ID      string   `json:"CLIENT_ID"`
		Secrets []string `json:"CLIENT_SECRETS"`
		Account string   `json:"TECHNICAL_ACCOUNT_ID"`
		Email   string   `json:"TECHNICAL_ACCOUNT_EMAIL"`
		Org     string   `json:"ORG_ID"`
		Scopes  []string `json:"SCOPES"`
		IMS     string   `json:"IMS"`
	}{"oauthservertoserver", h.ID, h.secrets, h.account.ID, h.account.Email, h.organization.ID, nonNil(h.Scopes), h.endpoint()})
}

func projectFile(h holder) ([]byte, error) {
	type object = map[string]any
	name := cmp.Or(h.Name, "emulator")
	return indented(object{"project": object{
		"id": h.CredentialID, "name": name, "title": name,
		"org": object{"id": h.organization.ConsoleID, "name": h.organization.Name, "ims_org_id": h.organization.ID},
		"workspace": object{
			"id": h.CredentialID, "name": "Production", "title": "Production", "action_url": "", "app_url": "",
			"details": object{
				"credentials": []object{{
					"id": h.CredentialID, "name": name, "integration_type": "oauth_server_to_server",
					"oauth_server_to_server": object{
						"client_id": h.ID, "client_secrets": h.secrets, "technical_account_email": h.account.Email,
						"technical_account_id": h.account.ID, "scopes": nonNil(h.Scopes),
					},
				}},
				"services": []object{},
			},
		},
	}})
}

// aioFile is settings of the aio command line with one context.
func aioFile(context map[string]any) ([]byte, error) {
	return indented(map[string]any{"ims": map[string]any{
		"config":   map[string]any{"current": "emulator"},
		"contexts": map[string]any{"emulator": context},
	}})
}

func aioJWTFile(h holder) ([]byte, error) {
	return aioFile(map[string]any{
		"client_id": h.ID, "client_secret": h.secrets[0], "technical_account_id": h.account.ID,
		"ims_org_id": h.organization.ID, "meta_scopes": h.metascopes, "private_key": h.keyPEM(), "env": h.origin,
	})
}

func aioOAuthFile(h holder) ([]byte, error) {
	return aioFile(map[string]any{
		"client_id": h.ID, "client_secrets": h.secrets, "technical_account_id": h.account.ID,
		"technical_account_email": h.account.Email, "ims_org_id": h.organization.ID, "scopes": nonNil(h.Scopes),
		"env": h.origin,
	})
}

func serviceEnvFile(h holder) ([]byte, error) {
	const prefix = "AEM_SERVICECREDENTIALS_"
	return envFile(
		prefix+"CLIENT_ID", h.ID, prefix+"CLIENT_SECRET", h.secrets[0], prefix+"ORG_ID", h.organization.ID,
		prefix+"TECHNICAL_ACCOUNT_ID", h.account.ID, prefix+"META_SCOPES", strings.Join(h.metascopes, ","),
		prefix+"ENDPOINT", h.origin, prefix+"PRIVATE_KEY", h.keyPEM(),
	), nil
}

func oauthEnvFile(h holder) ([]byte, error) {
	return envFile(
		"CLIENT_ID", h.ID, "CLIENT_SECRET", h.secrets[0], "SCOPES", strings.Join(h.Scopes, ","), "ORG_ID", h.organization.ID,
		"TECHNICAL_ACCOUNT_ID", h.account.ID, "IMS", h.origin,
	), nil
}

// envFile writes names and values, in turn, as lines. A value of several lines stands on one, with \n between.
func envFile(pairs ...string) []byte {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%s=\"%s\"\n", pairs[i], escape.Replace(pairs[i+1]))
	}
	return []byte(b.String())
}
