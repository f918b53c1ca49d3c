package cli

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/aem"
)

// lockedBuffer may be written and read at the same time.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestTransferShowsWhatTakesLong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		total int64
		want  string // "" for nothing
		took  time.Duration
	}{
		{"a known length", 4096, "sent 2.0 KiB of 4.0 KiB (50%), 1.0 KiB per second, 2 seconds left", 2 * time.Second},
		{"an unknown length", -1, "sent 2.0 KiB, 1.0 KiB per second", 2 * time.Second},
		{"a short one", 4096, "", showAfter / 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var screen lockedBuffer
				transfer := newTransfer(&screen, "sent", tt.total)
				time.Sleep(tt.took)
				transfer.add(2048)
				time.Sleep(200 * time.Millisecond) // it is drawn now and then
				synctest.Wait()
				got := screen.String()
				transfer.end()
				transfer.end()
				transfer.add(1)
				if tt.want == "" && got != "" {
					t.Errorf("shown: %q", got)
				}
				if before, _, _ := strings.Cut(tt.want, ", "); !strings.Contains(got, before) {
					t.Errorf("shown: %q, want %q", got, before)
				}
				transfer.begun, tt.took = time.Now().Add(-2*time.Second), 0
				transfer.moved.Store(2048)
				if tt.want != "" && transfer.text() != tt.want {
					t.Errorf("text %q, want %q", transfer.text(), tt.want)
				}
			})
		})
	}
}

// A body that is sent again is counted from its start.
func TestTransferSendsAgain(t *testing.T) {
	t.Parallel()
	transfer := newTransfer(io.Discard, "sent", 5)
	body := transfer.sending(aem.BytesBody("", []byte("hello")))
	for range 2 {
		r, err := body.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got := transfer.moved.Load(); got != 5 {
		t.Errorf("%d bytes were counted", got)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 20: "1.0 MiB", 5 << 30: "5.0 GiB", 1<<63 - 1: "8.0 EiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}
