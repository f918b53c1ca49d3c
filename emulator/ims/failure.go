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

// The answers to a request that cannot be read or has no handler. Neither their codes nor their descriptions are
// public.
var (
	errNoEndpoint = &failure{status: http.StatusNotFound, code: "not_found", description: "no such endpoint"}
	errMethod     = &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed",
		description: "the endpoint does not take this method"}
	errTooLarge = &failure{status: http.StatusRequestEntityTooLarge, code: "bad_request",
		description: "the request body is larger than 1 MiB"}
	errBadBody = &failure{status: http.StatusBadRequest, code: "bad_request",
		description: "the request body cannot be read"}
	errTooManyFields = &failure{status: http.StatusBadRequest, code: "bad_request",
		description: "the request has too many fields"}
)

// The answers about the client.
var (
	// Seen on the live service.
	errUnknownClient = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "invalid client_id parameter"}
	// Seen on the live service, at /ims/token.
	errWrongSecret = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "invalid client_secret parameter"}
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

// The answers about the assertion, in the order of the checks.
var (
	// Seen on the live service.
	errUndecodable = &failure{status: http.StatusBadRequest, code: "invalid_token",
		description: "JWT token is incorrectly formatted, and can not be decoded."}
	// Status and code documented, description made up.
	errNotInteger = &failure{status: http.StatusBadRequest, code: "invalid_token",
		description: "exp or jti is not an integer"}
	// Status and code documented, description made up; Adobe's says too that the token has expired.
	errExpired = &failure{status: http.StatusBadRequest, code: "invalid_token", description: "the JWT has expired"}
	// Status and code documented, description made up.
	errBadClaim = &failure{status: http.StatusBadRequest, code: "bad_request",
		description: "one of sub, iss, exp and jti is missing or malformed"}
	// An older guide caps "exp" at 24 hours ahead; status, code and description are made up.
	errBeyondDay = &failure{status: http.StatusBadRequest, code: "bad_request",
		description: "exp is more than 24 hours ahead"}
	// Status and code documented, description made up.
	errAudienceHost = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "aud names another IMS environment"}
	// Status and code documented, description made up.
	errAudienceUnknown = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "the client in aud does not exist"}
	// Status and code documented, description made up.
	errAudienceOther = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "client_id and aud do not agree"}
	// Seen on the live service. Adobe's table of errors has the code invalid_signature here; the service does not.
	errNoBinding = &failure{status: http.StatusBadRequest, code: "invalid_token",
		description: "Could not match JWT signature to any of the bindings"}
	// Status and code documented, description made up.
	errAlgorithm = &failure{status: http.StatusBadRequest, code: "invalid_signature",
		description: "the signature does not fit the algorithm in the header"}
	// Status and code documented, description made up.
	errNoID = &failure{status: http.StatusBadRequest, code: "invalid_jti",
		description: "the binding demands the claim jti"}
	// Status and code documented, description made up.
	errReplayed = &failure{status: http.StatusBadRequest, code: "invalid_jti",
		description: "jti is not greater than those used before"}
	// Status and code documented, description made up.
	errNoMetascope = &failure{status: http.StatusBadRequest, code: "invalid_scope",
		description: "the JWT has no metascope"}
	// Status and code documented, description made up.
	errUnknownMetascope = &failure{status: http.StatusBadRequest, code: "invalid_scope",
		description: "a metascope in the JWT does not exist"}
	// Seen on the live service.
	errMetascopeBinding = &failure{status: http.StatusBadRequest, code: "invalid_scope",
		description: "The metascopes in the JWT are not a subset of the metascopes in the binding."}
	// Status and code documented, description made up.
	errMetascopeClient = &failure{status: http.StatusBadRequest, code: "invalid_scope",
		description: "The metascopes in the JWT are not a subset of the scopes of the client."}
)

// The answers of the other endpoints. The codes are those of RFC 6749 and RFC 6750; the descriptions are made up.
var (
	errGrantType = &failure{status: http.StatusBadRequest, code: "unsupported_grant_type",
		description: "the grant_type is not supported here"}
	errNoGrantType = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "grant_type is missing"}
	errNoGrant     = &failure{status: http.StatusBadRequest, code: "unauthorized_client",
		description: "the client may not use this grant_type"}
	errNoOrganization = &failure{status: http.StatusBadRequest, code: "invalid_request",
		description: "the client belongs to no organization, and org_id names none"}
	errNoCode = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "code is missing"}
	// Status and code seen on the live service.
	errBadCode  = &failure{status: http.StatusBadRequest, code: "access_denied", description: "the code is not valid"}
	errVerifier = &failure{status: http.StatusBadRequest, code: "invalid_grant",
		description: "code_verifier does not match code_challenge"}
	errNoRefresh  = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "refresh_token is missing"}
	errBadRefresh = &failure{status: http.StatusBadRequest, code: "invalid_grant", description: "the refresh token is not valid"}
	errTokenType  = &failure{status: http.StatusBadRequest, code: "invalid_request",
		description: "only access tokens are exchanged for access tokens"}
	errNoSubject  = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "the token to exchange is missing"}
	errBadSubject = &failure{status: http.StatusBadRequest, code: "invalid_grant", description: "the token to exchange is not valid"}
	errOneOfTwo   = &failure{status: http.StatusBadRequest, code: "invalid_request",
		description: "exactly one of user_id and owning_org_id is needed"}
	errCluster = &failure{status: http.StatusBadRequest, code: "invalid_grant",
		description: "the person of the token has no such account"}
	errRedirect = &failure{status: http.StatusBadRequest, code: "invalid_request",
		description: "redirect_uri is none of the client's"}
	errNoPerson  = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "no such person can sign in"}
	errMetadata  = &failure{status: http.StatusBadRequest, code: "invalid_request", description: "the client cannot be registered so"}
	errForbidden = &failure{status: http.StatusForbidden, code: "forbidden", description: "the bearer is not a service token"}
	errNoAccount = &failure{status: http.StatusNotFound, code: "not_found", description: "no account has this guid and auth_src"}
	errCrossSite = &failure{status: http.StatusForbidden, code: "access_denied", description: "the sign-in was sent by another site"}
	errFull      = &failure{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", description: "too many at once"}
	errScope     = &failure{status: http.StatusBadRequest, code: "invalid_scope", description: "a scope is not granted"}
	errNoScope   = &failure{status: http.StatusBadRequest, code: "invalid_scope", description: "scope is missing"}
	errNoToken   = &failure{status: http.StatusBadRequest, code: "bad_request", description: "token is missing"}
	errType      = &failure{status: http.StatusBadRequest, code: "bad_request", description: "the token type is unknown"}
	errForeign   = &failure{status: http.StatusBadRequest, code: "invalid_client",
		description: "the token was issued to another client"}
	errBearer = &failure{status: http.StatusUnauthorized, code: "invalid_token",
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
