package fault_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/secret"
)

// secretsEqual compares secrets by content.
var secretsEqual = cmp.Comparer(secret.Text.Equal)

func parse(t testing.TB, text string) *fault.Scenario {
	t.Helper()
	s, err := fault.ParseScenario([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseScenario(t *testing.T) {
	t.Parallel()
	got := parse(t, `
seed: 42
throttle: {rate: 30 per minute, burst: 5}
groups: {account: acc, group: forms-users}
token_ttl: 10 minutes
clock: -1 day
allow_list: [my-client, {client_id: other, environment: p1-e2, tier: author}]
organizations: [{id: org, name: "An Org"}]
accounts: {id: acc, organization: org, email: a@b, name: A}
clients:
  - {id: my-client, name: "My Client", secrets: [p8e-x, p8e-y], scopes: [openid], metascopes: ent_x, grants: [client_credentials, exchange_jwt], jti_required: true, migrated: false}
secrets: {client_id: other}
environments: [p1-e2, {id: p3-e4}]
faults:
  - {id: one, effect: {hang: true}}
steps:
  - after: 1 minute
    lift: one
  - after_requests: 5
    faults: {effect: {reset: true}}
    actions:
      - move_clock: +23h
      - set_clock: 0
      - revoke_certificate: {client_id: c, fingerprint: "AB:CD:EF:01"}
      - expire_certificate: c
      - rotate_key: true
      - rotate_key: {forget: true}
      - throttle: {client_id: c, rate: 2/s}
      - add_secret: {client_id: c, secret: p8e-z}
      - remove_secret: {client_id: c, which: oldest}
      - add_to_group: {account: acc, group: g, environment: p1-e2}
      - remove_from_group: {account: acc, group: g}
      - allow_client: c
      - disallow_client: {client_id: c, tier: publish}
`)
	want := &fault.Scenario{
		Seed: new(uint64(42)), TokenLifetime: 10 * time.Minute,
		Changes: []fault.Change{
			fault.SetTokenLifetime{Lifetime: 10 * time.Minute}, fault.SetClock{Offset: -24 * time.Hour},
			fault.AddOrganization{ID: "org", Name: "An Org"},
			fault.AddAccount{ID: "acc", Organization: "org", Email: "a@b", Name: "A"},
			fault.AddClient{
				ID: "my-client", Name: "My Client", Secrets: []secret.Text{secret.New("p8e-x"), secret.New("p8e-y")}, Scopes: []string{"openid"},
				Metascopes: []string{"ent_x"}, ExchangeJWT: true, ClientCredentials: true, JTIRequired: true,
			},
			fault.AddEnvironment{ID: "p1-e2"}, fault.AddEnvironment{ID: "p3-e4"},
			fault.AddSecret{ClientID: "other"},
			fault.AddToGroup{Account: "acc", Group: "forms-users"},
			fault.AllowClient{ClientID: "my-client"}, fault.AllowClient{ClientID: "other", Environment: "p1-e2", Tier: "author"},
			fault.Throttle{Rate: 0.5, Burst: 5},
		},
		Faults: []fault.Fault{{ID: "one", Effect: fault.Effect{Hang: true}}},
		Steps: []fault.Step{
			{After: time.Minute, Lift: []string{"one"}},
			{
				AfterRequests: 5, Faults: []fault.Fault{{Effect: fault.Effect{Reset: true}}},
				Actions: []fault.Change{
					fault.MoveClock{By: 23 * time.Hour}, fault.SetClock{},
					fault.RevokeCertificate{ClientID: "c", Fingerprint: "abcdef01"}, fault.ExpireCertificate{ClientID: "c"},
					fault.RotateKey{}, fault.RotateKey{Forget: true}, fault.Throttle{ClientID: "c", Rate: 2},
					fault.AddSecret{ClientID: "c", Secret: secret.New("p8e-z")},
					fault.RemoveSecret{ClientID: "c", Which: "oldest"},
					fault.AddToGroup{Account: "acc", Group: "g", Environment: "p1-e2"},
					fault.RemoveFromGroup{Account: "acc", Group: "g"}, fault.AllowClient{ClientID: "c"},
					fault.DisallowClient{ClientID: "c", Tier: "publish"},
				},
			},
		},
	}
	if diff := cmp.Diff(want, got, secretsEqual, cmpopts.IgnoreUnexported(fault.Scenario{}, fault.Step{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyScenarios(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n# only a comment\n", "{}", "---\n", "null"} {
		if s, err := fault.ParseScenario([]byte(text)); err != nil || len(s.Changes)+len(s.Faults)+len(s.Steps) != 0 {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestParseScenarioRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"all at once, in order", "token_ttl: 5\nfalts: []\nclients:\n  - {name: x}\n  - id: a b\nsteps:\n  - {after: 1s}\n", []string{
			"line 1: token_ttl: has no unit", "line 2: unknown member \"falts\"; did you mean \"faults\"?",
			"line 4: clients[0]: lacks \"id\"", "line 5: clients[1].id: must be a plain text", "line 7: steps[0]: does nothing",
		}},
		{"a fault's meaning", "faults:\n  - effect: {hang: true}\n  - match: {service: imms}\n    effect: {error: nope}\n",
			[]string{"line 3: faults[1].match.service: \"imms\" is not", "line 4: faults[1].effect.error: unknown error"}},
		{"no environments", "environments: [p1, e1-p2, p-e2, p1-e, p1x-e2, p1-e2x, p1234567890123-e2]", []string{
			`environments[0]: must be like "p1-e2", not "p1"`, `environments[1]: must be like`, `environments[2]: must be like`,
			`environments[3]: must be like`, `environments[4]: must be like`, `environments[5]: must be like`, `environments[6]: must be like`,
		}},
		{"neither moment", "steps: [{lift: [x]}]", []string{"must have either after or after_requests", "no fault has the id \"x\""}},
		{"both moments", "steps:\n- {after: 1s, after_requests: 1, actions: {move_clock: 1h}}", []string{"must have either"}},
		{"no requests", "steps:\n- {after_requests: 0, actions: {move_clock: 1h}}", []string{"must be at least 1"}},
		{"two actions in one", "steps:\n- {after: 1s, actions: [{move_clock: 1h, set_clock: 0}]}", []string{"must be one action, not 2"}},
		{"no action", "steps:\n- {after: 1s, actions: [{}]}", []string{"must be one action, not 0"}},
		{"an unknown action", "steps:\n- after: 1s\n  actions:\n  - mov_clock: 1h", []string{`line 4: steps[0].actions[0]: unknown member "mov_clock"; did you mean "move_clock"?`}},
		{"the same id", "faults:\n- {id: a, effect: {hang: true}}\n- id: b\n  effect: {hang: true}\n- effect: {hang: true}\n  id: a\nsteps:\n- after: 1s\n  faults: {id: b, effect: {hang: true}}\n",
			[]string{`line 6: faults[2].id: two faults have the id "a"`, `line 9: steps[0].faults.id: two faults have the id "b"`}},
		{"each wrong id to lift", "faults: {id: a, effect: {hang: true}}\nsteps:\n- {after: 1s, lift: [a, b]}\n- after: 2s\n  lift: c\n", []string{
			`line 3: steps[0].lift[1]: no fault has the id "b", which is to be lifted`, `line 5: steps[1].lift: no fault has the id "c"`,
		}},
		{"each member of a fault", "faults:\n- match: {rout: exchange}\n  effect: {error: nope}\n  when: {count: none}\n- match: {service: imms}\n  efect: {hang: true}\n", []string{
			`line 2: faults[0].match: unknown member "rout"`, `line 3: faults[0].effect.error: unknown error "nope"`,
			`line 4: faults[0].when.count: must be a whole number`, `line 5: faults[1].match.service: "imms" is not`,
			`line 6: faults[1]: unknown member "efect"`,
		}},
		{"a tabulator", "\tseed: 1", []string{"line 1: not YAML: "}},
		{"no text", "seed: 1\n# \xff", []string{"line 2: not YAML: not a text in UTF-8"}},
		{"environment", "environments: [p1]", []string{`must be like "p1-e2", not "p1"`}},
		{"tier", "allow_list: [{client_id: a, tier: preview}]", []string{`"author" or "publish"`}},
		{"rate", "throttle: {rate: many}", []string{"must be a rate"}},
		{"throttle on", "throttle: true", []string{"must be false, or an object"}},
		{"certificate", "clients: [{id: a, certificates: [x]}]", []string{"must be a certificate in PEM"}},
		{"certificate of nothing", "clients:\n- id: a\n  certificates: |\n    -----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n",
			[]string{"a certificate with an RSA key"}},
		{"secrets", "clients: [{id: a, secrets: [a, b, c]}]", []string{"must not be more than two"}},
		{"which secret", "steps: [{after: 1s, actions: {remove_secret: {client_id: a}}}]", []string{"must have either secret or which"}},
		{"fingerprint", "steps: [{after: 1s, actions: {revoke_certificate: {client_id: a, fingerprint: abc}}}]", []string{"8 to 64 hexadecimal digits"}},
		{"grant", "clients: [{id: a, grants: [client_credential]}]", []string{`did you mean "client_credentials"?`}},
		{"a member without text", "? [a]\n: b", []string{"the name of a member must be a text"}},
		{"a merge", "<<: {seed: 1}", []string{`unknown member "<<"`}},
		{"too many faults", "faults: [" + strings.Repeat("{effect: {hang: true}},", 1001) + "]", []string{"faults: must not be more than 1000"}},
		{"too many steps", "steps: [" + strings.Repeat("{},", 1001) + "]", []string{"steps: must not be more than 1000"}},
		{"token lifetime", "token_ttl: 10ms", []string{"one second to 366 days"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fault.ParseScenario([]byte(tt.text))
			var problems *fault.Error
			if !errors.As(err, &problems) {
				t.Fatalf("err = %v, want a *fault.Error", err)
			}
			rest := err.Error()
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Errorf("%q is missing or out of order in:\n%v", want, err)
					continue
				}
				rest = after
			}
		})
	}
}

func TestSecretsAreNotInProblems(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"clients: [{id: a, secrets: [\"p8e hidden\"]}]", "secrets: [{client_id: a, secret: \"p8e\\u0001hidden\"}]",
		"clients: [{id: a, secrets: [[hidden]]}]", "steps: [{after: 1s, actions: {add_secret: {client_id: a, secret: \"hidden\\nx\"}}}]",
	} {
		if _, err := fault.ParseScenario([]byte(text)); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: err = %v", text, err)
		}
	}
}

func TestNotTooManyProblems(t *testing.T) {
	t.Parallel()
	_, err := fault.ParseScenario([]byte(strings.Repeat("x: 1\n", 500)))
	var problems *fault.Error
	if !errors.As(err, &problems) || len(problems.Problems) != 51 || !strings.Contains(err.Error(), "more") {
		t.Errorf("err = %.300v", err)
	}
}

// target writes down what is changed.
type target struct {
	mu      sync.Mutex
	changes []string
	refuse  string // a kind
}

func (t *target) Apply(c fault.Change) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Kind() == t.refuse {
		return errors.New("refused")
	}
	t.changes = append(t.changes, fmt.Sprintf("%s %+v", c.Kind(), c))
	return nil
}

func (t *target) done() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.changes...)
}

