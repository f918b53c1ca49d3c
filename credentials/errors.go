package credentials

import (
	"fmt"
	"strings"
)

// Reason tells why an input is no usable credential. The names are stable: programs may compare them.
type Reason string

// The reasons of an [Error].
const (
	ReasonUnknownFormat    Reason = "unknown_format"     // none of the known shapes
	ReasonMalformed        Reason = "malformed"          // JSON, YAML or KEY=VALUE text that breaks its own rules
	ReasonTruncated        Reason = "truncated"          // the text stops in the middle
	ReasonEmpty            Reason = "empty"              // nothing but white space
	ReasonNotUTF8          Reason = "not_utf8"           // another encoding, or binary
	ReasonTooLarge         Reason = "too_large"          // more than 1 MiB
	ReasonHTML             Reason = "html"               // a web page, often a sign-in page
	ReasonSavedError       Reason = "saved_error"        // an error answer of a console
	ReasonSavedTokenAnswer Reason = "saved_token_answer" // an answer of IMS with a token in it
	ReasonBareToken        Reason = "bare_token"         // a JSON Web Token and nothing else
	ReasonCertificateOnly  Reason = "certificate_only"   // a certificate or public key and nothing else
	ReasonKeyOnly          Reason = "key_only"           // a private key and nothing else
	ReasonMissingFields    Reason = "missing_fields"     // the shape is known, fields lack; see [Error.Missing]
	ReasonBadField         Reason = "bad_field"          // a field is there but cannot be used
	ReasonBadKey           Reason = "bad_key"            // the private key cannot be read
	ReasonNotRSA           Reason = "not_rsa"            // a private key of another kind
	ReasonPassphraseNeeded Reason = "passphrase_needed"  // an encrypted key and no passphrase
	ReasonWrongPassphrase  Reason = "wrong_passphrase"   // an encrypted key that the passphrase does not open
	ReasonKeyFile          Reason = "key_file"           // a key file that cannot be read
	ReasonUnreadable       Reason = "unreadable"         // a file that cannot be opened or read; wraps the cause
	ReasonAmbiguous        Reason = "ambiguous"          // several credentials, and no selector that leaves one
	ReasonNoMatch          Reason = "no_match"           // nothing matches the selector, or nothing was found
)

// Error is the only type of error that [Parse], [Read], [Open], [FromEnviron], [ParseKey] and [Set.Select] return. It
// never holds a part of a secret. It wraps another error only for [ReasonUnreadable] and [ReasonKeyFile], so that
// errors.Is(err, fs.ErrNotExist) works.
type Error struct {
	// Reason is one of the constants.
	Reason Reason
	// Format is the shape that was recognised, empty if none was.
	Format Format
	// Source is the path of the file, empty for bytes and the environment.
	Source string
	// Line is the line where the text breaks its rules, counted from 1; 0 if there is none to tell.
	Line int
	// Missing are all the fields that lack, spelled as in the format. Set for ReasonMissingFields only.
	Missing []string

	what, hint string
	cause      error
}

// Error says what is wrong, without the remedy: see [Error.Hint].
func (e *Error) Error() string {
	var b strings.Builder
	if e.Source != "" {
		b.WriteString(e.Source + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.what)
	return b.String()
}

// Hint says in one sentence, or a few, what to do.
func (e *Error) Hint() string { return e.hint }

// Unwrap returns the error of the file system, nil for most reasons.
func (e *Error) Unwrap() error { return e.cause }

// newError makes an Error of two texts.
func newError(reason Reason, what, hint string) *Error {
	return &Error{Reason: reason, what: what, hint: hint}
}

// at returns e with the format and source filled in where they lack.
func (e *Error) at(format Format, source string) *Error {
	c := *e
	if c.Format == "" {
		c.Format = format
	}
	if c.Source == "" {
		c.Source = source
	}
	return &c
}

const hintDownload = "download the file again from the console; docs/credential-formats.md shows every accepted shape"

func missingFields(format Format, name string, missing []string) *Error {
	what := format.Title()
	if name != "" {
		what += fmt.Sprintf(" %q", clip(name))
	}
	what += " without " + strings.Join(missing, ", ")
	e := newError(ReasonMissingFields, what, missingHint(format))
	e.Format, e.Missing = format, missing
	return e
}

func missingHint(format Format) string {
	switch format {
	case FormatDeveloperConsoleProject, FormatAIOConfig:
		return "add what is missing; a private key is not part of this file, so put it beside it as private.key or name its file"
	case FormatEnvironment:
		return "set the missing variables as well"
	}
	if format.Console() != "" {
		return "download the file again from the " + format.Console() + " and do not shorten it"
	}
	return "add what is missing"
}

// clip bounds a name for display.
func clip(s string) string {
	const most = 64
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
