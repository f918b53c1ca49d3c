package token

import (
	"context"
	"time"
)

// Source gives a valid token, now, to any number of callers at once.
type Source interface {
	// Token returns a token that is valid at the moment of return. It may block for a request to IMS, and then no
	// longer than ctx allows; the error wraps ctx.Err() if ctx ended first.
	Token(ctx context.Context) (Token, error)
}

// SourceFunc makes a function a [Source].
type SourceFunc func(ctx context.Context) (Token, error)

// Token calls f.
func (f SourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// Invalidator is implemented by a [Source] that keeps tokens.
type Invalidator interface {
	// Invalidate drops t, because it was refused although it had not expired. Only that very token is dropped: if the
	// source has another by now, nothing happens. The server is not told.
	Invalidate(ctx context.Context, t Token) error
}

// Static returns a [Source] that always gives t, even after its expiry: whoever uses it sees the refusal.
func Static(t Token) Source {
	return SourceFunc(func(context.Context) (Token, error) { return t, nil })
}

// RetryError is implemented by errors that know whether trying again can help. An error that does not implement it
// is final.
type RetryError interface {
	error
	// Retryable reports whether the same request may succeed later without anybody acting.
	Retryable() bool
	// RetryDelay is the least time to wait before the next attempt, as the server asked; 0 if it did not ask.
	RetryDelay() time.Duration
}