func apply(t *testing.T, w *world, to *target, text string) *fault.Run {
	t.Helper()
	run, err := parse(t, text).Apply(t.Context(), fault.Stage{Target: to, Faults: w.set})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	return run
}

func isDone(r *fault.Run) bool {
	select {
	case <-r.Done():
		return true
	default:
		return false
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	w, to := newWorld(), &target{}
	run := apply(t, w, to, "token_ttl: 1h\nfaults: [{effect: {status: 503}, when: {count: 1}}]\norganizations: {id: o}")
	if diff := cmp.Diff([]string{"token_ttl {Lifetime:1h0m0s}", "organizations {ID:o Name:}"}, to.done()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{503, 200}, w.statuses(2)); diff != "" || !isDone(run) || run.Err() != nil {
		t.Errorf("done %v, err %v, statuses (-want +got):\n%s", isDone(run), run.Err(), diff)
	}
}

func TestApplyFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, err := parse(t, "token_ttl: 1h").Apply(t.Context(), fault.Stage{Target: &target{refuse: "token_ttl"}, Faults: w.set})
	if err == nil || err.Error() != "scenario, line 1: token_ttl: refused" {
		t.Errorf("err = %v", err)
	}
	_, err = parse(t, "allow_list:\n- a\n- b\ntoken_ttl: 1h").Apply(t.Context(), fault.Stage{Target: &target{refuse: "allow_client"}, Faults: w.set})
	if err == nil || err.Error() != "scenario, line 2: allow_client: refused" {
		t.Errorf("of a list: err = %v", err)
	}
	made := &fault.Scenario{Changes: []fault.Change{fault.SetClock{}}}
	if _, err = made.Apply(t.Context(), fault.Stage{Target: &target{refuse: "set_clock"}, Faults: w.set}); err == nil || err.Error() != "set_clock: refused" {
		t.Errorf("of no file: err = %v", err)
	}
	w.add(t, fault.Fault{ID: "taken", Effect: status(500)})
	var problems *fault.Error
	_, err = parse(t, "faults: {id: taken, effect: {hang: true}}").Apply(t.Context(), fault.Stage{Target: &target{}, Faults: w.set})
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), `fault "hang"`) {
		t.Errorf("err = %v", err)
	}
}

func TestStepsByTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, to := newWorld(), &target{}
		run := apply(t, w, to, `
faults: {id: first, effect: {status: 500}}
steps:
  - {after: 1 minute, actions: {move_clock: 1h}}
  - {after: 10s, lift: first, faults: {effect: {status: 503}}}
`)
		for _, moment := range []struct {
			wait    time.Duration
			status  int
			changes int
			done    bool
		}{{0, 500, 0, false}, {9 * time.Second, 500, 0, false}, {2 * time.Second, 503, 0, false}, {time.Minute, 503, 1, true}} {
			time.Sleep(moment.wait)
			synctest.Wait()
			if got := w.statuses(1)[0]; got != moment.status || len(to.done()) != moment.changes || isDone(run) != moment.done {
				t.Errorf("after %v: status %d, changes %v, done %v; want %+v", moment.wait, got, to.done(), isDone(run), moment)
			}
		}
		if run.Err() != nil {
			t.Error(run.Err())
		}
	})
}

func TestStepsByRequests(t *testing.T) {
	t.Parallel()
	w, to := newWorld(), &target{}
	run := apply(t, w, to, `
steps:
  - {after_requests: 4, actions: {move_clock: 2h}, faults: {effect: {status: 500}}}
  - {after_requests: 2, actions: {move_clock: 1h}, faults: {effect: {status: 503}, when: {count: 1}}}
`)
	if diff := cmp.Diff([]int{200, 200, 503, 200, 500, 500}, w.statuses(6)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"move_clock {By:1h0m0s}", "move_clock {By:2h0m0s}"}, to.done()); diff != "" || !isDone(run) {
		t.Errorf("done %v, changes (-want +got):\n%s", isDone(run), diff)
	}
	w.ask("ims", request(http.MethodGet, "/_imsx/status"))
}

