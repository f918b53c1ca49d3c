package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/imsx/imsx/aem"
)

// readOptions reads a JSON file with the options of an API into v, strictly: an unknown member is refused, with a guess
// at what was meant. No file is no options.
func (in *inputs) readOptions(ctx context.Context, flag, file string, v any) error {
	if file == "" {
		return nil
	}
	path, err := in.file(ctx, flag, file)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return &inputError{fmt.Errorf("%s: %w", flag, err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxOptions+1))
	if err != nil {
		return &inputError{fmt.Errorf("%s: %w", flag, err)}
	}
	if len(data) > maxOptions {
		return usagef("%s: %s is larger than %d bytes", flag, file, maxOptions)
	}
	if fault := decodeOptions(data, v); fault != "" {
		return usagef("%s: %s: %s", flag, file, fault)
	}
	return nil
}

// maxOptions bounds a file with options. Those of a signature may hold two pictures.
const maxOptions = 16 << 20

// decodeOptions decodes data, one JSON object, into v. It returns what is wrong, without a value of the text: some
// options are passwords.
func decodeOptions(data []byte, v any) (fault string) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return "it is not a JSON object"
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return "more follows the JSON object"
		}
		return ""
	}
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("line %d: it is not valid JSON", 1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")))
	case errors.As(err, &kind):
		return fmt.Sprintf("%q must not be a JSON %s", kind.Field, firstWord(kind.Value))
	}
	if refused, ok := errors.AsType[*aem.Error](err); ok {
		return refused.Description
	}
	name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !unknown {
		return "it is not valid JSON"
	}
	name = strings.Trim(name, `"`)
	members := memberNames(reflect.TypeOf(v))
	fault = fmt.Sprintf("unknown member %q", name)
	if near := nearest(name, members); near != "" {
		return fault + fmt.Sprintf(", did you mean %q?", near)
	}
	return fault + "; there are " + strings.Join(members, ", ")
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// memberNames lists the members that a type has in JSON, those of its parts included.
func memberNames(t reflect.Type) []string {
	var names []string
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" || !f.IsExported() {
				continue
			}
			if name != "" {
				names = append(names, name)
			}
			visit(f.Type)
		}
	}
	visit(t)
	return names
}
