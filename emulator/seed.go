package emulator

import (
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"sync"
)

// seededStream gives bytes that depend on its seed alone. It is for fixed keys and identifiers in tests: whoever knows the
// seed knows them all. It is safe for concurrent use, though the order of readers then decides who gets what.
type seededStream struct {
	mu     sync.Mutex
	stream *mathrand.ChaCha8
}

// newSeededStream returns the stream of a seed for one purpose.
func newSeededStream(seed, purpose string) *seededStream {
	return &seededStream{stream: mathrand.NewChaCha8(sha256.Sum256([]byte("imsx emulator 1\x00" + purpose + "\x00" + seed)))}
}

// Read fills b.
func (s *seededStream) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.Read(b)
}

// SeededKeys returns the keys that belong to a seed: always the same ones. They are worthless outside tests. It takes
// some hundred milliseconds.
func SeededKeys(seed string) (Keys, error) {
	return Keys{}.complete(func(purpose string) (*rsa.PrivateKey, error) {
		return seededKey(newSeededStream(seed, purpose))
	})
}

const keyExponent = 65537

// seededKey makes an RSA key from a stream. The standard library does not: its generator takes no other randomness than
// the system's.
func seededKey(r io.Reader) (*rsa.PrivateKey, error) {
	one := big.NewInt(1)
	e := big.NewInt(keyExponent)
	for {
		p, err := prime(r, keyBits/2)
		if err != nil {
			return nil, err
		}
		q, err := prime(r, keyBits/2)
		if err != nil {
			return nil, err
		}
		totient := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, totient)
		n := new(big.Int).Mul(p, q)
		if p.Cmp(q) == 0 || d == nil || n.BitLen() != keyBits {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: keyExponent}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return key, key.Validate()
	}
}

// prime returns a prime of exactly the given number of bits, the second highest set as well, so that the product of two
// has all its bits.
func prime(r io.Reader, bits int) (*big.Int, error) {
	buf := make([]byte, bits/8)
	p := new(big.Int)
	for {
		if _, err := io.ReadFull(r, buf); err != nil {
			return nil, err
		}
		buf[0] |= 0xc0
		buf[len(buf)-1] |= 1
		if p.SetBytes(buf).ProbablyPrime(4) {
			return p, nil
		}
	}
}
