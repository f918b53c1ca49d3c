package ims

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDescription = 300 // characters
	maxLabel       = 128 // characters of a code or a debug id
	redacted       = "[redacted]"
	// window is how many bytes of a secret in a row count as showing it.
	window = 8
)

// cleaner makes texts of a server fit to be shown: without the request's secrets, without control characters, and short.
type cleaner struct {
	secrets []string
}

// newCleaner returns a cleaner for a request with the given secrets. Empty ones are ignored.
func newCleaner(secrets ...string) cleaner {
	var c cleaner
	for _, s := range secrets {
		for _, form := range []string{s, oneLine(s), url.QueryEscape(s)} {
			if form != "" && !slices.Contains(c.secrets, form) {
				c.secrets = append(c.secrets, form)
			}
		}
	}
	return c
}

// clean returns s on one line of at most limit characters.
func (c cleaner) clean(s string, limit int) string {
	s = c.mask(oneLine(s))
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, s)), " ")
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

// mask replaces every run of s that shares eight or more bytes with a secret, and every occurrence of a shorter secret.
func (c cleaner) mask(s string) string {
	folded := fold(s)
	marked := make([]bool, len(s))
	found := false
	for _, secret := range c.secrets {
		found = mark(marked, folded, fold(secret)) || found
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

// mark marks the bytes of s that belong to a window of secret, and reports whether there are any.
func mark(marked []bool, s, secret string) (found bool) {
	n := min(window, len(secret))
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
