package fault

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
)

// play is one request on which faults are played.
type play struct {
	set     *Set
	service string
	w       http.ResponseWriter
	r       *http.Request
	next    http.Handler
	record  *journal.Record
}

// run plays the chosen faults: latencies first, then at most one other.
func (p *play) run(chosen []*active) {
	for _, a := range chosen {
		p.record.Fault(a.fault.Name)
	}
	for _, a := range chosen {
		e := a.fault.Effect
		switch {
		case e.Latency != nil:
			p.wait(a, p.set.between(a))
			continue
		case e.answers():
			p.tell()
			p.answer(e)
		case e.Hang || e.Reset:
			p.tell()
			p.breakOff(a)
		default:
			p.change(e)
		}
		return
	}
	p.next.ServeHTTP(p.w, p.r)
}

// tell tells the journal what the handler would have told, had it been asked.
func (p *play) tell() {
	if id := clientOf(p.service, p.r); id != "" {
		p.record.Client(id)
	}
	if route := p.set.cfg.routeName(p.service, p.r); route != "" {
		p.record.Route(route)
	}
}

// answers reports whether the effect is a whole answer.
func (e Effect) answers() bool { return e.Error != "" || e.Status != nil || e.EmptyBody || e.HTML }

// answer sends an answer instead of the handler's.
func (p *play) answer(e Effect) {
	// Read first, as the handler would have: a client that is still sending may not see an answer.
	_, _ = io.Copy(io.Discard, io.LimitReader(p.r.Body, maxPeek))
	if e.RetryAfter > 0 {
		p.w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	switch {
	case e.Error != "":
		a, _ := answerNamed(e.Error)
		a.write(p.w, p.r)
	case e.Status != nil:
		e.Status.write(p.service, p.w, p.r)
	case e.HTML:
		writePage(p.w, http.StatusOK)
	default:
		setDefault(p.w.Header(), "Content-Type", "application/json;charset=UTF-8")
		send(p.w, http.StatusOK, "")
	}
}

// unlimited takes away the server's deadlines: a fault may take longer, and afterwards the rest of a long body is still
// to be read and the answer to be written.
func (p *play) unlimited() {
	// Only a body that was read to its end lets the server see that the client goes.
	peekBody(p.r)
	control := http.NewResponseController(p.w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
}

// wait lets time pass. It ends the request if the client goes, and ends early if the fault is lifted.
func (p *play) wait(a *active, d time.Duration) {
	p.unlimited()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-a.lifted:
	case <-p.r.Context().Done():
		p.tell()
		panic(http.ErrAbortHandler)
	}
}

// breakOff ends the request without an answer: at once and by a reset, or when somebody has had enough.
func (p *play) breakOff(a *active) {
	if a.fault.Effect.Reset {
		reset(p.w)
		return
	}
	p.unlimited()
	select {
	case <-a.lifted:
	case <-p.r.Context().Done():
	}
	panic(http.ErrAbortHandler)
}

// reset takes over the connection and closes it so that the client gets a TCP reset. Where there is no connection that
// can be taken over, the request is broken off.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	// Below TLS, which would say goodbye first.
	for {
		inner, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = inner.NetConn()
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// change lets the handler answer and changes what it says.
func (p *play) change(e Effect) {
	switch {
	case e.Token != "" || e.AuthorizeError != "":
		shape := ims.Shape{
			Expired: e.Token == ExpiredOnArrival, WrongUnit: e.Token == WrongUnit, ExpiresInText: e.Token == ExpiresInText,
			AuthorizeError: e.AuthorizeError,
		}
		p.next.ServeHTTP(p.w, p.r.WithContext(ims.WithShape(p.r.Context(), shape)))
	case e.Accepted:
		r := p.r.Clone(p.r.Context())
		r.Header.Set("Prefer", "respond-async") // RFC 7240, section 4.1
		p.next.ServeHTTP(p.w, r)
	case e.Garble:
		p.next.ServeHTTP(&garbler{head: head{ResponseWriter: p.w}, left: garbled}, p.r)
	case e.CutBody != nil:
		c := &cutter{head: head{ResponseWriter: p.w}, left: *e.CutBody}
		p.next.ServeHTTP(c, p.r)
		c.end()
	case e.SlowBody > 0:
		p.unlimited()
		p.next.ServeHTTP(&slow{head: head{ResponseWriter: p.w}, ctx: p.r.Context(), rate: e.SlowBody}, p.r)
	case e.ContentType != "":
		p.next.ServeHTTP(&head{ResponseWriter: p.w, contentType: e.ContentType}, p.r)
	default:
		b := &buffer{head: head{ResponseWriter: p.w}, change: memberChange{drop: e.Drop, replace: e.Replace}.apply}
		p.next.ServeHTTP(b, p.r)
		b.end()
	}
}
