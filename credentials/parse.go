package credentials

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/imsx/imsx/secret"
)

// maxInput is the most that is read of any input, 1 MiB. Files of the consoles have a few kilobytes.
const maxInput = 1 << 20

// Options adjust how credentials are read. The zero value reads everything but key files and encrypted keys.
type Options struct {
	// Passphrase opens an encrypted private key. It wins over one in the file. Zero means that there is none.
	Passphrase secret.Text
	// Dir is the folder of the credential file: a key file that the credentials name by a relative path is looked up
	// there, and then in the current directory. Empty means that no key file is read but KeyFile. [Open] sets it.
	Dir string
	// KeyFile is the path of the private key of credentials that hold none themselves, or that name another file. It
	// does not replace a key that stands in the credentials. Empty means that there is none.
	KeyFile string
	// AllowHosts are hosts that may be an endpoint besides Adobe's, by exact name or address, without port. Only
	// [Credentials.Check] uses them.
	AllowHosts []string
}

// Parse finds out the format of data and reads every credential in it. data may be JSON, YAML, KEY=VALUE lines, or
// one of these as a JSON string or in base64. Every error is an *[Error]. Credentials that are recognised and
// incomplete are an error only if there is no complete one beside them; otherwise see [Set.Refused].
//
// Parse reads files only as [Options] says. It keeps no reference to data.
func Parse(data []byte, opts Options) (*Set, error) {
	r := newReader(opts, "")
	return r.run(func() *Error { return r.bytes(data) })
}

// Read reads src to its end, but no more than 1 MiB, and parses what it read as [Parse] does.
func Read(src io.Reader, opts Options) (*Set, error) {
	data, rerr := readAll(src)
	if rerr != nil {
		return nil, rerr
	}
	return Parse(data, opts)
}

func readAll(src io.Reader) ([]byte, *Error) {
	data, err := io.ReadAll(io.LimitReader(src, maxInput+1))
	if err != nil {
		return nil, unreadable("", err)
	}
	if len(data) > maxInput {
		return nil, tooLarge()
	}
	return data, nil
}

const hintTooLarge = "give the credential file itself; it has a few kilobytes"

func tooLarge() *Error {
	return newError(ReasonTooLarge, fmt.Sprintf("there are more than %d bytes, too many for credentials", maxInput), hintTooLarge)
}

// reader gathers what one input holds.
type reader struct {
	opts    Options
	source  string
	notes   []Finding // about the file itself, for every credential in it
	current string    // the context that the configuration calls its current one
	pending []values
	refused []refusal
	environ bool // the settings are those of a process, not of a file
	shared  bool // a private.key in the folder would belong to another input just as well
	work    int  // what is left of maxWork
}

func newReader(opts Options, source string) *reader {
	return &reader{opts: opts, source: source, work: maxWork}
}

// run reads by step and makes a Set of what it found.
func (r *reader) run(step func() *Error) (*Set, error) {
	if err := step(); err != nil {
		return nil, err.at("", r.source)
	}
	set := r.resolve()
	if len(set.all) == 0 {
		if len(set.refused) == 0 {
			return nil, unknownFormat().at("", r.source)
		}
		return nil, set.refused[0].err
	}
	return set, nil
}

// maxWrapping is how often a text may be wrapped into another, as a JSON string or base64.
const maxWrapping = 2

func (r *reader) bytes(data []byte) *Error {
	switch {
	case len(data) > maxInput:
		return tooLarge()
	case looksLikeDER(data):
		return r.bareBlock(data)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return newError(ReasonNotUTF8, "this is a ZIP archive, not credentials",
			"unpack it, and give the credential file; a private.key from it belongs beside that file")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return newError(ReasonNotUTF8, "the text is UTF-16, not UTF-8", "save the file as UTF-8")
	case !utf8.Valid(data), bytes.IndexByte(data, 0) >= 0:
		return newError(ReasonNotUTF8, "this is not UTF-8 text", "save the file as UTF-8, or download it again")
	}
	return r.text(string(data), 0)
}

