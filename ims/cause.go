package ims

import "strings"

// Cause is why a request to IMS came to nothing, as one of a closed list: see [Causes]. Its text is stable and meant
// for programs. The empty Cause counts as [CauseUnknown].
type Cause string

// The causes that IMS gives.
const (
	CauseUnknownClient      Cause = "unknown_client"      // 400 invalid_client: client id, audience or environment is wrong
	CauseWrongSecret        Cause = "wrong_secret"        // 400 or 401 invalid_client: the secret is wrong
	CauseNotEnabled         Cause = "not_enabled"         // 401 invalid_client or unauthorized_client: no such grant for it
	CauseMigrated           Cause = "migrated"            // 500 internal_error on the exchange, in words known for this
	CauseAssertionExpired   Cause = "assertion_expired"   // 400 invalid_token: the assertion had expired
	CauseClockAhead         Cause = "clock_ahead"         // the local clock is ahead, and the assertion was refused for its times
	CauseClockBehind        Cause = "clock_behind"        // the local clock is behind, and the assertion had expired on arrival
	CauseNotBound           Cause = "not_bound"           // 400 invalid_token or invalid_signature: no certificate fits
	CauseScopeNotGranted    Cause = "scope_not_granted"   // 400 invalid_scope
	CauseReplayedID         Cause = "replayed_id"         // 400 invalid_jti: used before, or required and absent
	CauseMalformedAssertion Cause = "malformed_assertion" // 400 invalid_token or bad_request, or refused here before sending
	CauseInvalidToken       Cause = "invalid_token"       // 400 or 401 invalid_token, of an access token
	CauseInvalidRequest     Cause = "invalid_request"     // 400 invalid_request and its like, 404, or refused here before sending
	CauseThrottled          Cause = "throttled"           // 429
	CauseServerFault        Cause = "server_fault"        // 5xx
)

// The causes that stand between the caller and IMS.
const (
	CauseNetwork              Cause = "network"               // refused, reset, cut, or no TLS
	CauseTimeout              Cause = "timeout"               // a time limit passed: the caller's, the client's or the server's
	CauseCanceled             Cause = "canceled"              // the caller's context was cancelled
	CauseNameNotResolved      Cause = "name_not_resolved"     // the host name has no address
	CauseUntrustedCertificate Cause = "untrusted_certificate" // unknown authority, other host, or not valid now
	CauseProxyAuthentication  Cause = "proxy_authentication"  // 407 by a proxy
	CauseProxyFault           Cause = "proxy_fault"           // a proxy that is away or refuses to connect
	CauseRedirected           Cause = "redirected"            // 3xx
	CauseMalformedAnswer      Cause = "malformed_answer"      // 2xx without a usable answer
	CauseHostNotAllowed       Cause = "host_not_allowed"      // refused here: a host that may not get secrets
	CauseInsecure             Cause = "insecure"              // refused here: plain HTTP beyond loopback
	CauseUnknown              Cause = "unknown"               // 4xx of no known kind
)

// explanation is one row of the table of causes.
type explanation struct {
	cause           Cause
	retryable       bool
	meaning, remedy string
}

