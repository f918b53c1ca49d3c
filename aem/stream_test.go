package aem_test

import (
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx/aem"
)

const (
	streamed  = 1 << 30
	maxMemory = 64 << 20
)

// zeros gives n zero bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	k := int(min(int64(len(p)), z.n))
	clear(p[:k])
	z.n -= int64(k)
	return k, nil
}

// watchMemory returns a function that tells how much the heap grew at most since now.
func watchMemory() (grown func() int64) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	runtime.GC()
	before := heap()
	var peak int64
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, heap())
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	return func() int64 {
		close(stop)
		done.Wait()
		return peak - before
	}
}

// TestStreams sends and receives a GiB. It is not parallel, because it measures the memory of the process.
func TestStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("1 GiB each way")
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Received", strconv.FormatInt(n, 10))
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Length", strconv.Itoa(streamed))
			_, _ = io.Copy(w, &zeros{streamed})
		}
	})
	content := func(length int64) aem.Body {
		return aem.OpenerBody("application/octet-stream", length, func() (io.ReadCloser, error) {
			return io.NopCloser(&zeros{streamed}), nil
		})
	}
	for name, length := range map[string]int64{"upload": streamed, "upload of unknown length": -1} {
		t.Run(name, func(t *testing.T) {
			body, err := aem.Multipart(aem.Part{Name: "template", Body: content(length)})
			if err != nil {
				t.Fatal(err)
			}
			grown := watchMemory()
			resp, err := client.Do(t.Context(), aem.Request{Method: "POST", Body: body})
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, _ := strconv.Atoi(resp.Header.Get("X-Received")); got < streamed {
				t.Errorf("%d bytes arrived", got)
			}
			wantSmall(t, grown())
		})
	}
	t.Run("download", func(t *testing.T) {
		grown := watchMemory()
		resp, err := client.Do(t.Context(), aem.Request{})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); n != streamed || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		wantSmall(t, grown())
	})
}

// TestSaveStreams saves a file that is larger than the memory it may take.
func TestSaveStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("128 MiB")
	}
	const size = 2 * maxMemory
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, &zeros{size}) })
	grown := watchMemory()
	n, err := client.Save(t.Context(), aem.Request{}, filepath.Join(t.TempDir(), "file"))
	if n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	wantSmall(t, grown())
}

func wantSmall(t *testing.T, grown int64) {
	t.Helper()
	t.Logf("the heap grew by %d KiB", grown>>10)
	if grown > maxMemory {
		t.Errorf("the heap grew by %d MiB, want at most %d", grown>>20, maxMemory>>20)
	}
}
