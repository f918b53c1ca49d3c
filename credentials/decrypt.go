package credentials

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"hash"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// The work that an encrypted key may ask for. OpenSSL 3 writes 2,048 iterations, careful tools up to a few millions;
// OpenSSL's scrypt takes 16 MiB.
const (
	maxIterations   = 5_000_000
	maxScryptMemory = 64 << 20
	maxScryptWork   = 1 << 21 // N·r·p, sixteen times OpenSSL's
	// maxWork bounds all encrypted keys of one input together: an iteration and a unit of N·r·p take about as long.
	maxWork = 2 * maxIterations
)

// encryptedPKCS8 is EncryptedPrivateKeyInfo (RFC 5208, section 6).
type encryptedPKCS8 struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2Params is PBES2-params (RFC 8018, appendix A.4).
type pbes2Params struct {
	KDF, Cipher pkix.AlgorithmIdentifier
}

// pbkdf2Params is PBKDF2-params (RFC 8018, appendix A.2). Only the explicit salt is known in practice.
type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// scryptParams is scrypt-params (RFC 7914, section 7.1).
type scryptParams struct {
	Salt      []byte
	N, R, P   int
	KeyLength int `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

var ciphers = []struct {
	oid     asn1.ObjectIdentifier
	keySize int
	create  func(key []byte) (cipher.Block, error)
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.NewCipher},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher},
}

var prfs = []struct {
	oid  asn1.ObjectIdentifier
	hash func() hash.Hash
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}, sha1.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}, sha256.New224},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, sha256.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, sha512.New384},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, sha512.New},
}

const hintReencrypt = "encrypt the key anew with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE"

func unsupported(what string) *Error { return newError(ReasonBadKey, what, hintReencrypt) }

func passphraseNeeded() *Error {
	return newError(ReasonPassphraseNeeded, "the private key is encrypted and there is no passphrase",
		"give the passphrase of the private key")
}

func wrongPassphrase() *Error {
	return newError(ReasonWrongPassphrase, "the passphrase does not open the private key",
		"check the passphrase: upper and lower case, and blanks at its ends, count")
}

// decrypt opens an encrypted PKCS#8 key. The parameters are checked before any work is done with them.
func (r *keyReader) decrypt(enc encryptedPKCS8) (*signer, *Error) {
	if !enc.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unsupported("the private key is encrypted in an old way (not PBES2)")
	}
	var params pbes2Params
	if !unmarshal(enc.Algorithm.Parameters.FullBytes, &params) {
		return nil, r.bad("the parameters of the encryption are damaged")
	}
	keySize, create, iv, problem := readCipher(params.Cipher, len(enc.Data))
	if problem != nil {
		return nil, problem
	}
	derive, cost, problem := readKDF(params.KDF, keySize)
	if problem != nil {
		return nil, problem
	}
	if r.passphrase.IsZero() {
		return nil, passphraseNeeded()
	}
	if *r.work -= cost; *r.work < 0 {
		return nil, unsupported("the encrypted private keys together ask for too many iterations")
	}
	key, err := derive([]byte(r.passphrase.Reveal()))
	if err != nil {
		return nil, unsupported("the private key is encrypted with parameters that are not supported")
	}
	block, err := create(key)
	if err != nil {
		return nil, unsupported("the private key is encrypted with a cipher that is not supported")
	}
	plain := make([]byte, len(enc.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, enc.Data)
	return r.decrypted(plain, block.BlockSize())
}

// decrypted reads the PKCS#8 key that came out. Anything that is none means that the passphrase was wrong: the
// encryption carries no check of its own.
func (r *keyReader) decrypted(plain []byte, blockSize int) (*signer, *Error) {
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > blockSize {
		return nil, wrongPassphrase()
	}
	var info pkcs8
	if !unmarshal(plain[:len(plain)-pad], &info) {
		return nil, wrongPassphrase()
	}
	return r.unwrap(info)
}

func readCipher(alg pkix.AlgorithmIdentifier, dataLen int) (keySize int, create func([]byte) (cipher.Block, error), iv []byte, _ *Error) {
	for _, c := range ciphers {
		if !alg.Algorithm.Equal(c.oid) {
			continue
		}
		block, err := c.create(make([]byte, c.keySize))
		if err != nil {
			break
		}
		size := block.BlockSize()
		if !unmarshal(alg.Parameters.FullBytes, &iv) || len(iv) != size || dataLen == 0 || dataLen%size != 0 {
			return 0, nil, nil, newError(ReasonBadKey, "the encrypted private key is damaged or cut off", hintKey)
		}
		return c.keySize, c.create, iv, nil
	}
	return 0, nil, nil, unsupported("the private key is encrypted with a cipher that is not supported")
}

// keyDerivation makes the key of a cipher from a passphrase.
type keyDerivation func(pass []byte) ([]byte, error)

// readKDF reads the parameters of a key derivation. cost is counted as for maxWork.
func readKDF(alg pkix.AlgorithmIdentifier, keySize int) (derive keyDerivation, cost int, _ *Error) {
	switch {
	case alg.Algorithm.Equal(oidPBKDF2):
		return readPBKDF2(alg, keySize)
	case alg.Algorithm.Equal(oidScrypt):
		return readScrypt(alg, keySize)
	}
	return nil, 0, unsupported("the private key is encrypted with a key derivation that is not supported")
}

func readPBKDF2(alg pkix.AlgorithmIdentifier, keySize int) (keyDerivation, int, *Error) {
	var p pbkdf2Params
	if !unmarshal(alg.Parameters.FullBytes, &p) || p.Iterations < 1 || p.KeyLength != 0 && p.KeyLength != keySize {
		return nil, 0, newError(ReasonBadKey, "the parameters of the encryption are damaged", hintKey)
	}
	if p.Iterations > maxIterations {
		return nil, 0, unsupported("the encrypted private key asks for too many iterations")
	}
	h := sha1.New // the default of RFC 8018
	if len(p.PRF.Algorithm) > 0 {
		h = nil
		for _, prf := range prfs {
			if p.PRF.Algorithm.Equal(prf.oid) {
				h = prf.hash
			}
		}
	}
	if h == nil {
		return nil, 0, unsupported("the private key is encrypted with a hash that is not supported")
	}
	derive := func(pass []byte) ([]byte, error) { return pbkdf2.Key(h, string(pass), p.Salt, p.Iterations, keySize) }
	return derive, p.Iterations, nil
}

func readScrypt(alg pkix.AlgorithmIdentifier, keySize int) (keyDerivation, int, *Error) {
	var p scryptParams
	if !unmarshal(alg.Parameters.FullBytes, &p) || p.N < 2 || p.R < 1 || p.P < 1 ||
		p.KeyLength != 0 && p.KeyLength != keySize {
		return nil, 0, newError(ReasonBadKey, "the parameters of the encryption are damaged", hintKey)
	}
	const most = maxScryptMemory / 128
	if p.N > most || p.R > most || p.P > most || p.N*p.R > most || p.R*p.P > most || p.N*p.R*p.P > maxScryptWork {
		return nil, 0, unsupported("the encrypted private key asks for too much memory")
	}
	derive := func(pass []byte) ([]byte, error) { return scrypt.Key(pass, p.Salt, p.N, p.R, p.P, keySize) }
	return derive, p.N * p.R * p.P, nil
}

// legacy opens a PEM block with the headers of RFC 1421, as "openssl rsa -aes256" wrote before PKCS#8 came.
func (r *keyReader) legacy(raw []byte, dekInfo string) (*signer, *Error) {
	r.base = "PEM with the header DEK-Info"
	if r.passphrase.IsZero() {
		return nil, passphraseNeeded()
	}
	block := &pem.Block{
		Type:    "RSA PRIVATE KEY",
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": strings.ToUpper(dekInfo)},
		Bytes:   raw,
	}
	//lint:ignore SA1019 the scheme is weak, and people have such keys: reading them harms nobody
	der, err := x509.DecryptPEMBlock(block, []byte(r.passphrase.Reveal())) //nolint:staticcheck // as above
	if err == x509.IncorrectPasswordError {
		return nil, wrongPassphrase()
	}
	if err != nil {
		return nil, unsupported("the private key is encrypted in an old way that is not supported, or it is damaged")
	}
	var head pkcs1Head
	if !unmarshal(der, &head) {
		return nil, wrongPassphrase()
	}
	r.base = "encrypted PKCS#1 PEM"
	return r.rsa(der, head)
}
