package aem_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// accepting answers 401 to all tokens but the one with the given end.
func accepting(end string, seen *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen.Add(1)
		if !strings.HasSuffix(r.Header.Get("Authorization"), end) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(body)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		good     string
		source   *issuer
		body     aem.Body
		requests int32
		dropped  int
		fails    bool
		says     string
	}{
		{"the second is good", "-1", &issuer{}, aem.BytesBody("", []byte("x")), 2, 1, false, ""},
		{"the second is refused, too", "-7", &issuer{}, nil, 2, 1, true, "after 2 attempts"},
		{"the source has no other", "-7", &issuer{stuck: true}, nil, 1, 1, true, ""},
		{"the source fails", "-7", &issuer{err: errors.New("identity service is down")}, nil, 1, 1, true, "no other token: identity service is down"},
		{"the body is gone", "-1", &issuer{}, aem.ReaderBody("", strings.NewReader("x")), 1, 1, true, "cannot be read again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			client := serve(t, accepting(tt.good, &requests), func(c *aem.Config) { c.Source = tt.source })
			got, err := do(t.Context(), client, aem.Request{Method: "POST", Body: tt.body})
			if requests.Load() != tt.requests || len(tt.source.refused()) != tt.dropped || tt.source.refused()[0] != "-0" {
				t.Errorf("%d requests, want %d; dropped %q", requests.Load(), tt.requests, tt.source.refused())
			}
			if !tt.fails {
				if err != nil || got != "x" {
					t.Errorf("answer is %q, %v", got, err)
				}
				return
			}
			e := wantCause(t, err, aem.CauseTokenRefused)
			if e.Status != 401 || e.Retryable() || !strings.Contains(e.Error(), tt.says) || len(e.Attempts) != int(tt.requests) {
				t.Errorf("error is %v, want one that says %q", e, tt.says)
			}
			if tt.source.err != nil && !errors.Is(err, tt.source.err) {
				t.Errorf("the source's error is not in %v", err)
			}
			wantHidden(t, printed(t, err), testToken)
		})
	}
}

func TestTokensThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a b", "a\nb", "a\x00", "a\x7f", "tök"} {
		var requests atomic.Int32
		client := serve(t, accepting("", &requests), func(c *aem.Config) { c.Source = token.Static(token.Token{AccessToken: secret.New(text)}) })
		_, err := client.Do(t.Context(), aem.Request{})
		if wantCause(t, err, aem.CauseTokenRefused); requests.Load() != 0 {
			t.Errorf("%q was sent", text)
		}
	}
}

func TestTokensAreLeftAloneAfterTheSecondRefusal(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	source := &issuer{}
	client := serve(t, accepting("-never", &requests), func(c *aem.Config) { c.Source = source })
	for range 5 {
		_, err := client.Do(t.Context(), aem.Request{})
		wantCause(t, err, aem.CauseTokenRefused)
	}
	if got := source.refused(); len(got) != 1 || requests.Load() != 6 {
		t.Errorf("%d tokens were dropped in %d requests, want 1 in 6", len(got), requests.Load())
	}
}

func TestSourceWithoutMemoryIsAskedAgain(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	n := 0
	client := serve(t, accepting("b", &requests), func(c *aem.Config) {
		c.Source = token.SourceFunc(func(context.Context) (token.Token, error) {
			n++
			return token.Token{AccessToken: secret.New([]string{"", "token-a", "token-b"}[n])}, nil
		})
	})
	if _, err := do(t.Context(), client, aem.Request{}); err != nil || requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}

func TestFailuresOfTheSource(t *testing.T) {
	t.Parallel()
	failing := errors.New("no token today")
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }, func(c *aem.Config) {
		c.Source = token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			switch ctx.Value(kindOfToken{}) {
			case "empty":
				return token.Token{}, nil
			case "two lines":
				return token.Token{AccessToken: secret.New("to\nken")}, nil
			}
			return token.Token{}, failing
		})
	})
	if _, err := client.Do(t.Context(), aem.Request{}); err != failing { //nolint:errorlint // as it is
		t.Errorf("error is %v, want the source's own", err)
	}
	for _, kind := range []string{"empty", "two lines"} {
		_, err := client.Do(context.WithValue(t.Context(), kindOfToken{}, kind), aem.Request{})
		if e := wantCause(t, err, aem.CauseTokenRefused); e.Status != 0 {
			t.Errorf("%s: error is %v", kind, e)
		}
	}
}

type kindOfToken struct{}

// stuckSource waits for the end of its context.
type stuckSource struct{}

func (stuckSource) Token(ctx context.Context) (token.Token, error) {
	<-ctx.Done()
	return token.Token{}, ctx.Err()
}

func TestAnyStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 429, 500, 503, 302} {
		client := serve(t, reply(status, "told"), func(c *aem.Config) { c.MaxAttempts = 5 })
		resp, err := client.Do(t.Context(), aem.Request{AnyStatus: true})
		if err != nil {
			t.Errorf("%d: %v", status, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(body) != "told" || resp.Status != status || len(resp.Attempts) != 1 {
			t.Errorf("%d: status %d with %q after %d attempts, %v", status, resp.Status, body, len(resp.Attempts), err)
		}
	}
	var requests atomic.Int32
	client := serve(t, accepting("-7", &requests))
	resp, err := client.Do(t.Context(), aem.Request{AnyStatus: true})
	if err != nil || resp.Status != http.StatusUnauthorized || requests.Load() != 2 {
		t.Fatalf("a new token that is refused, too: %v, %v after %d requests; want the answer after 2", resp, err, requests.Load())
	}
	_ = resp.Body.Close()
	client = serve(t, accepting("-7", &requests), func(c *aem.Config) { c.Source = &issuer{stuck: true} })
	_, err = client.Do(t.Context(), aem.Request{AnyStatus: true})
	wantCause(t, err, aem.CauseTokenRefused)
}
