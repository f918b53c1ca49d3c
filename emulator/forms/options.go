package forms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The bounds of a part in JSON.
const (
	maxJSON      = 16 << 20 // bytes; options can carry PDF documents as base64
	maxJSONDepth = 32
)

// readOptions reads the part "options", if there is one, into the struct that v points to.
func (c *call) readOptions(b body, v any) *failure {
	p, ok := b.get("options")
	if !ok {
		return nil
	}
	return c.readJSONPart(p, v)
}

// readJSONPart reads a part in JSON into the struct that v points to.
func (c *call) readJSONPart(p part, v any) *failure {
	if f := p.checkType("application/json", "text/plain"); f != nil {
		return f
	}
	ignored, err := decodeJSON(p.content, v)
	if err != nil {
		return badRequest(p.name, fmt.Sprintf("the part %q: %s", p.name, err))
	}
	for _, name := range ignored {
		c.record.Field("ignored member", p.name+"."+name)
	}
	return nil
}

// decodeJSON reads one JSON object into the struct that v points to, and returns the members that v does not have, which
// are ignored. Names count exactly as they are written. A null stands for a member that is not there.
func decodeJSON(content []byte, v any) (ignored []string, err error) {
	if len(content) > maxJSON {
		return nil, fmt.Errorf("it has more than %d bytes", maxJSON)
	}
	if err := checkDepth(content); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, jsonError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the JSON object")
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a JSON object")
	}
	tree = prune(object, reflect.TypeOf(v).Elem(), "", &ignored)
	known, err := json.Marshal(tree)
	if err != nil {
		return nil, jsonError(err)
	}
	if err := json.Unmarshal(known, v); err != nil {
		return nil, jsonError(err)
	}
	slices.Sort(ignored)
	return ignored, nil
}

// checkDepth refuses JSON that is nested deeper than any options are.
func checkDepth(content []byte) error {
	dec := json.NewDecoder(bytes.NewReader(content))
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return nil // the decoder says it better
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxJSONDepth {
				return fmt.Errorf("it is nested deeper than %d levels", maxJSONDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// prune takes members out of objects that the type does not have, and those that are null.
func prune(tree any, t reflect.Type, at string, ignored *[]string) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch tree := tree.(type) {
	case map[string]any:
		if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
			return tree
		}
		members := map[string]reflect.Type{}
		gather(t, members)
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			value := tree[name]
			member, known := members[name]
			switch {
			case value == nil:
				delete(tree, name)
			case !known:
				*ignored = append(*ignored, at+short(name))
				delete(tree, name)
			default:
				tree[name] = prune(value, member, at+name+".", ignored)
			}
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, value := range tree {
				tree[i] = prune(value, t.Elem(), fmt.Sprintf("%s%d.", at, i), ignored)
			}
		}
	}
	return tree
}

// gather lists the JSON names of a struct's fields, embedded ones included.
func gather(t reflect.Type, members map[string]reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			gather(f.Type, members)
		case f.IsExported() && name != "-" && name != "":
			members[name] = f.Type
		}
	}
}

// jsonError says what is wrong with JSON in words for a caller.
func jsonError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%q is a JSON %s, which cannot stand there", wrong.Field, wrong.Value)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not JSON, from byte %d on", syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is no complete JSON object")
	}
	return errors.New(short(strings.TrimPrefix(err.Error(), "json: ")))
}

// enum refuses a value that is not one of the known ones; the empty one is the default and passes.
func enum(name, value string, known ...string) *failure {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return badRequest("options", fmt.Sprintf("%s is %q, and must be one of %s", name, short(value), strings.Join(known, ", ")))
}
