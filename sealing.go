package imsx

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
)

// sealingLabel keeps what is derived from a private key for sealing apart from anything else.
const sealingLabel = "imsx sealing secret 1"

// sealingSecrets derives, from what is needed to get a token, the texts that seal stored ones: for a service account
// from each pair of key and client secret, otherwise from each client secret.
func sealingSecrets(c *credentials.Credentials) ([]secret.Text, error) {
	if c.Kind != credentials.KindServiceAccount {
		return c.ClientSecrets, nil
	}
	var out []secret.Text
	for _, k := range c.Keys {
		text, ok := k.DeriveSecret(sealingLabel)
		if !ok {
			var err error
			if text, err = signedText(k.Signer); err != nil {
				return nil, err
			}
		}
		for _, s := range c.ClientSecrets {
			out = append(out, secret.New(text.Reveal()+"\x00"+s.Reveal()))
		}
	}
	return out, nil
}

// signedText returns a text that only the holder of a private key that cannot be exported can make, the same each time:
// its signature of a fixed label. Signatures by RSASSA-PKCS1-v1_5 are deterministic (RFC 8017, section 8.2).
func signedText(signer crypto.Signer) (secret.Text, error) {
	sum := sha256.Sum256([]byte(sealingLabel))
	sig, err := signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return secret.Text{}, fmt.Errorf("deriving the sealing key: %w", err)
	}
	return secret.New(hex.EncodeToString(sig)), nil
}
