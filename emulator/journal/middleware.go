package journal

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Middleware returns a middleware that makes an entry of each request to a service: when its handler has ended, or just
// before it writes the last bytes of a long body whose length it has declared. So a client that has the whole answer finds
// its request in the journal. The entry's status is the one that was sent; 0 if the handler took the connection over
// or ended the request by a panic before an answer was begun. The panic goes on.
func (j *Journal) Middleware(service string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v := &visit{writer: writer{ResponseWriter: w}, begin: time.Now()}
			v.record.entry = Entry{
				Service: service, Method: clean(r.Method, maxText), Path: clean(r.URL.Path, maxText),
				Time: v.begin.Add(j.clock.Difference()).Round(0),
			}
			v.writer.whole = func() { j.finish(v, true) }
			completed := false
			defer func() { j.finish(v, completed) }()
			next.ServeHTTP(&v.writer, r.WithContext(context.WithValue(r.Context(), recordKey{}, &v.record)))
			completed = true
		})
	}
}

// visit is one request on its way.
type visit struct {
	record Record
	writer writer
	begin  time.Time
	ended  bool
}

// finish makes the entry of a request that has ended, once.
func (j *Journal) finish(v *visit, completed bool) {
	if v.ended {
		return
	}
	v.ended = true
	if id := v.writer.Header()["X-Debug-Id"]; len(id) > 0 {
		v.record.defaultDebugID(id[0])
	}
	e := v.record.end()
	e.Took = time.Since(v.begin)
	e.Status = v.writer.status
	e.Broken = !completed && e.Status != 0
	switch {
	case v.writer.hijacked:
		e.Status = 0
	case completed && e.Status == 0:
		e.Status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	j.add(&e)
}

// writer sees the status go by. What it does not have itself, [http.ResponseController] finds by Unwrap.
type writer struct {
	http.ResponseWriter
	status   int
	hijacked bool
	left     int64  // of a long body whose length was declared
	whole    func() // called before the last bytes of such a body are written
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	w.begin(http.StatusOK)
	if w.left > 0 {
		if w.left -= int64(len(b)); w.left <= 0 {
			w.whole()
		}
	}
	return w.ResponseWriter.Write(b)
}

// begin notes with what status the answer has begun.
func (w *writer) begin(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	if n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil && n >= heldBack {
		w.left = n
	}
}

// heldBack is the size of net/http's buffer: the end of a shorter body does not leave before the handler has ended.
const heldBack = 4 << 10

// FlushError is for [http.ResponseController].
func (w *writer) FlushError() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if err == nil {
		w.begin(http.StatusOK)
	}
	return err
}

// Flush makes the writer an [http.Flusher], for handlers that look for one.
func (w *writer) Flush() { _ = w.FlushError() }

// Hijack is for [http.ResponseController] and makes the writer an [http.Hijacker].
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.hijacked = w.hijacked || err == nil
	return conn, rw, err
}
