package console_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/console"
)

func TestOpenAPIHasEachOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var documented []string
	ids := map[string]bool{}
	for path, operations := range readDocument(t).Paths {
		for method, op := range operations {
			documented = append(documented, strings.ToUpper(method)+" "+path)
			if op.ID == "" || ids[op.ID] {
				t.Errorf("%s %s: operationId %q is empty or not unique", method, path, op.ID)
			}
			ids[op.ID] = true
			for _, p := range op.Parameters {
				if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s %s: parameter %q is not in the path", method, path, p.Name)
				}
			}
		}
	}
	served := w.Operations()
	slices.Sort(served)
	slices.Sort(documented)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("operations that are served (-) and documented (+):\n%s", diff)
	}
	if got := w.call(t, "GET", "/_imsx/openapi.json", ""); got.body != string(console.OpenAPI()) || got.header.Get("Content-Type") != "application/json" {
		t.Error("the emulator serves another document")
	}
}

// TestOpenAPIExamples sends the examples of the document to the emulator, in an order in which each finds what it
// needs, and checks the answers by their schemas.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exchange(t, secretText, w.assertion(t, nil))
	d := readDocument(t)
	done := map[string]bool{}
	values := map[string]string{
		"{client}": "second-client", "{account}": "00000000000000000000ABCD@techacct.adobe.com", "{environment}": environment,
		"{tier}": "author", "{user}": "second@techacct.adobe.com", "{group}": "dam-users",
	}
	ask := func(method, path, id string) map[string]any {
		t.Helper()
		done[method+" "+path] = true
		op := d.Paths[path][strings.ToLower(method)]
		body := ""
		if op.Body != nil {
			content := op.Body.Content["application/json"]
			d.check(t, op.ID+": example", content.Schema, nonNull(content.Example))
			body = string(content.Example)
		}
		target := strings.ReplaceAll(path, "{id}", id)
		for name, value := range values {
			target = strings.ReplaceAll(target, name, value)
		}
		got := w.call(t, method, target, body)
		for status, res := range op.Responses {
			if status == "default" {
				continue
			}
			if status != statusText(got.status) {
				t.Fatalf("%s %s: status %d, want %s: %s", method, target, got.status, status, got.body)
			}
			if content, ok := res.Content["application/json"]; ok {
				d.check(t, op.ID, content.Schema, []byte(got.body))
				if content.Example != nil {
					d.check(t, op.ID+": example", content.Schema, content.Example)
				}
				return got.object(t)
			}
		}
		return nil
	}
	const p = console.Prefix
	first := func(answer map[string]any, list, member string) string {
		t.Helper()
		items, _ := answer[list].([]any)
		if len(items) == 0 {
			t.Fatalf("%s is empty: %v", list, answer)
		}
		text, _ := items[0].(map[string]any)[member].(string)
		return text
	}

	ask("GET", p+"health", "")
	ask("GET", p+"openapi.json", "")
	ask("POST", p+"organizations", "")
	ask("GET", p+"organizations", "")
	ask("POST", p+"accounts", "")
	ask("GET", p+"accounts", "")
	ask("POST", p+"clients", "")
	ask("GET", p+"clients", "")
	ask("GET", p+"clients/{id}", "second-client")
	ask("POST", p+"bindings", "")
	ask("PATCH", p+"clients/{id}", "second-client")
	values["{uuid}"], _ = ask("POST", p+"clients/{id}/secrets", "second-client")["uuid"].(string)
	ask("DELETE", p+"clients/{id}/secrets/{uuid}", "second-client")
	ask("GET", p+"bindings", "")
	values["{fingerprint}"], _ = ask("POST", p+"certificates", "")["fingerprint"].(string)
	ask("GET", p+"certificates", "")
	ask("POST", p+"certificates/{client}/{fingerprint}/revoke", "")
	ask("POST", p+"certificates/{client}/{fingerprint}/restore", "")
	ask("POST", p+"certificates/{client}/{fingerprint}/expire", "")
	ask("DELETE", p+"certificates/{client}/{fingerprint}", "")
	ask("POST", p+"tokens", "")
	ask("GET", p+"keys", "")
	ask("POST", p+"keys/rotate", "")
	ask("GET", p+"settings", "")
	ask("PATCH", p+"settings", "")
	ask("POST", p+"aem", "")
	ask("POST", p+"aem/{environment}/{tier}/users", "")
	ask("PUT", p+"aem/{environment}/{tier}/users/{user}/groups/{group}", "")
	ask("DELETE", p+"aem/{environment}/{tier}/users/{user}/groups/{group}", "")
	ask("PUT", p+"aem/{environment}/{tier}/allow-list/{client}", "")
	ask("GET", p+"aem", "")
	ask("GET", p+"aem/{environment}/{tier}", "")
	ask("PATCH", p+"aem/{environment}/{tier}", "")
	ask("DELETE", p+"aem/{environment}/{tier}/allow-list/{client}", "")
	ask("DELETE", p+"aem/{environment}/{tier}/users/{user}", "")
	ask("POST", p+"faults", "")
	ask("GET", p+"fault-kinds", "")
	ask("DELETE", p+"faults/{id}", first(ask("GET", p+"faults", ""), "faults", "id"))
	ask("DELETE", p+"faults", "")
	ask("GET", p+"clock", "")
	ask("POST", p+"clock/move", "")
	ask("PUT", p+"clock", "")
	ask("GET", p+"journal", "")
	ask("GET", p+"journal/count", "")
	ask("GET", p+"journal/totals", "")
	ask("GET", p+"journal/{id}", "1")
	w.generate(t, "label")
	ask("GET", p+"documents", "")
	ask("GET", p+"documents/{id}", "1")
	ask("GET", p+"documents/{id}/preview.svg", "1")
	ask("DELETE", p+"documents", "")
	ask("GET", p+"status", "")
	ask("DELETE", p+"bindings/{client}/{account}", "")
	ask("DELETE", p+"clients/{id}", "second-client")
	ask("DELETE", p+"accounts/{id}", values["{account}"])
	ask("POST", p+"organizations", "")
	ask("DELETE", p+"journal", "")
	ask("POST", p+"reset", "")

	// These two have tests of their own: the one needs an organization without accounts, the other does not end.
	done["DELETE "+p+"organizations/{id}"], done["GET "+p+"journal/events"] = true, true
	for _, operation := range w.Operations() {
		if !done[operation] {
			t.Errorf("%s was not asked", operation)
		}
	}
}

// nonNull takes members that are null out of an example: there null stands for any value.
func nonNull(example []byte) []byte {
	return []byte(strings.ReplaceAll(string(example), `, "moi": null`, ""))
}

func statusText(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestSchemaCheckCanFail(t *testing.T) {
	t.Parallel()
	d := readDocument(t)
	s := schema{Ref: "#/components/schemas/Clock"}
	good := map[string]any{"now": "2026-01-01T00:00:00Z", "difference": "0s", "difference_seconds": 0.0}
	if p := d.problems("$", s, good); len(p) != 0 {
		t.Errorf("a clock: %q", p)
	}
	for name, bad := range map[string]any{
		"a member is missing":         map[string]any{"now": "", "difference": ""},
		"a member is unknown":         map[string]any{"now": "", "difference": "", "difference_seconds": 1.0, "more": true},
		"a member is of another type": map[string]any{"now": 1.0, "difference": "", "difference_seconds": 1.0},
		"no object":                   "text",
		"null":                        nil,
	} {
		if p := d.problems("$", s, bad); len(p) != 1 {
			t.Errorf("%s: %q, want one problem", name, p)
		}
	}
}
