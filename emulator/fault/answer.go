package fault

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/journal"
)

// Answer is an error answer that a fault can give, by its name.
type Answer struct {
	Name        string `json:"name"`
	Service     string `json:"service"` // "ims" or "aem"
	Status      int    `json:"status"`
	Code        string `json:"code"`                  // the member "error" of IMS; what the journal has, of AEM
	Description string `json:"description,omitempty"` // the member "error_description" of IMS
	Meaning     string `json:"meaning"`               // what would cause it really
	// Public says that status, code and description are known to be Adobe's. In the others something is made up.
	Public bool `json:"public"`

	gateway bool            // the form of Adobe's API gateway
	aem     aem.Answer      // who writes it
	forms   *aem.FormsError // who writes it, instead
}

// answers are all that Adobe documents for the exchange, in the order of its table, what was seen on the live service
// besides, the answers of the token endpoints, and AEM's.
var answers = slices.Concat(inIMS(
	Answer{Name: "unknown_client", Status: 400, Code: "invalid_client", Description: "invalid client_id parameter", Public: true,
		Meaning: "client_id names no client"},
	Answer{Name: "audience_unknown", Status: 400, Code: "invalid_client", Description: "the client in aud does not exist",
		Meaning: "the assertion's aud names no client"},
	Answer{Name: "audience_environment", Status: 400, Code: "invalid_client", Description: "aud names another IMS environment",
		Meaning: "the assertion's aud names another host"},
	Answer{Name: "audience_mismatch", Status: 400, Code: "invalid_client", Description: "client_id and aud do not agree",
		Meaning: "the assertion's aud names another client"},
	Answer{Name: "exchange_not_allowed", Status: 401, Code: "invalid_client",
		Description: "the client does not have the exchange_jwt scope", Meaning: "the client may not exchange assertions"},
	Answer{Name: "wrong_secret_exchange", Status: 401, Code: "invalid_client", Description: "invalid client_secret parameter",
		Meaning: "the client secret is wrong, as documented for the exchange"},
	Answer{Name: "malformed_assertion", Status: 400, Code: "invalid_token", Public: true,
		Description: "JWT token is incorrectly formatted, and can not be decoded.", Meaning: "the assertion is missing or unreadable"},
	Answer{Name: "assertion_expired", Status: 400, Code: "invalid_token", Description: "the JWT has expired",
		Meaning: "the assertion's exp has passed"},
	Answer{Name: "not_integer", Status: 400, Code: "invalid_token", Description: "exp or jti is not an integer",
		Meaning: "the assertion's exp or jti is no integer"},
	Answer{Name: "no_binding", Status: 400, Code: "invalid_token", Public: true,
		Description: "Could not match JWT signature to any of the bindings",
		Meaning:     "no live certificate of the account verifies the assertion"},
	Answer{Name: "no_binding_documented", Status: 400, Code: "invalid_signature",
		Description: "Could not match JWT signature to any of the bindings", Meaning: "the same with the code that is documented"},
	Answer{Name: "wrong_algorithm", Status: 400, Code: "invalid_signature",
		Description: "the signature does not fit the algorithm in the header", Meaning: "the assertion was signed by another algorithm"},
	Answer{Name: "jti_missing", Status: 400, Code: "invalid_jti", Description: "the binding demands the claim jti",
		Meaning: "the assertion lacks jti"},
	Answer{Name: "jti_replayed", Status: 400, Code: "invalid_jti", Description: "jti is not greater than those used before",
		Meaning: "the assertion's jti was used before"},
	Answer{Name: "metascope_not_bound", Status: 400, Code: "invalid_scope", Public: true,
		Description: "The metascopes in the JWT are not a subset of the metascopes in the binding.",
		Meaning:     "the account does not have a metascope of the assertion"},
	Answer{Name: "metascope_not_granted", Status: 400, Code: "invalid_scope",
		Description: "The metascopes in the JWT are not a subset of the scopes of the client.",
		Meaning:     "the client does not have a metascope of the assertion"},
	Answer{Name: "metascope_unknown", Status: 400, Code: "invalid_scope", Description: "a metascope in the JWT does not exist",
		Meaning: "a metascope of the assertion does not exist"},
	Answer{Name: "metascope_missing", Status: 400, Code: "invalid_scope", Description: "the JWT has no metascope",
		Meaning: "the assertion has no metascope"},
	Answer{Name: "malformed_claim", Status: 400, Code: "bad_request",
		Description: "one of sub, iss, exp and jti is missing or malformed", Meaning: "a claim of the assertion is malformed"},
	Answer{Name: "migrated", Status: 500, Code: "internal_error", Description: "Please try again later", Public: true,
		Meaning: "the client was migrated to OAuth server-to-server"},

	Answer{Name: "wrong_secret", Status: 400, Code: "invalid_client", Description: "invalid client_secret parameter", Public: true,
		Meaning: "the client secret is wrong, at the token endpoints"},
	Answer{Name: "access_denied", Status: 400, Code: "access_denied", Description: "the code is unknown, used or expired",
		Meaning: "an authorization code is bad"},
	Answer{Name: "scope_not_granted", Status: 400, Code: "invalid_scope", Description: "a scope is not granted",
		Meaning: "the client does not have a scope that it asks for"},
	Answer{Name: "unsupported_grant_type", Status: 400, Code: "unsupported_grant_type",
		Description: "the grant_type is not supported here", Meaning: "grant_type is unknown"},
	Answer{Name: "invalid_grant", Status: 400, Code: "invalid_grant", Description: "the grant is not valid",
		Meaning: "a refresh token or a subject token is bad"},
	Answer{Name: "invalid_request", Status: 400, Code: "invalid_request", Description: "a parameter is missing",
		Meaning: "a field is missing"},
	Answer{Name: "throttled", Status: 429, Code: "too_many_requests", Description: "too many requests",
		Meaning: "the client asks too often; with retry_after"},
	Answer{Name: "bearer_refused", Status: 401, Code: "invalid_token", Description: "the access token is missing or not valid",
		Meaning: "the bearer token of a profile or userinfo request is bad"},
	Answer{Name: "server_error", Status: 500, Code: "internal_error", Description: "an internal error", Meaning: "IMS itself fails"},
	Answer{Name: "unavailable", Status: 503, Code: "service_unavailable", Description: "the service is unavailable",
		Meaning: "IMS is down for a moment; with retry_after"},
	Answer{Name: "gateway_token_refused", Status: 401, Code: "401013", Description: "Oauth token is not valid", gateway: true,
		Public: true, Meaning: "the gateway of the secrets API refuses the token"},
	Answer{Name: "gateway_key_refused", Status: 403, Code: "403003", Description: "Api Key is invalid", gateway: true,
		Public: true, Meaning: "the gateway of the secrets API refuses the API key"},
), []Answer{
	fromAEM("aem_unauthorized_html", aem.AnswerUnauthorizedHTML, "the token is refused; a sign-in page"),
	fromAEM("aem_unauthorized_empty", aem.AnswerUnauthorizedEmpty, "the token is refused; no body"),
	fromAEM("aem_forbidden", aem.AnswerForbidden, "the technical account's user lacks the group or the right"),
	fromAEM("aem_not_allowlisted", aem.AnswerNotAllowlisted, "the client id is not on the environment's allow-list"),
	fromAEM("aem_api_key", aem.AnswerAPIKey, "the header X-Api-Key is missing"),
	fromAEM("aem_cdn_blocked", aem.AnswerCDNBlocked, "the content delivery network blocks the request"),
	fromAEM("aem_no_host", aem.AnswerNoHost, "there is no such environment"),
	fromAEM("aem_throttled", aem.AnswerThrottled, "too many requests; with retry_after"),
	fromAEM("aem_unavailable", aem.AnswerUnavailable, "the environment is down or asleep; with retry_after"),
	fromForms("forms_bad_request", "a Forms service finds the request wrong, in the form of its family",
		aem.FormsError{Status: 400, Code: "bad_request", Message: "the request is invalid or cannot be served"}),
	fromForms("forms_timeout", "the work of a Forms service takes too long, in the form of its family",
		aem.FormsError{Status: 408, Code: "timeout", Message: "the operation has timed out"}),
	fromForms("forms_internal", "a Forms service fails, in the form of its family; of the assembler with the logs in parts",
		aem.FormsError{Status: 500, Code: "internal", Message: "the server has encountered an error", JobLog: "the job began\nthe job failed\n"}),
})

