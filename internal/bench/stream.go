package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
)

const (
	streamSize = 1 << 30
	// streamLimit is the memory that a body may take.
	streamLimit = 64 << 20
)

// streams sends and fetches long bodies through package aem and through net/http alone. The server is in this process,
// too, so that its memory counts.
func streams(ctx context.Context, a *adobe, e effort) ([]row, error) {
	origin, stop, err := serve(http.HandlerFunc(streamServer))
	if err != nil {
		return nil, err
	}
	defer stop()
	src, err := a.source()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	client, err := aem.New(aem.Config{BaseURL: origin, Source: src})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	bare := &http.Client{Transport: &http.Transport{}}
	defer bare.CloseIdleConnections()
	var rows []row
	for _, d := range []struct {
		what          string
		through, bare func() error
	}{
		{"1 GiB up", func() error { return sendThrough(ctx, client) }, func() error { return sendBare(ctx, src, bare, origin) }},
		{"1 GiB down", func() error { return fetchThrough(ctx, client) }, func() error { return fetchBare(ctx, src, bare, origin) }},
	} {
		some, err := streamRows(e, d.what+" through package aem", d.through, d.bare)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.what, err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// streamRows measures the memory and the time of one direction.
func streamRows(e effort, what string, through, bare func() error) ([]row, error) {
	peak, err := heldBy(through)
	if err != nil {
		return nil, err
	}
	times, err := takeTurns(e.runs, timed(through), timed(bare))
	if err != nil {
		return nil, err
	}
	const mib = 1 << 20
	seconds := func(values []float64) float64 { return median(values) / 1e3 }
	return []row{
		row{
			What: what + ", memory", Against: "the limit", Unit: "MiB", Measured: float64(peak) / mib, Reference: streamLimit / mib,
			Ratio: float64(peak) / streamLimit,
		}.atMost(1),
		row{
			What: what, Against: "net/http alone", Unit: "s", Measured: seconds(times[0]), Reference: seconds(times[1]),
			Ratio: medianRatio(times[0], times[1]),
		}.atMost(1.2),
	}, nil
}

func timed(run func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		begun := time.Now()
		err := run()
		return time.Since(begun), err
	}
}

// heldBy returns by how many bytes the memory that this process holds grows while run runs, at most.
func heldBy(run func() error) (int64, error) {
	debug.FreeOSMemory()
	before := memoryHeld()
	stop, done := make(chan struct{}), make(chan int64)
	go func() {
		most := before
		for {
			select {
			case <-stop:
				done <- most - before
				return
			case <-time.After(time.Millisecond):
				most = max(most, memoryHeld())
			}
		}
	}()
	err := run()
	close(stop)
	return <-done, err
}

// memoryHeld returns the memory that the Go runtime has from the system and has not given back.
func memoryHeld() int64 {
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(held)
	return int64(held[0].Value.Uint64() - held[1].Value.Uint64()) //nolint:gosec // far below the limit
}

// zeros gives a body of streamSize bytes.
func zeros() io.ReadCloser { return io.NopCloser(io.LimitReader(nothing{}, streamSize)) }

// nothing is an endless sequence of zeros.
type nothing struct{}

func (nothing) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// streamServer takes a body and says how long it was, or gives one of streamSize bytes.
func streamServer(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.Header().Set("Content-Length", strconv.Itoa(streamSize))
		_, _ = io.Copy(w, zeros())
		return
	}
	n, _ := io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, strconv.FormatInt(n, 10))
}

func sendThrough(ctx context.Context, client *aem.Client) error {
	body := aem.OpenerBody("application/octet-stream", streamSize, func() (io.ReadCloser, error) { return zeros(), nil })
	resp, err := client.Do(ctx, aem.Request{Method: http.MethodPut, Path: "/content/dam/long", Body: body, Repeatable: true})
	if err != nil {
		return err
	}
	return wholeSent(resp.Body)
}

func sendBare(ctx context.Context, src *imsx.Source, client *http.Client, origin string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, origin+"/content/dam/long", zeros())
	if err != nil {
		return err
	}
	req.ContentLength = streamSize
	resp, err := doBare(src, client, req)
	if err != nil {
		return err
	}
	return wholeSent(resp.Body)
}

func fetchThrough(ctx context.Context, client *aem.Client) error {
	resp, err := client.Do(ctx, aem.Request{Path: "/content/dam/long"})
	if err != nil {
		return err
	}
	return wholeFetched(resp.Body)
}

func fetchBare(ctx context.Context, src *imsx.Source, client *http.Client, origin string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/content/dam/long", nil)
	if err != nil {
		return err
	}
	resp, err := doBare(src, client, req)
	if err != nil {
		return err
	}
	return wholeFetched(resp.Body)
}

// doBare sends a request with a token, as package aem does.
func doBare(src *imsx.Source, client *http.Client, req *http.Request) (*http.Response, error) {
	held, err := src.Token(req.Context())
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", held.Authorization())
	return client.Do(req)
}

// wholeSent reads the server's answer to a body.
func wholeSent(answer io.ReadCloser) error {
	defer answer.Close()
	text, err := io.ReadAll(answer)
	if err == nil && string(text) != strconv.Itoa(streamSize) {
		err = fmt.Errorf("the server got %s bytes of %d", text, streamSize)
	}
	return err
}

// wholeFetched reads a body to its end.
func wholeFetched(body io.ReadCloser) error {
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	if err == nil && n != streamSize {
		err = fmt.Errorf("%d bytes came of %d", n, streamSize)
	}
	return err
}
