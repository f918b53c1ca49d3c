package aem

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
)

// Answer is a refusal that can be given without cause, to play a fault.
type Answer string

// The answers.
const (
	AnswerUnauthorizedHTML  Answer = "unauthorized-html"
	AnswerUnauthorizedEmpty Answer = "unauthorized-empty"
	AnswerForbidden         Answer = "forbidden"
	AnswerNotAllowlisted    Answer = "not-allowlisted"
	AnswerAPIKey            Answer = "api-key"
	AnswerCDNBlocked        Answer = "cdn-blocked"
	AnswerNoHost            Answer = "no-host"
	AnswerThrottled         Answer = "throttled"
	AnswerUnavailable       Answer = "unavailable"
)

var answers = map[Answer]*failure{
	AnswerUnauthorizedHTML:  {status: http.StatusUnauthorized, code: "unauthorized", style: UnauthorizedHTML},
	AnswerUnauthorizedEmpty: {status: http.StatusUnauthorized, code: "unauthorized", style: UnauthorizedEmpty},
	AnswerForbidden:         errForbidden,
	AnswerNotAllowlisted:    errNotAllowlisted,
	AnswerAPIKey:            errNoAPIKey,
	AnswerCDNBlocked:        errCDN,
	AnswerNoHost:            {status: http.StatusNotFound, code: "no_host", message: "Domain Not Found", edge: true},
	AnswerThrottled:         {status: http.StatusTooManyRequests, code: "throttled", message: "Too Many Requests", edge: true},
	AnswerUnavailable:       {status: http.StatusServiceUnavailable, code: "unavailable", message: "Service Unavailable", edge: true},
}

// Answers returns all answers.
func Answers() []Answer {
	return []Answer{
		AnswerUnauthorizedHTML, AnswerUnauthorizedEmpty, AnswerForbidden, AnswerNotAllowlisted, AnswerAPIKey,
		AnswerCDNBlocked, AnswerNoHost, AnswerThrottled, AnswerUnavailable,
	}
}

// Status returns the status code of the answer, 0 for an unknown one.
func (a Answer) Status() int {
	if f, ok := answers[a]; ok {
		return f.status
	}
	return 0
}

// Code returns what the answer is called in the journal, "" for an unknown one.
func (a Answer) Code() string {
	if f, ok := answers[a]; ok {
		return f.code
	}
	return ""
}

// Write sends the answer in the form that the request's path has: HTML, or JSON where it is an API's. Headers that are
// set already, such as Retry-After, stay. An unknown answer is a 500 without a body.
func (a Answer) Write(w http.ResponseWriter, r *http.Request) {
	f, ok := answers[a]
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	f.write(w, r)
}

// failure is an error answer. The failures below are shared and never changed.
type failure struct {
	status  int
	code    string // for the journal; AEM sends none
	message string
	edge    bool              // from the content delivery network: HTML on every path
	gateway string            // the error_code of the API gateway, whose body it then has
	style   UnauthorizedStyle // of a 401
	allow   string            // the header Allow of a 405
}

