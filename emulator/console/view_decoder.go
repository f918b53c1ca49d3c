package console

import (
	"net/http"
	"slices"
	"strings"
)

type decoderPage struct {
	Page   page
	Result *explanation
}

func (s *Server) decoderPage(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, "decoder", decoderPage{Page: s.newPage(r, "Decoder")})
}

// decoderForm explains what was pasted. The text comes in the body, never in an address, and is not kept.
func (s *Server) decoderForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	result := s.explain(r.PostForm.Get("text"))
	if fromHTMX(r) {
		s.render(w, http.StatusOK, "explained", result)
		return
	}
	s.render(w, http.StatusOK, "decoder", decoderPage{s.newPage(r, "Decoder"), &result})
}

// kinds are the names of what can be pasted.
var kinds = map[string]string{
	"assertion": "Assertion", "access_token": "Access token", "refresh_token": "Refresh token",
	"authorization_code": "Authorization code", "id_token": "ID token",
}

// explain judges a pasted text as the emulator would judge it now.
func (s *Server) explain(pasted string) explanation {
	t, err := parsePasted(pasted)
	if err != nil {
		return unreadable(err)
	}
	e := explanation{
		Kind: "JSON Web Token", Times: t.times(s.cfg.Clock.Now()), Claims: t.claims(), Header: t.headerValues(),
	}
	if !t.isToken() && !t.isAssertion() {
		e.Verdict = "It is neither an access token of IMS nor an assertion: it has none of their claims."
		return e
	}
	judged := s.cfg.IMS.Explain(t.text)
	if name := kinds[judged.Kind]; name != "" {
		e.Kind = name
	}
	all := tokenLadder
	if judged.Kind == "assertion" {
		all = assertionLadder
	}
	e.Ladder = rungs(judged.Checks, all)
	e.Word, e.Tone, e.Verdict = "good", "pass", "Good: the emulator would accept it now."
	if i := slices.IndexFunc(judged.Checks, failed); i >= 0 {
		e.Word, e.Tone = "refused", "fail"
		e.Verdict = "The emulator would refuse it: " + strings.TrimSuffix(judged.Description, ".") + "."
		e.Advice = advice(judged.Kind, judged.Checks[i].Name)
	}
	return e
}

// tokenLadder are the checks of a token.
var tokenLadder = []string{"signature", "not expired", "not revoked"}

// advice says what to do about a check that failed.
func advice(kind, check string) string {
	if kind != "assertion" {
		return tokenAdvice[check]
	}
	return assertionAdvice[check]
}

var tokenAdvice = map[string]string{
	"signature":   "It was signed by another service, by an emulator that was started before, or by a key that was rotated since. Get a new token.",
	"not expired": "Get a new token. If it should still be good, look at the emulator's clock.",
	"not revoked": "It was invalidated, or what it comes from was. Get a new token.",
	"well formed": "A claim that every token has is missing or has the wrong type.",
}

var assertionAdvice = map[string]string{
	"decodes":                  "Build the assertion as a compact JWS: three parts in base64url without padding, no member twice.",
	"assertion decodes":        "Build the assertion as a compact JWS: three parts in base64url without padding, no member twice.",
	"grant":                    "This client may not exchange assertions: it uses OAuth server-to-server, or was migrated to it.",
	"exp and jti are integers": "Write exp as a number of seconds, without quotes and without a fraction.",
	"not expired":              "Make a new assertion shortly before each exchange, and compare the two clocks.",
	"claims are well formed":   "An assertion needs iss (the organization, …@AdobeOrg), sub (the technical account), aud and exp.",
	"audience":                 "aud is https://{IMS host}/c/{client_id}, with the client id that the request sends, too.",
	"binding":                  "Take iss, sub and the client id from the same credential file.",
	"signature":                "Sign with the private key whose certificate is registered for this client, and look at its dates on the page Accounts.",
	"jti":                      "This binding wants a jti that is greater than each one before.",
	"metascopes":               "Claim each metascope as https://{IMS host}/s/{name}: true, and only those that the client has.",
}
