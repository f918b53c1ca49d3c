package aem

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/imsx/imsx/secret"
)

// The names of the checks, as the journal has them, in their order.
const (
	CheckCDN         = "content delivery network"
	CheckPresent     = "bearer token present"
	CheckForm        = "token well formed"
	CheckSignature   = "token signature"
	CheckExpiry      = "token not expired"
	CheckRevocation  = "token not revoked"
	CheckEnvironment = "token of this environment"
	CheckAPIKey      = "API key"
	CheckAllowed     = "client allowed"
	CheckUser        = "user exists"
	CheckRights      = "user's rights"
)

// Checks returns the names of all checks of the ladder in their order. A request's record has those that apply to it, up
// to the first that failed.
func Checks() []string {
	return []string{
		CheckCDN, CheckPresent, CheckForm, CheckSignature, CheckExpiry, CheckRevocation, CheckEnvironment, CheckAPIKey,
		CheckAllowed, CheckUser, CheckRights,
	}
}

// climb takes the request through the ladder, up to the first check that it fails.
func (c *call) climb() *failure {
	if c.settings.blocked {
		c.record.Fail(CheckCDN, "a rule of the content delivery network blocks every request to this host")
		return errCDN
	}
	c.record.Pass(CheckCDN, "")
	if c.route.need == rightNone {
		return nil
	}
	for _, rung := range []func(*call) *failure{
		(*call).checkToken, (*call).checkEnvironment, (*call).checkAPIKey, (*call).checkAllowed, (*call).checkUser,
		(*call).checkRights,
	} {
		if f := rung(c); f != nil {
			return f
		}
	}
	return nil
}

// unauthorized is the host's 401.
func (c *call) unauthorized(code string) *failure {
	return &failure{status: http.StatusUnauthorized, code: code, style: c.settings.unauthorized}
}

// checkToken finds the bearer token and has it verified.
func (c *call) checkToken() *failure {
	token, problem := bearerToken(c.r.Header)
	if problem != "" {
		c.record.Fail(CheckPresent, problem)
		return c.unauthorized("no_token")
	}
	c.record.Pass(CheckPresent, "")
	c.record.Field("access_token", secret.New(token).Fingerprint())
	if len(token) > maxToken {
		c.record.Fail(CheckForm, fmt.Sprintf("the token has more than %d bytes", maxToken))
		return c.unauthorized("malformed_token")
	}
	bearer, err := c.server.verify(token)
	now := c.now()
	if err == nil && !bearer.Expiry.IsZero() && !now.Before(bearer.Expiry) {
		err = ErrExpired
	}
	c.setBearer(bearer)
	return c.judge(err)
}

// step is a check that Verify made, with what is said of it.
type step struct {
	check, passed string
	err           error // what Verify says when it failed
	failed, code  string
}

// judge tells the record what Verify found, as the checks that it stands for.
func (c *call) judge(err error) *failure {
	steps := []step{
		{CheckForm, "", ErrMalformed, "it is not an access token of an identity service", "malformed_token"},
		{CheckSignature, "", ErrSignature, "the signature does not fit a key of this identity service", "bad_signature"},
		{CheckExpiry, c.validity(), ErrExpired, c.validity(), "expired_token"},
		{CheckRevocation, "", ErrRevoked, "the token was invalidated", "revoked_token"},
	}
	failed := len(steps)
	if err != nil {
		// An error of another kind counts as a malformed token.
		failed = max(0, slices.IndexFunc(steps, func(s step) bool { return errors.Is(err, s.err) }))
	}
	for n, s := range steps {
		if n == failed {
			c.record.Fail(s.check, s.failed)
			return c.unauthorized(s.code)
		}
		c.record.Pass(s.check, s.passed)
	}
	return nil
}

// validity says when the token ends or ended.
func (c *call) validity() string {
	if c.bearer.Expiry.IsZero() {
		return ""
	}
	expiry := c.bearer.Expiry.UTC().Format("2006-01-02 15:04:05 UTC")
	if c.now().Before(c.bearer.Expiry) {
		return "good until " + expiry
	}
	return "the token ended at " + expiry
}