// TestStepsByRequestsAmongMany has every request but the first ones wait for the step.
func TestStepsByRequestsAmongMany(t *testing.T) {
	t.Parallel()
	w, to := newWorld(), &target{}
	apply(t, w, to, "steps: {after_requests: 20, faults: {effect: {status: 503}}, actions: {move_clock: 1h}}")
	var mu sync.Mutex
	served := 0
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			if w.statuses(1)[0] == 200 {
				mu.Lock()
				served++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	// Those that arrived before the step was done may meet the fault, because they are counted on arrival.
	if served > 20 || len(to.done()) != 1 {
		t.Errorf("%d were served, changes %v; want at most 20 and one", served, to.done())
	}
}

func TestStepThatFails(t *testing.T) {
	t.Parallel()
	w, to := newWorld(), &target{refuse: "move_clock"}
	w.add(t, fault.Fault{ID: "taken", Effect: fault.Effect{ContentType: "text/x"}})
	run := apply(t, w, to, `
faults: {id: gone, effect: {content_type: text/y}}
steps: {after_requests: 1, lift: gone, faults: {id: taken, effect: {hang: true}}, actions: [{move_clock: 1h}, {set_clock: 0}]}
`)
	w.set.Lift("gone")
	w.statuses(2)
	for _, want := range []string{`lift: no fault has the id "gone"`, `"taken" is the id of another fault`, "scenario, line 3: move_clock: refused"} {
		if run.Err() == nil || !strings.Contains(run.Err().Error(), want) {
			t.Errorf("err = %v, want %q", run.Err(), want)
		}
	}
	if diff := cmp.Diff([]string{"set_clock {Offset:0s}"}, to.done()); diff != "" {
		t.Errorf("what came after the failure (-want +got):\n%s", diff)
	}
}

func TestClosedRunDoesNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fault.Run, context.CancelFunc){
		"closed":   func(r *fault.Run, _ context.CancelFunc) { r.Close(); r.Close() },
		"canceled": func(r *fault.Run, cancel context.CancelFunc) { cancel(); <-r.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, to := newWorld(), &target{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := parse(t, "steps: [{after: 1s, actions: {move_clock: 1h}}, {after_requests: 1, actions: {move_clock: 1h}}]")
				run, err := s.Apply(ctx, fault.Stage{Target: to, Faults: w.set})
				if err != nil {
					t.Fatal(err)
				}
				end(run, cancel)
				time.Sleep(time.Minute)
				w.statuses(3)
				if len(to.done()) != 0 || !isDone(run) {
					t.Errorf("done %v, changes %v", isDone(run), to.done())
				}
			})
		})
	}
}

