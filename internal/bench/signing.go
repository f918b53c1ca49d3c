package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

// assertion compares building and signing an assertion with the signature alone.
func assertion(_ context.Context, a *adobe, e effort) ([]row, error) {
	signer := a.account.Keys[0].Signer
	digest := sha256.Sum256([]byte("an assertion"))
	c, err := compareOperations(e, func() error {
		_, err := signed(a)
		return err
	}, func() error {
		_, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, err
	}
	return []row{{
		What: "assertion built and signed", Against: "RSA signature alone", Unit: "µs",
		Measured: c.measured / 1e3, Reference: c.reference / 1e3, Ratio: c.ratio, Target: "<= 1.05", Met: c.ratio <= 1.05,
	}}, nil
}

// signed returns an assertion of the service account.
func signed(a *adobe) (secret.Text, error) {
	c := a.account
	return ims.Assertion{
		Endpoint: c.Endpoint, ClientID: c.ClientID, Organization: c.Organization,
		TechnicalAccount: c.TechnicalAccountID, Metascopes: c.Metascopes,
	}.Sign(c.Keys[0].Signer)
}

// verifyAndSign is the work that no exchange can do without.
func verifyAndSign(key *rsa.PrivateKey) func(*testing.B) {
	return func(b *testing.B) {
		digest := sha256.Sum256([]byte("an assertion"))
		signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
					b.Error(err)
					return
				}
				if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
}