// bearerToken returns the token in the request's header, or what is wrong with the header.
func bearerToken(h http.Header) (token, problem string) {
	values := h["Authorization"]
	switch len(values) {
	case 0:
		return "", "the request has no Authorization header"
	case 1:
	default:
		return "", "the request has more than one Authorization header"
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "the scheme of the Authorization header is not Bearer"
	}
	if token = strings.Trim(token, " "); token == "" {
		return "", "there is no token after Bearer"
	}
	return token, ""
}

// checkEnvironment refuses the tokens of other environments: clients of service credentials name theirs, and all belong
// to an organization.
func (c *call) checkEnvironment() *failure {
	id, named := clientEnvironment(c.bearer.ClientID)
	switch {
	case named && id != c.id:
		c.record.Fail(CheckEnvironment, fmt.Sprintf("the client belongs to %s, this host to %s", id, c.id))
	case c.organization != "" && c.bearer.Organization != c.organization:
		c.record.Fail(CheckEnvironment, fmt.Sprintf("the token is of the organization %q, this host of %q",
			short(c.bearer.Organization), c.organization))
	default:
		c.record.Pass(CheckEnvironment, string(c.id))
		return nil
	}
	return c.unauthorized("other_environment")
}

// checkAPIKey demands the header X-Api-Key with server-to-server tokens on the paths of the newer APIs.
func (c *call) checkAPIKey() *failure {
	if c.bearer.Kind != KindServerToServer || !c.route.gateway {
		return nil
	}
	switch key := c.r.Header.Get("X-Api-Key"); key {
	case c.bearer.ClientID:
		c.record.Pass(CheckAPIKey, "")
		return nil
	case "":
		c.record.Fail(CheckAPIKey, "the header X-Api-Key is missing; it must have the client id")
		return errNoAPIKey
	default:
		c.record.Fail(CheckAPIKey, "the header X-Api-Key is not the client id in the token")
		return errWrongAPIKey
	}
}

// checkAllowed looks for the client of a server-to-server token in the list of allowed clients.
func (c *call) checkAllowed() *failure {
	if c.bearer.Kind != KindServerToServer {
		return nil
	}
	if c.settings.open {
		c.record.Pass(CheckAllowed, "the host is open")
		return nil
	}
	if !c.allowed {
		c.record.Fail(CheckAllowed, fmt.Sprintf("the client id is not in allowedClientIDs.%s of the environment's API configuration", c.tier))
		return errNotAllowlisted
	}
	c.record.Pass(CheckAllowed, "")
	return nil
}

// checkUser finds the user of the account, or creates it.
func (c *call) checkUser() *failure {
	if problem := checkLabel("login name", c.bearer.login()); problem != nil {
		c.record.Fail(CheckUser, "the token names no account that a user could be made for")
		return c.unauthorized("no_account")
	}
	user, created, err := c.enter(c.bearer)
	if err != nil {
		c.record.Fail(CheckUser, err.Error())
		return errInternal
	}
	c.user = user
	detail := user.Login + " is in " + strings.Join(user.all(), ", ")
	if created {
		detail = "created by this call: " + detail
	}
	c.record.Pass(CheckUser, detail)
	return nil
}

// right is what a path asks of a user.
type right int

const (
	rightNone  right = iota // no token either
	rightUser               // any user
	rightRead               // the assets
	rightWrite              // the assets
	rightForms              // the Forms services
)

// rights tells who has a right, besides administrators, and how the journal calls what it is for.
var rights = map[right]struct {
	groups []string
	what   string
}{
	rightRead:  {[]string{Contributors, DAMUsers}, "reading assets"},
	rightWrite: {[]string{DAMUsers}, "writing assets"},
	rightForms: {[]string{FormsUsers}, "using the Forms services"},
}

// checkRights compares the user's groups with what the route needs.
func (c *call) checkRights() *failure {
	need, limited := rights[c.route.need]
	switch {
	case !limited:
		c.record.Pass(CheckRights, "every user may")
	case c.settings.open:
		c.record.Pass(CheckRights, "the host is open")
	case c.route.need == rightWrite && c.tier == Publish:
		c.record.Fail(CheckRights, "nobody writes assets on the publish tier; they are published from author")
		return errForbidden
	case c.user.in(append([]string{Administrators}, need.groups...)...):
		c.record.Pass(CheckRights, need.what)
	default:
		c.record.Fail(CheckRights, fmt.Sprintf("%s needs %s or %s; put the user %s there",
			need.what, strings.Join(need.groups, ", "), Administrators, c.user.Login))
		return errForbidden
	}
	return nil
}