func TestSeedOfTheScenario(t *testing.T) {
	t.Parallel()
	play := func(seed int) []int {
		w := newWorld()
		apply(t, w, &target{}, fmt.Sprintf("seed: %d\nfaults: {effect: {status: 503}, when: {probability: 0.5}}", seed))
		return w.statuses(100)
	}
	if !cmp.Equal(play(1), play(1)) || cmp.Equal(play(1), play(2)) {
		t.Error("chance does not follow the seed")
	}
}

// TestPage parses every example of the page about faults and checks that it leaves nothing out.
func TestPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	commands := regexp.MustCompile(`--json '([^']*)'`).FindAllStringSubmatch(string(page), -1)
	if len(examples) < 12 || len(commands) < 12 {
		t.Fatalf("%d examples and %d commands", len(examples), len(commands))
	}
	for _, m := range examples {
		parse(t, m[1])
	}
	for _, m := range commands {
		f, err := fault.Parse([]byte(m[1]))
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		newWorld().add(t, f)
	}
	names := []string{
		"error", "status", "retry_after", "empty_body", "html", "latency", "hang", "reset", "cut_body", "slow_body", "content_type",
		"drop_members", "replace_members", "token", "authorize_error", "garble", "accepted", fault.ExpiredOnArrival, fault.WrongUnit, fault.ExpiresInText,
	}
	for _, a := range fault.Answers() {
		names = append(names, a.Name)
	}
	for _, r := range fault.Routes() {
		names = append(names, r.Name)
	}
	for _, c := range []fault.Change{
		fault.MoveClock{}, fault.SetClock{}, fault.RevokeCertificate{}, fault.ExpireCertificate{}, fault.RotateKey{}, fault.Throttle{},
		fault.AddSecret{}, fault.RemoveSecret{}, fault.AddToGroup{}, fault.RemoveFromGroup{}, fault.AllowClient{}, fault.DisallowClient{},
		fault.SetTokenLifetime{}, fault.AddOrganization{}, fault.AddAccount{}, fault.AddClient{}, fault.AddEnvironment{},
	} {
		names = append(names, c.Kind())
	}
	for _, name := range names {
		if !regexp.MustCompile("`" + regexp.QuoteMeta(name) + "[`:]").Match(page) {
			t.Errorf("the page does not explain %q", name)
		}
	}
}
