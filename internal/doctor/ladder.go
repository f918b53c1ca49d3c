package doctor

import (
	"context"
	"net/http"
	"time"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/token"
)

// step is one rung and how it is climbed. climb fills in the rung, whose state is ok to begin with.
type step struct {
	id, title string
	aem       bool
	climb     func(c *climber, ctx context.Context, r *Rung)
}

// ladder are the rungs from the bottom to the top.
var ladder = []step{
	{"file", "Credential file found", false, (*climber).file},
	{"readable", "Credentials readable", false, (*climber).readable},
	{"mode", "Permissions of the file", false, (*climber).mode},
	{"format", "Format known", false, (*climber).format},
	{"complete", "Credentials complete", false, (*climber).complete},
	{"key", "Private key can be read", false, (*climber).key},
	{"key_match", "Key matches the certificate", false, (*climber).keyMatch},
	{"in_date", "Certificate in date", false, (*climber).inDate},
	{"clock", "Clock against the server's", false, (*climber).clock},
	{"name", "Name of the server resolves", false, (*climber).name},
	{"proxy", "Proxy", false, (*climber).proxy},
	{"tls", "TLS and its certificate", false, (*climber).tls},
	{"ims", "IMS reachable", false, (*climber).reachable},
	{"token", "Access token issued", false, (*climber).issue},
	{"scopes", "Scopes asked for and granted", false, (*climber).granted},
	{"cache", "Token cache", false, (*climber).tokenCache},
	{"aem", "AEM reachable", true, (*climber).aemReachable},
	{"aem_awake", "AEM environment awake", true, (*climber).aemAwake},
	{"aem_token", "Access token accepted by AEM", true, (*climber).aemToken},
	{"aem_client", "Client on AEM's allow-list", true, (*climber).aemClient},
	{"aem_account", "Technical account known to AEM", true, (*climber).aemAccount},
	{"aem_group", "Group for the API", true, (*climber).aemGroup},
}

// climber is one climb: what it has found out so far.
type climber struct {
	cfg       Config
	report    Report
	hide      concealer
	transport *http.Transport

	set     *credentials.Set
	setErr  error
	cred    *credentials.Credentials
	credErr error

	imsClient *ims.Client
	toIMS     *contact // nil before IMS was asked, and for a ready token
	imsErr    error

	token  token.Token
	claims token.Claims
	scopes []string // as IMS granted them

	aemClientOf *aem.Client
	toAEM       *contact
	ready       error // of /systemready
	user        currentUser
	userErr     error
}

func newClimber(cfg Config) *climber {
	c := &climber{cfg: cfg, transport: cfg.transport()}
	for _, v := range cfg.Environment {
		c.hide.variable(v)
		c.report.Environment = append(c.report.Environment, v.shown())
	}
	c.hide.path(cfg.Input.Path)
	for _, p := range cfg.Private {
		c.hide.path(p)
	}
	c.hide.host(hostOf(cfg.AEM))
	return c
}

// bounded limits one step on the network.
func (c *climber) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.cfg.timeout())
}

// isReady reports whether the credential is a token, so that IMS is not asked.
func (c *climber) isReady() bool { return c.cred != nil && c.cred.Kind == credentials.KindAccessToken }

// isAssertion reports whether the credential signs assertions.
func (c *climber) isAssertion() bool {
	return c.cred != nil && c.cred.Kind == credentials.KindServiceAccount
}

// asked returns the scopes, or the metascopes, to ask for.
func (c *climber) asked() []string {
	switch {
	case c.cfg.Scopes != nil:
		return c.cfg.Scopes
	case c.isAssertion():
		return c.cred.Metascopes
	}
	return c.cred.Scopes
}

// left returns the time from now to an instant, by the server's clock where it is known.
func (c *climber) left(until time.Time) time.Duration {
	now := c.cfg.now()
	if c.toIMS != nil {
		if d, known := c.toIMS.clock(); known {
			now = now.Add(d)
		}
	}
	return until.Sub(now)
}
