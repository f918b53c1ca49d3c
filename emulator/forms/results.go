package forms

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"

	"github.com/imsx/imsx/emulator/aem"
)

// The bounds of the results that wait to be fetched: the oldest go first.
const (
	maxResults     = 100
	maxResultBytes = 64 << 20
)

// waiting is a result that was promised with 202.
type waiting struct {
	id       string
	instance *aem.Instance
	ready    bool
	made     produced
	failure  *failure
}

// results are all that wait to be fetched, the oldest first.
type results struct {
	mu    sync.Mutex
	bytes int
	all   []*waiting
}

func (r *results) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.bytes = nil, 0
}

// add promises a result.
func (r *results) add(w *waiting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, w)
	r.trim()
}

// trim forgets the oldest results. The mutex is held.
func (r *results) trim() {
	for len(r.all) > maxResults || r.bytes > maxResultBytes && len(r.all) > 0 {
		r.bytes -= len(r.all[0].made.content)
		r.all = slices.Delete(r.all, 0, 1)
	}
}

// settle keeps a promise, unless it was forgotten.
func (r *results) settle(w *waiting, made produced, f *failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.all, w) {
		return
	}
	w.ready, w.made, w.failure = true, made, f
	r.bytes += len(made.content)
	r.trim()
}

// find returns a copy of a result of an instance.
func (r *results) find(i *aem.Instance, id string) (waiting, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.all {
		if w.id == id && w.instance == i {
			return *w, true
		}
	}
	return waiting{}, false
}

// accept answers with 202 and makes the result beside.
func (c *call) accept(t task) *failure {
	w := &waiting{id: rand.Text(), instance: c.caller.Instance}
	c.results.add(w)
	held := c.held
	c.held = 0 // the result needs the request for longer than this answer
	started := c.begin(func() {
		defer c.busy.Add(-held)
		made, err := work(context.WithoutCancel(c.r.Context()), c.Server, t.do)
		if err != nil {
			c.results.settle(w, produced{}, failureOf(err))
			return
		}
		c.results.settle(w, made, nil)
		c.keepAssured(made, t.name)
	})
	if !started {
		c.busy.Add(-held)
		return internal(errEnding.Error())
	}
	c.w.Header().Set("Preference-Applied", "respond-async")
	c.promise(w.id)
	return nil
}

// promise answers with 202 and where the result is.
func (c *call) promise(id string) {
	h := c.w.Header()
	h.Set("Location", c.origin()+resultsPath+id)
	h.Set("Retry-After", "1")
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusAccepted)
}

// origin is the scheme and the host that the client sees.
func (c *call) origin() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host
}

// result answers with what was promised: 202 until it is there.
func (c *call) result() *failure {
	w, ok := c.results.find(c.caller.Instance, c.names["id"])
	switch {
	case !ok:
		return notFound("there is no such result, or no longer")
	case !w.ready:
		c.promise(w.id)
	case w.failure != nil:
		return w.failure
	default:
		c.send(w.made.contentType, w.made.content)
	}
	return nil
}
