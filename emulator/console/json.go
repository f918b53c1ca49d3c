package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// maxBody bounds the body of a request of the control API.
const maxBody = 1 << 20

// problem is an error answer of the control API.
type problem struct {
	status  int
	Code    string `json:"error"` // for programs: one of a few words
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do about it
}

func (p *problem) Error() string { return p.Message }

func badRequest(hint, format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, "bad_request", fmt.Sprintf(format, args...), hint}
}

func notFound(what, id, list string) *problem {
	return &problem{
		http.StatusNotFound, "not_found", fmt.Sprintf("there is no %s %q", what, id), "GET " + Prefix + list + " lists what there is",
	}
}

// refused is the answer when the emulated parts do not take a change.
func refused(err error) *problem {
	return &problem{http.StatusUnprocessableEntity, "refused", err.Error(), ""}
}

func writeProblem(w http.ResponseWriter, p *problem) { writeJSON(w, p.status, p) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		http.Error(w, `{"error":"internal_error","message":"the answer cannot be encoded"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// readJSON reads a request's body, one JSON object, into v, which points to a struct. Members that v does not have are
// refused with a hint.
func readJSON(w http.ResponseWriter, r *http.Request, v any) *problem {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &problem{
			http.StatusUnsupportedMediaType, "unsupported_media_type", "the body is not said to be JSON",
			"send the header Content-Type: application/json",
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &problem{http.StatusRequestEntityTooLarge, "too_large", "the body is larger than 1 MiB", ""}
	}
	if err != nil {
		return badRequest("", "the body cannot be read")
	}
	return decodeJSON(body, v)
}

func decodeJSON(body []byte, v any) *problem {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err, v)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("send one object", "the body goes on after the JSON object")
	}
	return nil
}

// jsonProblem turns an error of encoding/json into one that says what to change.
func jsonProblem(err error, v any) *problem {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return badRequest("send one JSON object", "the body is a JSON %s", wrong.Value)
		}
		return badRequest("", "member %q: a JSON %s cannot stand here", wrong.Field, wrong.Value)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badRequest("", "the body is not JSON, from byte %d on", syntax.Offset)
	}
	if _, unknown, ok := strings.Cut(err.Error(), "unknown field "); ok {
		unknown = strings.Trim(unknown, `"`)
		return badRequest(memberHint(unknown, members(reflect.TypeOf(v))), "unknown member %q", unknown)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badRequest("send one JSON object", "the body is empty or ends too early")
	}
	return badRequest("", "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// members lists the JSON names of a struct's fields, embedded ones included.
func members(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, members(f.Type)...)
		case f.IsExported() && name != "-" && name != "":
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// memberHint names the member that was probably meant, or all of them.
func memberHint(unknown string, known []string) string {
	best, bestDistance := "", 3
	for _, name := range known {
		if d := distance(strings.ToLower(unknown), name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "no members are expected here"
	}
	return "known members: " + strings.Join(known, ", ")
}

// distance is the Levenshtein distance of two short texts; long ones are far apart.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