// Answers returns all error answers in a fixed order: IMS first.
func Answers() []Answer { return slices.Clone(answers) }

func inIMS(all ...Answer) []Answer {
	for i := range all {
		all[i].Service = serviceIMS
	}
	return all
}

func fromAEM(name string, a aem.Answer, meaning string) Answer {
	return Answer{Name: name, Service: serviceAEM, Status: a.Status(), Code: a.Code(), Meaning: meaning, aem: a}
}

func fromForms(name, meaning string, e aem.FormsError) Answer {
	return Answer{Name: name, Service: serviceAEM, Status: e.Status, Code: e.Code, Meaning: meaning, forms: &e}
}

func answerNamed(name string) (Answer, bool) {
	i := slices.IndexFunc(answers, func(a Answer) bool { return a.Name == name })
	if i < 0 {
		return Answer{}, false
	}
	return answers[i], true
}

func answerNames() []string {
	names := make([]string, len(answers))
	for i, a := range answers {
		names[i] = a.Name
	}
	return names
}

// write sends the answer in the form of its service.
func (a Answer) write(w http.ResponseWriter, r *http.Request) {
	rec := journal.From(r.Context())
	rec.Code(a.Code)
	switch {
	case a.forms != nil:
		a.forms.Write(w, r)
		return
	case a.Service == serviceAEM:
		a.aem.Write(w, r)
		return
	}
	writeIMS(w, r, a.Status, a.body())
}

