package aem

import (
	"net/http"
	"time"

	"github.com/imsx/imsx/token"
)

// Config says which AEM to call, and how.
type Config struct {
	// BaseURL is the origin of the AEM instance, such as "https://author-p1-e2.adobeaemcloud.com". A bare host means
	// https. Paths of requests are whole, so it has no path of its own. Required.
	BaseURL string
	// Source gives the tokens. Required. One that implements [token.Invalidator] is told of a refused token.
	Source token.Source
	// HTTPClient sends the requests; nil means one of this package's own, with TLS 1.2 or later, the proxy of the
	// environment, and connections kept for reuse. It is copied, and the copy follows no redirect and keeps no cookies.
	// A client with a limit on the wait for an answer's head must allow for the time that a document takes.
	HTTPClient *http.Client
	// AllowHosts are further hosts that may have the token: whole names without port, or "*." and a domain for all
	// names below it. They need https all the same.
	AllowHosts []string
	// APIKey is the client ID that the API gateway wants in the header X-Api-Key, with tokens of OAuth server-to-server
	// credentials. It is sent where [BehindGateway] says so, unless the request has the header itself. Empty means none.
	APIKey string
	// UserAgent is the header User-Agent; empty means "imsx".
	UserAgent string
	// Timeout limits a call with all its attempts and waits, to the last byte of the answer; 0 means 5 minutes, less
	// than 0 no limit but the context's. A context that ends earlier wins.
	Timeout time.Duration
	// MaxAttempts limits how often a request is sent, not counting the one repetition after 401; 0 means 5, 1 turns
	// retries off.
	MaxAttempts int
	// Notify is told of every attempt when it has ended, before the wait for the next one. It is called from the
	// goroutines that make the calls, so it must be safe for concurrent use, and quick. Nil means nobody is told.
	Notify func(Event)
}

const (
	defaultTimeout     = 5 * time.Minute
	defaultMaxAttempts = 5
	defaultUserAgent   = "imsx"
)

func (cfg Config) timeout() time.Duration {
	if cfg.Timeout == 0 {
		return defaultTimeout
	}
	return cfg.Timeout
}

func (cfg Config) maxAttempts() int {
	if cfg.MaxAttempts <= 0 {
		return defaultMaxAttempts
	}
	return cfg.MaxAttempts
}

func (cfg Config) userAgent() string {
	if cfg.UserAgent == "" {
		return defaultUserAgent
	}
	return cfg.UserAgent
}

// httpClient returns the HTTP client to use, which is the caller's no more.
func (cfg Config) httpClient() *http.Client {
	client := http.Client{}
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
	} else {
		client.Transport = newTransport()
	}
	client.CheckRedirect = refuseRedirect
	client.Jar = nil
	return &client
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Attempt is one time that a request was sent, or was about to be.
type Attempt struct {
	// Time is when it began.
	Time time.Time
	// Duration is how long it took, up to its failure or to the head of the answer.
	Duration time.Duration
	// Status is the HTTP status of the answer; 0 if there was none.
	Status int
	// Cause is why it failed; empty if it did not.
	Cause Cause
	// Wait is how long was waited before the next attempt; 0 after the last one.
	Wait time.Duration
}

// Event tells of an attempt that has ended.
type Event struct {
	// Method, Host and Path are the request's.
	Method, Host, Path string
	// Number counts the attempts of the call from 1.
	Number int
	// Attempt is what happened; its Wait is what is waited next.
	Attempt Attempt
	// Err is the failure, nil after a success. It is not to be changed.
	Err *Error
	// Again reports whether another attempt follows.
	Again bool
}
