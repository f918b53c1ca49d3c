package tokencache_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

const (
	crowd      = 1000 // sources that live through the outage
	outageTook = 30 * time.Minute
)

// outage is half an hour without the issuer, as a crowd of sources sees it. Ages are those of the tokens that all of them
// have got at the start.
type outage struct {
	iss      *issuer
	store    tokencache.Store // nil: each source is alone
	lifetime time.Duration
	begins   time.Duration // the age at which the issuer goes down
	start    time.Time

	mu     sync.Mutex
	issued []time.Duration // the ages at which tokens were issued
	errors []time.Duration // the ages at which a caller got an error
	wrong  []string        // what must not happen
}

// fetch counts what the issuer gives.
func (o *outage) fetch(ctx context.Context) (token.Token, error) {
	tok, err := o.iss.Token(ctx)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.issued = append(o.issued, time.Since(o.start))
	}
	return tok, err
}

// caller asks its own source for a token every minute or so, until two hours after the first tokens end.
func (o *outage) caller() {
	src, err := tokencache.New(tokencache.Config{
		Identity: token.Identity{ClientID: "client-0"}, Fetch: token.SourceFunc(o.fetch), Store: o.store,
		SealingSecrets: []secret.Text{secret.New("the crowd's secret")},
	})
	if err != nil {
		panic(err)
	}
	defer src.Close()
	var held token.Token
	for time.Since(o.start) < o.lifetime+2*time.Hour {
		tok, err := src.Token(context.Background())
		o.check(tok, held, err)
		if err == nil {
			held = tok
		}
		time.Sleep(30*time.Second + rand.N(time.Minute))
	}
}

func (o *outage) check(tok, held token.Token, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	switch {
	case err != nil && held.ValidAt(now):
		o.wrong = append(o.wrong, "an error while a token lives: "+err.Error())
	case err != nil && !errors.Is(err, errPasses):
		o.wrong = append(o.wrong, "an error that is not the issuer's: "+err.Error())
	case err != nil:
		o.errors = append(o.errors, now.Sub(o.start))
	case !tok.ValidAt(now):
		o.wrong = append(o.wrong, "an expired token")
	}
}

// run lets the crowd live through a day and the outage.
func (o *outage) run() {
	o.iss = &issuer{lifetime: o.lifetime, latency: 300 * time.Millisecond}
	o.start = time.Now()
	var callers sync.WaitGroup
	for range crowd {
		callers.Go(o.caller)
	}
	time.Sleep(o.begins)
	o.iss.setFailure(errPasses)
	time.Sleep(outageTook)
	o.iss.setFailure(nil)
	callers.Wait()
}

// within returns the ages of those instants that lie in a span from an age on.
func within(ages []time.Duration, from, span time.Duration) []time.Duration {
	var in []time.Duration
	for _, age := range ages {
		if age >= from && age < from+span {
			in = append(in, age)
		}
	}
	return in
}

// perMinute returns how many of the ages lie in the same minute at most.
func perMinute(ages []time.Duration) int {
	counts, most := map[time.Duration]int{}, 0
	for _, age := range ages {
		minute := age.Truncate(time.Minute)
		counts[minute]++
		most = max(most, counts[minute])
	}
	return most
}

// asked returns the ages at which the issuer was asked.
func (o *outage) asked() []time.Duration {
	o.iss.mu.Lock()
	defer o.iss.mu.Unlock()
	var ages []time.Duration
	for _, at := range o.iss.asked {
		ages = append(ages, at.Sub(o.start))
	}
	return ages
}

// An issuer that is away for half an hour near expiry is no failure while tokens live. When it is back, the sources of a
// shared store ask a few times together, and those that are alone spread over minutes, as long as their callers have
// tokens.
func TestIssuerIsAwayNearExpiry(t *testing.T) {
	const alive, over = day - 65*time.Minute, 4*time.Hour - 25*time.Minute
	tests := []struct {
		name string
		*outage
		most  int // tokens issued in the worst minute after the outage
		all   int // tokens issued in the hour after it
		tries int // attempts in the worst minute of the outage
	}{
		{"tokens live, shared store", &outage{lifetime: day, begins: alive, store: new(tokencache.MemoryStore)}, 5, 5, crowd / 5},
		{"tokens live, no store", &outage{lifetime: day, begins: alive}, crowd / 2, crowd, 10 * crowd},
		{"tokens end, shared store", &outage{lifetime: 4 * time.Hour, begins: over, store: new(tokencache.MemoryStore)}, crowd / 5, crowd / 5, 10 * crowd},
		{"tokens end, no store", &outage{lifetime: 4 * time.Hour, begins: over}, crowd, crowd, 10 * crowd},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := tt.outage
				o.run()
				back := o.begins + outageTook
				asked, issued := within(o.asked(), o.begins, outageTook), within(o.issued, back, time.Hour)
				t.Logf("%d sources, %v without the issuer: asked %d times in it, at most %d in one minute; %d callers got an error; "+
					"%d tokens in the hour after it, at most %d in one minute",
					crowd, outageTook, len(asked), perMinute(asked), len(o.errors), len(issued), perMinute(issued))
				if len(o.wrong) > 0 {
					t.Errorf("%d times what must not happen, first: %s", len(o.wrong), o.wrong[0])
				}
				if o.lifetime > back && len(o.errors) > 0 {
					t.Errorf("%d callers got an error, the first at %v", len(o.errors), o.errors[0])
				}
				if n := len(o.errors) - len(within(o.errors, o.lifetime, back+time.Minute-o.lifetime)); n > 0 {
					t.Errorf("%d callers got an error while tokens lived, or later than a minute after the outage", n)
				}
				if len(asked) == 0 || len(issued) == 0 {
					t.Error("nobody asked in the outage, or nobody got a token after it")
				}
				if perMinute(issued) > tt.most || len(issued) > tt.all {
					t.Errorf("%d tokens after the outage, %d of them in one minute; want at most %d and %d", len(issued), perMinute(issued), tt.all, tt.most)
				}
				if perMinute(asked) > tt.tries {
					t.Errorf("the issuer was asked %d times in one minute of the outage, want at most %d", perMinute(asked), tt.tries)
				}
			})
		})
	}
}
