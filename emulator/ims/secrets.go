package ims

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// secretsPath is the parameters of a path of the I/O Management API,
// /console/organizations/{orgId}/credentials/{credentialId}/secrets[/{uuid}].
type secretsPath struct{ organization, credential, uuid string }

func parseSecretsPath(path string) (secretsPath, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != 6 && len(parts) != 7 || parts[0] != "console" || parts[1] != "organizations" || parts[3] != "credentials" ||
		parts[5] != "secrets" {
		return secretsPath{}, false
	}
	p := secretsPath{organization: parts[2], credential: parts[4]}
	if len(parts) == 7 {
		if p.uuid = parts[6]; p.uuid == "" {
			return secretsPath{}, false
		}
	}
	return p, true
}

// The answers of the I/O Management API, in the form of Adobe's gateway: the code is a text of digits.
var (
	// Seen in a test of a public client.
	errGatewayToken = &failure{gateway: true, status: http.StatusUnauthorized, code: "401013",
		description: "Oauth token is not valid"}
	// Seen in a guide of somebody else's.
	errGatewayKey = &failure{gateway: true, status: http.StatusForbidden, code: "403003", description: "Api Key is invalid"}
	// Codes and texts of the ones below are made up.
	errGatewayScope = &failure{gateway: true, status: http.StatusForbidden, code: "403100",
		description: "the token lacks the scope for this"}
	errGatewayCredential = &failure{gateway: true, status: http.StatusNotFound, code: "404100",
		description: "the token's organization has no such credential"}
	errGatewayPath    = &failure{gateway: true, status: http.StatusNotFound, code: "404102", description: "there is no such resource"}
	errGatewaySecret  = &failure{gateway: true, status: http.StatusNotFound, code: "404101", description: "there is no such secret"}
	errGatewayMethod  = &failure{gateway: true, status: http.StatusMethodNotAllowed, code: "405100", description: "method not allowed"}
	errGatewayTwo     = &failure{gateway: true, status: http.StatusBadRequest, code: "400100", description: "a credential has at most two secrets"}
	errGatewayMigrate = &failure{gateway: true, status: http.StatusBadRequest, code: "400101",
		description: "no secret is added while the migration from JWT to OAuth is open"}
)

// clientSecrets serves the I/O Management API for client secrets: list, add and delete.
func (c *call) clientSecrets() *failure {
	p, _ := parseSecretsPath(c.r.URL.Path)
	if (c.r.Method == http.MethodDelete) != (p.uuid != "") {
		allow := "GET, HEAD, POST"
		if p.uuid != "" {
			allow = http.MethodDelete
		}
		c.w.Header().Set("Allow", allow)
		return c.refuse("method", errGatewayMethod, "")
	}
	cl, bad := c.managed(p)
	if bad != nil {
		return bad
	}
	switch c.r.Method {
	case http.MethodPost:
		return c.addSecret(cl)
	case http.MethodDelete:
		return c.deleteSecret(cl, p.uuid)
	}
	list := []secretItem{}
	for _, s := range cl.secrets {
		list = append(list, s.item())
	}
	return c.answerJSON(struct {
		ClientID string       `json:"client_id"`
		Secrets  []secretItem `json:"client_secrets"`
	}{cl.ID, list})
}

// managed checks who asks and returns the client of the credential.
func (c *call) managed(p secretsPath) (*client, *failure) {
	token, err := c.check(bearer(c.r), c.now())
	if err != nil || token.Type != kindAccess {
		return nil, c.refuse("access token", errGatewayToken, reason(err))
	}
	c.client = token.ClientID
	c.record.Account(short(token.UserID))
	c.record.Pass("access token", "")
	if key := c.r.Header.Get("X-Api-Key"); key != token.ClientID {
		return nil, c.refuse("x-api-key", errGatewayKey, "it is not the token's client_id")
	}
	c.record.Pass("x-api-key", "")
	scopes := set(token.scopes())
	needed := "manage_client_secrets"
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		needed = "read_client_secret"
	}
	if !scopes[needed] {
		return nil, c.refuse("scope", errGatewayScope, needed+" is not among the token's scopes")
	}
	c.record.Pass("scope", "")
	id, _ := c.state.credentials.get(p.credential)
	cl, ok := c.state.clients.get(id)
	if !ok {
		return nil, c.refuse("credential", errGatewayCredential, "the credential number is unknown")
	}
	owner, ok := c.state.numbers.get(p.organization)
	if !ok || owner != token.Organization || owner != cl.Organization {
		return nil, c.refuse("credential", errGatewayCredential, "the organization is not that of the token and the credential")
	}
	c.record.Pass("credential", "")
	return cl, nil
}

// reason returns the text of an error, "" for nil.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// addSecret adds a secret, unless the credential is on its way from JWT to OAuth: as long as it has both, Adobe rotates
// none.
func (c *call) addSecret(cl *client) *failure {
	if cl.ExchangeJWT && cl.ClientCredentials && !cl.migrated {
		return c.refuse("secrets", errGatewayMigrate, "")
	}
	text, state, err := c.AddSecret(cl.ID)
	switch {
	case errors.Is(err, ErrSecrets):
		return c.refuse("secrets", errGatewayTwo, "")
	case err != nil:
		return c.refuse("secrets", errGatewayCredential, "")
	}
	c.record.Pass("secrets", "")
	item := clientSecret{uuid: state.UUID, created: state.Created, usage: &usage{}}.item()
	item.Secret = text.Reveal()
	return c.created(item)
}

func (c *call) deleteSecret(cl *client, uuid string) *failure {
	if err := c.RemoveSecret(cl.ID, uuid); err != nil {
		return c.refuse("secrets", errGatewaySecret, "")
	}
	c.record.Pass("secrets", "")
	c.w.Header().Del("Content-Type")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// secretItem is a secret as the API shows it.
type secretItem struct {
	Secret     string       `json:"client_secret,omitempty"` // only when it is new
	ExpiresAt  string       `json:"expires_at"`
	ExpiresStr string       `json:"expires_at_str"`
	CreatedAt  string       `json:"created_at"`
	CreatedStr string       `json:"created_at_str"`
	UUID       string       `json:"uuid"`
	Usages     []secretUses `json:"secret_usages"`
}

type secretUses struct {
	LastUsed  string `json:"last_used_at"`
	GrantType string `json:"grant_type"`
}

func (s clientSecret) item() secretItem {
	const permanent = "PERMANENT"
	item := secretItem{
		ExpiresAt: permanent, ExpiresStr: permanent, UUID: s.uuid, CreatedAt: millisText(s.created),
		CreatedStr: s.created.UTC().Format("Mon, Jan 02 2006 15:04:05.000 UTC"),
	}
	times := s.usage.times()
	for _, grantType := range usageTypes {
		if at, used := times[grantType]; used {
			item.Usages = append(item.Usages, secretUses{millisText(at), grantType})
		}
	}
	return item
}

func millisText(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
