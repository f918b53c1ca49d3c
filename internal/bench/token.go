package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/token"
)

// freshToken compares a token at hand with the least that it could cost, and with the usual way to keep one.
func freshToken(ctx context.Context, a *adobe, e effort) ([]row, error) {
	src, err := a.source()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	held, err := src.Token(ctx)
	if err != nil {
		return nil, err
	}
	alone, err := compare(e, tokenAlone(ctx, src), bareAlone(held))
	if err != nil {
		return nil, err
	}
	crowd, err := compare(e, tokenInParallel(ctx, src), reuseInParallel(held))
	if err != nil {
		return nil, err
	}
	faster := 1 / crowd.ratio
	return []row{
		{
			What: "fresh Token()", Against: "atomic load + time.Now", Unit: "ns",
			Measured: alone.measured, Reference: alone.reference, Ratio: alone.ratio,
			Target: "<= 1.30", Met: alone.ratio <= 1.3,
		},
		{
			What: "fresh Token(), allocations", Against: "none", Unit: "per call",
			Measured: alone.allocs, Ratio: alone.allocs, Target: "0", Met: alone.allocs == 0,
		},
		{
			What: "fresh Token(), all cores", Against: "oauth2.ReuseTokenSource", Unit: "ns",
			Measured: crowd.measured, Reference: crowd.reference, Ratio: faster,
			Target: ">= 5.00 times faster", Met: faster >= 5,
		},
	}, nil
}

func tokenAlone(ctx context.Context, src *imsx.Source) func(*testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := src.Token(ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func bareAlone(held token.Token) func(*testing.B) {
	return func(b *testing.B) {
		var current atomic.Pointer[token.Token]
		current.Store(&held)
		for b.Loop() { // which keeps what is assigned in it
			_, _ = current.Load(), time.Now()
		}
	}
}

func tokenInParallel(ctx context.Context, src *imsx.Source) func(*testing.B) {
	return func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if t, err := src.Token(ctx); err != nil || t.AccessToken.IsZero() {
					b.Error("no token: ", err)
					return
				}
			}
		})
	}
}

func reuseInParallel(held token.Token) func(*testing.B) {
	known := &oauth2.Token{AccessToken: held.AccessToken.Reveal(), TokenType: "Bearer", Expiry: held.Expiry}
	src := oauth2.ReuseTokenSource(known, nil)
	return func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if t, err := src.Token(); err != nil || t.AccessToken == "" {
					b.Error("no token: ", err)
					return
				}
			}
		})
	}
}

// coldCache lets many goroutines ask a source at once that has no token yet.
func coldCache(ctx context.Context, a *adobe, _ effort) ([]row, error) {
	const callers = 1000
	src, err := a.source()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	before := a.given()
	var (
		start  = make(chan struct{})
		all    sync.WaitGroup
		failed atomic.Pointer[error]
	)
	for range callers {
		all.Go(func() {
			<-start
			if _, err := src.Token(ctx); err != nil {
				failed.Store(&err)
			}
		})
	}
	close(start)
	all.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	n := a.given() - before
	if n != 1 {
		return nil, fmt.Errorf("%d callers caused %d exchanges instead of one", callers, n)
	}
	return []row{{
		What: fmt.Sprintf("exchanges for %d callers at once", callers), Against: "one exchange", Unit: "exchanges",
		Measured: float64(n), Reference: 1, Ratio: float64(n), Target: "1", Met: true,
	}}, nil
}
