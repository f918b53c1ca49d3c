package fault

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

// Scenario is a situation for the emulator: who exists, what fails, and what happens when. Make it by [ParseScenario].
type Scenario struct {
	// Seed is for everything that is left to chance; nil if the file has none. The keys and ids of an emulator can
	// only follow it if they are made after it was read.
	Seed *uint64
	// TokenLifetime is how long access tokens live; 0 if the file does not say. It is among the changes, too.
	TokenLifetime time.Duration
	// Changes are made at once, in their order.
	Changes []Change
	// Faults are on from the start.
	Faults []Fault
	// Steps happen later.
	Steps []Step

	lines []int // where the changes stand; nil if they come from no file
}

// Step is what happens at a later moment: after a time, or before a request.
type Step struct {
	// After is the time since the scenario was applied. It is real time: moving the emulator's clock has no effect.
	After time.Duration
	// AfterRequests is a number of requests since the scenario was applied, at all services together: the step is done
	// before the next one is served. It is 0 in a step that has a time.
	AfterRequests int
	// Lift are ids of faults to switch off, before others are switched on.
	Lift []string
	// Faults are switched on.
	Faults []Fault
	// Actions are done after that, in their order.
	Actions []Change

	lines []int // where the actions stand; nil if they come from no file
}

// maxSteps is how many steps a scenario has at most.
const maxSteps = 1000

