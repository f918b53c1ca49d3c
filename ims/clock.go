package ims

import (
	"net/http"
	"time"
)

// clockTolerance is the difference of clocks up to which IMS takes an assertion as it is.
const clockTolerance = 30 * time.Second

// dateSlack is what the header Date may be off because it counts whole seconds and may come from another machine of the
// same service.
const dateSlack = 2 * time.Second

// reading is the local clock before and after a request, and the server's in between.
type reading struct {
	sent, received time.Time
	known          bool // the answer has a header Date
	difference     time.Duration
}

// newReading compares the header Date with the local clock. The difference is 0 if the two may agree: Date counts whole
// seconds and was written at some instant of the request.
func newReading(header http.Header, sent, received time.Time) reading {
	r := reading{sent: sent.Round(0), received: received.Round(0)}
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return r
	}
	r.known = true
	if date.Before(r.sent.Add(-dateSlack)) || date.After(r.received.Add(dateSlack)) {
		middle := r.sent.Add(r.received.Sub(r.sent) / 2)
		r.difference = date.Add(time.Second / 2).Sub(middle).Round(time.Millisecond)
	}
	return r
}

// serverTime returns the server's time when the answer came.
func (r reading) serverTime() time.Time { return r.received.Add(r.difference) }

// refine looks for a wrong clock behind a refused assertion. The assertion's own times decide: a clock that is wrong but
// not to blame does not change the cause.
func (r reading) refine(cause Cause, d DecodedAssertion) Cause {
	expiredThere := !d.Expiry.IsZero() && d.Expiry.Before(r.serverTime())
	expiredHere := !d.Expiry.IsZero() && d.Expiry.Before(r.sent)
	tooLate := d.Expiry.After(r.serverTime().Add(maxLifetime)) || d.IssuedAt.After(r.serverTime().Add(clockTolerance))
	switch {
	case r.difference > clockTolerance && cause == CauseAssertionExpired && expiredThere && !expiredHere:
		return CauseClockBehind
	case r.difference < -clockTolerance && tooLate && (cause == CauseAssertionExpired || cause == CauseMalformedAssertion):
		return CauseClockAhead
	}
	return cause
}
