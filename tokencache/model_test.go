package tokencache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

// machine drives several sources of two identities over one store through random events and checks, after each, what
// must always hold: no expired token, no token of another identity, none that was invalidated, one fetch at a time per
// identity, and no failure while a token lives.
type machine struct {
	store   *spyStore
	clients [2]*client
	sources []*tokencache.Source
	owner   []*client // owner[i] is whose tokens sources[i] gives
	last    []token.Token
}

// client is one identity's issuer, which also watches how it is used.
type client struct {
	name  string
	store *spyStore

	mu       sync.Mutex
	fail     error
	failedAt time.Time // when the issuer last failed; a holder that retries keeps the lock longer than others wait
	issued   int
	inFlight int
	overlap  bool
	live     map[string]token.Token
	refused  map[string]bool
}

func newMachine() *machine {
	m := &machine{store: new(spyStore)}
	for i := range m.clients {
		m.clients[i] = &client{
			name: fmt.Sprintf("client-%d", i), store: m.store,
			live: map[string]token.Token{}, refused: map[string]bool{},
		}
	}
	for i := range 4 {
		c := m.clients[i%2]
		cfg := tokencache.Config{
			Identity: token.Identity{ClientID: c.name}, Fetch: token.SourceFunc(c.fetch),
			Store: m.store, SealingSecrets: []secret.Text{secret.New("shared by both")},
		}
		src, err := tokencache.New(cfg)
		if err != nil {
			panic(err)
		}
		m.sources, m.owner = append(m.sources, src), append(m.owner, c)
	}
	m.last = make([]token.Token, len(m.sources))
	return m
}

func (m *machine) close() {
	for _, s := range m.sources {
		_ = s.Close()
	}
}

// ask takes a token from each of the sources at once and checks what comes.
func (m *machine) ask(t *rapid.T, sources ...int) {
	tokens, errs := make([]token.Token, len(sources)), make([]error, len(sources))
	var wg sync.WaitGroup
	for n, i := range sources {
		wg.Go(func() { tokens[n], errs[n] = m.sources[i].Token(t.Context()) })
	}
	wg.Wait()
	for n, i := range sources {
		m.check(t, i, tokens[n], errs[n])
	}
}

func (m *machine) check(t *rapid.T, i int, tok token.Token, err error) {
	c, held, now := m.owner[i], m.last[i], time.Now()
	if err != nil {
		if held.ValidAt(now) {
			t.Fatalf("source %d returned %v while its token lives", i, err)
		}
		return
	}
	text := tok.AccessToken.Reveal()
	switch _, own := c.live[text]; {
	case !own:
		t.Fatalf("source %d of %s gave %q, which is not its own", i, c.name, text)
	case !tok.ValidAt(now):
		t.Fatalf("source %d gave a token %v after its expiry", i, now.Sub(tok.Expiry))
	case held.AccessToken.Reveal() != text && c.refused[text]:
		t.Fatalf("source %d took up %q, which was invalidated", i, text)
	case held.Issued.After(tok.Issued.Add(time.Millisecond)):
		t.Fatalf("source %d gave a token older than the one before", i)
	}
	m.last[i] = tok
}

func (m *machine) invalidate(t *rapid.T, i int) {
	tok := m.last[i]
	err := m.sources[i].Invalidate(t.Context(), tok)
	if err != nil && m.store.fail == nil && !m.store.hang {
		t.Fatalf("Invalidate: %v", err)
	}
	if !tok.AccessToken.IsZero() && err == nil {
		m.owner[i].refused[tok.AccessToken.Reveal()] = true
	}
	m.last[i] = token.Token{}
}

func TestCacheAgainstItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			m := newMachine()
			defer m.close()
			source := rapid.IntRange(0, len(m.sources)-1)
			t.Repeat(map[string]func(*rapid.T){
				"ask":        func(t *rapid.T) { m.ask(t, source.Draw(t, "source")) },
				"ask all":    func(t *rapid.T) { m.ask(t, 0, 1, 2, 3) },
				"invalidate": func(t *rapid.T) { m.invalidate(t, source.Draw(t, "source")) },
				"wait": func(t *rapid.T) {
					time.Sleep(time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "for")))
				},
				"wait a little": func(t *rapid.T) {
					time.Sleep(time.Duration(rapid.Int64Range(0, int64(2*time.Minute)).Draw(t, "for")))
				},
				"issuer fails": func(t *rapid.T) {
					how := rapid.SampledFrom([]error{nil, errPasses, errFinal}).Draw(t, "how")
					m.clients[rapid.IntRange(0, 1).Draw(t, "client")].setFailure(how)
				},
				"store fails": func(t *rapid.T) {
					m.store.set(rapid.SampledFrom([]error{nil, nil, errors.New("broken")}).Draw(t, "how"), rapid.IntRange(0, 9).Draw(t, "hangs") == 0)
				},
				"": func(t *rapid.T) {
					synctest.Wait()
					for _, c := range m.clients {
						if c.overlap {
							t.Fatalf("two fetches for %s ran at once although the store worked", c.name)
						}
					}
				},
			})
		})
	})
}

func (c *client) setFailure(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail, c.failedAt = err, time.Now()
}

// fetch issues a token after a second, and notes when another fetch for the same client runs although nothing is wrong
// with the store or the issuer.
func (c *client) fetch(ctx context.Context) (token.Token, error) {
	c.mu.Lock()
	c.inFlight++
	healthy := c.store.working() && time.Since(c.failedAt) > time.Minute
	c.overlap = c.overlap || c.inFlight > 1 && healthy
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inFlight--
	}()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return token.Token{}, errPasses
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		c.failedAt = time.Now()
		return token.Token{}, c.fail
	}
	c.issued++
	now := time.Now()
	tok := token.Token{AccessToken: secret.New(fmt.Sprintf("%s/%d", c.name, c.issued)), Issued: now, Expiry: now.Add(day)}
	c.live[tok.AccessToken.Reveal()] = tok
	return tok, nil
}
