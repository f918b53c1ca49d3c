package tokencache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

func TestFreshTokenIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day}
		src := newSource(t, tokencache.Config{Fetch: iss})
		for range 3 {
			wantToken(t, src, "token-1")
			time.Sleep(7 * time.Hour)
		}
		if n := iss.attempts(); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestFreshTokenAllocatesNothing(t *testing.T) {
	src := newSource(t, tokencache.Config{Fetch: &issuer{lifetime: day}})
	wantToken(t, src, "token-1")
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { _, _ = src.Token(ctx) }); n != 0 {
		t.Errorf("a fresh Token allocates %v times, want 0", n)
	}
}

func TestColdCacheIsFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, latency: time.Second}
		src := newSource(t, tokencache.Config{Fetch: iss})
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { wantToken(t, src, "token-1") })
		}
		wg.Wait()
		if n := iss.attempts(); n != 1 {
			t.Errorf("1000 callers caused %d fetches, want 1", n)
		}
	})
}

func TestAdvisoryWindowServesWhileRefreshing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day}
		src := newSource(t, tokencache.Config{Fetch: iss})
		wantToken(t, src, "token-1")
		iss.setLatency(10 * time.Second)
		time.Sleep(day - 40*time.Minute)
		start := time.Now()
		for range 5 {
			wantToken(t, src, "token-1")
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("a caller waited %v in the advisory window", took)
		}
		time.Sleep(11 * time.Second)
		wantToken(t, src, "token-2")
		if n := iss.attempts(); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
	})
}

func TestMandatoryWindowWaits(t *testing.T) {
	for _, before := range []time.Duration{59 * time.Second, time.Second, -time.Second, -day} {
		t.Run(before.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := &issuer{lifetime: day, latency: time.Second}
				src := newSource(t, tokencache.Config{Fetch: iss})
				first := wantToken(t, src, "token-1")
				time.Sleep(time.Until(first.Expiry) - before)
				wantToken(t, src, "token-2")
			})
		})
	}
}

func TestShortLivedTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: 100 * time.Second}
		src := newSource(t, tokencache.Config{Fetch: iss})
		wantToken(t, src, "token-1")
		time.Sleep(49 * time.Second)
		wantToken(t, src, "token-1")
		synctest.Wait()
		time.Sleep(12 * time.Second) // past the advisory window's latest begin, at 60 s
		wantToken(t, src, "token-1")
		synctest.Wait()
		wantToken(t, src, "token-2")
		time.Sleep(91 * time.Second)
		wantToken(t, src, "token-3")
	})
}

func TestCallerMayGiveUpAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, latency: 10 * time.Second}
		src := newSource(t, tokencache.Config{Fetch: iss})
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			if _, err := src.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Token = %v, want DeadlineExceeded", err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("giving up took %v, want 1s", took)
			}
		})
		wg.Go(func() { wantToken(t, src, "token-1") })
		wg.Wait()
		if n := iss.attempts(); n != 1 {
			t.Errorf("%d fetches, want 1: the first caller's deadline must not end the fetch", n)
		}
	})
}

func TestGivingUpTellsTheLastFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errPasses}
		src := newSource(t, tokencache.Config{Fetch: iss})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := src.Token(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errPasses) {
			t.Errorf("Token = %v; want both the deadline and the last failure", err)
		}
		iss.setFailure(nil)
	})
}

func TestCancelledCallerGetsNothingStarted(t *testing.T) {
	iss := &issuer{lifetime: day}
	src := newSource(t, tokencache.Config{Fetch: iss})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := src.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Token = %v, want Canceled", err)
	}
	if n := iss.attempts(); n != 0 {
		t.Errorf("%d fetches for a caller that is gone", n)
	}
}

func TestFailuresThatPassAreRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errPasses}
		src := newSource(t, tokencache.Config{Fetch: iss})
		time.AfterFunc(5*time.Second, func() { iss.setFailure(nil) })
		wantToken(t, src, "token-1")
		if n := iss.attempts(); n < 3 || n > 8 {
			t.Errorf("%d attempts in the 5 s of failure and the time after, want an exponential few", n)
		}
	})
}

func TestRetriesEndWithTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errPasses, latency: 100 * time.Millisecond}
		src := newSource(t, tokencache.Config{Fetch: iss, Timeout: 10 * time.Second})
		start := time.Now()
		_, err := src.Token(t.Context())
		took := time.Since(start)
		if !errors.Is(err, errPasses) || took > 10*time.Second {
			t.Errorf("Token = %v after %v; want the server's error within 10 s", err, took)
		}
		if !strings.Contains(err.Error(), "attempts") {
			t.Errorf("error %q does not tell how often was tried", err)
		}
	})
}

func TestGivingUpTellsMoreThanTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errPasses}
		src := newSource(t, tokencache.Config{Fetch: iss, Timeout: 10 * time.Second})
		time.AfterFunc(2*time.Second, func() { iss.setLatency(time.Hour) })
		start := time.Now()
		wantError(t, src, errPasses)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v, want the whole 10 s: the last attempt hangs", took)
		}
	})
}

// TestPausesAreTold has three attempts fail, the last one for good.
func TestPausesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		iss := &issuer{lifetime: day, fail: errPasses}
		src := newSource(t, tokencache.Config{Fetch: iss, Notify: func(e tokencache.Event) {
			if e.Kind == tokencache.EventAttemptFailed {
				if waits = append(waits, e.Wait); e.Attempt != len(waits) {
					t.Errorf("attempt %d is the %dth", e.Attempt, len(waits))
				}
			}
			if len(waits) == 2 {
				iss.setFailure(errFinal)
			}
		}})
		wantError(t, src, errFinal)
		if len(waits) != 3 || waits[0] < 250*time.Millisecond || waits[0] > 750*time.Millisecond ||
			waits[1] < 500*time.Millisecond || waits[1] > 1500*time.Millisecond || waits[2] != 0 {
			t.Errorf("pauses %v; want half a second, a second, each varied by half, and none", waits)
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: &failure{msg: "throttled", retryable: true, delay: 20 * time.Second}}
		src := newSource(t, tokencache.Config{Fetch: iss})
		time.AfterFunc(time.Second, func() { iss.setFailure(nil) })
		start := time.Now()
		wantToken(t, src, "token-1")
		if took := time.Since(start); took < 20*time.Second || iss.attempts() != 2 {
			t.Errorf("the second attempt came after %v (%d attempts), want 20 s", took, iss.attempts())
		}
	})
}

func TestLongRetryAfterFailsAtOnceAndIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := &failure{msg: "throttled", retryable: true, delay: 50 * time.Minute}
		iss := &issuer{lifetime: day, fail: throttled}
		src := newSource(t, tokencache.Config{Fetch: iss})
		start := time.Now()
		for range 49 {
			wantError(t, src, throttled)
			time.Sleep(time.Minute)
		}
		if took := time.Since(start); took != 49*time.Minute || iss.attempts() != 1 {
			t.Errorf("%d attempts, callers waited %v beyond their own pauses; want 1 and 0", iss.attempts(), took-49*time.Minute)
		}
		iss.setFailure(nil)
		time.Sleep(2 * time.Minute)
		wantToken(t, src, "token-1")
	})
}

func TestFinalRefusalIsRememberedBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errFinal}
		src := newSource(t, tokencache.Config{Fetch: iss})
		for range 100 {
			wantError(t, src, errFinal)
		}
		if n := iss.attempts(); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
		iss.setFailure(nil)
		time.Sleep(31 * time.Second)
		wantToken(t, src, "token-1")
	})
}

func TestRefusalsNeedNotBeRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errFinal}
		src := newSource(t, tokencache.Config{Fetch: iss, RefusalTTL: -1, Timeout: time.Minute})
		wantError(t, src, errFinal)
		iss.setFailure(nil)
		wantToken(t, src, "token-1")
	})
}

func TestOutageIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, fail: errPasses}
		src := newSource(t, tokencache.Config{Fetch: iss, Timeout: 2 * time.Second})
		end := time.Now().Add(10 * time.Minute)
		for time.Now().Before(end) {
			wantError(t, src, errPasses)
			time.Sleep(10 * time.Millisecond)
		}
		if n := iss.attempts(); n > 300 {
			t.Errorf("a loop caused %d attempts in 10 minutes", n)
		}
		iss.setFailure(nil)
		time.Sleep(20 * time.Second)
		wantToken(t, src, "token-1")
	})
}

func TestNoFailureWhileTheTokenLives(t *testing.T) {
	for _, fail := range []error{errPasses, errFinal, &failure{msg: "throttled", retryable: true, delay: time.Hour}} {
		t.Run(fail.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				iss := &issuer{lifetime: day}
				src := newSource(t, tokencache.Config{Fetch: iss})
				first := wantToken(t, src, "token-1")
				iss.setFailure(fail)
				for time.Until(first.Expiry) > time.Second {
					wantToken(t, src, "token-1")
					time.Sleep(min(time.Minute, time.Until(first.Expiry)-time.Second))
				}
				if n := iss.attempts(); n < 2 || n > 200 {
					t.Errorf("%d attempts in an hour of failure", n)
				}
				time.Sleep(2 * time.Second)
				wantError(t, src, fail)
			})
		})
	}
}

