package fault

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/emulator/journal"
)

// maxFaults is how many faults a set holds.
const maxFaults = 1000

// controlPath begins the paths of the control API and the console, which no fault concerns.
const controlPath = "/_imsx/"

// Config configures a [Set]. The zero value is good.
type Config struct {
	// Seed is where chance comes from for faults without a seed of their own.
	Seed uint64
	// RouteName tells what the journal calls the route of a request that a fault answers itself, because its handler
	// is not asked then. Nil leaves out the routes of all services but IMS.
	RouteName func(service string, r *http.Request) string
	// Clock is for the time at which a fault was added. Nil means the machine's time.
	Clock *clock.Clock
}

func (c Config) clock() *clock.Clock {
	if c.Clock == nil {
		return new(clock.Clock)
	}
	return c.Clock
}

func (c Config) routeName(service string, r *http.Request) string {
	if service == serviceIMS {
		name, _ := ims.Route(r.URL.Path)
		return name
	}
	if c.RouteName == nil {
		return ""
	}
	return c.RouteName(service, r)
}

// Set is the faults that are on. All methods are safe for concurrent use. A set starts no goroutines.
type Set struct {
	cfg   Config
	clock *clock.Clock

	mu       sync.Mutex // held to change anything below, and the counts in the faults
	seed     uint64
	named    int // how many ids were given
	closed   bool
	active   atomic.Pointer[[]*active]  // in the order of their addition; replaced, never changed
	watchers atomic.Pointer[[]*watcher] // likewise
}

// watcher is told of each request before it is served.
type watcher struct{ arrived func() }

// active is a fault that is on.
type active struct {
	fault  Fault
	match  matcher
	added  time.Time
	lifted chan struct{} // closed when the fault is lifted
	played int           // guarded by Set.mu, as is chance
	chance *rand.Rand
}

// over reports whether the fault has been played as often as it is to be.
func (a *active) over() bool { return a.fault.When.Count > 0 && a.played >= a.fault.When.Count }

// NewSet returns a set without faults.
func NewSet(cfg Config) *Set {
	s := &Set{cfg: cfg, clock: cfg.clock(), seed: cfg.Seed}
	s.active.Store(&[]*active{})
	s.watchers.Store(&[]*watcher{})
	return s
}

// SetSeed replaces the seed for the faults that are added from now on.
func (s *Set) SetSeed(seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed = seed
}

// State is a fault and how it stands.
type State struct {
	Fault
	Played int       `json:"played"` // how many times it was played
	Left   int       `json:"left"`   // how many times it still will be; -1 without a limit
	Added  time.Time `json:"added"`  // by the emulator's clock
}

// Add switches a fault on and returns its id. It fails with an [*Error] that has all problems if the fault is not
// valid, if its id is taken, or if there are a thousand faults already. The set keeps a copy.
func (s *Set) Add(f Fault) (id string, err error) {
	problems := f.problems()
	s.mu.Lock()
	defer s.mu.Unlock()
	all := *s.active.Load()
	switch {
	case s.closed:
		problems = append(problems, Problem{Text: "the emulator has ended"})
	case len(all) >= maxFaults:
		problems = append(problems, Problem{Text: fmt.Sprintf("there are %d faults already", maxFaults)})
	case slices.ContainsFunc(all, func(a *active) bool { return a.fault.ID == f.ID }):
		problems = append(problems, Problem{Path: "id", Text: fmt.Sprintf("%q is the id of another fault", f.ID)})
	}
	if len(problems) > 0 {
		return "", &Error{Problems: problems}
	}
	f = f.clone()
	for f.ID == "" {
		s.named++
		if id := "fault-" + strconv.Itoa(s.named); !slices.ContainsFunc(all, func(a *active) bool { return a.fault.ID == id }) {
			f.ID = id
		}
	}
	f.Name = f.label()
	a := &active{
		fault: f, match: f.matcher(), added: s.clock.Now(), lifted: make(chan struct{}), chance: rand.New(s.source(f)),
	}
	next := append(slices.Clone(all), a)
	s.active.Store(&next)
	return f.ID, nil
}

