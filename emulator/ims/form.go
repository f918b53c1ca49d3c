package ims

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// The bounds of a request.
const (
	maxBody    = 1 << 20
	maxFields  = 1000
	maxDrained = 64 << 20
)

// form is the fields of a request: those of the query and of the body. A field of the body hides the one of the same
// name in the query, because several clients send client_id in both places and no other field in the query.
type form map[string][]string

// get returns the first value of a field, or "".
func (f form) get(name string) string {
	if v := f[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// readForm reads the fields of a request. A body that is neither urlencoded nor multipart has none.
func readForm(w http.ResponseWriter, r *http.Request) (form, *failure) {
	body, f := readBody(w, r)
	if f != nil {
		return nil, f
	}
	return mergeForm(r.URL.RawQuery, r.Header.Get("Content-Type"), body)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *failure) {
	if r.ContentLength > maxBody {
		drain(r)
		return nil, errTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		drain(r)
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errBadBody
	}
	return body, nil
}

// drain reads what is left of a body before the request is refused: most clients send all of it before they look at the
// answer, and would meet a closed connection. One that asks first (RFC 9110, section 10.1.1) is not let send.
func drain(r *http.Request) {
	if r.Body != nil && r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
	}
}

func mergeForm(query, contentType string, body []byte) (form, *failure) {
	merged := form{}
	if f := merged.addEncoded(query); f != nil {
		return nil, f
	}
	fields := form{}
	mediaType, params, _ := mime.ParseMediaType(contentType)
	var f *failure
	switch mediaType {
	case "application/x-www-form-urlencoded":
		f = fields.addEncoded(string(body))
	case "multipart/form-data":
		f = fields.addMultipart(body, params["boundary"])
	}
	if f != nil {
		return nil, f
	}
	maps.Copy(merged, fields)
	return merged, nil
}

// addEncoded adds the fields of a text in application/x-www-form-urlencoded.
func (f form) addEncoded(s string) *failure {
	for n := 0; s != ""; n++ {
		if n == maxFields {
			return errTooManyFields
		}
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return errBadBody
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return errBadBody
		}
		f[name] = append(f[name], value)
	}
	return nil
}

// addMultipart adds the parts of a multipart/form-data body (RFC 7578).
func (f form) addMultipart(body []byte, boundary string) *failure {
	if boundary == "" {
		return errBadBody
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // NextPart documents io.EOF itself for the last part
			return nil
		}
		if err != nil {
			return errBadBody
		}
		if n == maxFields {
			return errTooManyFields
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return errBadBody
		}
		if name := part.FormName(); name != "" {
			f[name] = append(f[name], string(value))
		}
	}
}

// bearer returns the token of an Authorization header with the Bearer scheme (RFC 6750), or "".
func bearer(r *http.Request) string { return credentials(r, "bearer") }

// credentials returns what follows the scheme in the Authorization header, or "" for another scheme. The scheme's
// case does not matter (RFC 9110, section 11.1).
func credentials(r *http.Request, scheme string) string {
	got, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(got, scheme) {
		return ""
	}
	return strings.TrimSpace(rest)
}

// clientAuth returns the client's id and the texts of which one must be its secret: the field client_secret, or the
// password of the Basic scheme. RFC 6749, section 2.3.1 has both halves of Basic form-encoded, which not every client
// does, so both readings count.
func clientAuth(r *http.Request, f form) (id string, secrets []string) {
	id = f.get("client_id")
	if s := f.get("client_secret"); s != "" {
		return id, []string{s}
	}
	raw, err := base64.StdEncoding.DecodeString(credentials(r, "basic"))
	if err != nil || len(raw) == 0 {
		return id, nil
	}
	user, password, _ := strings.Cut(string(raw), ":")
	if u, err := url.QueryUnescape(user); err == nil {
		user = u
	}
	if id == "" {
		id = user
	}
	if id != user {
		return id, nil
	}
	secrets = []string{password}
	if p, err := url.QueryUnescape(password); err == nil && p != password {
		secrets = append(secrets, p)
	}
	return id, secrets
}