func TestInvalidateDropsThatTokenOnly(t *testing.T) {
	for _, shared := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			iss := &issuer{lifetime: day}
			cfg := tokencache.Config{Fetch: iss}
			if shared {
				cfg.Store, cfg.SealingSecrets = new(tokencache.MemoryStore), []secret.Text{secret.New("s3cret")}
			}
			src := newSource(t, cfg)
			first := wantToken(t, src, "token-1")
			invalidate(t, src, first)
			second := wantToken(t, src, "token-2")
			invalidate(t, src, first)
			wantToken(t, src, "token-2")
			invalidate(t, src, second)
			wantToken(t, src, "token-3")
			invalidate(t, src, token.Token{})
			wantToken(t, src, "token-3")
		})
	}
}

func invalidate(t *testing.T, src *tokencache.Source, tok token.Token) {
	t.Helper()
	if err := src.Invalidate(t.Context(), tok); err != nil {
		t.Fatalf("Invalidate: %v", err)
	}
}

func TestMinTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day}
		src := newSource(t, tokencache.Config{Fetch: iss, MinTTL: 6 * time.Hour})
		for range 100 {
			tok, err := src.Token(t.Context())
			if err != nil || tok.Remaining(time.Now()) < 6*time.Hour {
				t.Fatalf("Token = %v left, %v; want at least 6h", tok.Remaining(time.Now()), err)
			}
			time.Sleep(time.Hour)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day}
		src := newSource(t, tokencache.Config{Fetch: iss, MinTTL: 25 * time.Hour})
		for range 10 {
			wantError(t, src, tokencache.ErrTooShort)
		}
		if n := iss.attempts(); n != 1 {
			t.Errorf("%d attempts for a lifetime that cannot be had, want 1", n)
		}
	})
}

func TestExpiredOnArrivalIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newSource(t, tokencache.Config{Fetch: &issuer{lifetime: -time.Second}})
		wantError(t, src, tokencache.ErrTooShort)
	})
}

func TestTokenWithoutExpiryIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newSource(t, tokencache.Config{Fetch: token.Static(token.Token{AccessToken: secret.New("opaque")})})
		wantToken(t, src, "opaque")
		time.Sleep(1000 * day)
		wantToken(t, src, "opaque")
		if n := src.Status().Fetches; n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day, latency: time.Hour}
		src := newSource(t, tokencache.Config{Fetch: iss, Timeout: 2 * time.Hour})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := src.Token(t.Context()); err == nil {
				t.Error("Token succeeded although the source was closed under it")
			}
		})
		synctest.Wait()
		start := time.Now()
		_ = src.Close()
		wg.Wait()
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %v", took)
		}
		wantError(t, src, tokencache.ErrClosed)
	})
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		iss := &issuer{lifetime: day}
		src := newSource(t, tokencache.Config{Fetch: iss})
		if st := src.Status(); st != (tokencache.Status{}) {
			t.Errorf("Status of a new source = %+v, want zero", st)
		}
		iss.setLatency(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = src.Token(ctx) }()
		synctest.Wait()
		if !src.Status().Refreshing {
			t.Error("Status does not tell of the refresh under way")
		}
		cancel()
		tok := wantToken(t, src, "token-1")
		st := src.Status()
		if st.Refreshing {
			t.Error("Status tells of a refresh when it is over")
		}
		early := tok.Expiry.Sub(st.RefreshAt)
		if !st.Expiry.Equal(tok.Expiry) || st.Fetches != 1 || st.Refreshes != 1 || early < 48*time.Minute || early > time.Hour {
			t.Errorf("Status = %+v; want one fetch and a refresh 48 to 60 minutes before expiry", st)
		}
		iss.setFailure(errFinal)
		time.Sleep(day)
		wantError(t, src, errFinal)
		if st := src.Status(); !errors.Is(st.LastError, errFinal) {
			t.Errorf("Status.LastError = %v, want %v", st.LastError, errFinal)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	fetch := &issuer{}
	for name, cfg := range map[string]tokencache.Config{
		"no fetch":                {},
		"a store without secrets": {Fetch: fetch, Store: new(tokencache.MemoryStore)},
		"an empty secret":         {Fetch: fetch, Store: new(tokencache.MemoryStore), SealingSecrets: []secret.Text{{}}},
	} {
		if _, err := tokencache.New(cfg); err == nil {
			t.Errorf("%s: New succeeded", name)
		}
	}
}
