package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/adobehost"
	"github.com/imsx/imsx/secret"
)

// notAToken is what IMS is asked to judge, so that the way there can be seen. It is no secret.
const notAToken = "imsx-doctor"

// askIMS asks IMS something that needs no credential, once.
func (c *climber) askIMS(ctx context.Context) {
	if c.toIMS != nil || c.cred == nil || c.isReady() {
		return
	}
	c.toIMS = c.contact(c.cred.Endpoint)
	c.imsClient, c.imsErr = ims.New(ims.Config{
		Endpoint: c.cred.Endpoint, HTTPClient: c.toIMS.client(), AllowHosts: c.cfg.AllowHosts,
		UserAgent: c.cfg.UserAgent, Timeout: c.cfg.timeout(),
	})
	if c.imsErr != nil {
		return
	}
	c.imsErr = c.ask(ctx, func(ctx context.Context) error {
		_, err := c.imsClient.Validate(ctx, ims.ValidateRequest{Token: secret.New(notAToken), ClientID: c.cred.ClientID})
		return err
	})
}

// noIMS says why IMS is not asked.
func (c *climber) noIMS(r *Rung) bool {
	if !c.isReady() {
		return false
	}
	r.skip("a ready access token needs no IMS")
	return true
}

// cause returns the cause for which IMS could not be asked, or the empty one.
func (c *climber) cause() ims.Cause { return imsCause(c.imsErr) }

// imsCause returns the cause of a failure of package ims, or the empty one.
func imsCause(err error) ims.Cause {
	if e, ok := errors.AsType[*ims.Error](err); ok {
		return e.Cause
	}
	return ""
}

// The differences of the clocks that are told, and that break the ladder.
const (
	clockNoticed = 30 * time.Second
	clockWrong   = 5 * time.Minute
)

// clock compares the local clock with that of IMS; for a ready token with that of AEM.
func (c *climber) clock(ctx context.Context, r *Rung) {
	var asked *contact
	switch {
	case !c.isReady():
		c.askIMS(ctx)
		asked = c.toIMS
	case c.cfg.AEM != "":
		c.askAEM(ctx)
		asked = c.toAEM
	default:
		r.skip("a ready access token needs no IMS, and there is no AEM to compare with")
		return
	}
	difference, known := asked.clock()
	if !known {
		r.skip("no server has told its time: the next rungs say why")
		return
	}
	d := difference.Abs()
	if d < clockNoticed {
		r.see("the two agree")
		return
	}
	way := "behind"
	if difference < 0 {
		way = "ahead of"
	}
	r.fact("this machine", instant(c.cfg.now()))
	r.fact("the server", instant(c.cfg.now().Add(difference)))
	if d > clockWrong && c.isAssertion() {
		r.breaks(ClassCredential, CauseClockWrong, "this machine's clock is %s %s the server's", span(d), way)
		return
	}
	r.warn(CauseClockDiffers, "this machine's clock is %s %s the server's", span(d), way)
}

// name tells where the name led to.
func (c *climber) name(ctx context.Context, r *Rung) {
	if c.noIMS(r) {
		return
	}
	c.askIMS(ctx)
	c.named(r, c.toIMS, c.cause() == ims.CauseNameNotResolved)
	switch wrong := c.wrongProxy(c.toIMS.host); {
	case r.State == StateBroken && wrong != "":
		r.State = StateOK
		r.skip("%s does not resolve here, and %s is not the address of a proxy: see the next rung", c.toIMS.host, wrong)
	case r.State == StateBroken:
		r.breaksIMS(c.imsErr)
	}
}

// named fills in a rung about a server's name; it is broken without a cause if the name does not resolve.
func (c *climber) named(r *Rung, to *contact, unresolved bool) {
	addrs := to.addresses()
	for _, a := range addrs {
		r.fact("address", a)
	}
	proxy := to.proxyURL()
	switch {
	case unresolved:
		r.State = StateBroken
	case proxy != nil && isAddress(proxy.Hostname()):
		r.see("the proxy resolves %s; it is at the address %s itself", to.host, proxy.Hostname())
	case proxy != nil:
		r.see("the proxy resolves %s; the name of the proxy leads to %s", to.host, list(addrs, "no address"))
	case isAddress(to.host):
		r.see("%s is an address", to.host)
	case len(addrs) == 0:
		r.skip("no connection was tried")
	case !adobehost.IsLoopback(to.host) && oddAddress(addrs) != "":
		r.warn(CausePrivateAddress, "%s leads to %s", to.host, oddAddress(addrs))
	default:
		r.see("%s leads to %s", to.host, strings.Join(addrs, ", "))
	}
}

func list(texts []string, none string) string {
	if len(texts) == 0 {
		return none
	}
	return strings.Join(texts, ", ")
}

// proxy tells which proxy stands in between, and whether it lets the request through.
func (c *climber) proxy(_ context.Context, r *Rung) {
	if c.noIMS(r) {
		return
	}
	c.throughProxy(r, c.toIMS, c.cred.Endpoint)
	switch c.cause() {
	case ims.CauseProxyAuthentication, ims.CauseProxyFault:
		seen := r.Seen
		r.breaksIMS(c.imsErr)
		c.fromProxy(r, seen)
	}
	c.blameProxy(r, c.toIMS)
}

