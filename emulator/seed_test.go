package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
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
			// Also from one version to the next: people write down what a seed gives.
			const want = "3082010a0282010100dc5445ea6d6a3e3209377d"
			if got := hex.EncodeToString(x509.MarshalPKCS1PublicKey(&keys.Token.PublicKey)); !strings.HasPrefix(got, want) {
				t.Errorf("seed %q: the token key is %.40s…, want %s…", seed, got, want)
			}
		case keys.Token.Equal(first.Token) != (seed == "a") || keys.ServiceAccount.Equal(first.ServiceAccount) != (seed == "a"):
			t.Errorf("seed %q: equal keys must come of equal seeds, and of no others", seed)
		}
	}
}
