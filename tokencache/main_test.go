package tokencache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// issuer is a server in memory: it numbers its tokens and fails as it is told.
type issuer struct {
	lifetime time.Duration
	latency  time.Duration

	mu     sync.Mutex
	issued int
	asked  []time.Time
	fail   error
}

func (i *issuer) Token(ctx context.Context) (token.Token, error) {
	i.mu.Lock()
	i.asked = append(i.asked, time.Now())
	latency := i.latency
	i.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-ctx.Done():
		return token.Token{}, &failure{msg: "the issuer was not answered in time: " + ctx.Err().Error(), retryable: true}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		return token.Token{}, i.fail
	}
	i.issued++
	now := time.Now()
	return token.Token{
		AccessToken: secret.New(fmt.Sprintf("token-%d", i.issued)),
		Issued:      now,
		Expiry:      now.Add(i.lifetime),
		Origin:      token.OriginExchange,
	}, nil
}

func (i *issuer) setFailure(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fail = err
}

func (i *issuer) setLatency(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.latency = d
}

func (i *issuer) attempts() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// failure is an error of the issuer.
type failure struct {
	msg       string
	retryable bool
	delay     time.Duration
}

func (f *failure) Error() string             { return f.msg }
func (f *failure) Retryable() bool           { return f.retryable }
func (f *failure) RetryDelay() time.Duration { return f.delay }

var (
	errPasses = &failure{msg: "the server is busy", retryable: true}
	errFinal  = &failure{msg: "the client is unknown"}
)

const day = 24 * time.Hour

func newSource(t *testing.T, cfg tokencache.Config) *tokencache.Source {
	t.Helper()
	src, err := tokencache.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func wantToken(t *testing.T, src token.Source, want string) token.Token {
	t.Helper()
	got, err := src.Token(t.Context())
	if err != nil || got.AccessToken.Reveal() != want {
		t.Fatalf("Token = %q, %v; want %q", got.AccessToken.Reveal(), err, want)
	}
	return got
}

func wantError(t *testing.T, src token.Source, want error) {
	t.Helper()
	if got, err := src.Token(t.Context()); !errors.Is(err, want) {
		t.Fatalf("Token = %q, %v; want the error %v", got.AccessToken.Reveal(), err, want)
	}
}
