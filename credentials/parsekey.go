package credentials

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/imsx/imsx/secret"
)

// maxKeyText bounds the text of a key, of a certificate and of a key file. A 4096-bit key in PEM has 3.2 KiB; the
// bundles that openssl writes hold a few certificates beside it.
const maxKeyText = 64 << 10

// ParseKey reads an RSA private key of 2048 to 8192 bits in any of the ways that people store one: PEM with PKCS#1,
// PKCS#8 or an encrypted key (PKCS#8 with PBES2, RFC 8018, or the older Proc-Type header, RFC 1421), with LF or CRLF,
// with "\n" written as two characters, all on one line, as a JSON array of lines, without armour, as base64 of the
// PEM text, and as DER with or without base64. A certificate beside the key in the same text is skipped.
//
// encoding says in words what was found. It is set for most errors too. Every error is an *[Error]: Adobe takes RSA
// signatures only, and it issues keys of 2048 bits; shorter ones are refused with [ReasonBadKey]. passphrase opens an
// encrypted key and is not looked at for others.
//
// The time that an encrypted key may cost is bounded: a key that asks for more than five million PBKDF2 iterations, or
// for more than 64 MiB of scrypt memory, is refused unopened.
func ParseKey(text []byte, passphrase secret.Text) (s crypto.Signer, encoding string, err error) {
	work := maxWork
	key, encoding, kerr := parseKey(text, passphrase, &work)
	if kerr != nil {
		return nil, encoding, kerr
	}
	return key, encoding, nil
}

// parseKey is [ParseKey] with the work that is left for the encrypted keys of one input.
func parseKey(text []byte, passphrase secret.Text, work *int) (*signer, string, *Error) {
	r := keyReader{passphrase: passphrase, work: work}
	key, err := r.text(text, 0)
	return key, r.encoding(), err
}

// keyReader reads one key and notes on its way how it was written.
type keyReader struct {
	passphrase secret.Text
	work       *int     // what is left of maxWork
	base       string   // "PKCS#1 PEM"
	marks      []string // "CRLF line ends"
}

func (r *keyReader) mark(s string) { r.marks = append(r.marks, s) }

func (r *keyReader) encoding() string {
	switch {
	case r.base == "" && len(r.marks) == 0:
		return ""
	case r.base == "":
		return "text with " + strings.Join(r.marks, ", ")
	case len(r.marks) == 0:
		return r.base
	}
	return r.base + " with " + strings.Join(r.marks, ", ")
}

const hintKey = "take the private key over unchanged from the file that the console gave you"

func (r *keyReader) bad(what string) *Error {
	if enc := r.encoding(); enc != "" {
		what += " (it looks like " + enc + ")"
	}
	return newError(ReasonBadKey, what, hintKey)
}

func (r *keyReader) text(text []byte, depth int) (*signer, *Error) {
	if len(text) > maxKeyText {
		return nil, r.bad(fmt.Sprintf("the private key is longer than %d bytes", maxKeyText))
	}
	if looksLikeDER(text) {
		return r.der(text, "DER")
	}
	s := strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff"))
	if s == "" {
		return nil, r.bad("the private key is empty")
	}
	if depth < 3 {
		if inner, mark := unwrapKeyText(s); mark != "" {
			r.mark(mark)
			return r.text([]byte(inner), depth+1)
		}
	}
	if strings.Contains(s, "-----BEGIN ") {
		return r.armoured(s)
	}
	if strings.Contains(s, "-----") {
		return nil, r.bad("the private key has no BEGIN line")
	}
	return r.bare(s, depth)
}

// unwrapKeyText undoes one layer that a copy through JSON or a shell added. An empty mark means that there is none.
func unwrapKeyText(s string) (inner, mark string) {
	switch s[0] {
	case '[':
		var lines []string
		if json.Unmarshal([]byte(s), &lines) == nil && len(lines) > 0 {
			return strings.Join(lines, "\n"), "an array of lines"
		}
	case '"':
		var text string
		if json.Unmarshal([]byte(s), &text) == nil {
			return text, "quotes"
		}
		return strings.Trim(s, `"`), "quotes"
	case '\'':
		return strings.Trim(s, "'"), "quotes"
	}
	// No key has a backslash of its own. Two of them come from a text that was escaped twice.
	if strings.Contains(s, `\n`) {
		return strings.NewReplacer(`\\r`, "", `\\n`, "\n", `\r`, "", `\n`, "\n").Replace(s), `literal \n`
	}
	return s, ""
}

// bare reads a text without armour.
func (r *keyReader) bare(s string, depth int) (*signer, *Error) {
	raw, ok := decodeBase64(s)
	switch {
	case !ok:
		return nil, r.bad("the private key is neither PEM nor base64")
	case looksLikeDER(raw):
		return r.der(raw, "base64 without armour")
	case depth < 3 && bytes.Contains(raw, []byte("-----BEGIN ")):
		r.mark("base64 around it")
		return r.text(raw, depth+1)
	}
	return nil, r.bad("the private key is base64 of something that is no key")
}

