package token

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Identity is whom and what a token is for: everything that changes which token IMS would give, and no secret.
// Two sources with equal identities may share tokens.
type Identity struct {
	// Endpoint is the origin of IMS, for example "https://ims-na1.adobelogin.com".
	Endpoint string
	// Organization is the IMS organization, "…@AdobeOrg".
	Organization string
	// Account is the technical account, "…@techacct.adobe.com".
	Account string
	// ClientID is the client that the token is issued to.
	ClientID string
	// Grant is how the token is obtained, as the [Origin] of the result.
	Grant Origin
	// Scopes are the scopes or metascopes asked for. Order and repetition do not matter.
	Scopes []string
}

// Canonical returns an unambiguous encoding of id: equal for equal identities, different for different ones.
func (id Identity) Canonical() []byte {
	scopes := slices.Clone(id.Scopes)
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	fields := append([]string{
		"imsx identity 1", strings.ToLower(id.Endpoint), id.Organization, id.Account, id.ClientID, string(id.Grant),
	}, scopes...)
	var b []byte
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	return b
}

// Equal reports whether id and other name the same tokens.
func (id Identity) Equal(other Identity) bool {
	return string(id.Canonical()) == string(other.Canonical())
}
