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
// identity and none without need, no failure while a token lives, and no older token over a newer one in the store.
type machine struct {
	store   *spyStore
	vandal  vandal
	clients [2]*client
	sources []*tokencache.Source
	owner   []*client // owner[i] is whose tokens sources[i] gives
	last    []token.Token
	had     []map[string]bool // what sources[i] held when another source invalidated it
}

// client is one identity's issuer, which also watches how it is used.
type client struct {
	name  string
	store *spyStore
	probe *tokencache.Source // looks into the store, past its failures

	mu       sync.Mutex
	fail     error
	failedAt time.Time // when the issuer last failed; a holder that retries keeps the lock longer than others wait
	latency  time.Duration
	issued   int
	inFlight int
	overlap  bool
	needless string // a token that was good and yet replaced
	live     map[string]token.Token
	refused  map[string]bool
	doubted  map[string]bool // invalidated by somebody, perhaps not for all
	rested   time.Time       // when the token that was last seen in the store was issued
}

// newMachine returns one whose sources share the store below.
func newMachine(below sharedStore, v vandal) *machine {
	m := &machine{store: &spyStore{below: below}, vandal: v}
	for i := range m.clients {
		c := &client{
			name: fmt.Sprintf("client-%d", i), store: m.store, latency: time.Second,
			live: map[string]token.Token{}, refused: map[string]bool{}, doubted: map[string]bool{},
		}
		c.probe = c.source(m.store.rest())
		m.clients[i] = c
	}
	for i := range 4 {
		c := m.clients[i%2]
		m.sources, m.owner = append(m.sources, c.source(m.store)), append(m.owner, c)
	}
	m.last, m.had = make([]token.Token, len(m.sources)), make([]map[string]bool, len(m.sources))
	for i := range m.had {
		m.had[i] = map[string]bool{}
	}
	return m
}

func (c *client) source(store tokencache.Store) *tokencache.Source {
	src, err := tokencache.New(tokencache.Config{
		Identity: token.Identity{ClientID: c.name}, Fetch: token.SourceFunc(c.fetch),
		Store: store, SealingSecrets: []secret.Text{secret.New("shared by both")},
	})
	if err != nil {
		panic(err)
	}
	return src
}

func (m *machine) close() {
	for _, s := range m.sources {
		_ = s.Close()
	}
	for _, c := range m.clients {
		_ = c.probe.Close()
	}
}

// ask takes a token from each of the sources at once and checks what comes.
func (m *machine) ask(t *rapid.T, sources ...int) {
	answers := make([]answer, len(sources))
	var wg sync.WaitGroup
	for n, i := range sources {
		wg.Go(func() {
			tok, err := m.sources[i].Token(t.Context())
			answers[n] = answer{tok, err, time.Now()}
		})
	}
	wg.Wait()
	for n, i := range sources {
		m.check(t, i, answers[n])
	}
}

// answer is what a caller got, and when.
type answer struct {
	tok token.Token
	err error
	at  time.Time
}