// source is where a fault's chance comes from: its own seed, or the set's and its id. The set is locked.
func (s *Set) source(f Fault) rand.Source {
	if f.When.Seed != 0 {
		return rand.NewPCG(f.When.Seed, 0)
	}
	h := fnv.New64a()
	_ = binary.Write(h, binary.BigEndian, s.seed)
	_, _ = h.Write([]byte(f.ID))
	return rand.NewPCG(s.seed, h.Sum64())
}

// Lift switches off the fault with an id, and ends requests that it holds. It reports whether the fault was there.
func (s *Set) Lift(id string) bool {
	return s.lift(func(a *active) bool { return a.fault.ID == id }) > 0
}

// Clear lifts all faults.
func (s *Set) Clear() { s.lift(func(*active) bool { return true }) }

func (s *Set) lift(which func(*active) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := *s.active.Load()
	next := make([]*active, 0, len(old))
	for _, a := range old {
		if which(a) {
			close(a.lifted)
			continue
		}
		next = append(next, a)
	}
	s.active.Store(&next)
	return len(old) - len(next)
}

// List returns the faults in the order in which they were added, also those that are over, until they are lifted. They
// are copies.
func (s *Set) List() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []State{}
	for _, a := range *s.active.Load() {
		left := -1
		if a.fault.When.Count > 0 {
			left = a.fault.When.Count - a.played
		}
		all = append(all, State{Fault: a.fault.clone(), Played: a.played, Left: left, Added: a.added})
	}
	return all
}

// Close lifts all faults for good, so that no request is held any longer: call it before the server is shut down.
func (s *Set) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Clear()
}

// watch has arrived called before each request is served, until the returned function is called.
func (s *Set) watch(arrived func()) (stop func()) {
	w := &watcher{arrived}
	s.editWatchers(func(all []*watcher) []*watcher { return append(all, w) })
	return func() {
		s.editWatchers(func(all []*watcher) []*watcher {
			return slices.DeleteFunc(all, func(x *watcher) bool { return x == w })
		})
	}
}

func (s *Set) editWatchers(edit func([]*watcher) []*watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := edit(slices.Clone(*s.watchers.Load()))
	s.watchers.Store(&next)
}

// Middleware returns what plays the faults of a service in front of its handler. It belongs inside the middleware of
// the journal, which is told which faults were played. Of the faults that concern a request the one that was added
// first is played, but for latencies, which are played besides.
func (s *Set) Middleware(service string) journal.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, controlPath) {
				next.ServeHTTP(w, r)
				return
			}
			for _, watcher := range *s.watchers.Load() {
				watcher.arrived()
			}
			chosen := s.choose(service, r)
			if len(chosen) == 0 {
				next.ServeHTTP(w, r)
				return
			}
			p := &play{set: s, service: service, w: w, r: r, next: next, record: journal.From(r.Context())}
			p.run(chosen)
		})
	}
}

// choose returns the faults to play on a request and counts them: any number of latencies, then at most one other.
func (s *Set) choose(service string, r *http.Request) []*active {
	var candidates []*active
	named, client := false, ""
	for _, a := range *s.active.Load() {
		if !a.match.matches(service, r) {
			continue
		}
		if a.match.client != "" {
			if !named {
				named, client = true, clientOf(service, r)
			}
			if a.match.client != client {
				continue
			}
		}
		candidates = append(candidates, a)
	}
	if len(candidates) == 0 {
		return nil
	}
	return s.draw(candidates)
}

// draw decides which of the faults that fit a request are played.
func (s *Set) draw(candidates []*active) []*active {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chosen []*active
	var last *active
	for _, a := range candidates {
		latency := a.fault.Effect.Latency != nil
		if a.over() || a.isLifted() || last != nil && !latency {
			continue
		}
		if p := a.fault.When.Probability; p > 0 && a.chance.Float64() >= p {
			continue
		}
		a.played++
		if latency {
			chosen = append(chosen, a)
		} else {
			last = a
		}
	}
	if last != nil {
		chosen = append(chosen, last)
	}
	return chosen
}

func (a *active) isLifted() bool {
	select {
	case <-a.lifted:
		return true
	default:
		return false
	}
}

// between returns a time in a fault's latency.
func (s *Set) between(a *active) time.Duration {
	l := a.fault.Effect.Latency
	if l.Max <= l.Min {
		return l.Min
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	span := min(l.Max-l.Min, math.MaxInt64-1)
	return l.Min + time.Duration(a.chance.Int64N(int64(span)+1))
}