func (a Answer) body() string {
	if a.gateway {
		return `{"error_code":` + string(quote(a.Code)) + `,"message":` + string(quote(a.Description)) + `}`
	}
	return imsBody(a.Code, a.Description)
}

// imsBody is an error of IMS: compact, with error_description before error.
func imsBody(code, description string) string {
	return `{"error_description":` + string(quote(description)) + `,"error":` + string(quote(code)) + `}`
}

// writeIMS sends a body in JSON with the headers that answers of IMS have.
func writeIMS(w http.ResponseWriter, r *http.Request, status int, body string) {
	h := w.Header()
	id := debugID()
	journal.From(r.Context()).DebugID(id)
	setDefault(h, "X-Debug-Id", id)
	setDefault(h, "Content-Type", "application/json;charset=UTF-8")
	setDefault(h, "Cache-Control", "no-store")
	if status == http.StatusUnauthorized {
		setDefault(h, "WWW-Authenticate", `Bearer realm="ims"`) // RFC 9110, section 11.6.1
	}
	send(w, status, body)
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

// send writes a whole answer.
func send(w http.ResponseWriter, status int, body string) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if body != "" {
		_, _ = w.Write([]byte(body))
	}
}

func debugID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// The values of [Status.Body].
const (
	bodyJSON  = "json"
	bodyHTML  = "html"
	bodyEmpty = "empty"
)

// write sends the status in the form of the service.
func (s Status) write(service string, w http.ResponseWriter, r *http.Request) {
	for name, value := range s.Headers {
		w.Header().Set(name, value)
	}
	text := strings.ToLower(http.StatusText(s.Code))
	if text == "" {
		text = "status " + strconv.Itoa(s.Code)
	}
	code := strings.ReplaceAll(text, " ", "_")
	journal.From(r.Context()).Code(code)
	switch {
	case s.Body == bodyEmpty || s.Code == http.StatusNoContent || s.Code == http.StatusNotModified:
		send(w, s.Code, "")
	case s.Body == bodyHTML:
		writePage(w, s.Code)
	case within(service, serviceAEM) && isForms(r):
		aem.FormsError{Status: s.Code, Code: code, Message: text}.Write(w, r)
	case within(service, serviceAEM):
		setDefault(w.Header(), "Content-Type", "application/json")
		send(w, s.Code, `{"status":`+strconv.Itoa(s.Code)+`,"code":`+string(quote(code))+`,"message":`+string(quote(text))+`}`)
	default:
		writeIMS(w, r, s.Code, imsBody(code, text))
	}
}

// isForms reports whether a Forms service with a form of errors of its own is asked.
func isForms(r *http.Request) bool {
	_, ok := aem.FamilyOf(r.URL.Path)
	return ok
}

// writePage sends a page as proxies and load balancers have it.
func writePage(w http.ResponseWriter, status int) {
	text := http.StatusText(status)
	setDefault(w.Header(), "Content-Type", "text/html;charset=utf-8")
	send(w, status, fmt.Sprintf("<!DOCTYPE html>\n<html><head><title>%d %s</title></head>\n<body><h1>%s</h1></body></html>\n",
		status, text, text))
}
