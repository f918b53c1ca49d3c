package ims

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/imsx/imsx/secret"
)

// claimOrder is the order of the claims in real tokens.
var claimOrder = []string{
	"id", "org", "type", "client_id", "user_id", "as", "aa_id", "ctp", "sid", "rtid", "rtea", "moi", "expires_in", "scope", "created_at",
}

// maxMinted bounds a minted payload, so that the token is still one that the server itself reads.
const maxMinted = 16 << 10

// MintToken signs a token that says what the test wants. It begins with the claims of a usual access token, filled in as
// far as they follow from "client_id" and "user_id", which may be of anybody; then claims replaces any of them and adds
// others, and a nil value takes a claim away. The times are texts in milliseconds: "created_at" is now, "expires_in" the
// server's token lifetime. It fails for claims that are not JSON or are more than 16 KiB.
func (s *Server) MintToken(claims map[string]any) (secret.Text, error) {
	all := s.usualClaims(claims)
	for name, value := range claims {
		if value == nil {
			delete(all, name)
			continue
		}
		all[name] = value
	}
	body, err := orderedJSON(all)
	if err != nil {
		return secret.Text{}, err
	}
	if len(body) > maxMinted {
		return secret.Text{}, errors.New("the claims are longer than 16 KiB")
	}
	s.counters.issued.Add(1)
	text, err := s.sign(kindAccess, body)
	return secret.New(text), err
}

// usualClaims returns those of an access token for the client and account that claims name.
func (s *Server) usualClaims(claims map[string]any) map[string]any {
	r := s.current.Load()
	now := s.now()
	clientID, _ := claims["client_id"].(string)
	user, _ := claims["user_id"].(string)
	var scopes []string
	if c, ok := r.clients.get(clientID); ok {
		scopes = c.Scopes
		if user == "" {
			user = c.Account
		}
	}
	organization := ""
	if a, ok := r.accounts.get(user); ok {
		organization = a.Organization
	}
	return map[string]any{
		"id": s.newTokenID(now), "org": organization, "type": kindAccess, "client_id": clientID, "user_id": user,
		"as": production, "aa_id": user, "ctp": 3, "moi": s.random.hex(4), "scope": strings.Join(scopes, ","),
		"created_at": millisText(now), "expires_in": strconv.FormatInt(s.TokenLifetime().Milliseconds(), 10),
	}
}

// orderedJSON writes claims as an object: those of real tokens in their order, then the others by name.
func orderedJSON(claims map[string]any) ([]byte, error) {
	names := slices.DeleteFunc(slices.Clone(claimOrder), func(n string) bool { _, ok := claims[n]; return !ok })
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if !slices.Contains(claimOrder, name) {
			names = append(names, name)
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(claims[name])
		if err != nil {
			return nil, err
		}
		b.Write(appendText(nil, name))
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
