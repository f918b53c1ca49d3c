package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/imsx/imsx/emulator/fault"
)

// worldRoutes are the operations about what goes wrong and what time it is.
var worldRoutes = []route{
	{method: "GET", path: "faults", serve: (*call).faults},
	{method: "POST", path: "faults", status: http.StatusCreated, serve: (*call).addFault},
	{method: "DELETE", path: "faults", status: http.StatusNoContent, serve: (*call).clearFaults},
	{method: "DELETE", path: "faults/{id}", status: http.StatusNoContent, serve: (*call).liftFault},
	{method: "GET", path: "fault-kinds", serve: (*call).faultKinds},
	{method: "GET", path: "clock", serve: (*call).clock},
	{method: "PUT", path: "clock", serve: (*call).setClock},
	{method: "POST", path: "clock/move", serve: (*call).moveClock},
}

func (c *call) health() (any, *problem) {
	return struct {
		Status string `json:"status"`
	}{"ok"}, nil
}

type statusAnswer struct {
	Addresses
	Clock     clockAnswer               `json:"clock"`
	Started   time.Time                 `json:"started"`
	Issued    int64                     `json:"tokens_issued"`
	Unknown   int64                     `json:"unknown_client_requests"`
	Clients   map[string]clientCounters `json:"clients"`
	Faults    int                       `json:"faults"`
	LastEntry int64                     `json:"journal_last"`
}

type clientCounters struct {
	Exchanges         int64 `json:"exchanges"`
	ClientCredentials int64 `json:"client_credentials"`
	AuthorizationCode int64 `json:"authorization_code"`
	Refresh           int64 `json:"refresh"`
	TokenExchange     int64 `json:"token_exchange"`
	Refused           int64 `json:"refused"`
	Throttled         int64 `json:"throttled"`
}

func (c *call) status() (any, *problem) {
	counters := c.cfg.IMS.Counters()
	answer := statusAnswer{
		Addresses: c.addresses(c.r), Clock: c.clockNow(), Started: c.started.UTC(), Issued: counters.Issued,
		Unknown: counters.Refused, Clients: make(map[string]clientCounters, len(counters.Clients)),
		Faults: c.liveFaults(), LastEntry: c.cfg.Journal.Last(),
	}
	for id, n := range counters.Clients {
		answer.Clients[id] = clientCounters(n)
	}
	return answer, nil
}

// addresses are the configured ones, or the origin of a request.
func (s *Server) addresses(r *http.Request) Addresses {
	if s.cfg.Addresses == nil {
		return Addresses{IMS: scheme(r) + "://" + r.Host}
	}
	return s.cfg.Addresses()
}

// liveFaults is how many faults may still be played.
func (s *Server) liveFaults() int {
	n := 0
	for _, f := range s.cfg.Faults.List() {
		if f.Left != 0 {
			n++
		}
	}
	return n
}

func (c *call) reset() (any, *problem) { return nil, c.resetAll() }

// resetAll brings everything back to how the emulator was started.
func (s *Server) resetAll() *problem {
	s.cfg.Faults.Clear()
	s.cfg.Clock.Set(0)
	s.cfg.Journal.Clear()
	s.keys.clear()
	if s.cfg.Reset == nil {
		return nil
	}
	if err := s.cfg.Reset(); err != nil {
		s.logger.Warn("the reset did not succeed", "cause", err)
		return &problem{http.StatusInternalServerError, "internal_error", "the reset did not succeed: " + err.Error(), ""}
	}
	return nil
}

func (c *call) faults() (any, *problem) {
	return map[string]any{"faults": nonNil(c.cfg.Faults.List())}, nil
}

// addFault takes the fault in the form that scenario files have, too, so that package fault reads it.
func (c *call) addFault() (any, *problem) {
	body, p := c.body()
	if p != nil {
		return nil, p
	}
	f, err := fault.Parse(body)
	if err != nil {
		return nil, faultProblem(err)
	}
	id, err := c.cfg.Faults.Add(f)
	if err != nil {
		return nil, faultProblem(err)
	}
	return c.faultState(id)
}

