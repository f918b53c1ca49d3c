package aem

import "strings"

// Cause is why a call to AEM came to nothing, as one of a closed list: see [Causes]. Its text is stable and meant for
// programs. The empty Cause counts as [CauseUnknown].
type Cause string

// The causes that AEM, its content delivery network and the API gateway give.
const (
	CauseTokenRefused         Cause = "token_refused"          // 401
	CauseClientNotAllowlisted Cause = "client_not_allowlisted" // 403 that speaks of the list of allowed clients
	CauseGroupMissing         Cause = "group_missing"          // 403 otherwise: the technical account lacks a right
	CauseAPIKey               Cause = "api_key"                // 403 of the API gateway: X-Api-Key is missing or wrong
	CauseNotFound             Cause = "not_found"              // 404, 410
	CauseConflict             Cause = "conflict"               // 409, 412
	CauseInvalidRequest       Cause = "invalid_request"        // 400, 405, 413, 415, 422 and their like, or refused here before sending
	CauseTimedOut             Cause = "timed_out"              // 408: the service took too long
	CauseThrottled            Cause = "throttled"              // 429
	CauseCDNBlocked           Cause = "cdn_blocked"            // 406: the content delivery network refused the request
	CauseServerFault          Cause = "server_fault"           // 5xx
)

// The causes that stand between the caller and AEM.
const (
	CauseProxyAuthentication  Cause = "proxy_authentication"  // 407 by a proxy
	CauseProxyFault           Cause = "proxy_fault"           // a proxy that is away or refuses to connect
	CauseUntrustedCertificate Cause = "untrusted_certificate" // unknown authority, other host, or not valid now
	CauseNameNotResolved      Cause = "name_not_resolved"     // the host name has no address
	CauseNetwork              Cause = "network"               // refused, reset, cut, or no TLS
	CauseTimeout              Cause = "timeout"               // a time limit passed: the caller's or the client's
	CauseCanceled             Cause = "canceled"              // the caller's context was cancelled
	CauseRedirected           Cause = "redirected"            // 3xx
	CauseMalformedAnswer      Cause = "malformed_answer"      // 2xx without a usable answer
	CauseHostNotAllowed       Cause = "host_not_allowed"      // refused here: a host that may not get the token
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
	{CauseTokenRefused, false,
		"AEM does not accept the access token: it is expired, ended, or of another environment.",
		"Use the credentials of this very environment, and check that the URL is the one they were made for; a local development token lives for 24 hours."},
	{CauseClientNotAllowlisted, false,
		"The environment does not know the client id: it is not on the list of clients that may call this tier.",
		"Somebody with access to the environment's configuration pipeline adds the client id to allowedClientIDs of the tier in config/api.yaml and deploys it."},
	{CauseGroupMissing, false,
		"AEM accepts the token, but the technical account may not do this: it lacks a group or a product profile.",
		"An AEM administrator adds the technical account to the group that may use the API (forms-users for Communications); it shows up in AEM after the first call."},
	{CauseAPIKey, false,
		"The API gateway wants the client id in the header X-Api-Key, and it is missing or is not the token's.",
		"Give the client id of the credentials as the API key."},
	{CauseNotFound, false,
		"There is nothing at this path on this host.",
		"Check program and environment in the URL, the tier (batch runs on author), and the path or name asked for."},
	{CauseConflict, false,
		"What the request would make exists already, or was changed meanwhile.",
		"Choose another name, or look at what is there and update it."},
	{CauseInvalidRequest, false,
		"The server does not accept the request: a part, an option or its form is wrong.",
		"Read the server's own description, and check template, data and options."},
	{CauseTimedOut, true,
		"The service did not finish the operation in its own time limit.",
		"Try again later; if it repeats, make the document smaller or its template simpler, or use batch."},
	{CauseThrottled, true,
		"AEM limits how many requests it takes, and the limit is reached.",
		"Wait as long as the server says, and send fewer requests at a time."},
	{CauseCDNBlocked, false,
		"The content delivery network in front of AEM refused the request, as it does for clients and addresses that a traffic rule blocks.",
		"Ask who keeps the traffic filter rules of the environment, naming the time, this machine's address and the user agent."},
	{CauseServerFault, true,
		"AEM, or a gateway in front of it, has a fault of its own; a hibernated environment answers so, too.",
		"Try again later; if it lasts, check in Cloud Manager that the environment runs, and give Adobe's support the request id."},
	{CauseProxyAuthentication, false,
		"The proxy between here and AEM demands a user name and password (407); the answer is not from Adobe.",
		"Put the proxy's user name and password into HTTPS_PROXY, or ask the network's administrator to let this machine through."},
	{CauseProxyFault, true,
		"The proxy between here and AEM cannot be reached or refuses to connect; the answer is not from Adobe.",
		"Check HTTPS_PROXY and NO_PROXY, and ask the network's administrator whether the proxy allows the host."},
	{CauseUntrustedCertificate, false,
		"The TLS certificate of the server cannot be trusted: it comes from an unknown authority, is for another host, or is not valid now.",
		"If a proxy of your company inspects TLS, give its authority's certificate as an extra CA file; otherwise check the URL and the clock."},
	{CauseNameNotResolved, true,
		"The host name of the server could not be resolved to an address.",
		"Check program and environment in the URL, and the network and its name service; behind a proxy, set HTTPS_PROXY."},
	{CauseNetwork, true,
		"The connection to the server could not be made, or broke before the answer was complete.",
		"Check the network, the firewall and, where one is needed, the proxy settings; then try again."},
	{CauseTimeout, true,
		"The server did not answer in time.",
		"Try again; if it repeats, check the network and the proxy, or allow more time."},
	{CauseCanceled, false,
		"The caller gave up before the answer came.",
		"Nobody needs to act; call again when the answer is wanted."},
	{CauseRedirected, false,
		"The server answered with a redirect, which is not followed because the request carries the token.",
		"Check the URL; a redirect to a sign-in page means that the token did not arrive or is not accepted, or that a network sign-in is in the way."},
	{CauseMalformedAnswer, false,
		"The server's answer is not what was asked for: it is of another kind, is empty, or cannot be read.",
		"Check that the URL is the AEM instance's, and that no proxy or sign-in page answers in its place."},
	{CauseHostNotAllowed, false,
		"The host is none of AEM's or Adobe's API gateway, so it does not get the token.",
		"Check the URL; if the host is meant, allow it by name."},
	{CauseInsecure, false,
		"The URL uses plain HTTP, which would show the token to the network.",
		"Use https; plain http is accepted for this machine (loopback) only."},
	{CauseUnknown, false,
		"The server refused the request for a reason that is not known here.",
		"Read the server's own description; if it does not help, give Adobe's support the request id."},
}

// Causes returns every cause, those of AEM first. The caller owns the slice.
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
