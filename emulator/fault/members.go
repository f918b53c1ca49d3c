package fault

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// memberChange leaves members out of a JSON object, and gives others new values. The members keep their order and those
// that are not named their bytes.
type memberChange struct {
	drop    []string
	replace map[string]json.RawMessage
}

// jsonMember is one member of an object.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// apply changes a body: an object, or an array of objects. It reports whether the body is one of these.
func (c memberChange) apply(body []byte) ([]byte, bool) {
	trimmed := bytes.Trim(body, " \t\r\n") // white space of JSON (RFC 8259, section 2)
	if !json.Valid(trimmed) {
		return nil, false
	}
	switch trimmed[0] {
	case '{':
		return c.object(trimmed), true
	case '[':
		return c.array(trimmed), true
	}
	return nil, false
}

func (c memberChange) array(body []byte) []byte {
	var all []json.RawMessage
	_ = json.Unmarshal(body, &all)
	for i, one := range all {
		if one[0] == '{' {
			all[i] = c.object(one)
		}
	}
	return slices.Concat([]byte("["), bytes.Join(rawBytes(all), []byte(",")), []byte("]"))
}

func rawBytes(all []json.RawMessage) [][]byte {
	out := make([][]byte, len(all))
	for i, one := range all {
		out[i] = one
	}
	return out
}

func (c memberChange) object(body []byte) []byte {
	members := readMembers(body)
	for _, path := range c.drop {
		members = drop(members, strings.Split(path, "."))
	}
	for _, path := range slices.Sorted(maps.Keys(c.replace)) {
		members = replace(members, strings.Split(path, "."), c.replace[path])
	}
	return writeMembers(members)
}

func drop(members []jsonMember, path []string) []jsonMember {
	if len(path) == 1 {
		return slices.DeleteFunc(members, func(m jsonMember) bool { return m.name == path[0] })
	}
	for i, m := range members {
		if m.name == path[0] && isObject(m.value) {
			members[i].value = writeMembers(drop(readMembers(m.value), path[1:]))
		}
	}
	return members
}

// replace gives the member at a path a value. What is missing on the way is added.
func replace(members []jsonMember, path []string, value json.RawMessage) []jsonMember {
	i := slices.IndexFunc(members, func(m jsonMember) bool { return m.name == path[0] })
	if i < 0 {
		i = len(members)
		members = append(members, jsonMember{name: path[0], value: json.RawMessage("{}")})
	}
	if len(path) == 1 {
		members[i].value = value
		return members
	}
	var inner []jsonMember
	if isObject(members[i].value) {
		inner = readMembers(members[i].value)
	}
	members[i].value = writeMembers(replace(inner, path[1:], value))
	return members
}

func isObject(value json.RawMessage) bool { return len(value) > 0 && value[0] == '{' }

// readMembers takes apart an object that is known to be valid.
func readMembers(object []byte) []jsonMember {
	dec := json.NewDecoder(bytes.NewReader(object))
	_, _ = dec.Token()
	var members []jsonMember
	for dec.More() {
		name, err := dec.Token()
		text, ok := name.(string)
		if err != nil || !ok {
			break
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			break
		}
		members = append(members, jsonMember{text, value})
	}
	return members
}

func writeMembers(members []jsonMember) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
