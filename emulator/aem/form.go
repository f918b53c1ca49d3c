package aem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"unicode/utf8"
)

// errProperty is wrapped by the errors about a property that cannot be kept.
var errProperty = errors.New("a property is malformed")

// form is what a request says of the asset or folder that it creates.
type form struct {
	name       string
	properties map[string]json.RawMessage

	hasFile     bool
	fileName    string
	contentType string
	content     []byte // reserved
}

func formOf(query url.Values) form {
	var f form
	f.addAll(query)
	return f
}

func (f *form) addAll(fields url.Values) {
	for name, values := range fields {
		f.add(name, values[len(values)-1])
	}
}

// add takes a field of a form: the name, or a property.
func (f *form) add(name, value string) {
	if name == "name" {
		f.name = value
		return
	}
	text, _ := json.Marshal(value) // a string always is JSON
	f.set(name, text)
}

// set takes a property of a document: the name, if it is a text, or another.
func (f *form) set(name string, value json.RawMessage) {
	if name == "name" {
		_ = json.Unmarshal(value, &f.name) // what is no text is no name
		return
	}
	if f.properties == nil {
		f.properties = map[string]json.RawMessage{}
	}
	f.properties[name] = value
}

func (f *form) checked() (map[string]json.RawMessage, error) { return checkProperties(f.properties) }

// checkProperties returns the properties as they are kept, with the names that the answers use. It fails if there are
// too many or one is not a text, a number, a truth value, null or an array of such.
func checkProperties(given map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	if len(given) > maxProperties {
		return nil, errManyProperties
	}
	properties := make(map[string]json.RawMessage, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) { // of two names for one property the last counts
		value := given[name]
		switch name {
		case "title", "jcr:title":
			name = titleProperty
		case "jcr:description":
			name = "dc:description"
		case "jcr:language":
			name = "dc:language"
		}
		if name == "" || len(name) > maxName || !utf8.ValidString(name) {
			return nil, fmt.Errorf("%w: its name is empty, too long or not UTF-8", errProperty)
		}
		if !isPlain(value) {
			return nil, fmt.Errorf("%w: %q is not a plain value or an array of such", errProperty, short(name))
		}
		properties[name] = bytes.Clone(value)
	}
	return properties, nil
}

// isPlain reports whether a JSON value has no objects in it and no arrays within arrays.
func isPlain(value json.RawMessage) bool {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return false
	}
	many, ok := v.([]any)
	if !ok {
		many = []any{v}
	}
	for _, one := range many {
		switch one.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return true
}

// readForm reads a form with a file. The content of the part "file" is kept, and its bytes are reserved, also when a
// later part is in error; other parts are fields.
func (c *call) readForm(boundary string, f *form) error {
	return c.eachPart(boundary, maxParts, func(p formPart) (err error) {
		if p.file == nil || f.hasFile {
			f.add(p.name, p.value)
			return nil
		}
		f.hasFile, f.fileName, f.contentType = true, p.file.FileName(), p.file.Header.Get("Content-Type")
		f.content, err = c.server.budget.read(p.file, c.server.maxAsset)
		return err
	})
}

// formPart is a part of a form: a field with its value, or the one called "file".
type formPart struct {
	name, value string
	file        *multipart.Part
}

// eachPart reads the parts of a form, at most limit of them.
func (c *call) eachPart(boundary string, limit int, take func(formPart) error) error {
	if boundary == "" {
		return errBadBody
	}
	reader, fields := multipart.NewReader(c.r.Body, boundary), 0
	for parts := 0; ; parts++ {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || parts == limit {
			return errBadBody
		}
		p := formPart{name: part.FormName()}
		if p.name == "file" {
			p.file = part
		} else {
			value, err := readAll(part, maxFields-fields)
			if err != nil {
				return err
			}
			fields += len(value)
			p.value = string(value)
		}
		if err := take(p); err != nil {
			return err
		}
	}
}

// readAll reads all of r, at most limit bytes.
func readAll(r io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, errBadBody
	}
	if len(content) > limit {
		return nil, errTooLarge
	}
	return content, nil
}
