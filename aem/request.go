package aem

import (
	"net/http"
	"net/url"

	"github.com/imsx/imsx/secret"
)

// Request is one request to AEM. It is not changed, and can be used again if its Body can.
type Request struct {
	// Op names what is done, for errors, such as "generate pdf"; empty means "request".
	Op string
	// Method is the HTTP method; empty means GET.
	Method string
	// Path is the whole path of the URL, beginning with a slash and escaped as in a URL ("/content/dam/a%20b.pdf").
	// Bytes that may not stand in a URL are escaped. It has no query. Empty means "/".
	Path string
	// Query is the query of the URL; nil means none.
	Query url.Values
	// RawQuery is a query as it stands in a URL, without the question mark; it is sent in place of Query. Bytes that may
	// not stand in a URL are escaped. Empty means none.
	RawQuery string
	// Header are further headers. Authorization, Host, Content-Type and Content-Length are not taken from here, nor is
	// X-Api-Key if the client has one for the path.
	Header http.Header
	// Body is the body; nil means none.
	Body Body
	// Repeatable says that it does no harm to send the request twice. GET and HEAD always count as repeatable.
	Repeatable bool
	// AnyStatus makes an answer of every status a [Response], not a failure. A 401 is one only if it is the answer to a
	// request with a new token.
	AnyStatus bool
	// Secrets are texts in the request that never show in an error, such as passwords. The token is one anyway.
	Secrets []secret.Text
}

func (r Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

func (r Request) repeatable() bool {
	return r.Repeatable || r.method() == http.MethodGet || r.method() == http.MethodHead
}

// rewindable reports whether the body, if there is one, can be read again.
func (r Request) rewindable() bool { return r.Body == nil || r.Body.Rewindable() }
