package fault

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nodeOf turns JSON into the nodes of a YAML document, so that both are read by the same code. It is not left to the
// YAML parser, which does not take all of JSON. The error is only for what is not JSON.
func nodeOf(data []byte) (*yaml.Node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	w := jsonWalk{dec: dec, data: data}
	return w.value()
}

type jsonWalk struct {
	dec  *json.Decoder
	data []byte
	seen int // bytes whose lines are counted
	line int // line breaks among them
}

// here returns the line of what was just read.
func (w *jsonWalk) here() int {
	at := int(w.dec.InputOffset())
	w.line += bytes.Count(w.data[w.seen:at], []byte("\n"))
	w.seen = at
	return w.line + 1
}

func (w *jsonWalk) value() (*yaml.Node, error) {
	token, err := w.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: w.here()}
	switch v := token.(type) {
	case nil:
		n.Tag = "!!null"
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(v)
	case json.Number:
		n.Tag, n.Value = "!!float", v.String()
		if _, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			n.Tag = "!!int"
		}
	case string:
		n.Tag, n.Value = "!!str", v
	case json.Delim:
		return w.compound(n, v)
	}
	return n, nil
}

// compound reads the inside of an object or an array.
func (w *jsonWalk) compound(n *yaml.Node, open json.Delim) (*yaml.Node, error) {
	n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	if open == '{' {
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	}
	for w.dec.More() {
		c, err := w.value()
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, c)
	}
	_, err := w.dec.Token()
	return n, err
}

// raw returns a node as JSON, for values that are passed on as they are.
func (d *decoder) raw(p place) json.RawMessage {
	d.saw(p)
	var b bytes.Buffer
	if !d.appendJSON(&b, p) {
		return nil
	}
	return b.Bytes()
}

func (d *decoder) appendJSON(b *bytes.Buffer, p place) bool {
	switch p.node.Kind {
	case yaml.MappingNode:
		return d.appendObject(b, p)
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, n := range p.node.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if !d.appendJSON(b, place{n, p.path + "[" + strconv.Itoa(i) + "]"}) {
				return false
			}
		}
		b.WriteByte(']')
		return true
	default:
		appendScalar(b, p.node)
		return true
	}
}

func (d *decoder) appendObject(b *bytes.Buffer, p place) bool {
	b.WriteByte('{')
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		key := p.node.Content[i]
		if key.Kind != yaml.ScalarNode {
			d.fail(place{key, p.path}, "the name of a member must be a text")
			return false
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(key.Value))
		b.WriteByte(':')
		if !d.appendJSON(b, place{p.node.Content[i+1], p.member(short(key.Value))}) {
			return false
		}
	}
	b.WriteByte('}')
	return true
}

// appendScalar writes a number as it stands if JSON has the same form for it, and as a text otherwise.
func appendScalar(b *bytes.Buffer, n *yaml.Node) {
	switch n.Tag {
	case "!!null":
		b.WriteString("null")
		return
	case "!!bool":
		b.WriteString(strings.ToLower(n.Value))
		return
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			b.WriteString(n.Value)
			return
		}
	}
	b.Write(quote(n.Value))
}

// quote returns s as a JSON string, without the escapes for HTML.
func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
