package ims

import (
	"encoding/base64"
	"math/big"
)

// keys serves /ims/keys: a JSON Web Key Set (RFC 7517, section 5) with the keys of all tokens. On the live
// service the set is for ID tokens, and the key of the access tokens is reported not to be in it.
func (c *call) keys() *failure {
	type key struct {
		Type      string `json:"kty"`
		Algorithm string `json:"alg"`
		Use       string `json:"use"`
		ID        string `json:"kid"`
		N         string `json:"n"`
		E         string `json:"e"`
	}
	var keys []key
	for _, k := range c.keyring.Load().keys {
		keys = append(keys, key{
			Type: "RSA", Algorithm: "RS256", Use: "sig", ID: k.id,
			N: base64.RawURLEncoding.EncodeToString(k.public.N.Bytes()),
			E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.public.E)).Bytes()),
		})
	}
	return c.answerJSON(map[string][]key{"keys": keys})
}

// configuration is the discovery document (OpenID Connect Discovery 1.0, section 3), with the members of Adobe's.
type configuration struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Userinfo      string   `json:"userinfo_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Keys          string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Scopes        []string `json:"scopes_supported"`
	ClientAuth    []string `json:"token_endpoint_auth_methods_supported"`
	Claims        []string `json:"claims_supported"`
	Grants        []string `json:"grant_types_supported"`
}

// origin is how the client reaches this server.
func (c *call) origin() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

// discovery serves the discovery document. It is Adobe's, with this server as the origin, and so lacks
// client_credentials, which is here.
func (c *call) discovery() *failure {
	origin := c.origin()
	return c.answerJSON(configuration{
		Issuer:        origin,
		Authorization: origin + "/ims/authorize/v2",
		Token:         origin + "/ims/token/v3",
		Userinfo:      origin + "/ims/userinfo/v2",
		Revocation:    origin + "/ims/revoke",
		Keys:          origin + "/ims/keys",
		ResponseTypes: []string{"code", "token", "id_token", "id_token token", "code id_token"},
		SubjectTypes:  []string{"public"},
		Algorithms:    []string{"RS256"},
		Scopes:        []string{"openid", "email", "profile"},
		ClientAuth:    []string{"client_secret_basic", "client_secret_post"},
		Claims:        []string{"sub", "given_name", "family_name", "name", "email", "email_verified", "address"},
		Grants:        []string{"authorization_code", "implicit_grant", "refresh_token"},
	})
}