// body reads a JSON body whose members another package checks.
func (c *call) body() (json.RawMessage, *problem) {
	var raw json.RawMessage
	if p := readJSON(c.w, c.r, &raw); p != nil {
		return nil, p
	}
	return raw, nil
}

func faultProblem(err error) *problem {
	return badRequest("GET "+Prefix+"fault-kinds lists the names of errors and routes", "%s", err)
}

func (c *call) faultState(id string) (any, *problem) {
	for _, f := range c.cfg.Faults.List() {
		if f.ID == id {
			return f, nil
		}
	}
	return nil, notFound("fault", id, "faults")
}

func (c *call) clearFaults() (any, *problem) {
	c.cfg.Faults.Clear()
	return nil, nil
}

func (c *call) liftFault() (any, *problem) {
	if id := c.r.PathValue("id"); !c.cfg.Faults.Lift(id) {
		return nil, notFound("fault", id, "faults")
	}
	return nil, nil
}

func (c *call) faultKinds() (any, *problem) {
	return map[string]any{"errors": nonNil(fault.Answers()), "routes": nonNil(fault.Routes())}, nil
}

// clockAnswer is how the clock stands.
type clockAnswer struct {
	Now        time.Time `json:"now"`
	Difference string    `json:"difference"` // ahead of the machine's clock, such as "23h0m0s"
	Seconds    float64   `json:"difference_seconds"`
}

func (s *Server) clockNow() clockAnswer {
	d := s.cfg.Clock.Difference()
	return clockAnswer{Now: s.cfg.Clock.Now().UTC(), Difference: d.String(), Seconds: d.Seconds()}
}

func (c *call) clock() (any, *problem) { return c.clockNow(), nil }

// maxDifference is how far the clock may be moved: farther than any certificate or token lives.
const maxDifference = 100 * 366 * 24 * time.Hour

func (c *call) setClock() (any, *problem) {
	var in struct {
		Difference *string    `json:"difference"`
		Now        *time.Time `json:"now"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	var d time.Duration
	switch {
	case (in.Difference == nil) == (in.Now == nil):
		return nil, badRequest(`"difference" is like "23h", "now" like "2026-01-31T12:00:00Z"`, `give either "difference" or "now"`)
	case in.Now != nil:
		d = time.Until(*in.Now)
	default:
		var p *problem
		if d, p = duration("difference", *in.Difference); p != nil {
			return nil, p
		}
	}
	if d.Abs() > maxDifference {
		return nil, badRequest("", "the clock can be moved by a hundred years at most")
	}
	c.cfg.Clock.Set(d)
	return c.clockNow(), nil
}

func (c *call) moveClock() (any, *problem) {
	var in struct {
		By string `json:"by"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	d, p := duration("by", in.By)
	if p != nil {
		return nil, p
	}
	if p := c.move(d); p != nil {
		return nil, p
	}
	return c.clockNow(), nil
}

// move moves the clock, within its bounds.
func (s *Server) move(d time.Duration) *problem {
	if d.Abs() > maxDifference || (s.cfg.Clock.Difference()+d).Abs() > maxDifference {
		return badRequest("", "the clock can be moved by a hundred years at most")
	}
	s.cfg.Clock.Move(d)
	return nil
}

func duration(member, text string) (time.Duration, *problem) {
	d, err := parseDuration(text)
	if err != nil {
		return 0, badRequest(`durations are like "23h", "-1h30m" or "2 days"`, "member %q: %q is not a duration", member, text)
	}
	return d, nil
}

// parseDuration reads durations as scenarios have them, and as this API answers with them.
func parseDuration(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	return fault.ParseDuration(text)
}

// nonNil makes an empty list appear as [] in JSON.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
