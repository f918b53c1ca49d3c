package emulatortest

import (
	"testing"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
)

// Play switches a fault on until the test ends or lift is called. The test fails at once if the fault is not valid.
func (e *Emulator) Play(t testing.TB, f fault.Fault) (lift func()) {
	t.Helper()
	id, err := e.Faults().Add(f)
	if err != nil {
		t.Fatal(err)
	}
	lift = func() { e.Faults().Lift(id) }
	t.Cleanup(lift)
	return lift
}

// WantRequests fails the test, which goes on, unless the emulator has got exactly want requests that the filter chooses.
// It lists those that it got.
func (e *Emulator) WantRequests(t testing.TB, want int, f journal.Filter) {
	t.Helper()
	got := e.Journal().Count(f)
	if got == want {
		return
	}
	t.Errorf("the emulator got %d requests of %+v, want %d", got, f, want)
	f.Limit = 20
	for _, entry := range e.Journal().Query(f) {
		t.Logf("%d: %s %s by %q: %d %s", entry.ID, entry.Method, entry.Path, entry.ClientID, entry.Status, entry.Code)
	}
}
