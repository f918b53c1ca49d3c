package fault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// maxPeek is how much of a body is read to find the client in it.
const maxPeek = 1 << 20

// clientOf returns the client that a request names, without checking anything: for IMS the field client_id of the body,
// then of the query, then Basic; then for all services the claims of the bearer token, and the headers that name a
// client. The body is as it was afterwards.
func clientOf(service string, r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	rest = strings.TrimSpace(rest)
	if service == serviceIMS {
		if id := formClient(r); id != "" {
			return id
		}
		if id := r.URL.Query().Get("client_id"); id != "" {
			return id
		}
		if raw, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "basic") {
			user, _, _ := strings.Cut(string(raw), ":")
			if plain, err := url.QueryUnescape(user); err == nil {
				user = plain // RFC 6749, section 2.3.1
			}
			return user
		}
	}
	if strings.EqualFold(scheme, "bearer") {
		if id := claimedClient(rest); id != "" {
			return id
		}
	}
	if id := r.Header.Get("X-Ims-Clientid"); id != "" {
		return id
	}
	return r.Header.Get("X-Api-Key")
}

// claimedClient returns the claim client_id of a token, whose signature is not checked.
func claimedClient(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		ClientID string `json:"client_id"`
	}
	_ = json.Unmarshal(payload, &claims)
	return claims.ClientID
}

// formClient returns the field client_id of a form in the body.
func formClient(r *http.Request) string {
	mediaType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch mediaType {
	case "application/x-www-form-urlencoded":
		return encodedClient(string(peekBody(r)))
	case "multipart/form-data":
		return multipartClient(peekBody(r), params["boundary"])
	}
	return ""
}

// encodedClient looks through a form without taking it apart as a whole, and so takes also one that is malformed
// elsewhere.
func encodedClient(form string) string {
	for pair := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || plain != "client_id" {
			continue
		}
		if id, err := url.QueryUnescape(value); err == nil {
			return id
		}
	}
	return ""
}

func multipartClient(body []byte, boundary string) string {
	if boundary == "" {
		return ""
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for range 1000 {
		part, err := parts.NextPart()
		if err != nil {
			return ""
		}
		if part.FormName() == "client_id" {
			id, _ := io.ReadAll(io.LimitReader(part, 1000))
			return string(id)
		}
	}
	return ""
}

// peekBody returns the first MiB of a body and puts it back. What goes wrong in reading goes wrong again for who reads
// it next.
func peekBody(r *http.Request) []byte {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if p, ok := r.Body.(*peeked); ok {
		return p.head
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, maxPeek))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = &peeked{Reader: io.MultiReader(bytes.NewReader(head), rest), Closer: r.Body, head: head}
	return head
}

// peeked is a body whose beginning was read and put back.
type peeked struct {
	io.Reader
	io.Closer
	head []byte
}

// failing is the rest of a body that could not be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, errors.New("the body could not be read")
	}
	return 0, f.err
}
