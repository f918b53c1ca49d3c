package ims_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"sync"
	"testing"
)

// quickKey is an RSA key for tests that sign very often: its modulus is the product of primes of 32 bits, so that a
// signature takes microseconds. Everybody can factor it. It depends on its name alone: the processes of a fuzz run have
// the same keys, and what one of them signs is good in the others.
type quickKey struct {
	public rsa.PublicKey
	primes []quickPrime
}

// quickPrime is a prime of the modulus, with what the Chinese remainder theorem needs.
type quickPrime struct {
	prime, exponent uint64
	weight          *big.Int // 1 modulo this prime, 0 modulo the others
}

// The keys of fuzzing: the server's and that of the account.
var (
	quickServerKey  = sync.OnceValue(func() *quickKey { return newQuickKey("server") })
	quickAccountKey = sync.OnceValue(func() *quickKey { return newQuickKey("account") })
)

func newQuickKey(name string) *quickKey {
	k := &quickKey{public: rsa.PublicKey{N: big.NewInt(1), E: 65537}}
	for i := uint64(0); k.public.N.BitLen() < 2048; i++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(name), i))
		p := uint64(binary.BigEndian.Uint32(sum[:]) | 1<<31 | 1)
		prime := new(big.Int).SetUint64(p)
		d := new(big.Int).ModInverse(big.NewInt(int64(k.public.E)), new(big.Int).SetUint64(p-1))
		if d == nil || !prime.ProbablyPrime(0) || new(big.Int).Mod(k.public.N, prime).Sign() == 0 {
			continue
		}
		k.public.N.Mul(k.public.N, prime)
		k.primes = append(k.primes, quickPrime{prime: p, exponent: d.Uint64()})
	}
	for i := range k.primes {
		p := new(big.Int).SetUint64(k.primes[i].prime)
		others := new(big.Int).Div(k.public.N, p)
		k.primes[i].weight = others.Mul(others, new(big.Int).ModInverse(others, p))
	}
	return k
}

func (k *quickKey) Public() crypto.PublicKey { return &k.public }

// Sign makes a signature by RFC 8017, section 8.2.1, of a SHA-256 digest.
func (k *quickKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("a quick key signs SHA-256 alone")
	}
	encoded := make([]byte, k.public.Size())
	info := append([]byte("\x00\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), digest...)
	encoded[1] = 1
	padding := encoded[2 : len(encoded)-len(info)]
	for i := range padding {
		padding[i] = 0xff
	}
	copy(encoded[len(encoded)-len(info):], info)
	m, sum, product := new(big.Int).SetBytes(encoded), new(big.Int), new(big.Int)
	rest, prime := new(big.Int), new(big.Int)
	for _, p := range k.primes {
		root := power(rest.Mod(m, prime.SetUint64(p.prime)).Uint64(), p.exponent, p.prime)
		sum.Add(sum, product.Mul(p.weight, rest.SetUint64(root)))
	}
	return sum.Mod(sum, k.public.N).FillBytes(encoded), nil
}

// power returns b to the power of e modulo m, all below 2^32.
func power(b, e, m uint64) uint64 {
	result := uint64(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			result = result * b % m
		}
		b = b * b % m
	}
	return result
}

// compact returns the compact form of a JWS with any header and payload, signed as RS256 whatever the header says.
func (k *quickKey) compact(t testing.TB, header, payload string) string {
	t.Helper()
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	digest := sha256.Sum256([]byte(signed))
	signature, err := k.Sign(nil, digest[:], crypto.SHA256)
	must(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// TestQuickKey: what a quick key signs is good for the standard library, and no more than that.
func TestQuickKey(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("anything"))
	signature, err := quickServerKey().Sign(nil, digest[:], crypto.SHA256)
	must(t, err)
	if err := rsa.VerifyPKCS1v15(&quickServerKey().public, crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
	if rsa.VerifyPKCS1v15(&quickAccountKey().public, crypto.SHA256, digest[:], signature) == nil {
		t.Error("a signature is good under another key")
	}
}

func BenchmarkQuickKey(b *testing.B) {
	digest := sha256.Sum256([]byte("anything"))
	for b.Loop() {
		_, err := quickServerKey().Sign(nil, digest[:], crypto.SHA256)
		must(b, err)
	}
}