// decodeBase64 decodes s without its white space in the standard or the URL alphabet, padded or not.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.TrimRight(strings.Join(strings.Fields(s), ""), "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	raw, err := base64.RawStdEncoding.DecodeString(s)
	return raw, err == nil && len(raw) > 0
}

// looksLikeDER reports whether b is one DER SEQUENCE of more than 127 bytes, as every key and certificate is.
func looksLikeDER(b []byte) bool {
	if len(b) < 4 || b[0] != 0x30 {
		return false
	}
	switch b[1] {
	case 0x81:
		return len(b) == 3+int(b[2])
	case 0x82:
		return len(b) == 4+int(b[2])<<8+int(b[3])
	}
	return false
}

// armoured reads PEM text with any line ends, or none. Blocks that are no private key are skipped.
func (r *keyReader) armoured(s string) (*signer, *Error) {
	r.base = "PEM"
	switch {
	case strings.Contains(s, "\r\n"):
		r.mark("CRLF line ends")
	case !strings.Contains(s, "\n") && !strings.Contains(s, "\r"):
		r.mark("everything on one line")
	}
	blocks, problem := pemBlocks(s)
	var key *pemBlock
	for i := range blocks {
		if !strings.HasSuffix(blocks[i].label, "PRIVATE KEY") {
			continue
		}
		if key != nil {
			return nil, r.bad("there are two private keys in one text")
		}
		key = &blocks[i]
	}
	if key == nil && problem != "" {
		return nil, r.bad(problem)
	}
	if key == nil {
		return nil, r.notPrivate(blocks)
	}
	return r.block(*key)
}

func (r *keyReader) notPrivate(blocks []pemBlock) *Error {
	what := "the text holds no private key"
	if len(blocks) > 0 && strings.HasSuffix(blocks[0].label, "CERTIFICATE") {
		what = "this is a certificate, not a private key"
	} else if len(blocks) > 0 && strings.HasSuffix(blocks[0].label, "PUBLIC KEY") {
		what = "this is a public key, not a private key"
	}
	return newError(ReasonBadKey, what, "give the text that starts with BEGIN RSA PRIVATE KEY or BEGIN PRIVATE KEY")
}

// block reads one PEM block of a private key. Its content decides, not its label: some tools put PKCS#8 under the
// label of PKCS#1.
func (r *keyReader) block(b pemBlock) (*signer, *Error) {
	r.base = b.label + " PEM"
	if strings.HasPrefix(b.label, "OPENSSH ") {
		return nil, newError(ReasonBadKey, "the private key is in OpenSSH's own format",
			"convert it with: ssh-keygen -p -m PEM -f FILE")
	}
	if strings.HasPrefix(b.label, "EC ") || strings.HasPrefix(b.label, "DSA ") {
		return nil, notRSA(strings.Fields(b.label)[0])
	}
	raw, ok := decodeBase64(b.body)
	if !ok {
		return nil, r.bad("the lines between BEGIN and END are not base64")
	}
	if b.dekInfo != "" {
		return r.legacy(raw, b.dekInfo)
	}
	return r.der(raw, "PEM")
}

// pemBlock is one armoured block, its body still with white space.
type pemBlock struct {
	label, body, dekInfo string
}

const maxPEMBlocks = 32

// pemBlocks splits s at its armour. It is more forgiving than [encoding/pem]: line ends do not matter, and the
// encapsulated headers of RFC 1421 may stand on one line with the rest.
func pemBlocks(s string) (blocks []pemBlock, problem string) {
	for len(blocks) < maxPEMBlocks {
		_, rest, ok := strings.Cut(s, "-----BEGIN ")
		if !ok {
			return blocks, ""
		}
		label, rest, ok := strings.Cut(rest, "-----")
		if !ok || len(label) > 64 || strings.ContainsAny(label, "\r\n") || !plainLabel(label) {
			return blocks, "the BEGIN line is damaged"
		}
		body, rest, ok := strings.Cut(rest, "-----END ")
		if !ok {
			return blocks, "the text is cut off: it has no END line"
		}
		if !strings.HasPrefix(rest, label+"-----") {
			return blocks, "the END line does not fit the BEGIN line"
		}
		b := pemBlock{label: label}
		b.body, b.dekInfo = splitHeaders(body)
		blocks = append(blocks, b)
		s = rest
	}
	return blocks, "there are too many PEM blocks"
}

func plainLabel(label string) bool {
	return strings.IndexFunc(label, func(c rune) bool { return c != ' ' && c != '#' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') }) < 0
}

// splitHeaders takes the headers Proc-Type and DEK-Info off a body.
func splitHeaders(body string) (base64Text, dekInfo string) {
	words := strings.Fields(body)
	var kept []string
	for i := 0; i < len(words); i++ {
		switch {
		case words[i] == "Proc-Type:":
			i++
		case words[i] == "DEK-Info:" && i+1 < len(words):
			i++
			dekInfo = words[i]
		default:
			kept = append(kept, words[i])
		}
	}
	return strings.Join(kept, "\n"), dekInfo
}