func (r *reader) text(s string, wrapped int) *Error {
	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	switch {
	case s == "":
		return newError(ReasonEmpty, "there is nothing in it", "download the file again from the console")
	case s[0] == '{' || s[0] == '[':
		v, err := parseJSON([]byte(s))
		if err != nil {
			return err
		}
		return r.value(v, wrapped)
	case s[0] == '"':
		return r.quoted(s, wrapped)
	case s[0] == '<':
		return newError(ReasonHTML, "this is a web page, not credentials",
			"sign in to the console first, then download the credentials with its button")
	case strings.HasPrefix(s, "-----BEGIN "), strings.HasPrefix(s, "Bag Attributes"):
		return r.pem(s)
	case looksLikeJWT(s):
		return newError(ReasonBareToken, "this is a JSON Web Token, not credentials",
			"give the file that the console offers for download; a ready token needs a field named accessToken around it")
	}
	// Base64 comes before KEY=VALUE: with "=" at its end it looks like a name without a value.
	if raw, ok := unwrapBase64(s); ok && wrapped < maxWrapping {
		if looksLikeDER(raw) {
			return r.bareBlock(raw)
		}
		return r.text(string(raw), wrapped+1)
	}
	return r.plain(s)
}

// plain reads the formats of one setting per line.
func (r *reader) plain(s string) *Error {
	switch {
	case looksLikeDotenv(s):
		settings, err := parseDotenv(s)
		if err != nil {
			return err
		}
		return r.settings(settings)
	case looksLikeYAML(s):
		o, err := parseYAML(s)
		if err != nil {
			return err
		}
		return r.object(o)
	}
	return unknownFormat()
}

// quoted reads a JSON string: the whole file as the value of something else. YAML may quote its names too.
func (r *reader) quoted(s string, wrapped int) *Error {
	if looksLikeYAML(s) {
		o, err := parseYAML(s)
		if err != nil {
			return err
		}
		return r.object(o)
	}
	v, err := parseJSON([]byte(s))
	if err != nil {
		return err
	}
	inner, ok := v.(string)
	if !ok || wrapped >= maxWrapping {
		return unknownFormat()
	}
	return r.text(inner, wrapped+1)
}

// unwrapBase64 returns what s is the base64 of, if that is JSON, PEM or DER.
func unwrapBase64(s string) ([]byte, bool) {
	raw, ok := decodeBase64(s)
	if !ok || looksLikeDER(raw) {
		return raw, ok
	}
	head := bytes.TrimLeft(raw, "\ufeff \t\r\n")
	ok = bytes.HasPrefix(head, []byte("{")) || bytes.HasPrefix(head, []byte("[")) || bytes.HasPrefix(head, []byte("-----BEGIN "))
	return raw, ok && utf8.Valid(raw)
}

func unknownFormat() *Error {
	return newError(ReasonUnknownFormat, "this is none of the known formats of credentials", hintDownload)
}

// looksLikeJWT reports whether s has the three parts of a compact JWS whose header is a JSON object.
func looksLikeJWT(s string) bool {
	s = strings.TrimPrefix(s, "Bearer ")
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") == 2 && !strings.ContainsAny(s, " \t\r\n")
}

const (
	hintKeyOnly  = "give the whole credential file: the key alone does not say to whom it belongs"
	hintCertOnly = "give the credential file with the private key: a certificate alone cannot sign"
)

// pem tells what a PEM text is instead of credentials.
func (r *reader) pem(s string) *Error {
	blocks, problem := pemBlocks(s)
	for _, b := range blocks {
		if strings.HasSuffix(b.label, "PRIVATE KEY") {
			return newError(ReasonKeyOnly, "this is a private key without the credentials it belongs to", hintKeyOnly)
		}
	}
	if len(blocks) == 0 {
		return newError(ReasonTruncated, "PEM text: "+problem, hintDownload)
	}
	if strings.HasSuffix(blocks[0].label, "CERTIFICATE") || strings.HasSuffix(blocks[0].label, "PUBLIC KEY") {
		return newError(ReasonCertificateOnly, "this is a certificate or public key without the credentials", hintCertOnly)
	}
	return unknownFormat()
}

// bareBlock tells what DER bytes are instead of credentials.
func (r *reader) bareBlock(der []byte) *Error {
	var (
		head pkcs1Head
		info pkcs8
		enc  encryptedPKCS8
	)
	if unmarshal(der, &head) || unmarshal(der, &info) || unmarshal(der, &enc) {
		return newError(ReasonKeyOnly, "this is a private key without the credentials it belongs to", hintKeyOnly)
	}
	if parseCertificateDER(der) != nil {
		return newError(ReasonCertificateOnly, "this is a certificate without the credentials", hintCertOnly)
	}
	if isPKCS12(der) {
		return newError(ReasonKeyOnly, "this is a PKCS#12 file without the credentials it belongs to", hintPKCS12)
	}
	return newError(ReasonNotUTF8, "this is not UTF-8 text", "give the credential file that the console offers for download")
}
