package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator"
)

// cacheIn is the environment that makes a folder the cache of the programs.
func (a *adobe) cacheIn(dir string) []string {
	return a.environ("IMSX_CACHE=file", "IMSX_CACHE_DIR="+dir)
}

// tokenIn returns what runs "imsx token" with the service credentials and a folder as its cache.
func (a *adobe) tokenIn(ctx context.Context, p programs, dir string) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		return startToEnd(ctx, a.cacheIn(dir), p.imsx, "token", "-c", filepath.Join(a.dir, emulator.ServiceTokenFile))
	}
}

// cachedToken compares "imsx token" on a warm cache of the machine with a program that does nothing but print.
func cachedToken(ctx context.Context, a *adobe, e effort) ([]row, error) {
	p, err := a.build(ctx)
	if err != nil {
		return nil, err
	}
	run := a.tokenIn(ctx, p, filepath.Join(a.dir, "warm"))
	if _, err := run(); err != nil {
		return nil, err
	}
	before := a.given()
	rows, err := againstHello(e, p, start{what: "imsx token, from the file cache", run: run})
	if n := a.given() - before; err == nil && n != 0 {
		return nil, fmt.Errorf("processes with a warm cache made %d exchanges", n)
	}
	return rows, err
}

// crowdSize is how many processes ask at once.
const crowdSize = 200

// crowd lets many processes ask at once for the token of a machine whose cache is cold.
func crowd(ctx context.Context, a *adobe, e effort) ([]row, error) {
	p, err := a.build(ctx)
	if err != nil {
		return nil, err
	}
	alone := func() (time.Duration, error) { return a.onColdCache(ctx, p, 1) }
	together := func() (time.Duration, error) { return a.onColdCache(ctx, p, crowdSize) }
	idle := func() (time.Duration, error) { return atOnce(crowdSize, a.command(ctx, p.imsx, "version")) }
	times, err := takeTurns(e.runs, alone, together, idle)
	if err != nil {
		return nil, err
	}
	one, all, none := times[0], times[1], times[2]
	what := fmt.Sprintf("%d imsx token at once, cold cache", crowdSize)
	return []row{
		{
			What: what, Against: "one of them alone", Unit: "ms", Measured: median(all), Reference: median(one),
			Ratio: medianRatio(all, one),
		},
		row{
			What: what, Against: fmt.Sprintf("%d imsx version at once", crowdSize), Unit: "ms", Measured: median(all),
			Reference: median(none), Ratio: medianRatio(all, none),
		}.atMost(2),
		{
			What: what + ", exchanges", Against: "one exchange", Unit: "exchanges", Measured: 1, Reference: 1, Ratio: 1,
			Target: "1", Met: true, // or onColdCache would have failed
		},
	}, nil
}

// onColdCache runs processes at once on an empty cache, and fails unless they make one exchange together.
func (a *adobe) onColdCache(ctx context.Context, p programs, processes int) (time.Duration, error) {
	dir, err := os.MkdirTemp(a.dir, "cold-")
	if err != nil {
		return 0, err
	}
	before := a.given()
	took, err := atOnce(processes, a.tokenIn(ctx, p, dir))
	if n := a.given() - before; err == nil && n != 1 {
		err = fmt.Errorf("%d processes made %d exchanges instead of one", processes, n)
	}
	return took, errors.Join(err, os.RemoveAll(dir))
}

// atOnce runs n of the same at once and returns how long it takes until the last one is done.
func atOnce(n int, run func() (time.Duration, error)) (time.Duration, error) {
	var (
		start    = make(chan struct{})
		all      sync.WaitGroup
		problems = make([]error, n)
	)
	for i := range n {
		all.Go(func() {
			<-start
			_, problems[i] = run()
		})
	}
	begun := time.Now()
	close(start)
	all.Wait()
	return time.Since(begun), errors.Join(problems...)
}