// ParseScenario reads a scenario file in YAML, of at most 1 MiB. Its form is described in docs/faults.md. The error is
// an [*Error] with all problems, each with its line. An empty file is an empty scenario.
func ParseScenario(data []byte) (*Scenario, error) {
	d := &decoder{}
	s := &Scenario{}
	if root := d.root(data); root != nil && root.Tag != "!!null" {
		d.scenario(place{node: root}, s)
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// changes are the groups of the head, in the order in which they are applied: each one may need those before it.
const (
	groupSettings = iota
	groupOrganizations
	groupAccounts
	groupClients
	groupEnvironments
	groupSecrets
	groupGroups
	groupAllowed
	groupThrottle
	groups
)

func (d *decoder) scenario(p place, s *Scenario) {
	var head [groups][]placed
	add := func(group int, each func(place) Change) func(place) {
		return func(p place) { head[group] = append(head[group], d.changes(p, each)...) }
	}
	d.object(p,
		field{"seed", func(p place) { s.Seed = new(d.seed(p)) }},
		field{"token_ttl", func(p place) {
			s.TokenLifetime = d.tokenLifetime(p)
			head[groupSettings] = append(head[groupSettings], placed{SetTokenLifetime{s.TokenLifetime}, p.node.Line})
		}},
		field{"clock", func(p place) {
			head[groupSettings] = append(head[groupSettings], placed{SetClock{d.duration(p)}, p.node.Line})
		}},
		field{"throttle", add(groupThrottle, d.throttle)},
		field{"organizations", add(groupOrganizations, d.organization)},
		field{"accounts", add(groupAccounts, d.account)},
		field{"clients", add(groupClients, d.client)},
		field{"secrets", add(groupSecrets, d.addSecret)},
		field{"environments", add(groupEnvironments, d.environment)},
		field{"groups", add(groupGroups, d.addToGroup)},
		field{"allow_list", add(groupAllowed, d.allowClient)},
		field{"faults", func(p place) { s.Faults = d.faults(p) }},
		field{"steps", func(p place) { s.Steps = d.steps(p) }},
	)
	s.Changes, s.lines = apart(slices.Concat(head[:]...))
	d.checkIDs()
}

// checkIDs refuses faults with the same id and lifting of faults that are never there.
func (d *decoder) checkIDs() {
	fail := func(m mention, format string) {
		d.problems = append(d.problems, Problem{Line: d.lineOf(m.path), Path: m.path, Text: fmt.Sprintf(format, short(m.id))})
	}
	ids := map[string]bool{}
	for _, m := range d.named {
		if ids[m.id] {
			fail(m, "two faults have the id %q")
		}
		ids[m.id] = true
	}
	for _, m := range d.lifted {
		if !ids[m.id] {
			fail(m, "no fault has the id %q, which is to be lifted")
		}
	}
}

func (d *decoder) changes(p place, each func(place) Change) []placed {
	var all []placed
	d.list(p, func(p place) { all = append(all, placed{each(p), p.node.Line}) })
	return all
}

// placed is a change and the line where it stands.
type placed struct {
	change Change
	line   int
}

// apart returns the changes and their lines.
func apart(all []placed) (changes []Change, lines []int) {
	for _, p := range all {
		changes, lines = append(changes, p.change), append(lines, p.line)
	}
	return changes, lines
}

func (d *decoder) faults(p place) []Fault {
	var all []Fault
	if len(p.node.Content) > maxFaults {
		d.fail(p, "must not be more than %d", maxFaults)
		return nil
	}
	d.list(p, func(p place) { all = append(all, d.fault(p)) })
	return all
}

func (d *decoder) steps(p place) []Step {
	var all []Step
	if len(p.node.Content) > maxSteps {
		d.fail(p, "must not be more than %d", maxSteps)
		return nil
	}
	d.list(p, func(p place) { all = append(all, d.step(p)) })
	return all
}

func (d *decoder) step(p place) Step {
	var s Step
	timed, counted := false, false
	ok := d.object(p,
		field{"after", func(p place) { s.After, timed = d.positive(p), true }},
		field{"after_requests", func(p place) { s.AfterRequests, counted = d.small(p), true }},
		field{"lift", func(p place) { s.Lift = d.lifts(p) }},
		field{"faults", func(p place) { s.Faults = d.faults(p) }},
		field{"actions", func(p place) { s.Actions, s.lines = apart(d.changes(p, d.action)) }},
	)
	switch {
	case !ok:
	case timed == counted:
		d.fail(p, "must have either after or after_requests")
	case counted && s.AfterRequests == 0:
		d.fail(p, "after_requests must be at least 1")
	}
	if ok && len(s.Lift)+len(s.Faults)+len(s.Actions) == 0 {
		d.fail(p, "does nothing: give it lift, faults or actions")
	}
	return s
}

// lifts reads the ids of faults to lift.
func (d *decoder) lifts(p place) []string {
	var all []string
	d.list(p, func(p place) {
		if id, ok := d.scalar(p); ok {
			all = append(all, id)
			d.lifted = append(d.lifted, mention{p.path, id})
		}
	})
	return all
}

func (d *decoder) tokenLifetime(p place) time.Duration {
	before := len(d.problems)
	v := d.positive(p)
	if len(d.problems) > before {
		return 0
	}
	if v < time.Second || v > 366*24*time.Hour {
		d.fail(p, "must be one second to 366 days")
	}
	return v
}

// id reads an identifier that must be there.
func (d *decoder) id(p place) string {
	s := d.text(p)
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) || len(s) > 256 {
		d.fail(p, "must be a plain text of 1 to 256 characters without spaces")
		return ""
	}
	return s
}

// required complains about members that are missing.
func (d *decoder) required(p place, members map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !members[name] {
			d.fail(p, "lacks %q", name)
		}
	}
}

// secret reads a text that is never repeated in a problem.
func (d *decoder) secret(p place) secret.Text {
	s, ok := d.scalar(p)
	if ok && (s == "" || len(s) > 256 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })) {
		d.fail(p, "must be a plain text of 1 to 256 characters without spaces")
		return secret.Text{}
	}
	return secret.New(s)
}

// certificate reads a certificate in PEM, with an RSA key as the exchange needs it.
func (d *decoder) certificate(p place) string {
	s, ok := d.scalar(p)
	if !ok {
		return ""
	}
	block, _ := pem.Decode([]byte(s))
	if block == nil || block.Type != "CERTIFICATE" {
		d.fail(p, "must be a certificate in PEM")
		return ""
	}
	if cert, err := x509.ParseCertificate(block.Bytes); err != nil || cert.PublicKeyAlgorithm != x509.RSA {
		d.fail(p, "must be a certificate with an RSA key")
		return ""
	}
	return s
}
