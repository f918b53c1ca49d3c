package aem

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDescription = 300 // characters
	maxLabel       = 128 // characters of a code or an id
	redacted       = "[redacted]"
	// window is how many bytes of a token in a row count as showing it.
	window = 8
)

// cleaner makes texts of a server fit to be shown: without the request's secrets, without control characters, and short.
type cleaner struct {
	secrets []hidden
}

// hidden is a text that must not show.
type hidden struct {
	text string
	run  int // how many bytes of it in a row must not show
}

// newCleaner returns a cleaner for a request with the given tokens. Empty ones are ignored.
func newCleaner(tokens ...string) cleaner {
	var c cleaner
	for _, s := range tokens {
		c.hide(s, window)
	}
	return c
}

// hidePassword hides a secret that a person may have made of words: what shares only some letters with it stays.
func (c *cleaner) hidePassword(s string) { c.hide(s, max(window, len(s)*3/4)) }

func (c *cleaner) hide(s string, run int) {
	for _, form := range []string{s, oneLine(s), url.QueryEscape(s)} {
		h := hidden{form, min(run, len(form))}
		if form != "" && !slices.Contains(c.secrets, h) {
			c.secrets = append(c.secrets, h)
		}
	}
}

// maxUncleaned bounds the work on a text of which maxDescription characters remain.
const maxUncleaned = 16 << 10

// clean returns s on one line of at most limit characters.
func (c cleaner) clean(s string, limit int) string {
	if len(s) > maxUncleaned {
		s = s[:maxUncleaned]
	}
	s = c.mask(oneLine(s))
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(s, ""))), " ")
}

// severalLines keeps line ends and tabs, and is otherwise as oneLine.
func severalLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r == '\r' {
			return -1
		}
		return printable(r)
	}, strings.ToValidUTF8(s, ""))
}

// printable maps blanks to a space and drops everything else that does not show: control and format characters, among
// them the ones that change the direction of text.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// mask replaces every run of s that shares enough bytes in a row with a secret.
func (c cleaner) mask(s string) string {
	folded := fold(s)
	marked := make([]bool, len(s))
	found := false
	for _, secret := range c.secrets {
		found = mark(marked, folded, fold(secret.text), secret.run) || found
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

// fold lowers ASCII letters and keeps every byte in its place.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
