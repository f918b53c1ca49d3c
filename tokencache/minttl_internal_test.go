package tokencache

import (
	"math"
	"testing"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// TestMinTTLOutOfBounds: a least time that no duration can be added to refuses every token that ends, and a negative one
// does not lengthen a life.
func TestMinTTLOutOfBounds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(minTTL, left time.Duration) *entry {
		cfg := Config{MinTTL: minTTL}
		return newEntry(token.Token{AccessToken: secret.New("x"), Expiry: now.Add(left)}, now, 0, cfg.minTTL())
	}
	for _, left := range []time.Duration{math.MinInt64, -time.Hour, time.Hour, 24 * time.Hour} {
		if e := at(math.MaxInt64, left); e.fresh(now) || e.servable(now) || e.alive(now) {
			t.Errorf("a token that ends in %v has the greatest time left", left)
		}
	}
	if e := at(-time.Hour, -time.Minute); e.servable(now) || e.alive(now) {
		t.Error("a negative least time gives life to a token that has ended")
	}
	if e := at(-time.Hour, 24*time.Hour); !e.fresh(now) {
		t.Error("a negative least time takes life from a token")
	}
}
