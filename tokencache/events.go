package tokencache

import (
	"time"

	"github.com/imsx/imsx/token"
)

// Event tells the owner of a [Source] what happened inside it. It carries no secret.
type Event struct {
	Kind EventKind
	// Err is the reason, for the kinds that have one.
	Err error
	// Attempt counts the attempts of one refresh, from 1; set for EventAttemptFailed.
	Attempt int
	// Wait is how long the source waits before it tries again; set for EventAttemptFailed, 0 when it gives up.
	Wait time.Duration
	// Origin and Expiry describe the new token of EventRefreshed.
	Origin token.Origin
	Expiry time.Time
}

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	// EventRefreshed: the source has a new token, from IMS or from the store.
	EventRefreshed EventKind = "refreshed"
	// EventAttemptFailed: one attempt to get a token failed.
	EventAttemptFailed EventKind = "attempt_failed"
	// EventStoreFailed: the store does not work; the source goes on alone. Sent once until it works again.
	EventStoreFailed EventKind = "store_failed"
	// EventStoreRecovered: the store works again.
	EventStoreRecovered EventKind = "store_recovered"
	// EventEntryUnreadable: the stored entry does not open and is replaced.
	EventEntryUnreadable EventKind = "entry_unreadable"
)

// Status describes a [Source] at one moment.
type Status struct {
	// Expiry is the expiry of the token that the source holds; zero if it holds none.
	Expiry time.Time
	// RefreshAt is when the advisory window of that token begins.
	RefreshAt time.Time
	// Refreshing reports whether a refresh is under way.
	Refreshing bool
	// Fetches counts the attempts made at IMS, Refreshes the new tokens that came of them.
	Fetches, Refreshes uint64
	// LastError is why the last refresh failed; nil after one that succeeded.
	LastError error
}
