package journal

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// The bounds of what is remembered of a request, in bytes.
const (
	maxText   = 256     // of one text
	maxDetail = 512     // of the detail of a check
	maxGroup  = 4 << 10 // of all fields, and of all checks
)

// Record gathers the entry of one request while it is handled. All methods may be called on nil, which does nothing, and
// from several goroutines. What is told after the request has ended is ignored.
type Record struct {
	mu         sync.Mutex
	ended      bool
	entry      Entry
	fieldBytes int
	checkBytes int
	fields     [8]Field // room for the usual number
	checks     [16]Check
}

type recordKey struct{}

// From returns the record of the request that ctx belongs to, nil if there is none.
func From(ctx context.Context) *Record {
	r, _ := ctx.Value(recordKey{}).(*Record)
	return r
}

// lock locks the record for a change and reports whether there is still something to change.
func (r *Record) lock() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return false
	}
	return true
}

func (r *Record) setText(text *string, value string) {
	value = clean(value, maxText)
	if r.lock() {
		*text = value
		r.mu.Unlock()
	}
}

// Route tells what kind of request it is, such as "exchange" or "GET /api/assets": few different texts.
func (r *Record) Route(route string) {
	if r != nil {
		r.setText(&r.entry.Route, route)
	}
}

// Client tells which client asks.
func (r *Record) Client(id string) {
	if r != nil {
		r.setText(&r.entry.ClientID, id)
	}
}

// Account tells as whom the request acts.
func (r *Record) Account(id string) {
	if r != nil {
		r.setText(&r.entry.Account, id)
	}
}

// Code tells the error code of the answer.
func (r *Record) Code(code string) {
	if r != nil {
		r.setText(&r.entry.Code, code)
	}
}

// Fault tells which fault was played. Several are joined by a comma.
func (r *Record) Fault(name string) {
	name = clean(name, maxText)
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	if r.entry.Fault != "" {
		name = cut(r.entry.Fault+", "+name, maxText)
	}
	r.entry.Fault = name
}

// DebugID tells the answer's X-Debug-Id. Without it, the header of the answer is taken.
func (r *Record) DebugID(id string) {
	if r != nil {
		r.setText(&r.entry.DebugID, id)
	}
}

// defaultDebugID is for answers whose handler told none.
func (r *Record) defaultDebugID(id string) {
	if r.lock() {
		defer r.mu.Unlock()
		if r.entry.DebugID == "" {
			r.entry.DebugID = clean(id, maxText)
		}
	}
}

// Field tells a part of the request; a secret only as its fingerprint. The name is one of few.
func (r *Record) Field(name, value string) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	if !r.room(&r.fieldBytes, min(len(name), maxText)+min(len(value), maxText)) {
		return
	}
	if r.entry.Fields == nil {
		r.entry.Fields = r.fields[:0]
	}
	r.entry.Fields = append(r.entry.Fields, Field{clean(name, maxText), clean(value, maxText)})
}

// Pass tells that a check was passed. The name of the check is one of few.
func (r *Record) Pass(check, detail string) { r.check(check, true, detail) }

// Fail tells that a check failed, which is usually the last one. The name of the check is one of few.
func (r *Record) Fail(check, detail string) { r.check(check, false, detail) }

func (r *Record) check(name string, passed bool, detail string) {
	if !r.lock() {
		return
	}
	defer r.mu.Unlock()
	if !r.room(&r.checkBytes, min(len(name), maxText)+min(len(detail), maxDetail)) {
		return
	}
	if r.entry.Checks == nil {
		r.entry.Checks = r.checks[:0]
	}
	r.entry.Checks = append(r.entry.Checks, Check{clean(name, maxText), passed, clean(detail, maxDetail)})
}

// room takes n bytes, and some for the slice, off the bound of a group. What does not fit is not even looked at. The
// record is locked.
func (r *Record) room(used *int, n int) bool {
	const overhead = 40
	if *used = min(*used, maxGroup) + n + overhead; *used > maxGroup {
		r.entry.Shortened = true
		return false
	}
	return true
}

// end closes the record and returns what was told.
func (r *Record) end() Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	e := r.entry
	// Exactly as large as needed: the entry stays for long.
	e.Fields, e.Checks = slices.Clip(slices.Clone(e.Fields)), slices.Clip(slices.Clone(e.Checks))
	e.pack()
	return e
}

// pack copies the texts that may come from the request into one. As they are, they may be parts of larger ones, such as
// the request's line or body, and would keep these alive. The names of fields and checks are the handlers' own.
func (e *Entry) pack() {
	size := 0
	e.eachText(func(s *string) { size += len(*s) })
	var b strings.Builder
	b.Grow(size)
	e.eachText(func(s *string) {
		at := b.Len()
		b.WriteString(*s)
		*s = b.String()[at:]
	})
}

func (e *Entry) eachText(do func(*string)) {
	do(&e.Method)
	do(&e.Path)
	do(&e.Route)
	do(&e.ClientID)
	do(&e.Account)
	do(&e.Code)
	do(&e.Fault)
	do(&e.DebugID)
	for i := range e.Fields {
		do(&e.Fields[i].Value)
	}
	for i := range e.Checks {
		if d := &e.Checks[i].Detail; *d != "" {
			do(d)
		}
	}
}
