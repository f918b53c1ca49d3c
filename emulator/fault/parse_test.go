package fault_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/fault"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	effect := func(e fault.Effect) fault.Fault { return fault.Fault{Effect: e} }
	for _, tt := range []struct {
		name, text string
		want       fault.Fault
	}{
		{"all of it", `
id: x
name: a name
match: {service: ims, route: exchange, client_id: "007"}
effect: {error: throttled, retry_after: 1 minute}
when: {count: 3, probability: 20%, seed: 18446744073709551615}`,
			fault.Fault{
				ID: "x", Name: "a name", Match: fault.Match{Service: "ims", Route: "exchange", ClientID: "007"},
				Effect: fault.Effect{Error: "throttled", RetryAfter: 60},
				When:   fault.When{Count: 3, Probability: 0.2, Seed: 1<<64 - 1},
			}},
		{"JSON", `{"effect": {"status": {"code": 503, "body": "html", "headers": {"Retry-After": "5"}}}}`,
			effect(fault.Effect{Status: &fault.Status{Code: 503, Body: "html", Headers: map[string]string{"Retry-After": "5"}}})},
		{"JSON that YAML does not take", "{\"name\":\t\"\\ud83d\\ude00 \\/\",\"effect\":{\"hang\":true}}",
			fault.Fault{Name: "😀 /", Effect: fault.Effect{Hang: true}}},
		{"a bare status", "effect: {status: 503}", effect(status(503))},
		{"the least status", "effect: {status: 200}", effect(status(200))},
		{"the greatest status", "effect: {status: 599}", effect(status(599))},
		{"an id that looks like a number", "{id: 007, effect: {reset: true}}", fault.Fault{ID: "007", Effect: fault.Effect{Reset: true}}},
		{"latency", "effect: {latency: 1.5s}", effect(fault.Effect{Latency: &fault.Latency{Min: 1500 * time.Millisecond}})},
		{"spread latency", "effect: {latency: {min: 1s, max: 2 minutes}}",
			effect(fault.Effect{Latency: &fault.Latency{Min: time.Second, Max: 2 * time.Minute}})},
		{"cut at once", "effect: {cut_body: 0}", effect(fault.Effect{CutBody: new(int64(0))})},
		{"slow", "effect: {slow_body: 2 KiB}", effect(fault.Effect{SlowBody: 2048})},
		{"one member", "effect: {drop_members: expires_in}", effect(fault.Effect{Drop: []string{"expires_in"}})},
		{"replaced", `effect: {replace_members: {a: 1e3, b: [x, {y: null}], c: 0x10, d: true, "e.f": "ü"}}`,
			effect(fault.Effect{Replace: map[string]json.RawMessage{
				"a": []byte(`1e3`), "b": []byte(`["x",{"y":null}]`), "c": []byte(`"0x10"`), "d": []byte("true"), "e.f": []byte(`"ü"`),
			}})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := fault.Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wire, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := fault.Parse(wire); err != nil || !cmp.Equal(got, again) {
				t.Errorf("parsed again from %s: %v\n%s", wire, err, cmp.Diff(got, again))
			}
			var plain fault.Fault
			if err := json.Unmarshal(wire, &plain); err != nil || !cmp.Equal(got, plain) {
				t.Errorf("by encoding/json: %v\n%s", err, cmp.Diff(got, plain))
			}
		})
	}
}

func TestParseFaultRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "there is no fault"},
		{"a text", "hello", "line 1: must be an object with members"},
		{"not YAML", "effect: [", "not YAML: "},
		{"unknown member", "efect: {hang: true}", `line 1: unknown member "efect"; did you mean "effect"?`},
		{"unknown member far off", "zzz: 1\neffect: {hang: true}", `line 1: unknown member "zzz"`},
		{"swapped letters", "effect: {hnag: true}", `line 1: effect: unknown member "hnag"; did you mean "hang"?`},
		{"twice", "effect: {hang: true, hang: true}", `"hang" is there twice`},
		{"no switch", "effect: {hang: yes}", `effect.hang: must be true or false, not "yes"`},
		{"off", "effect: {hang: false}", "effect.hang: must be true; leave it out otherwise"},
		{"no unit", "effect: {latency: 5}", `effect.latency: has no unit: write "10 seconds" or "10s", not "5"`},
		{"an odd unit", "effect: {latency: 5 fortnights}", "effect.latency: has an unknown unit"},
		{"negative", "effect: {latency: -5s}", "effect.latency: must not be negative"},
		{"empty", "effect: {error: }", "effect.error: has no value"},
		{"a list for a value", "effect: {error: [a, b]}", "effect.error: must be a single value"},
		{"no status", "effect: {status: 199}", "effect.status: must be 200 to 599"},
		{"beyond all statuses", "effect: {status: 600}", "effect.status: must be 200 to 599"},
		{"too slow", "effect: {slow_body: 0}", "effect.slow_body: must be at least 1 byte per second"},
		{"size", "effect: {cut_body: 5 parsec}", "effect.cut_body: has an unknown unit"},
		{"seconds", "effect: {status: 503, retry_after: 1500ms}", "effect.retry_after: must be whole seconds"},
		{"probability", "effect: {hang: true}\nwhen: {probability: 0}", "line 2: when.probability: must be greater than 0"},
		{"count", "effect: {hang: true}\nwhen: {count: 0}", "line 2: when.count: must be at least 1"},
		{"not a number", "effect: {hang: true}\nwhen: {count: many}", `line 2: when.count: must be a whole number, not "many"`},
		{"what it means has a line, too", "name: x\neffect:\n  error: migratd", `line 3: effect.error: unknown error "migratd"; did you mean "migrated"?`},
		{"only what was misspelled", "efect: {hang: true}\nwhen: {count: 0}", "line 1: unknown member \"efect\"; did you mean \"effect\"?\nline 2: when.count: must be at least 1; leave it out for no limit"},
		{"a Forms error elsewhere", "match: {route: assets}\neffect: {error: forms_timeout}", "line 1: match.route: the effect is for the Forms services"},
		{"an AEM error at IMS", "match: {service: ims}\neffect: {error: aem_throttled}", `match.service: the effect is for "aem" and does not fit "ims"`},
		{"aliases", "name: &a x\nid: *a\neffect: {hang: true}", "line 2: aliases are not allowed"},
		{"tags", "effect: !!map {hang: true}", "line 1: tags are not allowed"},
		{"two documents", "effect: {hang: true}\n---\n{}", "more than one document"},
		{"deep", "effect: {replace_members: {a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}}", "nested deeper"},
		{"too large", "name: " + strings.Repeat("x", 1<<20), "larger than 1 MiB"},
		{"JSON with lines", "{\n\"effect\":\n{\"hang\": 1}}", "line 3: effect.hang: must be true or false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fault.Parse([]byte(tt.text))
			var problems *fault.Error
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "10 seconds": 10 * time.Second, "1 minute": time.Minute, "2h30m": 150 * time.Minute,
		"1 hour 30 minutes": 90 * time.Minute, "1 hour and 30 min": 90 * time.Minute, "1 day, 2 hours": day + 2*time.Hour,
		"+23h": 23 * time.Hour, "-5 minutes": -5 * time.Minute, "- 1s": -time.Second, "0": 0, "1.5s": 1500 * time.Millisecond,
		"2 weeks": 14 * day, "250ms": 250 * time.Millisecond, " 3 Days ": 3 * day, "36500d": 36500 * day,
	} {
		if got, err := fault.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "+", "s", "10", "10 20s", "10 parsecs", "1..5s", ".s", "1s-", "--1s", "1e3s", "101 years", "40000d", "99999999999999999999d", "1s and", "NaNs",
	} {
		if got, err := fault.ParseDuration(text); err == nil && text != "1s and" {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

// TestUnits has every word for a unit.
func TestUnits(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for unit, words := range map[time.Duration]string{
		time.Millisecond: "ms millisecond milliseconds", time.Second: "s sec secs second seconds",
		time.Minute: "m min mins minute minutes", time.Hour: "h hr hrs hour hours", day: "d day days", 7 * day: "w week weeks",
	} {
		for _, word := range strings.Fields(words) {
			if got, err := fault.ParseDuration("3 " + word); err != nil || got != 3*unit {
				t.Errorf("3 %s are %v, %v", word, got, err)
			}
		}
	}
	for text, want := range map[string]int64{
		"7": 7, "7 b": 7, "1 byte": 1, "7 bytes": 7, "7 kB": 7000, "7 MB": 7_000_000, "7 KiB": 7 << 10, "7 MiB": 7 << 20,
		"1024 MiB": 1 << 30,
	} {
		f, err := fault.Parse([]byte("effect: {slow_body: " + text + "}"))
		if err != nil || f.Effect.SlowBody != want {
			t.Errorf("%s are %d bytes, %v", text, f.Effect.SlowBody, err)
		}
	}
	if _, err := fault.Parse([]byte("effect: {slow_body: 1025 MiB}")); err == nil || !strings.Contains(err.Error(), "is more than 1 GiB") {
		t.Errorf("1025 MiB: %v", err)
	}
}

func TestEffectInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"error: throttled": "error throttled", "status: 503": "status 503", "empty_body: true": "empty body", "html: true": "web page",
		"latency: 1s": "latency 1s", "latency: {min: 1s, max: 3s}": "latency 1s to 3s", "hang: true": "hang", "reset: true": "reset",
		"cut_body: 0": "body cut after 0 bytes", "slow_body: 7": "body with 7 bytes per second",
		"content_type: text/plain": "content type text/plain", "drop_members: [a, b]": "without a, b",
		"replace_members: {b: 1, a: 2}": "with another a, b", "token: expired_on_arrival": "token expired on arrival",
		"authorize_error: access_denied": "authorize error access_denied", "garble: true": "garbled body",
		"accepted: true": "accepted, the result later",
	} {
		f, err := fault.Parse([]byte("effect: {" + text + "}"))
		if err != nil || f.Effect.String() != want {
			t.Errorf("%s is %q, %v; want %q", text, f.Effect, err, want)
		}
	}
	if got := (fault.Effect{}).String(); got != "nothing" {
		t.Errorf("no effect is %q", got)
	}
}

func TestRoutesAndAnswersAreCopies(t *testing.T) {
	t.Parallel()
	fault.Answers()[0].Name, fault.Routes()[0].Name = "changed", "changed"
	if fault.Answers()[0].Name == "changed" || fault.Routes()[0].Name == "changed" {
		t.Error("a change of what was returned changed the table")
	}
}
