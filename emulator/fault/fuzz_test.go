package fault_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/fault"
)

func wantProblems(t *testing.T, err error) {
	t.Helper()
	var problems *fault.Error
	if !errors.As(err, &problems) || len(problems.Problems) == 0 || len(problems.Problems) > 51 || problems.Problems[0].Text == "" {
		t.Fatalf("err = %T %v", err, err)
	}
}

// FuzzScenario: what is accepted can be applied, and its faults come back from JSON; what is refused is refused by the
// package's own error.
func FuzzScenario(f *testing.F) {
	page, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1) {
		f.Add(m[1])
	}
	for _, s := range []string{"", "null", "a: &a [*a]", "faults: [{effect: {cut_body: 1e3}}]", "{\"seed\": 1}", "? - a\n: - b", "clock: - 1 s", "\x00", "%YAML 1.1\n---\n!x y"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := fault.ParseScenario(data)
		if err != nil {
			wantProblems(t, err)
			return
		}
		for _, c := range s.Changes {
			if c == nil || c.Kind() == "" {
				t.Fatalf("change %v", c)
			}
		}
		set := fault.NewSet(fault.Config{})
		for _, one := range s.Faults {
			roundTrip(t, one)
			if _, err := set.Add(one); err != nil {
				t.Fatalf("an accepted fault cannot be added: %v", err)
			}
		}
		for _, step := range s.Steps {
			if (step.AfterRequests > 0) && step.After != 0 || len(step.Lift)+len(step.Faults)+len(step.Actions) == 0 {
				t.Fatalf("step %+v", step)
			}
			for _, c := range step.Actions {
				if c == nil {
					t.Fatal("an action is nil")
				}
			}
		}
	})
}

func roundTrip(t *testing.T, f fault.Fault) {
	t.Helper()
	wire, err := json.Marshal(f)
	if err != nil {
		t.Fatalf("an accepted fault cannot be written: %v", err)
	}
	again, err := fault.Parse(wire)
	if err != nil {
		t.Fatalf("an accepted fault cannot be read again from %s: %v", wire, err)
	}
	compact := cmp.Transformer("compact", func(raw json.RawMessage) string {
		var v any
		_ = json.Unmarshal(raw, &v)
		out, _ := json.Marshal(v)
		return string(out)
	})
	if diff := cmp.Diff(f, again, compact); diff != "" {
		t.Fatalf("read again from %s (-before +after):\n%s", wire, diff)
	}
}

// FuzzFault is the same for one fault in JSON or YAML.
func FuzzFault(f *testing.F) {
	for _, s := range []string{
		`{"effect":{"hang":true}}`, "effect: {status: {code: 500, headers: {A: b}}}", `{"effect":{"replace_members":{"a":[1,{"b":"\ud800"}]}}}`,
		`{"effect":{"latency":{"min":"1s","max":"2h"}},"when":{"probability":1e-3,"seed":1}}`, "[", `"\ud800"`, "[[[[", `{"match":{"route":"GET /a/**/b*"},"effect":{"reset":true}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := fault.Parse(data)
		if err != nil {
			wantProblems(t, err)
			return
		}
		roundTrip(t, one)
		if _, err := fault.NewSet(fault.Config{}).Add(one); err != nil {
			t.Fatalf("an accepted fault cannot be added: %v", err)
		}
	})
}

// FuzzMembers: the change of an answer's members leaves JSON JSON, and takes the named member out.
func FuzzMembers(f *testing.F) {
	f.Add(`{"a":1,"b":{"a":2}}`)
	f.Add(`[{"a":1},{"a":1,"a":2}]`)
	f.Add(`{"a":{"":[]},"\ud800":1e400}`)
	f.Add(`{"a":1`)
	f.Add("  []\f")
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld()
		w.real = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		w.add(t, fault.Fault{Effect: fault.Effect{Drop: []string{"a"}}})
		got := w.ask("ims", exchange("x")).Body.String()
		if !json.Valid([]byte(body)) {
			if got != body {
				t.Fatalf("%q became %q", body, got)
			}
			return
		}
		var object map[string]json.RawMessage
		if !json.Valid([]byte(got)) {
			t.Fatalf("%q became %q", body, got)
		}
		if strings.HasPrefix(strings.TrimSpace(body), "{") {
			if err := json.Unmarshal([]byte(got), &object); err != nil || object["a"] != nil {
				t.Fatalf("%q became %q", body, got)
			}
		}
	})
}

// FuzzClient: whatever a request looks like, looking for its client neither fails nor changes the body.
func FuzzClient(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "client_id=a&b=%zz", "Basic YTpi")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=client_id\r\n\r\na\r\n--b--", "bearer a.e30.b")
	f.Add("multipart/form-data", "--", "Bearer")
	f.Add("", "", "Bearer a.bnVsbA.b")
	f.Fuzz(func(t *testing.T, contentType, body, authorization string) {
		w := newWorld()
		w.add(t, fault.Fault{Match: fault.Match{ClientID: "a"}, Effect: fault.Effect{ContentType: "text/plain"}})
		r := httptest.NewRequest(http.MethodPost, "/ims/token/v3", strings.NewReader(body))
		r.Header["Content-Type"], r.Header["Authorization"] = []string{contentType}, []string{authorization}
		w.real = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got, err := io.ReadAll(r.Body); err != nil || string(got) != body {
				t.Errorf("the handler read %q, %v; want %q", got, err, body)
			}
		})
		w.ask("ims", r)
	})
}
