package console_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/console"
)

// document is the OpenAPI document as the tests read it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	Body *struct {
		Content map[string]media `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]media `json:"content"`
	} `json:"responses"`
}

type media struct {
	Schema  schema          `json:"schema"`
	Example json.RawMessage `json:"example"`
}

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Additional json.RawMessage   `json:"additionalProperties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
	Const      any               `json:"const"`
	OneOf      []schema          `json:"oneOf"`
	MaxItems   *int              `json:"maxItems"`
}

func readDocument(t testing.TB) document {
	t.Helper()
	var d document
	must(t, json.Unmarshal(console.OpenAPI(), &d))
	return d
}

// problems returns what is wrong with a value by a schema. Members that an object's schema does not name are wrong, too,
// so that the document cannot fall behind.
func (d document) problems(at string, s schema, v any) []string {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		target, ok := d.Components.Schemas[name]
		if !ok {
			return []string{at + ": no schema " + name}
		}
		return d.problems(at, target, v)
	}
	if len(s.OneOf) > 0 {
		fits := slices.ContainsFunc(s.OneOf, func(o schema) bool { return len(d.problems(at, o, v)) == 0 })
		if !fits {
			return []string{at + ": none of the alternatives fits"}
		}
		return nil
	}
	if s.Const != nil && v != s.Const {
		return []string{fmt.Sprintf("%s: %v, want %v", at, v, s.Const)}
	}
	switch v := v.(type) {
	case map[string]any:
		return d.objectProblems(at, s, v)
	case []any:
		return d.arrayProblems(at, s, v)
	case string:
		if s.Type != "string" && s.Const == nil || len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			return []string{fmt.Sprintf("%s: the text %q does not fit", at, v)}
		}
	case float64:
		if s.Type != "number" && (s.Type != "integer" || v != float64(int64(v))) {
			return []string{fmt.Sprintf("%s: the number %v does not fit", at, v)}
		}
	case bool:
		if s.Type != "boolean" {
			return []string{at + ": a boolean does not fit"}
		}
	case nil:
		return []string{at + ": null"}
	}
	return nil
}

func (d document) objectProblems(at string, s schema, v map[string]any) []string {
	if s.Type != "object" {
		return []string{at + ": an object does not fit"}
	}
	var all []string
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			all = append(all, at+": "+name+" is missing")
		}
	}
	for name, value := range v {
		member, known := s.Properties[name]
		var additional schema
		switch {
		case known:
			all = append(all, d.problems(at+"."+name, member, value)...)
		case s.Properties == nil && s.Additional == nil: // any object
		case json.Unmarshal(s.Additional, &additional) == nil && additional.Type != "":
			all = append(all, d.problems(at+"."+name, additional, value)...)
		default:
			all = append(all, at+": unknown member "+name)
		}
	}
	return all
}

func (d document) arrayProblems(at string, s schema, v []any) []string {
	if s.Type != "array" || s.Items == nil || s.MaxItems != nil && len(v) > *s.MaxItems {
		return []string{at + ": an array does not fit"}
	}
	var all []string
	for i, item := range v {
		all = append(all, d.problems(fmt.Sprintf("%s[%d]", at, i), *s.Items, item)...)
	}
	return all
}

// check reports what is wrong with a JSON text by a schema.
func (d document) check(t testing.TB, what string, s schema, text []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Errorf("%s: %v: %s", what, err, text)
		return
	}
	for _, p := range d.problems("$", s, v) {
		t.Errorf("%s: %s", what, p)
	}
}
