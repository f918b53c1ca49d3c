package ims

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/imsx/imsx/token"
)

// longestLifetime is the longest life of an access token that is believed. Tokens live for a day; a value that was
// counted in the wrong unit is a thousand times that.
const longestLifetime = 7 * 24 * time.Hour

// number is an integer that may be written as a JSON number, with or without fraction or exponent, or as a string.
type number struct {
	value   int64
	text    string // as it was written, for messages; cut
	present bool
	wrong   bool // there is something, and it is no number
}

// UnmarshalJSON reads a number. It never fails: what is no number is marked as wrong, for the reader to say so.
func (n *number) UnmarshalJSON(raw []byte) error {
	text := string(bytes.Trim(raw, "\" "))
	if text == "null" {
		return nil
	}
	n.present, n.text = true, text[:min(len(text), 24)]
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		n.value = v
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(f) || err != nil && !math.IsInf(f, 0) {
		n.wrong = true
		return nil
	}
	n.value = saturate(f)
	return nil
}

func saturate(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// times returns n in units, at most the longest Duration.
func (n number) times(unit time.Duration) time.Duration {
	if n.value > math.MaxInt64/int64(unit) {
		return math.MaxInt64
	}
	return time.Duration(n.value) * unit
}

// claimed is the lifetime by the token's own claims: whole, and what is left of it by the server's clock.
type claimed struct {
	whole, left time.Duration
	present     bool
	leftKnown   bool // the server's clock is known
}

func newClaimed(c token.Claims, r reading) claimed {
	if c.ExpiresAt.IsZero() {
		return claimed{}
	}
	left := c.ExpiresAt.Sub(r.sent.Add(r.difference))
	if c.CreatedAt.IsZero() {
		return claimed{whole: left, left: left, present: true, leftKnown: true}
	}
	return claimed{whole: c.ExpiresAt.Sub(c.CreatedAt), left: left, present: true, leftKnown: r.known}
}

// agrees reports whether d is about what the claims say.
func (c claimed) agrees(d time.Duration) bool {
	about := func(other time.Duration) bool { return (d - other).Abs() <= c.whole/20+dateSlack }
	return c.present && (about(c.whole) || c.leftKnown && about(c.left))
}

// limit returns the longest lifetime that the claims allow. Without the server's clock it is the whole life, because the
// local clock may be wrong.
func (c claimed) limit() time.Duration {
	if c.leftKnown {
		return c.left
	}
	return c.whole
}

// lifetime returns how long a token is valid after the request was sent, or what is wrong.
//
// unit is the one that the endpoint is documented to use. If the value contradicts the token's own claims in that unit
// and agrees with them in the other (milliseconds for seconds, or the reverse), it is taken in the other. A token that is
// opaque, or does not say, leaves nothing to compare with, and the documented unit holds. Where answer and claims
// disagree otherwise, the shorter one counts. Without expires_in the claims decide alone.
func lifetime(n number, unit time.Duration, c claimed) (life time.Duration, problem string) {
	switch {
	case n.wrong:
		return 0, "expires_in is not a number"
	case !n.present && !c.present:
		return 0, "neither the answer nor the token says when the token expires"
	case !n.present:
		life = c.limit()
	case n.value <= 0:
		return 0, fmt.Sprintf("expires_in is %s, which is no lifetime", n.text)
	default:
		life = n.times(unit)
		if other := n.times(otherUnit(unit)); !c.agrees(life) && c.agrees(other) {
			life = other
		}
		if life > longestLifetime {
			return 0, fmt.Sprintf("expires_in is %s, which would be more than 7 days", n.text)
		}
	}
	if c.present {
		life = min(life, c.limit())
	}
	switch {
	case life <= 0:
		return 0, "the token had expired on arrival"
	case life > longestLifetime:
		return 0, "the token claims to be valid for more than 7 days"
	}
	return life, ""
}

func otherUnit(unit time.Duration) time.Duration {
	if unit == time.Second {
		return time.Millisecond
	}
	return time.Second
}
