package emulator

import (
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"math"
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
		if p.SetBytes(buf); !hasSmallFactor(p) && p.ProbablyPrime(4) {
			return p, nil
		}
	}
}

// hasSmallFactor reports whether a large odd number has a prime factor below some thousands. It spares most candidates the
// real test, which takes a hundred times as long.
func hasSmallFactor(n *big.Int) bool {
	for _, factors := range smallPrimes() {
		rest := new(big.Int).Mod(n, factors.product).Uint64()
		for _, p := range factors.primes {
			if rest%p == 0 {
				return true
			}
		}
	}
	return false
}

// primeGroup are primes whose product fits a machine's word, so that one division of a large number does for all of them.
type primeGroup struct {
	product *big.Int
	primes  []uint64
}

// smallPrimes returns the odd primes below 4096.
var smallPrimes = sync.OnceValue(func() []primeGroup {
	var all []primeGroup
	var group []uint64
	product := uint64(1)
	for n := uint64(3); n < 4096; n += 2 {
		if !big.NewInt(int64(n)).ProbablyPrime(0) { // exact below 2⁶⁴
			continue
		}
		if product > math.MaxUint64/n {
			all = append(all, primeGroup{new(big.Int).SetUint64(product), group})
			group, product = nil, 1
		}
		group, product = append(group, n), product*n
	}
	return append(all, primeGroup{new(big.Int).SetUint64(product), group})
})
