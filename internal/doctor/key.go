package doctor

import (
	"context"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // a fingerprint to compare by eye, as consoles and openssl show it
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/token"
)

// noKey says why a credential without a key has none.
func (c *climber) noKey(r *Rung) bool {
	switch {
	case c.cred == nil || c.isAssertion():
		return false
	case c.isReady():
		r.skip("a ready access token has no key")
	default:
		r.skip("OAuth server-to-server credentials have no key")
	}
	return true
}

func (c *climber) key(_ context.Context, r *Rung) {
	if slices.Contains(aboutKey, c.credReason()) {
		r.refuse(c.credErr)
		return
	}
	if c.noKey(r) {
		return
	}
	for i, k := range c.cred.Keys {
		name := c.keyName(i)
		r.fact(name, sizeOf(k)+k.Encoding)
		r.fact(name+", public key", k.PublicKeyFingerprint())
	}
	r.see("%s, %s", count(len(c.cred.Keys), "key"), c.cred.Keys[0].Encoding)
	// The mode of the credential file has a rung of its own; a key file stands beside it.
	for _, f := range c.cred.Check(c.cfg.now()) {
		if f.Code == credentials.CodeFileReadable && strings.Contains(f.What, "key file") {
			r.finding(f)
		}
	}
}

func sizeOf(k credentials.Key) string {
	if public, ok := k.Signer.Public().(*rsa.PublicKey); ok {
		return fmt.Sprintf("RSA %d bits, ", public.N.BitLen())
	}
	return ""
}

// keyName names a key among those of the credential.
func (c *climber) keyName(i int) string {
	if len(c.cred.Keys) == 1 {
		return "key"
	}
	return fmt.Sprintf("key %d", i+1)
}

// keyMatch compares each key with the certificate beside it.
func (c *climber) keyMatch(_ context.Context, r *Rung) {
	if c.noKey(r) {
		return
	}
	without := 0
	for i, k := range c.cred.Keys {
		if k.Certificate == nil {
			without++
		}
		c.certificateFacts(r, i)
	}
	switch {
	case without == len(c.cred.Keys):
		r.skip("there is no certificate beside the key to compare it with")
	case len(c.cred.Keys) == 1:
		r.see("the certificate is for this key")
	default:
		r.see("each certificate is for its key")
	}
	c.keyFindings(r, credentials.CodeKeyMismatch, credentials.CodeCertificateUnreadable)
}

// keyFindings takes over what the check of the credential found about its keys.
func (c *climber) keyFindings(r *Rung, codes ...string) {
	for _, f := range c.cred.Check(c.cfg.now()) {
		if slices.Contains(codes, f.Code) {
			r.finding(f)
		}
	}
}

// certificateFacts tells what to compare a certificate with the console by.
func (c *climber) certificateFacts(r *Rung, i int) {
	k := c.cred.Keys[i]
	if k.Certificate == nil {
		r.fact(c.keyName(i)+", public key", k.PublicKeyFingerprint())
		return
	}
	sum := sha1.Sum(k.Certificate.Raw) //nolint:gosec // as above
	name := strings.Replace(c.keyName(i), "key", "certificate", 1)
	r.fact(name+", SHA-256", k.Fingerprint())
	r.fact(name+", SHA-1", "sha1:"+hex.EncodeToString(sum[:]))
	r.fact(name+", subject", k.Certificate.Subject.String())
	c.hide.name(k.Certificate.Subject.CommonName)
	r.fact(name+", valid", instant(k.Certificate.NotBefore)+" to "+instant(k.Certificate.NotAfter))
}

// inDate looks at the end of what the access depends on: the certificate, or the ready token.
func (c *climber) inDate(ctx context.Context, r *Rung) {
	switch {
	case c.isReady():
		c.tokenInDate(r)
		return
	case !c.isAssertion():
		r.skip("OAuth server-to-server credentials have no certificate, and do not say when a client secret ends")
		return
	}
	end, known := c.lastEnd()
	if !known {
		r.skip("the credentials do not say when the certificate ends")
		return
	}
	r.fact("ends", instant(end))
	switch left := c.left(end); {
	case left <= 0 || c.notYet():
		c.outOfDate(ctx, r)
	case left <= c.cfg.warning():
		r.warn(CauseEndsSoon, "the certificate ends on %s, in %s", end.UTC().Format("2 January 2006"), span(left))
		r.Remedy = "Somebody with access to " + c.console() + " adds a new private key to the technical account, " +
			"and you switch over before that day."
		r.ends = c.cfg.Warn > 0
	default:
		r.see("%s left: the certificate ends on %s", span(left), end.UTC().Format("2 January 2006"))
		c.keyFindings(r, credentials.CodeCertificateDateDiffers)
	}
}

