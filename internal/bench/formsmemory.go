package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"

	"github.com/imsx/imsx/emulator"
)

// formsMemory compares the memory that "imsx forms pdf" takes for many documents with that for a few. A server which does
// nothing answers, so that many take little time.
func formsMemory(ctx context.Context, a *adobe, e effort) ([]row, error) {
	const few = 10
	sizes := []int{few, 1000, 10_000}
	what := func(n int) string { return fmt.Sprintf("imsx forms pdf, memory of %d documents", n) }
	against := fmt.Sprintf("%d documents", few)
	if !canWatchMemory {
		var rows []row
		for _, n := range sizes[1:] {
			rows = append(rows, row{What: what(n), Against: against, LeftOut: "this system does not tell a process's peak"})
		}
		return rows, nil
	}
	p, err := a.build(ctx)
	if err != nil {
		return nil, err
	}
	origin, stop, err := startSmallPDF()
	if err != nil {
		return nil, err
	}
	defer stop()
	peaks := make([]float64, len(sizes))
	for i, n := range sizes {
		runs := e.runs
		if n > 1000 {
			runs = min(runs, 3)
		}
		if peaks[i], err = formsPeak(ctx, a, p, origin, n, runs); err != nil {
			return nil, err
		}
	}
	var rows []row
	for i, n := range sizes[1:] {
		rows = append(rows, row{
			What: what(n), Against: against, Unit: "MiB", Measured: peaks[i+1], Reference: peaks[0], Ratio: peaks[i+1] / peaks[0],
		}.atMost(1.5))
	}
	return rows, nil
}

// formsPeak returns the peak memory in MiB of imsx while it makes n documents, the median of some runs.
func formsPeak(ctx context.Context, a *adobe, p programs, origin string, n, runs int) (float64, error) {
	j, err := newPrintJob(a.dir, origin, []byte("<template/>"), []byte("<data/>"), n)
	if err != nil {
		return 0, err
	}
	credentials := filepath.Join(a.dir, emulator.ServiceTokenFile)
	var peaks []float64
	for range runs {
		_, err := j.into(func(out string) error {
			peak, err := peakOf(exec.CommandContext(ctx, p.imsx, j.arguments(credentials, out)...), a.environ())
			peaks = append(peaks, float64(peak)/(1<<20))
			return err
		})()
		if err != nil {
			return 0, err
		}
	}
	return median(peaks), nil
}

// peakOf runs a command and returns the most memory that it had resident, in bytes.
func peakOf(cmd *exec.Cmd, env []string) (int64, error) {
	cmd.Env = env
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	peak := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	if n := peak(); err != nil || n > 0 {
		return n, err
	}
	return 0, errors.New("the memory of a process could not be watched")
}

// smallPDF is a document with one empty page.
const smallPDF = "%PDF-1.4\n" +
	"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" +
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n" +
	"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n" +
	"trailer<</Size 4/Root 1 0 R>>\nstartxref\n162\n%%EOF\n"

// startSmallPDF starts a server that answers every request with the same document.
func startSmallPDF() (origin string, stop func(), err error) {
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, smallPDF)
	}))
}

// serve serves on loopback until stop is called.
func serve(h http.Handler) (origin string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h} //nolint:gosec // its clients are this program and its own
	ended := make(chan struct{})
	go func() {
		_ = server.Serve(l)
		close(ended)
	}()
	return "http://" + l.Addr().String(), func() {
		_ = server.Close()
		<-ended
	}, nil
}
