package assure

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// cryptKey encrypts what is appended to an encrypted document, by the document's own key: algorithms 1 and 1.A of ISO 32000.
type cryptKey struct {
	key                    []byte
	whole                  bool // AES with 256 bits: the key is the same for every object
	aesStrings, aesStreams bool
}

func newCryptKey(ctx *model.Context) (*cryptKey, error) {
	if ctx.E == nil || len(ctx.EncKey) == 0 {
		return nil, errorf("the document's encryption cannot be continued")
	}
	d, err := ctx.EncryptDict()
	if err != nil || d == nil {
		return nil, errorf("the document's encryption dictionary cannot be read")
	}
	for _, filter := range []string{"StmF", "StrF"} {
		if name := nameOf(ctx, d[filter]); ctx.E.V >= 4 && name != "StdCF" {
			return nil, errorf("the document is encrypted in part only: %s is %s, and must be StdCF", filter, quoted(name))
		}
	}
	k := &cryptKey{key: ctx.EncKey, whole: ctx.E.R >= 5, aesStrings: ctx.AES4Strings, aesStreams: ctx.AES4Streams}
	if k.whole && len(k.key) != 32 || !k.whole && len(k.key) > 16 {
		return nil, errorf("the document's encryption key has a length that cannot be used")
	}
	return k, nil
}

// encrypt returns the encrypted form of data, which stays as it is.
func (k *cryptKey) encrypt(data []byte, nr, gen int, byAES bool) []byte {
	key := k.key
	if !k.whole {
		key = k.objectKey(nr, gen, byAES)
	}
	if !byAES {
		out := make([]byte, len(data))
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic("assure: a key of RC4 has a wrong length")
		}
		c.XORKeyStream(out, data)
		return out
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("assure: a key of AES has a wrong length")
	}
	pad := aes.BlockSize - len(data)%aes.BlockSize
	out := make([]byte, aes.BlockSize, aes.BlockSize+len(data)+pad)
	rand.Read(out)
	out = append(out, data...)
	out = append(out, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], out[aes.BlockSize:])
	return out
}

func (k *cryptKey) objectKey(nr, gen int, byAES bool) []byte {
	seed := append(bytes.Clone(k.key), byte(nr), byte(nr>>8), byte(nr>>16), byte(gen), byte(gen>>8))
	if byAES {
		seed = append(seed, "sAlT"...)
	}
	sum := md5.Sum(seed)
	return sum[:min(len(k.key)+5, 16)]
}