// throughProxy tells which proxy was used.
func (c *climber) throughProxy(r *Rung, to *contact, origin string) {
	for _, v := range c.report.Environment {
		r.fact(v.Name, v.Value)
	}
	u := to.proxyURL()
	if u == nil {
		r.see("none: the connection is direct")
		return
	}
	c.hide.host(u.Hostname())
	if password, ok := u.User.Password(); ok {
		c.hide.secret(secret.New(password))
	}
	r.see("%s, chosen by %s", shownProxy(u.String()), c.chosenBy(u.Host, origin))
	r.fact("proxy", shownProxy(u.String()))
	r.fact("chosen by", c.chosenBy(u.Host, origin))
}

// chosenBy names the variable that holds the address of the proxy.
func (c *climber) chosenBy(host, origin string) string {
	want := "HTTPS_PROXY"
	if strings.HasPrefix(origin, "http://") {
		want = "HTTP_PROXY"
	}
	for _, v := range c.cfg.Environment {
		if strings.EqualFold(v.Name, want) && strings.Contains(v.Value, host) {
			return v.Name
		}
	}
	return "the HTTP client's settings"
}

// fromProxy adds to a broken rung that Adobe has nothing to do with it.
func (c *climber) fromProxy(r *Rung, seen string) {
	r.Seen = "This came from your proxy, not from Adobe: " + r.Seen
	r.fact("proxy in use", seen)
}

// tls tells who vouches for the server.
func (c *climber) tls(_ context.Context, r *Rung) {
	if c.noIMS(r) {
		return
	}
	c.secured(r, c.toIMS, c.cred.Endpoint, c.cause() == ims.CauseUntrustedCertificate, c.imsErr)
	if r.State == StateBroken {
		seen := r.Facts
		r.Facts = nil
		r.breaksIMS(c.imsErr)
		c.intercepted(r, c.toIMS, c.imsErr)
		r.Facts = append(r.Facts, seen...)
	}
}

// secured fills in a rung about TLS; it is broken without a cause if the handshake failed.
func (c *climber) secured(r *Rung, to *contact, origin string, untrusted bool, err error) {
	state, failed := to.handshake()
	switch {
	case strings.HasPrefix(origin, "http://"):
		r.skip("plain HTTP, on this machine only")
	case untrusted || failed != nil:
		r.State = StateBroken
		r.certificates(chainOf(err, state))
	case state == nil:
		r.skip("it did not come to that: the next rung says why")
	default:
		cert := state.PeerCertificates[0]
		r.see("%s, certificate by %s", tls.VersionName(state.Version), issuerOf(cert))
		r.fact("cipher", tls.CipherSuiteName(state.CipherSuite))
		r.certificates(state.PeerCertificates)
		r.fact("valid until", instant(cert.NotAfter))
	}
}

// chainOf returns the certificates that a server showed although they were not accepted.
func chainOf(err error, state *tls.ConnectionState) []*x509.Certificate {
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e.UnverifiedCertificates
	}
	if state != nil {
		return state.PeerCertificates
	}
	return nil
}

func (r *Rung) certificates(chain []*x509.Certificate) {
	if len(chain) == 0 {
		return
	}
	r.fact("certificate issued by", issuerOf(chain[0]))
	if last := chain[len(chain)-1]; len(chain) > 1 {
		r.fact("whose chain ends with", issuerOf(last))
	}
}

// intercepted says who most likely answers in the place of a server whose authority is unknown.
func (c *climber) intercepted(r *Rung, to *contact, err error) {
	chain := chainOf(err, nil)
	unknown := x509.UnknownAuthorityError{}
	if len(chain) == 0 || !errors.As(err, &unknown) {
		return
	}
	name := issuerOf(chain[0])
	switch {
	case adobehost.IsLoopback(to.host):
		r.Remedy = "The server is on this machine: give the certificate of its authority with --ca-file. An " +
			"emulator writes it as ca.pem beside the credentials."
		return
	case to.proxyURL() != nil:
		r.Seen += "; this came from your proxy, not from Adobe"
	case adobehost.Trusted(to.host) || environmentIn(to.host) != "":
		r.Seen += "; this came from something between here and Adobe, not from Adobe"
	}
	c.hide.name(name)
	c.hide.name(issuerOf(chain[len(chain)-1]))
	r.Meaning = "TLS is opened on the way and closed again with a certificate by \"" + name +
		"\", an authority that this machine does not know."
	r.Remedy = "Ask the network's administrator for the certificate of the authority \"" + name +
		"\" as a PEM file and give it with --ca-file, or have " + to.host + " left out of the inspection."
}

// reachable tells whether IMS itself answers.
func (c *climber) reachable(_ context.Context, r *Rung) {
	if c.noIMS(r) {
		return
	}
	r.fact("endpoint", c.cred.Endpoint)
	answered, inJSON := 0, false
	c.toIMS.look(func(t *contact) {
		answered, inJSON = t.status, strings.Contains(t.header.Get("Content-Type"), "json")
	})
	switch e, _ := errors.AsType[*ims.Error](c.imsErr); {
	case c.imsErr == nil:
		r.see("%s answers", c.toIMS.host)
	case e != nil && e.Cause == ims.CauseMalformedAnswer && inJSON,
		e != nil && e.Status/100 == 4 && !slices.Contains(notIMS, e.Cause):
		// That a word is no token is what IMS is expected to say; that it says so is what was to be found out.
		r.see("%s answers (%d %s)", c.toIMS.host, answered, http.StatusText(answered))
	default:
		r.breaksIMS(c.imsErr)
	}
}

// notIMS are causes with a status that do not come from IMS itself.
var notIMS = []ims.Cause{ims.CauseProxyAuthentication, ims.CauseTimeout}
