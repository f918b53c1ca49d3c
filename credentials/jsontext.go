package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// object is a decoded JSON object or YAML mapping. Its values are string, json.Number, bool, nil, []any and object.
type object = map[string]any

// maxDepth bounds the nesting of JSON. The deepest known format, the project download, has eight levels.
const maxDepth = 32

// maxValues bounds how many values a JSON text may hold. A value takes many times the memory of its two bytes of text.
const maxValues = 100_000

// parseJSON reads exactly one JSON value. Unlike [json.Unmarshal] it refuses names that occur twice in one object,
// because tools disagree on which of the two counts.
func parseJSON(data []byte) (any, *Error) {
	p := jsonParser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.dec.More() {
		return nil, p.fail("there is more text after the JSON value; several files may have been joined",
			"put one credential in each file, or all of them in one JSON array")
	}
	if _, tail := p.dec.Token(); !errors.Is(tail, io.EOF) {
		return nil, p.fail("there is more text after the JSON value", hintDownload)
	}
	return v, nil
}

type jsonParser struct {
	data   []byte
	dec    *json.Decoder
	values int
}

func (p *jsonParser) fail(what, hint string) *Error {
	e := newError(ReasonMalformed, what, hint)
	e.Line = 1 + bytes.Count(p.data[:min(int(p.dec.InputOffset()), len(p.data))], []byte("\n"))
	return e
}

func (p *jsonParser) token() (json.Token, *Error) {
	t, err := p.dec.Token()
	switch {
	case err == nil:
		return t, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e := p.fail("the JSON text stops in the middle", hintDownload)
		e.Reason = ReasonTruncated
		return nil, e
	}
	return nil, p.fail("this is not valid JSON", hintDownload)
}

func (p *jsonParser) value(depth int) (any, *Error) {
	if p.values++; p.values > maxValues {
		return nil, p.fail("the JSON text holds too many values", hintDownload)
	}
	if depth > maxDepth {
		return nil, p.fail("the JSON text is nested too deeply", hintDownload)
	}
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return p.object(depth)
	case json.Delim('['):
		return p.array(depth)
	}
	return t, nil
}

func (p *jsonParser) object(depth int) (any, *Error) {
	o := object{}
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, p.fail("this is not valid JSON", hintDownload)
		}
		if _, dup := o[name]; dup {
			return nil, p.fail("a name occurs twice in the same JSON object", "remove one of the two")
		}
		if o[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := p.token()
	return o, err
}

func (p *jsonParser) array(depth int) (any, *Error) {
	a := []any{}
	for p.dec.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := p.token()
	return a, err
}