func (m *machine) check(t *rapid.T, i int, a answer) {
	c, held, tok, err, now := m.owner[i], m.last[i], a.tok, a.err, a.at
	if err != nil {
		if held.ValidAt(now) {
			t.Fatalf("source %d returned %v while its token lives", i, err)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	text := tok.AccessToken.Reveal()
	switch _, own := c.live[text]; {
	case !own:
		t.Fatalf("source %d of %s gave %q, which is not its own", i, c.name, text)
	case !tok.ValidAt(now):
		t.Fatalf("source %d gave a token %v after its expiry", i, now.Sub(tok.Expiry))
	case held.AccessToken.Reveal() != text && c.refused[text] && !m.had[i][text]:
		t.Fatalf("source %d took up %q, which was invalidated", i, text)
	case held.Issued.After(tok.Issued.Add(time.Millisecond)):
		t.Fatalf("source %d gave a token older than the one before", i)
	}
	m.last[i] = tok
}

func (m *machine) invalidate(t *rapid.T, i int) {
	tok, c := m.last[i], m.owner[i]
	if tok.AccessToken.IsZero() {
		return
	}
	c.mu.Lock()
	c.doubted[tok.AccessToken.Reveal()] = true
	c.mu.Unlock()
	for j, other := range m.sources { // others learn of it when they are refused themselves
		m.had[j][tok.AccessToken.Reveal()] = j != i && other.Status().Expiry.UnixMilli() == tok.Expiry.UnixMilli()
	}
	err := m.sources[i].Invalidate(t.Context(), tok)
	if err != nil && c.healthy() {
		t.Fatalf("Invalidate: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.refused[tok.AccessToken.Reveal()] = true
		c.rested = time.Time{}
	}
	m.last[i] = token.Token{}
}

// restart ends a source, wherever it is, as a process ends, and starts another one.
func (m *machine) restart(i int) {
	_ = m.sources[i].Close()
	m.sources[i], m.last[i] = m.owner[i].source(m.store), token.Token{}
}

// occupy holds a client's lock for a while, as another process does that dies then, and asks all sources meanwhile.
func (m *machine) occupy(t *rapid.T, c *client, hold time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	name := c.probe.Names()[0]
	unlock, err := m.store.rest().Lock(ctx, name)
	if err != nil {
		t.Fatalf("Lock: %v", err)
	}
	if hold > 10*time.Second { // longer than a source waits
		m.store.disturb(time.Now().Add(hold))
	}
	var holder sync.WaitGroup
	holder.Go(func() {
		time.Sleep(hold)
		m.vandal.crash(name)
		unlock()
	})
	m.ask(t, 0, 1, 2, 3)
	holder.Wait()
	time.Sleep(5 * time.Second) // those who waited go first: holders in a row would keep them out for too long
}

// damage replaces what the store holds for a client by what how makes of it and of the other client's.
func (m *machine) damage(t *rapid.T, c *client, how string) {
	m.vandal.damage(t, how, c.probe.Names()[0], m.clients[0].probe.Names()[0])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rested = time.Time{}
}

// always checks what holds at any time.
func (m *machine) always(t *rapid.T) {
	synctest.Wait()
	for _, c := range m.clients {
		c.check(t)
	}
}

func (c *client) check(t *rapid.T) {
	rests, err := c.probe.Stored(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	switch _, own := c.live[rests.AccessToken.Reveal()]; {
	case c.overlap:
		t.Fatalf("two fetches for %s ran at once although the store worked", c.name)
	case c.needless != "":
		t.Fatalf("a token was fetched for %s although %q was in the store", c.name, c.needless)
	case err == nil && !own:
		t.Fatalf("the store holds %q for %s", rests.AccessToken.Reveal(), c.name)
	case err == nil && rests.Issued.Before(c.rested):
		t.Fatalf("the store holds a token for %s that was issued at %v, after one of %v", c.name, rests.Issued, c.rested)
	case err == nil:
		c.rested = rests.Issued
	}
}

// actions are what can happen to a machine.
func (m *machine) actions() map[string]func(*rapid.T) {
	source := rapid.IntRange(0, len(m.sources)-1)
	drawClient := func(t *rapid.T) *client { return m.clients[rapid.IntRange(0, 1).Draw(t, "client")] }
	drawTime := func(t *rapid.T, most time.Duration) time.Duration {
		return time.Duration(rapid.IntRange(0, int(most/time.Second)).Draw(t, "seconds")) * time.Second
	}
	return map[string]func(*rapid.T){
		"ask":           func(t *rapid.T) { m.ask(t, source.Draw(t, "source")) },
		"ask all":       func(t *rapid.T) { m.ask(t, 0, 1, 2, 3) },
		"invalidate":    func(t *rapid.T) { m.invalidate(t, source.Draw(t, "source")) },
		"restart":       func(t *rapid.T) { m.restart(source.Draw(t, "source")) },
		"wait":          func(t *rapid.T) { time.Sleep(drawTime(t, 3*time.Hour)) },
		"wait a day":    func(t *rapid.T) { time.Sleep(day - time.Hour + drawTime(t, 2*time.Hour)) },
		"wait a little": func(t *rapid.T) { time.Sleep(drawTime(t, 2*time.Minute)) },
		"a holder dies": func(t *rapid.T) { m.occupy(t, drawClient(t), drawTime(t, 6*time.Second)) },
		"a holder hangs": func(t *rapid.T) {
			m.occupy(t, drawClient(t), 15*time.Second+drawTime(t, time.Minute))
		},
		"damage": func(t *rapid.T) { m.damage(t, drawClient(t), rapid.SampledFrom(damages).Draw(t, "how")) },
		"issuer fails": func(t *rapid.T) {
			drawClient(t).setFailure(rapid.SampledFrom([]error{nil, errPasses, errFinal}).Draw(t, "how"))
		},
		"issuer is slow": func(t *rapid.T) { drawClient(t).setLatency(drawTime(t, 3*time.Second)) },
		"store fails": func(t *rapid.T) {
			how := rapid.SampledFrom([]error{nil, nil, errors.New("broken")}).Draw(t, "how")
			m.store.set(how, rapid.IntRange(0, 9).Draw(t, "hangs") == 0)
		},
		"": m.always,
	}
}

func TestCacheAgainstItsModel(t *testing.T) {
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				rapid.SyncTest(rt, func(rt *rapid.T) {
					m := newMachine(open(t, rt))
					defer m.close()
					rt.Repeat(m.actions())
				})
			})
		})
	}
}

func (c *client) setFailure(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail, c.failedAt = err, time.Now()
}

func (c *client) setLatency(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latency = d
}

// healthy reports whether nothing has been wrong with the store or the issuer for as long as a refresh may take.
func (c *client) healthy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.healthyLocked()
}

func (c *client) healthyLocked() bool {
	return c.store.working() && time.Since(c.failedAt) > time.Minute
}

// fetch issues a token that arrives later, and notes when another fetch for the same client runs, or a good token
// rests in the store, although nothing is wrong with the store or the issuer.
func (c *client) fetch(ctx context.Context) (token.Token, error) {
	if ctx.Err() != nil {
		return token.Token{}, errPasses // the source was closed: nothing is sent
	}
	rests, err := c.probe.Stored(context.Background())
	start := time.Now()
	c.mu.Lock()
	c.inFlight++
	c.overlap = c.overlap || c.inFlight > 1 && c.healthyLocked()
	if text := rests.AccessToken.Reveal(); err == nil && rests.Remaining(start) > time.Hour && !c.doubted[text] && c.healthyLocked() {
		c.needless = text
	}
	latency := c.latency
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inFlight--
	}()
	select {
	case <-time.After(latency):
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
	tok := token.Token{AccessToken: secret.New(fmt.Sprintf("%s/%d", c.name, c.issued)), Issued: start, Expiry: start.Add(day)}
	c.live[tok.AccessToken.Reveal()] = tok
	return tok, nil
}
