package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/imsx/imsx/emulator"
)

func TestSeededKeysAreFixed(t *testing.T) {
	t.Parallel()
	var first emulator.Keys
	for i, seed := range []string{"a", "a", "b"} {
		keys, err := emulator.SeededKeys(seed)
		if err != nil {
			t.Fatal(err)
		}
		if keys.Token.Equal(keys.ServiceAccount) {
			t.Error("the two keys of a seed are the same")
		}
		digest := sha256.Sum256([]byte(seed))
		sig, err := keys.Token.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || rsa.VerifyPKCS1v15(&keys.Token.PublicKey, crypto.SHA256, digest[:], sig) != nil {
			t.Errorf("the key does not sign: %v", err)
		}
		switch {
		case i == 0:
			first = keys
		case keys.Token.Equal(first.Token) != (seed == "a") || keys.ServiceAccount.Equal(first.ServiceAccount) != (seed == "a"):
			t.Errorf("seed %q: equal keys must come of equal seeds, and of no others", seed)
		}
	}
}
