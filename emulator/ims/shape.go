package ims

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Shape changes the answers that carry an access token, so that clients can be tested against answers that a healthy
// service does not give. The zero value changes nothing.
type Shape struct {
	// Expired issues tokens that have expired one second ago: their life began in the past.
	Expired bool
	// Lifetime is how long the token lives, instead of the server's. 0 leaves it.
	Lifetime time.Duration
	// WrongUnit gives expires_in in seconds where milliseconds are due, and the other way round.
	WrongUnit bool
	// ExpiresIn is the number to give as expires_in, as it is: "-1", "0", "1e300". Empty leaves it.
	ExpiresIn json.Number
	// ExpiresInText gives expires_in as a JSON string.
	ExpiresInText bool
	// Omit are members of the answer that are left out, Empty such that are empty texts: "access_token", "expires_in",
	// "token_type" and others.
	Omit, Empty []string
	// AuthorizeError makes the authorize endpoints lead back with this error code, such as "consent_required".
	AuthorizeError string
}

type shapeKey struct{}

// WithShape returns a context with which a request to the server gets answers of shape s.
func WithShape(ctx context.Context, s Shape) context.Context {
	return context.WithValue(ctx, shapeKey{}, &s)
}

// noShape is the shape of requests without one. It is never changed.
var noShape = &Shape{}

func shapeOf(ctx context.Context) *Shape {
	if s, ok := ctx.Value(shapeKey{}).(*Shape); ok {
		return s
	}
	return noShape
}

// life returns when a token's life begins and how long it is.
func (s *Shape) life(now time.Time, usual time.Duration) (created time.Time, lifetime time.Duration) {
	if s.Lifetime > 0 {
		usual = s.Lifetime
	}
	if s.Expired {
		return now.Add(-usual - time.Second), usual
	}
	return now, usual
}

// member is one member of a token answer: a text, or JSON as it is.
type member struct {
	name string
	text string
	json []byte // instead of text, if not nil
}

// write appends the members as a JSON object, shaped.
func (s *Shape) write(b []byte, members []member) []byte {
	b = append(b, '{')
	first := true
	for _, m := range members {
		if slices.Contains(s.Omit, m.name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, m.name...)
		b = append(b, `":`...)
		switch {
		case slices.Contains(s.Empty, m.name):
			b = append(b, `""`...)
		case m.json != nil:
			b = append(b, m.json...)
		default:
			b = appendText(b, m.text)
		}
	}
	return append(b, '}')
}

// expiresIn returns expires_in for the time that a token has left: in milliseconds or in seconds.
func (s *Shape) expiresIn(left time.Duration, milliseconds bool) []byte {
	var b []byte
	switch {
	case s.ExpiresIn != "":
		b = []byte(s.ExpiresIn)
	case milliseconds != s.WrongUnit:
		b = strconv.AppendInt(nil, left.Milliseconds(), 10)
	default:
		b = strconv.AppendInt(nil, int64(left/time.Second), 10)
	}
	if s.ExpiresInText {
		return []byte(strconv.Quote(string(b)))
	}
	return b
}