// lastEnd returns when the last of the certificates ends.
func (c *climber) lastEnd() (end time.Time, known bool) {
	for _, k := range c.cred.Keys {
		if k.Expires.IsZero() {
			return time.Time{}, false
		}
		if k.Expires.After(end) {
			end = k.Expires
		}
	}
	return end, true
}

// notYet reports whether no certificate is valid yet.
func (c *climber) notYet() bool {
	return !slices.ContainsFunc(c.cred.Keys, func(k credentials.Key) bool {
		return k.Certificate == nil || c.left(k.Certificate.NotBefore) <= 0
	})
}

// outOfDate says that the certificate is out of date, unless it is the local clock that is wrong: the server is asked
// for its time first.
func (c *climber) outOfDate(ctx context.Context, r *Rung) {
	c.askIMS(ctx)
	end, _ := c.lastEnd()
	if c.left(end) > 0 && !c.notYet() {
		r.warn(CauseClockHidesDate, "by this machine's clock the certificate is out of date, by the server's it "+
			"ends in %s", span(c.left(end)))
		return
	}
	c.keyFindings(r, credentials.CodeCertificateExpired, credentials.CodeCertificateNotYetValid)
	r.Remedy = "Somebody with access to " + c.console() + " adds a new private key to the technical account; then " +
		"download the credentials again and use them instead."
	if r.Cause == credentials.CodeCertificateNotYetValid {
		r.Remedy = "Use the credentials from that day on, and those before them until then; if that day has come, set the " +
			"clock of this machine."
	}
	for i := range c.cred.Keys {
		c.certificateFacts(r, i)
	}
}

// tokenInDate judges a ready token by its own account.
func (c *climber) tokenInDate(r *Rung) {
	r.Title = "Access token in date"
	c.hide.secret(c.cred.AccessToken)
	c.token = token.Token{AccessToken: c.cred.AccessToken, Origin: token.OriginFile}
	claims, err := token.ParseClaims(c.cred.AccessToken)
	if err != nil {
		r.skip("the token does not say when it ends")
		return
	}
	c.takeClaims(claims)
	r.fact("client id", claims.ClientID)
	r.fact("acts as", claims.UserID)
	if claims.ExpiresAt.IsZero() {
		r.skip("the token does not say when it ends")
		return
	}
	c.token.Issued, c.token.Expiry = claims.CreatedAt, claims.ExpiresAt
	r.fact("ends", instant(claims.ExpiresAt))
	left := claims.ExpiresAt.Sub(c.cfg.now())
	switch {
	case left <= 0:
		r.breaks(ClassCredential, CauseTokenExpired, "the token expired %s ago, on %s", span(left),
			instant(claims.ExpiresAt))
	case c.cfg.Warn > 0 && left <= c.cfg.Warn:
		r.warn(CauseEndsSoon, "the token ends in %s", span(left))
		r.ends = true
	default:
		r.see("the token is valid for another %s", span(left))
	}
}

// takeClaims keeps what a token says of itself.
func (c *climber) takeClaims(claims token.Claims) {
	c.claims = claims
	c.hide.id(claims.ClientID)
	c.hide.id(claims.UserID)
	c.hide.id(claims.Organization)
	c.hide.id(claims.ID)
}

// aemConsole is the console that hands out service credentials.
const aemConsole = "the AEM Developer Console"

// console names the console that the credential comes from, or where its client can be looked up.
func (c *climber) console() string {
	if name := c.cred.Format.Console(); name != "" {
		return "the " + name
	}
	if strings.HasPrefix(c.cred.ClientID, "cm-") {
		return aemConsole
	}
	return "the Adobe Developer Console"
}
