package console

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/imsx/imsx/emulator/journal"
)

func (s *Server) journalRoutes() []route {
	return []route{
		{method: "GET", path: "journal", serve: (*call).journal},
		{method: "DELETE", path: "journal", status: http.StatusNoContent, serve: (*call).clearJournal},
		{method: "GET", path: "journal/count", serve: (*call).journalCount},
		{method: "GET", path: "journal/totals", serve: (*call).journalTotals},
		{method: "GET", path: "journal/events", stream: s.journalEvents},
		{method: "GET", path: "journal/{id}", serve: (*call).journalEntry},
	}
}

// defaultLimit is how many entries a query gets that does not say how many.
const defaultLimit = 100

// filter reads the parameters of a query: the members of [journal.Filter] by their JSON names.
func (c *call) filter() (journal.Filter, *problem) {
	query := c.r.URL.Query()
	f := journal.Filter{
		Service: query.Get("service"), Route: query.Get("route"), ClientID: query.Get("client_id"),
		Code: query.Get("code"), Fault: query.Get("fault"),
	}
	known := []string{"client_id", "code", "fault", "limit", "route", "service", "since", "status"}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return f, badRequest(memberHint(name, known), "unknown parameter %q", name)
		}
	}
	since, p := number(query, "since")
	if p != nil {
		return f, p
	}
	status, p := number(query, "status")
	if p != nil {
		return f, p
	}
	limit, p := number(query, "limit")
	if p != nil {
		return f, p
	}
	f.Since, f.Status, f.Limit = since, int(status), int(limit)
	return f, nil
}

// number reads a parameter that is a number, not negative and below 2^31; 0 if it is absent.
func number(query url.Values, name string) (int64, *problem) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0, badRequest("", "parameter %q: %q is not a number from 0 to %d", name, text, 1<<31-1)
	}
	return n, nil
}

func (c *call) journal() (any, *problem) {
	f, p := c.filter()
	if p != nil {
		return nil, p
	}
	if !c.r.URL.Query().Has("limit") {
		f.Limit = defaultLimit
	}
	return map[string]any{
		"entries": nonNil(c.cfg.Journal.Query(f)), "count": c.cfg.Journal.Count(f), "last": c.cfg.Journal.Last(),
	}, nil
}

func (c *call) journalCount() (any, *problem) {
	f, p := c.filter()
	if p != nil {
		return nil, p
	}
	return map[string]int{"count": c.cfg.Journal.Count(f)}, nil
}

func (c *call) journalTotals() (any, *problem) {
	f, p := c.filter()
	if p != nil {
		return nil, p
	}
	return map[string]any{"totals": nonNil(c.cfg.Journal.Totals(f))}, nil
}

func (c *call) journalEntry() (any, *problem) {
	id := c.r.PathValue("id")
	n, err := strconv.ParseInt(id, 10, 64)
	entry, ok := c.cfg.Journal.Get(n)
	if err != nil || !ok {
		return nil, notFound("entry", id, "journal")
	}
	return entry, nil
}

func (c *call) clearJournal() (any, *problem) {
	c.cfg.Journal.Clear()
	return nil, nil
}

// journalEvents serves the journal as server-sent events (HTML Living Standard, section 9.2): each entry as an event
// "entry" with its id, so that a client that reconnects goes on after the last one it saw.
func (s *Server) journalEvents(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, func(e journal.Entry) (event string, data []byte, err error) {
		data, err = json.Marshal(e)
		return "entry", data, err
	})
}

// keepAlive is how often a silent stream gets a comment, so that nothing in between takes it for dead.
const keepAlive = 15 * time.Second

// stream sends each entry as render makes it, until the client goes or the server is closed. An entry that render
// leaves without data is passed over.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, render func(journal.Entry) (string, []byte, error)) {
	after, p := s.resumeAfter(r)
	if p != nil {
		writeProblem(w, p)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	entries := s.cfg.Journal.Subscribe(ctx, after)
	out, ok := beginStream(w, r)
	if !ok {
		return
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		select {
		case e, open := <-entries:
			if !open || !s.sendEntry(w, out, e, render) {
				return
			}
		case <-alive.C:
			if !send(w, out, ": still here\n\n") {
				return
			}
		}
	}
}

// beginStream sends the head of a stream and reports whether it goes on.
func beginStream(w http.ResponseWriter, r *http.Request) (out *http.ResponseController, ok bool) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out = http.NewResponseController(w)
	if r.Method == http.MethodHead {
		return out, false
	}
	// A stream lives longer than the server lets an answer take.
	_ = out.SetWriteDeadline(time.Time{})
	return out, send(w, out, "retry: 1000\n\n")
}

func (s *Server) sendEntry(w http.ResponseWriter, out *http.ResponseController, e journal.Entry, render func(journal.Entry) (string, []byte, error)) bool {
	event, data, err := render(e)
	if err != nil {
		s.logger.Warn("an entry of the journal cannot be shown", "entry", e.ID, "cause", err)
		return true
	}
	if len(data) == 0 {
		return true
	}
	return send(w, out, fmt.Sprintf("id: %d\nevent: %s\n%s\n", e.ID, event, dataLines(data)))
}

// send writes to a stream and reports whether the client is still there.
func send(w http.ResponseWriter, out *http.ResponseController, text string) bool {
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	return out.Flush() == nil
}

// dataLines puts data, which may have several lines, into the form of an event.
func dataLines(data []byte) []byte {
	var b []byte
	line := []byte("data: ")
	b = append(b, line...)
	for _, c := range data {
		switch c {
		case '\r':
		case '\n':
			b = append(append(b, '\n'), line...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '\n')
}

// resumeAfter is the id after which a stream begins: the header Last-Event-ID, which a browser sends when it
// reconnects, the parameter since, or else what comes from now on.
func (s *Server) resumeAfter(r *http.Request) (int64, *problem) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		return s.cfg.Journal.Last(), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, badRequest("give the id of an entry, 0 for all", "%q is not the id of an entry", text)
	}
	return n, nil
}
