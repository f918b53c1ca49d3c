package ims_test

import (
	"crypto"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// lostKey is a key whose holder is away: it has a public part, and signs nothing.
type lostKey struct{ crypto.Signer }

func (lostKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the holder of the key is away")
}

// TestKeyThatDoesNotSign: no grant gives a token, and each says so in its form.
func TestKeyThatDoesNotSign(t *testing.T) {
	t.Parallel()
	s, _ := newPeople(t)
	mine := signInWith(t, s, "openid,AdobeID,offline_access")
	code := ask(t, s, webQuestion("openid")).Get("code")
	must(t, s.RotateKey(lostKey{serverKey()}, true))
	onBehalf := url.Values{
		"grant_type": {"cluster_at_exchange"}, "client_id": {obo}, "client_secret": {"p8e-obo"}, "user_token": {mine.AccessToken},
		"user_id": {sibling},
	}
	refresh := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {webClient}, "client_secret": {webSecret}, "refresh_token": {mine.RefreshToken},
	}
	for name, f := range map[string]url.Values{
		"client_credentials": tokenFields("openid"), "code": codeFields(code), "refresh": refresh, "cluster": onBehalf,
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, post(s, "/ims/token/v3", f), refusal{http.StatusInternalServerError, "internal_error", ""})
		})
	}
	assertion := exchangeFields(sign(t, jose.RS256, firstKey(), claims(nil)))
	wantRefusal(t, post(s, exchange, assertion), refusal{http.StatusInternalServerError, "internal_error", ""})
	for _, kind := range []string{"token", "id_token", "code id_token"} {
		q := webQuestion("openid")
		q.Set("response_type", kind)
		q.Set("nonce", "n")
		got := ask(t, s, q)
		if got.Get("error") != "server_error" || got.Has("access_token") || got.Has("id_token") {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
