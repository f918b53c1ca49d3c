package cli

import (
	"context"
	"io"
	"os"
)

// interruptible is an input whose Read ends with ctx, even if the one below it waits for somebody to write. It belongs to
// one run, as ctx does, and is for one goroutine at a time.
type interruptible struct {
	ctx  context.Context
	from io.Reader
	buf  []byte // of Reads below; one that was given up keeps it
}

type readResult struct {
	n   int
	err error
}

// Read implements [io.Reader].
func (in *interruptible) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	if len(in.buf) < len(p) {
		in.buf = make([]byte, len(p))
	}
	buf, done := in.buf[:len(p)], make(chan readResult, 1)
	go func() {
		n, err := in.from.Read(buf)
		done <- readResult{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	case <-in.ctx.Done():
		in.buf = nil
		return 0, in.ctx.Err()
	}
}

// Fd returns the file descriptor that is read from, by which a terminal is known; an invalid one for what is no file.
func (in *interruptible) Fd() uintptr {
	if f, ok := in.from.(*os.File); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}