// explanations holds every cause, in the order of [Causes]; the last row is the one for anything else.
var explanations = [...]explanation{
	{CauseUnknownClient, false,
		"IMS does not know this client id, or the assertion was made for another client or another IMS environment.",
		"Check that the credentials are complete and still exist in the console, and that the endpoint is the environment they were made in (production or stage)."},
	{CauseWrongSecret, false,
		"IMS knows the client, but the client secret is not one of its secrets.",
		"Download the credentials again, or copy the current client secret from the console."},
	{CauseNotEnabled, false,
		"The client may not use this way of getting a token.",
		"An administrator of the organization must enable it for the client, or you use credentials of the type that the client is set up for."},
	{CauseMigrated, true,
		"IMS reports an internal error on the exchange of the assertion, which is what it answers for credentials that were migrated from JWT to OAuth server-to-server; it may also be a passing fault.",
		"If it persists, download the OAuth server-to-server credentials from the console and use them in place of the JWT credentials."},
	{CauseAssertionExpired, false,
		"The assertion had expired when IMS read it.",
		"Build a new assertion and exchange it at once; if this repeats, check the clock of this machine."},
	{CauseClockAhead, false,
		"The clock of this machine is ahead of the clock of IMS, so the times in the assertion lie too far in the future.",
		"Set the clock of this machine, preferably by a time service."},
	{CauseClockBehind, false,
		"The clock of this machine is behind the clock of IMS, so the assertion had expired before it arrived.",
		"Set the clock of this machine, preferably by a time service."},
	{CauseNotBound, false,
		"No live certificate of this technical account verifies the signature: the key is another one, or its certificate has expired or was revoked, or the organization and the account do not belong together.",
		"Compare the certificate with the one in the console; if it has expired or is gone, somebody with access to the console must create a new key and you download the credentials again."},
	{CauseScopeNotGranted, false,
		"At least one of the requested scopes or metascopes does not exist, is not granted to these credentials, or none was requested.",
		"Compare the requested scopes with those in the console; an administrator adds the API that is missing, or you request fewer."},
	{CauseReplayedID, false,
		"The id of the assertion (jti) was used before, or is missing although this account requires one.",
		"Give every assertion an id greater than all before it, and send each assertion once."},
	{CauseMalformedAssertion, false,
		"The assertion cannot be decoded or has claims of the wrong form.",
		"Check organization, technical account, client id and expiry, which counts seconds; \"imsx inspect\" names what is odd about an assertion."},
	{CauseInvalidToken, false,
		"IMS does not accept the access token: it is unknown, expired or has been ended.",
		"Get a new access token."},
	{CauseInvalidRequest, false,
		"The request lacks a part, or the server does not understand it.",
		"Check that the credentials are complete and that the endpoint is an IMS server."},
	{CauseThrottled, true,
		"IMS limits how often this client may ask for tokens, and the limit is reached.",
		"Wait as long as the server says; keep each token until it expires and share it between processes."},
	{CauseServerFault, true,
		"IMS, or a gateway in front of it, has a fault of its own.",
		"Try again later; if it lasts, give Adobe's support the debug id."},
	{CauseNetwork, true,
		"The connection to the server could not be made, or broke before the answer was complete.",
		"Check the network, the firewall and, where one is needed, the proxy settings; then try again."},
	{CauseTimeout, true,
		"The server did not answer in time.",
		"Try again; if it repeats, check the network and the proxy, or allow more time."},
	{CauseCanceled, false,
		"The caller gave up before the answer came.",
		"Nobody needs to act; ask again when a token is wanted."},
	{CauseNameNotResolved, true,
		"The host name of the server could not be resolved to an address.",
		"Check the endpoint for a typing error, and the network and its name service; behind a proxy, set HTTPS_PROXY."},
	{CauseUntrustedCertificate, false,
		"The TLS certificate of the server cannot be trusted: it comes from an unknown authority, is for another host, or is not valid now.",
		"If a proxy of your company inspects TLS, give its authority's certificate as an extra CA file; otherwise check the endpoint and the clock."},
	{CauseProxyAuthentication, false,
		"The proxy between here and IMS demands a user name and password (407); the answer is not from Adobe.",
		"Put the proxy's user name and password into HTTPS_PROXY, or ask the network's administrator to let this machine through."},
	{CauseProxyFault, true,
		"The proxy between here and IMS cannot be reached or refuses to connect; the answer is not from Adobe.",
		"Check HTTPS_PROXY and NO_PROXY, and ask the network's administrator whether the proxy allows the host."},
	{CauseRedirected, false,
		"The server answered with a redirect, which is not followed because the request carries secrets.",
		"Check the endpoint; if a network sign-in page is in the way, sign in first."},
	{CauseMalformedAnswer, true,
		"The server's answer is not one that IMS gives: it cannot be read, lacks a token, or has a value that makes no sense.",
		"Try again; if it repeats, check that the endpoint is IMS and that no proxy puts its own page in the way."},
	{CauseHostNotAllowed, false,
		"The endpoint is outside Adobe's domains, so it does not get the secret.",
		"Check where the credentials came from; if the host is meant, allow it by name."},
	{CauseInsecure, false,
		"The endpoint uses plain HTTP, which would show the secret to the network.",
		"Use https; plain http is accepted for this machine (loopback) only."},
	{CauseUnknown, false,
		"The server refused the request for a reason that is not known here.",
		"Read the server's own description; if it does not help, give Adobe's support the debug id."},
}

// Causes returns every cause, those of IMS first. The caller owns the slice.
func Causes() []Cause {
	all := make([]Cause, len(explanations))
	for i, e := range explanations {
		all[i] = e.cause
	}
	return all
}

// Meaning returns one sentence that says what c means, for a person.
func (c Cause) Meaning() string { return c.explain().meaning }

// Remedy returns one sentence that says who must do what, for a person.
func (c Cause) Remedy() string { return c.explain().remedy }

// Retryable reports whether the same request may succeed later without anybody acting.
func (c Cause) Retryable() bool { return c.explain().retryable }

// label returns c as words, for the text of an error.
func (c Cause) label() string { return strings.ReplaceAll(string(c.explain().cause), "_", " ") }

func (c Cause) explain() explanation {
	for _, e := range explanations {
		if e.cause == c {
			return e
		}
	}
	return explanations[len(explanations)-1]
}
