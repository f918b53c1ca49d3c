package credentials_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
)

func TestDeriveSecret(t *testing.T) {
	t.Parallel()
	derive := func(text, label string) string {
		t.Helper()
		s, _, err := credentials.ParseKey([]byte(text), secret.Text{})
		if err != nil {
			t.Fatal(err)
		}
		derived, ok := credentials.Key{Signer: s}.DeriveSecret(label)
		if !ok || len(derived.Reveal()) != 64 {
			t.Fatalf("DeriveSecret = %d characters, %v; want 64", len(derived.Reveal()), ok)
		}
		return derived.Reveal()
	}
	one, other := newPair(t, 0, time.Now(), time.Now().Add(time.Hour)), newPair(t, 1, time.Now(), time.Now().Add(time.Hour))
	first := derive(one.pkcs1(), "a")
	if derive(one.pkcs8(t), "a") != first {
		t.Error("the same key in another encoding gives another text")
	}
	if derive(one.pkcs1(), "b") == first {
		t.Error("another label gives the same text")
	}
	if derive(other.pkcs1(), "a") == first {
		t.Error("another key gives the same text")
	}
	if _, ok := (credentials.Key{Signer: elsewhere{one.key}}).DeriveSecret("a"); ok {
		t.Error("DeriveSecret of a key that is not in memory succeeded")
	}
}

// elsewhere is a signer whose key is not in memory.
type elsewhere struct{ crypto.Signer }