// Of these, the words of errNotAllowlisted are public; the rest is made up.
var (
	errCDN       = &failure{status: http.StatusNotAcceptable, code: "cdn_blocked", message: "Not Acceptable", edge: true}
	errForbidden = &failure{status: http.StatusForbidden, code: "forbidden", message: "Forbidden"}
	// What people report to get on every call until the list of allowed clients is deployed. The form of the answer
	// around the words is not public.
	errNotAllowlisted = &failure{status: http.StatusForbidden, code: "not_allowlisted",
		message: "IMS Client ID not allowlisted. Allowlist the Client ID using the Configuration Pipeline."}
	// Code and text of Adobe's API gateway; whether AEM's hosts have the same is not public.
	errNoAPIKey = &failure{status: http.StatusForbidden, code: "api_key", message: "Api Key is required",
		gateway: "403000"}
	errWrongAPIKey = &failure{status: http.StatusForbidden, code: "api_key", message: "Api Key is invalid",
		gateway: "403003"}
	errNotFound       = &failure{status: http.StatusNotFound, code: "not_found", message: "Not Found"}
	errExists         = &failure{status: http.StatusConflict, code: "exists", message: "an entity exists already at the path"}
	errNoParent       = &failure{status: http.StatusPreconditionFailed, code: "no_parent", message: "the parent folder does not exist"}
	errNoParentFolder = &failure{status: http.StatusInternalServerError, code: "no_parent", message: "the parent folder does not exist"}
	errNotAsset       = &failure{status: http.StatusConflict, code: "not_an_asset", message: "there is a folder at the path"}
	errRoot           = &failure{status: http.StatusForbidden, code: "forbidden", message: "the root folder cannot be deleted"}
	errBig            = &failure{status: http.StatusRequestEntityTooLarge, code: "too_large", message: "the content is too large"}
	errFull           = &failure{status: http.StatusInsufficientStorage, code: "no_room", message: "the repository is full"}
	errBody           = &failure{status: http.StatusBadRequest, code: "bad_body", message: "the request body cannot be read"}
	errInternal       = &failure{status: http.StatusInternalServerError, code: "internal", message: "Internal Server Error"}
)

func badRequest(message string) *failure {
	return &failure{status: http.StatusBadRequest, code: "bad_request", message: message}
}

func wrongMethod(allow string) *failure {
	return &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "Method Not Allowed", allow: allow}
}

// write sends f in the form of the layer that it comes from and the path.
func (f *failure) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	if f.status == http.StatusUnauthorized {
		// RFC 9110, section 11.6.1 demands a challenge with every 401.
		h.Set("WWW-Authenticate", `Bearer realm="Adobe IMS"`)
	}
	contentType, body := f.body(r)
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}

func (f *failure) body(r *http.Request) (contentType string, body []byte) {
	path := r.URL.Path
	switch {
	case f.style == UnauthorizedEmpty:
		return "", nil
	case f.style == UnauthorizedHTML:
		return "text/html;charset=utf-8", []byte(loginPage)
	case f.edge:
		return "text/html;charset=utf-8", f.page()
	case f.gateway != "":
		return jsonOf("application/json", map[string]any{"error_code": f.gateway, "message": f.message})
	case strings.HasPrefix(path, "/adobe/"):
		return jsonOf("application/problem+json", map[string]any{
			"type": "about:blank", "title": http.StatusText(f.status), "status": f.status, "detail": f.message,
		})
	case path == "/api.json" || strings.HasPrefix(path, "/api/"):
		return jsonOf("application/json;charset=utf-8", coreResponse(r, f.status, f.message))
	}
	return "text/html;charset=utf-8", f.page()
}

func jsonOf(contentType string, v any) (string, []byte) {
	body, _ := json.Marshal(v)
	return contentType, body
}

func (f *failure) page() []byte {
	title := html.EscapeString(http.StatusText(f.status))
	return []byte("<!DOCTYPE html>\n<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title +
		"</h1>\n<p>" + html.EscapeString(f.message) + "</p>\n</body>\n</html>\n")
}

// loginPage stands for the page of AEM's login layer.
const loginPage = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>AEM Sign In</title></head>
<body>
<h1>Adobe Experience Manager</h1>
<p>Sign in to continue. This page answers a request without a good access token.</p>
</body>
</html>
`

// response is what the Assets HTTP API says of a call that returns no entity.
type response struct {
	Class      []string           `json:"class"`
	Properties responseProperties `json:"properties"`
}

type responseProperties struct {
	Path     string `json:"path"`
	Location string `json:"location,omitempty"`
	Parent   string `json:"parentLocation,omitempty"`
	Status   int    `json:"status.code"`
	Message  string `json:"status.message"`
}

func coreResponse(r *http.Request, status int, message string) response {
	return response{
		Class:      []string{"core/response"},
		Properties: responseProperties{Path: short(r.URL.Path), Status: status, Message: message},
	}
}
