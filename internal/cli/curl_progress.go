package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/internal/term"
)

// showAfter is how long a transfer takes before it is shown how far it is.
const showAfter = time.Second

// transfer shows on a terminal how far a long transfer is, on a line that is gone in the end. A nil one shows nothing.
type transfer struct {
	to    io.Writer
	verb  string
	total int64 // bytes; less than 1 if that is not known
	begun time.Time
	moved atomic.Int64

	mu    sync.Mutex
	shown *mpb.Progress // nil until it is shown
	line  *mpb.Bar
	ended bool
}

// transfer returns what shows a transfer that begins now, or nil where standard error is not for that.
func (a *app) transfer(fl curlFlags, verb string, total int64) *transfer {
	if fl.silent || a.flags.json || !term.IsTerminal(a.Stderr) || a.getenv("TERM") == "dumb" {
		return nil
	}
	return newTransfer(a.Stderr, verb, total)
}

func newTransfer(to io.Writer, verb string, total int64) *transfer {
	return &transfer{to: to, verb: verb, total: total, begun: time.Now()}
}

// add counts bytes.
func (t *transfer) add(n int) {
	t.moved.Add(int64(n))
	if time.Since(t.begun) >= showAfter {
		t.show()
	}
}

func (t *transfer) show() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.shown != nil {
		return
	}
	t.shown = mpb.New(mpb.WithOutput(t.to), mpb.WithAutoRefresh())
	text := decor.Any(func(decor.Statistics) string { return t.text() })
	t.line = t.shown.MustAdd(0, nil, mpb.PrependDecorators(text))
}

// text says how far the transfer is.
func (t *transfer) text() string {
	moved, took := t.moved.Load(), time.Since(t.begun).Seconds()
	rate := float64(moved) / took
	if t.total < 1 {
		return fmt.Sprintf("%s %s, %s per second", t.verb, size(moved), size(int64(rate)))
	}
	remaining := time.Duration(-1)
	if rate > 0 {
		remaining = time.Duration(float64(max(t.total-moved, 0)) / rate * float64(time.Second))
	}
	return fmt.Sprintf("%s %s of %s (%d%%), %s per second, %s", t.verb, size(moved), size(t.total), moved*100/t.total,
		size(int64(rate)), left(remaining))
}

// end takes the line away.
func (t *transfer) end() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shown != nil && !t.ended {
		t.line.Abort(true)
		t.shown.Wait()
	}
	t.ended = true
}

// reading counts what is read from r.
func (t *transfer) reading(r io.ReadCloser) io.ReadCloser {
	if t == nil {
		return r
	}
	return &countedReader{r, t}
}

type countedReader struct {
	io.ReadCloser

	t *transfer
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.t.add(n)
	return n, err
}

// sending counts what is sent of a body, from its start each time.
func (t *transfer) sending(b aem.Body) aem.Body {
	if t == nil {
		return b
	}
	return &countedBody{b, t}
}

type countedBody struct {
	aem.Body

	t *transfer
}

func (b *countedBody) Open() (io.ReadCloser, error) {
	b.t.moved.Store(0)
	r, err := b.Body.Open()
	if err != nil {
		return nil, err
	}
	return b.t.reading(r), nil
}

// size says a number of bytes in the unit that fits.
func size(n int64) string {
	const units = "KMGTPE"
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	scaled, unit := float64(n)/(1<<10), 0
	for scaled >= 1<<10 {
		scaled, unit = scaled/(1<<10), unit+1
	}
	return fmt.Sprintf("%.1f %ciB", scaled, units[unit])
}
