package journal

import (
	"strings"

	"github.com/imsx/imsx/secret"
)

// clean returns s as it may be remembered: valid UTF-8 without what looks like a secret, and no longer than limit.
func clean(s string, limit int) string {
	if harmless(s) {
		return cut(s, limit)
	}
	return cut(strings.ToValidUTF8(redact(s), "�"), limit)
}

// harmless reports, in one pass, that s is ASCII and has nothing with which a secret begins.
func harmless(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80:
			return false
		case !sign[c]:
		case c == 'J' && i > 1 && s[i-1] == 'y',
			c == '8' && i > 0 && (s[i-1] == 'p' || s[i-1] == 's'),
			c == ' ' && i > 0 && (s[i-1]|0x20 == 'r' || s[i-1]|0x20 == 'c'),
			c == '-' && i > 0 && s[i-1] == '-':
			return false
		}
	}
	return true
}

// sign has the letters of which each secret has one near its beginning; see the finders.
var sign = [0x80]bool{'J': true, '8': true, ' ': true, '-': true}

// cut shortens s to at most limit bytes and an ellipsis, between characters. The copy does not keep s alive.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return strings.Clone(s[:limit]) + "…"
}

// redact replaces all that looks like a secret by fingerprints:
//
//   - a JSON Web Token, or a part of one: it begins with "eyJ", the encoded opening of a JSON object
//   - a client secret of Adobe's: "p8e-" and, on the stage environment, "s8e-"
//   - what follows "Bearer " or "Basic "
//   - a block of PEM
//
// Blocks of PEM go first: their dashes could be taken for the end of another secret, and what is inside would stay.
func redact(s string) string {
	return replaceAll(replaceAll(s, findPEM), findJWT, findClientSecret, findScheme)
}

// finder looks for a secret from an offset on, and returns where it begins and ends; start is -1 if there is none.
type finder func(s string, from int) (start, end int)

// replaceAll replaces what any of the finders finds.
func replaceAll(s string, finders ...finder) string {
	hits := make([]hit, len(finders))
	for i, find := range finders {
		hits[i].find = find
	}
	var out strings.Builder
	done := 0
	for {
		next := -1
		for i := range hits {
			if h := &hits[i]; h.advance(s, done) && (next < 0 || h.start < hits[next].start) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		h := hits[next]
		out.WriteString(s[done:h.start])
		out.WriteString(secret.New(s[h.start:h.end]).Fingerprint())
		done = h.end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// hit is where a finder found something. It is found again only when the text before has been passed, so that the time
// for a text is proportional to its length.
type hit struct {
	find       finder
	known      bool
	start, end int // start is -1 if there is none any more
}

// advance finds the next hit from an offset on and reports whether there is one.
func (h *hit) advance(s string, from int) bool {
	if h.known && (h.start < 0 || h.start >= from) {
		return h.start >= 0
	}
	h.known = true
	h.start, h.end = h.find(s, from)
	return h.start >= 0
}

// findJWT looks for the rarest letter of "eyJ".
func findJWT(s string, from int) (start, end int) {
	for at := from; ; at++ {
		i := strings.IndexByte(s[at:], 'J')
		if i < 0 {
			return -1, -1
		}
		at += i
		if at < from+2 || s[at-1] != 'y' || s[at-2] != 'e' {
			continue
		}
		if end = runEnd(s, at+1); end-at > 8 {
			return at - 2, end
		}
	}
}

func findClientSecret(s string, from int) (start, end int) {
	for at := from; ; at++ {
		i := strings.IndexByte(s[at:], '8')
		if i < 0 {
			return -1, -1
		}
		at += i
		if at > from && (s[at-1] == 'p' || s[at-1] == 's') && strings.HasPrefix(s[at+1:], "e-") {
			if end = runEnd(s, at+3); end > at+3 {
				return at - 1, end
			}
		}
	}
}

// findScheme finds the credentials after the scheme of an Authorization header. The scheme may be the end of a text that was
// taken for a secret.
func findScheme(s string, from int) (start, end int) {
	for at := from; ; at++ {
		i := strings.IndexByte(s[at:], ' ')
		if i < 0 {
			return -1, -1
		}
		at += i
		if !endsFold(s[:at], "bearer") && !endsFold(s[:at], "basic") {
			continue
		}
		// An English sentence about "bearer token" is no secret: those are longer than its words.
		if end = runEnd(s, at+1); end-at > 16 {
			return at + 1, end
		}
	}
}

func endsFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

func findPEM(s string, from int) (start, end int) {
	const begin, finish = "-----BEGIN", "-----END"
	start = strings.Index(s[from:], begin)
	if start < 0 {
		return -1, -1
	}
	start += from
	end = len(s)
	if i := strings.Index(s[start:], finish); i >= 0 {
		end = start + i + len(finish)
		if i := strings.Index(s[end:], "-----"); i >= 0 {
			end += i + len("-----")
		} else {
			end = len(s)
		}
	}
	return start, end
}

// runEnd returns where the run of characters of encoded texts ends that begins at i.
func runEnd(s string, i int) int {
	for i < len(s) && inRun(s[i]) {
		i++
	}
	return i
}

func inRun(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~+/=%", c) >= 0
}
