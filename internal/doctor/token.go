package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// attempt is one request for a token.
type attempt struct {
	key, secret int // which of the credential's
	withID      bool
	scopes      []string // or metascopes
	err         error
}

// issue asks IMS for a token: with the keys, and the client secrets, one after the other, as long as each is refused for
// being the wrong one.
func (c *climber) issue(ctx context.Context, r *Rung) {
	if c.isReady() {
		r.skip("a ready access token: it was not asked for, it stands in the credentials")
		return
	}
	var tried []attempt
	next := attempt{scopes: c.asked()}
	for {
		resp, err := c.exchange(ctx, next)
		next.err = err
		tried = append(tried, next)
		switch cause := imsCause(err); {
		case err == nil:
			c.issued(r, resp, tried)
			return
		case cause == ims.CauseNotBound && next.key+1 < len(c.cred.Keys):
			next.key++
		case cause == ims.CauseWrongSecret && next.secret+1 < len(c.cred.ClientSecrets):
			next.secret++
		case cause == ims.CauseReplayedID && !next.withID:
			next.withID = true // not before it is asked for: it makes IMS refuse every lower id from then on
		default:
			r.breaksIMS(err)
			c.advise(ctx, r, tried)
			return
		}
	}
}

// exchange makes one request for a token.
func (c *climber) exchange(ctx context.Context, a attempt) (resp ims.Response, err error) {
	err = c.ask(ctx, func(ctx context.Context) error {
		if !c.isAssertion() {
			resp, err = c.imsClient.ClientCredentials(ctx, ims.ClientCredentialsRequest{
				ClientID: c.cred.ClientID, ClientSecret: c.cred.ClientSecrets[a.secret], Scopes: a.scopes,
				Organization: c.cred.Organization,
			})
			return err
		}
		difference, _ := c.toIMS.clock()
		now := c.cfg.now().Add(difference)
		as := ims.Assertion{
			Endpoint: c.imsClient.Endpoint(), ClientID: c.cred.ClientID, Organization: c.cred.Organization,
			TechnicalAccount: c.cred.TechnicalAccountID, Metascopes: a.scopes, Now: now,
		}
		if a.withID {
			as.ID = now.UnixNano()
		}
		signed, err := as.Sign(c.cred.Keys[a.key].Signer)
		if err != nil {
			return err
		}
		c.hide.secret(signed)
		resp, err = c.imsClient.ExchangeJWT(ctx, ims.ExchangeRequest{
			ClientID: c.cred.ClientID, ClientSecret: c.cred.ClientSecrets[a.secret], Assertion: signed,
		})
		return err
	})
	return resp, err
}

// issued tells of the token that IMS gave.
func (c *climber) issued(r *Rung, resp ims.Response, tried []attempt) {
	c.token, c.scopes = resp.Token, resp.Scopes
	c.hide.secret(resp.Token.AccessToken)
	if claims, err := token.ParseClaims(resp.Token.AccessToken); err == nil {
		c.takeClaims(claims)
	}
	origin := "for the client secret"
	if resp.Token.Origin == token.OriginExchange {
		origin = "in exchange for an assertion"
	}
	r.see("asked now at %s, %s; valid for %s", c.toIMS.host, origin, span(resp.Token.Lifetime()))
	r.fact("token comes from", "IMS, asked now")
	r.fact("ends", instant(resp.Token.Expiry))
	r.fact("client id", c.claims.ClientID)
	r.fact("acts as", c.claims.UserID)
	r.fact("issued by", c.claims.Server)
	last := tried[len(tried)-1]
	switch {
	case last.key > 0:
		r.warn(CauseSeveralKeys, "asked now; IMS accepts %s and refuses %s", c.keyName(last.key), c.refusedKeys(tried))
		c.keyFacts(r, tried)
	case last.secret > 0:
		r.warn(CauseSeveralSecrets, "asked now; IMS accepts client secret %d and refuses those before it", last.secret+1)
		c.secretFacts(r, tried)
	}
}

func (c *climber) refusedKeys(tried []attempt) string {
	var names []string
	for _, a := range tried {
		if imsCause(a.err) == ims.CauseNotBound {
			names = append(names, c.keyName(a.key))
		}
	}
	return strings.Join(names, ", ")
}

// keyFacts tells of each key what IMS said of it.
func (c *climber) keyFacts(r *Rung, tried []attempt) {
	for i := range c.cred.Keys {
		c.certificateFacts(r, i)
		for _, a := range tried {
			if a.key != i {
				continue
			}
			said := "accepted"
			if a.err != nil {
				said = "refused"
			}
			r.fact(c.keyName(i)+", IMS says", said)
		}
	}
}

