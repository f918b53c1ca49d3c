package ims

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// failure is an error answer. The failures below are shared and never changed.
type failure struct {
	status      int
	code        string
	description string
	retryAfter  time.Duration
	gateway     bool // in the form of Adobe's gateway, not of IMS
}

// badRequest is an answer with status 400.
func badRequest(code, description string) *failure {
	return &failure{status: http.StatusBadRequest, code: code, description: description}
}

// The answers to a request that cannot be read or has no handler. Neither their codes nor their descriptions are
// public.
var (
	errNoEndpoint = &failure{status: http.StatusNotFound, code: "not_found", description: "no such endpoint"}
	errMethod     = &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed",
		description: "the endpoint does not take this method"}
	errTooLarge = &failure{status: http.StatusRequestEntityTooLarge, code: "bad_request",
		description: "the request body is larger than 1 MiB"}
	errBadBody       = badRequest("bad_request", "the request body cannot be read")
	errTooManyFields = badRequest("bad_request", "the request has too many fields")
)

// The answers about the client.
var (
	// Seen on the live service.
	errUnknownClient = badRequest("invalid_client", "invalid client_id parameter")
	// Seen on the live service, at /ims/token.
	errWrongSecret = badRequest("invalid_client", "invalid client_secret parameter")
	// At the exchange Adobe documents 401 for a wrong pair. No live answer is public, so the description is the one
	// of /ims/token.
	errWrongSecretExchange = &failure{status: http.StatusUnauthorized, code: "invalid_client",
		description: "invalid client_secret parameter"}
	// Seen on the live service: what a client gets that has been migrated from JWT to OAuth server-to-server.
	errMigrated = &failure{status: http.StatusInternalServerError, code: "internal_error",
		description: "Please try again later"}
	// Status and code documented, description made up.
	errNoExchange = &failure{status: http.StatusUnauthorized, code: "invalid_client",
		description: "the client does not have the exchange_jwt scope"}
)

// throttled is the answer to a client that asks too often. Adobe documents that it may happen; the status and
// Retry-After are what a client of Adobe's reads; code and description are made up.
func throttled(wait time.Duration) *failure {
	return &failure{status: http.StatusTooManyRequests, code: "too_many_requests", description: "too many requests",
		retryAfter: wait}
}

// The answers about the assertion, in the order of the checks. Statuses and codes are documented and descriptions made up,
// except where a comment says something else.
var (
	// Seen on the live service.
	errUndecodable = badRequest("invalid_token", "JWT token is incorrectly formatted, and can not be decoded.")
	errNotInteger  = badRequest("invalid_token", "exp or jti is not an integer")
	// Adobe's description says too that the token has expired.
	errExpired  = badRequest("invalid_token", "the JWT has expired")
	errBadClaim = badRequest("bad_request", "one of sub, iss, exp and jti is missing or malformed")
	// An older guide caps "exp" at 24 hours ahead; status, code and description are made up.
	errBeyondDay       = badRequest("bad_request", "exp is more than 24 hours ahead")
	errAudienceHost    = badRequest("invalid_client", "aud names another IMS environment")
	errAudienceUnknown = badRequest("invalid_client", "the client in aud does not exist")
	errAudienceOther   = badRequest("invalid_client", "client_id and aud do not agree")
	// Seen on the live service. Adobe's table of errors has the code invalid_signature here; the service does not.
	errNoBinding        = badRequest("invalid_token", "Could not match JWT signature to any of the bindings")
	errAlgorithm        = badRequest("invalid_signature", "the signature does not fit the algorithm in the header")
	errNoID             = badRequest("invalid_jti", "the binding demands the claim jti")
	errReplayed         = badRequest("invalid_jti", "jti is not greater than those used before")
	errNoMetascope      = badRequest("invalid_scope", "the JWT has no metascope")
	errUnknownMetascope = badRequest("invalid_scope", "a metascope in the JWT does not exist")
	// Seen on the live service.
	errMetascopeBinding = badRequest("invalid_scope", "The metascopes in the JWT are not a subset of the metascopes in the binding.")
	errMetascopeClient  = badRequest("invalid_scope", "The metascopes in the JWT are not a subset of the scopes of the client.")
)

// The answers of the other endpoints. The codes are those of RFC 6749 and RFC 6750; the descriptions are made up.
var (
	errGrantType      = badRequest("unsupported_grant_type", "the grant_type is not supported here")
	errNoGrantType    = badRequest("invalid_request", "grant_type is missing")
	errNoGrant        = badRequest("unauthorized_client", "the client may not use this grant_type")
	errNoOrganization = badRequest("invalid_request", "the client belongs to no organization, and org_id names none")
	errNoCode         = badRequest("invalid_request", "code is missing")
	// Status and code seen on the live service.
	errBadCode    = badRequest("access_denied", "the code is not valid")
	errVerifier   = badRequest("invalid_grant", "code_verifier does not match code_challenge")
	errNoRefresh  = badRequest("invalid_request", "refresh_token is missing")
	errBadRefresh = badRequest("invalid_grant", "the refresh token is not valid")
	errTokenType  = badRequest("invalid_request", "only access tokens are exchanged for access tokens")
	errNoSubject  = badRequest("invalid_request", "the token to exchange is missing")
	errBadSubject = badRequest("invalid_grant", "the token to exchange is not valid")
	errOneOfTwo   = badRequest("invalid_request", "exactly one of user_id and owning_org_id is needed")
	errCluster    = badRequest("invalid_grant", "the person of the token has no such account")
	errRedirect   = badRequest("invalid_request", "redirect_uri is none of the client's")
	errNoPerson   = badRequest("invalid_request", "no such person can sign in")
	errForbidden  = &failure{status: http.StatusForbidden, code: "forbidden", description: "the bearer is not a service token"}
	errNoAccount  = &failure{status: http.StatusNotFound, code: "not_found", description: "no account has this guid and auth_src"}
	errCrossSite  = &failure{status: http.StatusForbidden, code: "access_denied", description: "the sign-in was sent by another site"}
	errFull       = &failure{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", description: "too many at once"}
	errScope      = badRequest("invalid_scope", "a scope is not granted")
	errNoScope    = badRequest("invalid_scope", "scope is missing")
	errNoToken    = badRequest("bad_request", "token is missing")
	errType       = badRequest("bad_request", "the token type is unknown")
	errForeign    = badRequest("invalid_client", "the token was issued to another client")
	errBearer     = &failure{status: http.StatusUnauthorized, code: "invalid_token",
		description: "the access token is missing or not valid"}
	errInternal = &failure{status: http.StatusInternalServerError, code: "internal_error",
		description: "the signature could not be made"}
)

// write sends f. The body is compact, with error_description before error, as the live service has it.
func (f *failure) write(w http.ResponseWriter) {
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((f.retryAfter+time.Second-1)/time.Second), 10))
	}
	if f.status == http.StatusUnauthorized {
		// RFC 9110, section 11.6.1 demands a challenge with every 401.
		w.Header().Set("WWW-Authenticate", `Bearer realm="ims"`)
	}
	if f.gateway {
		w.Header().Set("X-Request-Id", w.Header().Get("X-Debug-Id"))
		body, _ := json.Marshal(struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		}{f.code, f.description})
		w.WriteHeader(f.status)
		_, _ = w.Write(body)
		return
	}
	body, _ := json.Marshal(struct {
		Description string `json:"error_description"`
		Code        string `json:"error"`
	}{f.description, f.code})
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}
