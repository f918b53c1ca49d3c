// Package cleantext makes a text that a server sent fit to be shown: on one line, short, without what does not show or
// changes how the rest shows, and without any part of the secrets that the request carried.
//
//	c := cleantext.New(clientSecret)
//	e.Description = c.Description(answer.ErrorDescription)
package cleantext

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDescription = 300 // characters
	maxLabel       = 128 // characters
	redacted       = "[redacted]"
	// window is how many bytes of a secret in a row count as showing it, and maxWindow how many of a long password.
	window    = 8
	maxWindow = 64
	// maxUncleaned bounds the work on a text of which a few hundred characters remain.
	maxUncleaned = 16 << 10
)

// Cleaner cleans texts. The zero value knows no secret. It holds the secrets in clear and is not to be kept or printed.
type Cleaner struct {
	secrets []hidden
}

// hidden is a text that must not show.
type hidden struct {
	text string
	run  int // how many bytes of it in a row must not show
}

// New returns a Cleaner that hides secrets, as [Cleaner.Hide] does.
func New(secrets ...string) Cleaner {
	var c Cleaner
	for _, s := range secrets {
		c.Hide(s)
	}
	return c
}

// Hide adds a secret. Eight of its bytes in a row, in any case of their letters, count as showing it; a shorter one is
// hidden where all of it stands. The empty text is ignored.
func (c *Cleaner) Hide(s string) { c.hide(s, window) }

// HidePassword adds a secret that a person may have made of words: three quarters of it in a row count as showing it, or
// 64 bytes of a long one, so that texts which only share some letters with it stay.
func (c *Cleaner) HidePassword(s string) { c.hide(s, min(max(window, len(s)*3/4), maxWindow)) }

func (c *Cleaner) hide(s string, run int) {
	for _, form := range []string{s, OneLine(s), url.QueryEscape(s)} {
		h := hidden{form, min(run, len(form))}
		if form != "" && !slices.Contains(c.secrets, h) {
			c.secrets = append(c.secrets, h)
		}
	}
}

// Description returns s clean, on one line of at most 300 characters.
func (c Cleaner) Description(s string) string { return c.line(s, maxDescription) }

// Label returns s clean, on one line of at most 128 characters: for codes, names and ids.
func (c Cleaner) Label(s string) string { return c.line(s, maxLabel) }

func (c Cleaner) line(s string, limit int) string {
	s = c.Mask(OneLine(s[:min(len(s), maxUncleaned)]))
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}

// OneLine returns s with each run of blanks and line ends as one space, and without what does not show: control
// characters, format characters such as those that change the direction of text, and bytes that are not UTF-8.
func OneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(s, ""))), " ")
}

// SeveralLines keeps line feeds, tabs and the number of blanks, and is otherwise as [OneLine].
func SeveralLines(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\t':
			return r
		case '\r':
			return -1
		}
		return printable(r)
	}, strings.ToValidUTF8(s, ""))
}

// printable maps blanks to a space and drops everything else that does not show.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// Mask replaces every part of s that shows a secret with a mark. The rest of s stays as it is.
func (c Cleaner) Mask(s string) string {
	folded := Fold(s)
	marked := make([]bool, len(s))
	found := false
	for _, secret := range c.secrets {
		found = mark(marked, folded, Fold(secret.text), secret.run) || found
	}
	if !found {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !marked[i]:
			b.WriteByte(s[i])
		case i == 0 || !marked[i-1]:
			b.WriteString(redacted)
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

// mark marks the bytes of s that belong to n bytes in a row of secret, and reports whether there are any.
func mark(marked []bool, s, secret string, n int) (found bool) {
	windows := make(map[string]struct{}, len(secret))
	for i := 0; i+n <= len(secret); i++ {
		windows[secret[i:i+n]] = struct{}{}
	}
	for i := 0; i+n <= len(s); i++ {
		if _, ok := windows[s[i:i+n]]; !ok {
			continue
		}
		found = true
		for j := i; j < i+n; j++ {
			marked[j] = true
		}
	}
	return found
}

// Fold lowers ASCII letters and keeps every byte in its place.
func Fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