// secretFacts tells of each client secret, by its fingerprint, what IMS said of it.
func (c *climber) secretFacts(r *Rung, tried []attempt) {
	for i, s := range c.cred.ClientSecrets {
		said := "not tried"
		for _, a := range tried {
			if a.secret == i && a.err == nil {
				said = "accepted"
			} else if a.secret == i {
				said = "refused"
			}
		}
		r.fact(fmt.Sprintf("client secret %d", i+1), s.Fingerprint()+", "+said)
	}
}

// advise adds to a refusal what helps against this very one.
func (c *climber) advise(ctx context.Context, r *Rung, tried []attempt) {
	r.fact("client id", c.cred.ClientID)
	where := c.console()
	switch ims.Cause(r.Cause) {
	case ims.CauseNotBound:
		c.keyFacts(r, tried)
		r.fact("organization", c.cred.Organization)
		r.fact("technical account", c.cred.TechnicalAccountID)
		r.Remedy = "In " + where + ", compare the fingerprints and the dates below with the certificates of the " +
			"technical account; if none is the same, has ended or was revoked, somebody with access there creates a new private key " +
			"and you download the credentials again."
		if n := len(c.cred.Keys); n > 1 {
			r.Seen += fmt.Sprintf(" (all %d keys of the credentials were tried)", n)
		}
	case ims.CauseWrongSecret:
		c.secretFacts(r, tried)
		r.Remedy = "Somebody with access to " + where + " looks the client up there and downloads its credentials again, " +
			"or copies the current client secret; use these in place of the file."
	case ims.CauseUnknownClient:
		r.fact("endpoint", c.cred.Endpoint)
		r.Remedy = "Somebody with access to " + where + " looks the client id up there: if it is not there, it was deleted, " +
			"or belongs to another organization; if it is, check that the endpoint is the environment it was made in (production or stage)."
	case ims.CauseNotEnabled:
		r.fact("looked up in", where)
	case ims.CauseMigrated:
		r.Class = ClassCredential
		r.Remedy = "The client was most likely migrated: in the Adobe Developer Console, open its project, download " +
			"the OAuth Server-to-Server credential and use that in place of this file. If IMS is only disturbed, this passes within minutes."
		if strings.HasPrefix(c.cred.ClientID, "cm-") {
			r.Remedy = "Service credentials of the AEM Developer Console are not migrated as a rule: try again in " +
				"some minutes. If it stays, use an OAuth Server-to-Server credential of the Adobe Developer Console, and ask " +
				"Adobe's support with the debug id."
		}
	case ims.CauseScopeNotGranted:
		c.blameScopes(ctx, r, tried[len(tried)-1])
	case ims.CauseThrottled:
		r.Remedy = "Wait, then ask less often: keep each token until it expires, and share it between processes."
	}
	if len(c.asked()) == 0 {
		r.fact("asked for", "nothing")
		r.Remedy = "Name what to ask for with --scope, or download the credentials again: " + c.console() + " writes it into them."
	}
}

// tokenCache tells where tokens rest between processes, and whether that can be used.
func (c *climber) tokenCache(_ context.Context, r *Rung) {
	cache := c.cfg.Cache
	switch {
	case c.isReady():
		r.skip("a ready access token is not put into the cache")
		return
	case cache == nil:
		r.skip("the cache was not looked at")
		return
	case cache.Kind == "none" || cache.Kind == "memory":
		r.skip("tokens do not rest beyond a process: the cache is %s", cache.Kind)
		return
	}
	c.hide.path(cache.Place)
	r.fact("place", cache.Place)
	if cache.Problem != "" {
		r.warn(CauseCacheUnusable, "%s", cache.Problem)
		if cache.Remedy != "" {
			r.Remedy = cache.Remedy
		}
		return
	}
	if cache.Entry == "" {
		r.see("%s, safe; nothing rests there for these credentials", cache.Kind)
		return
	}
	r.see("%s, safe; %s", cache.Kind, cache.Entry)
}

// checkedByIMS asks IMS whether it still accepts a token that AEM refused; "" if that cannot be found out.
func (c *climber) checkedByIMS(ctx context.Context, text secret.Text) (valid bool, said string) {
	if c.imsClient == nil {
		return false, ""
	}
	var v ims.Validation
	err := c.ask(ctx, func(ctx context.Context) (err error) {
		v, err = c.imsClient.Validate(ctx, ims.ValidateRequest{Token: text, ClientID: c.claims.ClientID})
		return err
	})
	switch {
	case err != nil:
		return false, ""
	case v.Valid:
		return true, "valid until " + instant(c.token.Expiry.Round(time.Second))
	}
	return false, "not valid (" + orNone(v.Reason) + ")"
}

func orNone(s string) string {
	if s == "" {
		return "no reason given"
	}
	return s
}
