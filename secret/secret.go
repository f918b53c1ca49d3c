// Package secret holds texts that must not show themselves: access tokens, client secrets, assertions.
//
// A [Text] prints as a short fingerprint wherever it is printed: by fmt with any verb, by log/slog, as JSON, and as an
// unexported field of a struct, where fmt cannot call methods. Its content comes out by one method, [Text.Reveal], so
// that every place where a secret leaves the program can be found by searching for that word.
//
//	t := secret.New("p8e-…")
//	fmt.Println(t)          // sha256:6f1d…
//	req.Header.Set("Authorization", "Bearer "+t.Reveal())
//
// The package guards against accidents, not against code in the same process: memory is not wiped or locked, because
// the Go runtime may have copied it.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
)

// Text is a secret text. The zero value is the empty text. A Text is immutable and safe for concurrent use; copying it
// copies a reference. Two Texts of the same content need not be equal by ==: use [Text.Equal].
type Text struct {
	// The pointer keeps the content out of fmt's reach even when the Text is an unexported field of another struct.
	content *string
}

// New returns s as a secret text.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{content: &s}
}

// Reveal returns the content itself. Call it only where the secret goes on the wire, into a file for its owner, or to
// standard output because a person asked for it.
func (t Text) Reveal() string {
	if t.content == nil {
		return ""
	}
	return *t.content
}

// IsZero reports whether t is the empty text.
func (t Text) IsZero() bool { return t.content == nil }

// Len returns the length of the content in bytes.
func (t Text) Len() int { return len(t.Reveal()) }

// Equal reports whether t and u have the same content, in a time that depends only on their lengths.
func (t Text) Equal(u Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(u.Reveal())) == 1
}

// Fingerprint returns "sha256:" and the first 12 hexadecimal digits of the content's SHA-256, or "" for the empty text.
// It tells two secrets apart in a log without giving either away. It is meant for texts of high entropy; the
// fingerprint of a guessable password lets a guess be confirmed.
func (t Text) Fingerprint() string {
	if t.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(t.Reveal()))
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// String returns the fingerprint, or "(empty)".
func (t Text) String() string {
	if t.IsZero() {
		return "(empty)"
	}
	return t.Fingerprint()
}

// GoString returns the same as [Text.String].
func (t Text) GoString() string { return t.String() }

// Format writes the same as [Text.String], whatever the verb and flags.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// LogValue returns the fingerprint, for log/slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON writes the fingerprint as a JSON string. There is no UnmarshalJSON: a secret is read on purpose.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// MarshalText writes the fingerprint; YAML encoders and map keys use it.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
