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

// sealingLabel is what a private key signs so that a sealing secret can be derived from it.
const sealingLabel = "imsx sealing secret 1"

// sealingSecrets derives, from what is needed to get a token, the texts that seal stored ones: for a service account
// from each pair of key and client secret, otherwise from each client secret.
func sealingSecrets(c *credentials.Credentials) ([]secret.Text, error) {
	if c.Kind != credentials.KindServiceAccount {
		return c.ClientSecrets, nil
	}
	var out []secret.Text
	for _, k := range c.Keys {
		text, err := keyText(k.Signer)
		if err != nil {
			return nil, err
		}
		for _, s := range c.ClientSecrets {
			out = append(out, secret.New(text+"\x00"+s.Reveal()))
		}
	}
	return out, nil
}

// keyText returns a text that only the holder of the private key can make, the same each time: the key's signature of
// a fixed label. Signatures by RSASSA-PKCS1-v1_5 are deterministic (RFC 8017, section 8.2), and keys that cannot be
// exported make them, too.
func keyText(signer crypto.Signer) (string, error) {
	sum := sha256.Sum256([]byte(sealingLabel))
	sig, err := signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("deriving the sealing key: %w", err)
	}
	return hex.EncodeToString(sig), nil
}
