package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/token"
)

// The paths that AEM is asked for.
const (
	readyPath  = "/systemready"
	userPath   = "/libs/granite/security/currentuser.json"
	formsPath  = "/adobe/forms/doc/v1/generatePDFOutput"
	assetsPath = "/api/assets.json"
)

// maxUser bounds what is read of an answer of AEM.
const maxUser = 256 << 10

// currentUser is what AEM says of the token's user.
type currentUser struct {
	ID     string   `json:"authorizableId"`
	Name   string   `json:"name"`
	Home   string   `json:"home"`
	Groups []string `json:"groups"`
}

// askAEM asks the instance whether it is ready, once.
func (c *climber) askAEM(ctx context.Context) {
	if c.toAEM != nil {
		return
	}
	c.toAEM = c.contact(c.cfg.AEM)
	cfg := aem.Config{
		BaseURL: c.cfg.AEM, Source: token.Static(c.token), HTTPClient: c.toAEM.client(), AllowHosts: c.cfg.AllowHosts,
		UserAgent: c.cfg.UserAgent, Timeout: c.cfg.timeout(), MaxAttempts: 1,
	}
	if c.cred.Kind == credentials.KindServerToServer {
		cfg.APIKey = c.cred.ClientID
	}
	if c.aemClientOf, c.ready = aem.New(cfg); c.ready != nil {
		return
	}
	c.ready = c.fetch(ctx, aem.Request{Op: "ask whether it is ready", Path: readyPath}, notReady)
}

// fetch sends one request to AEM and has a successful answer read.
func (c *climber) fetch(ctx context.Context, req aem.Request, read func([]byte) error) error {
	return c.ask(ctx, func(ctx context.Context) error {
		return c.aemClientOf.Fetch(ctx, req, func(resp *aem.Response) error {
			body, err := io.ReadAll(io.LimitReader(resp.Body, maxUser))
			if err != nil {
				return err
			}
			return read(body)
		})
	})
}

// What a successful answer of AEM can turn out to be.
var (
	errNotReady = errors.New("it says that it is not ready")
	errNoUser   = errors.New("it does not name a user")
)

// notReady reads the answer of /systemready, which is JSON with the member overallResult, or else says nothing.
func notReady(body []byte) error {
	var answer struct {
		Overall string `json:"overallResult"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.Overall != "" && !strings.EqualFold(answer.Overall, "OK") {
		return errNotReady
	}
	return nil
}

// aemCause returns the cause of a failure of package aem, or the empty one.
func aemCause(err error) aem.Cause {
	if e, ok := errors.AsType[*aem.Error](err); ok {
		return e.Cause
	}
	return ""
}

// onTheWay are causes for which AEM itself was not heard.
var onTheWay = []aem.Cause{
	aem.CauseHostNotAllowed, aem.CauseInsecure, aem.CauseNameNotResolved, aem.CauseUntrustedCertificate,
	aem.CauseNetwork, aem.CauseTimeout, aem.CauseCanceled, aem.CauseProxyAuthentication, aem.CauseProxyFault,
}

// beforeAEM are causes for which a request may not have come beyond the proxy.
var beforeAEM = []aem.Cause{aem.CauseNameNotResolved, aem.CauseNetwork, aem.CauseTimeout, aem.CauseProxyFault}

// aemReachable tells of the way to AEM: name, proxy and TLS together, because most of it was seen on the way to IMS.
func (c *climber) aemReachable(ctx context.Context, r *Rung) {
	c.askAEM(ctx)
	cause, answered := aemCause(c.ready), false
	c.toAEM.look(func(t *contact) { answered = t.answered })
	if c.ready == nil || answered && !slices.Contains(onTheWay, cause) {
		c.aemReached(r)
		return
	}
	r.breaksAEM(c.ready)
	switch cause {
	case aem.CauseUntrustedCertificate:
		r.certificates(chainOf(c.ready, nil))
		c.intercepted(r, c.toAEM, c.ready)
	case aem.CauseProxyAuthentication, aem.CauseProxyFault:
		var proxy Rung
		c.throughProxy(&proxy, c.toAEM, c.cfg.AEM)
		c.fromProxy(r, proxy.Seen)
	case aem.CauseInvalidRequest:
		r.Meaning = "The address of AEM is not that of an instance: nothing was sent."
		r.Remedy = "Give the origin of the AEM instance, such as https://author-p1-e2.adobeaemcloud.com."
	case aem.CauseHostNotAllowed:
		r.fact("to allow it", "--allow-host "+c.toAEM.host)
	}
	if slices.Contains(beforeAEM, cause) {
		c.blameProxy(r, c.toAEM)
	}
}

func (c *climber) aemReached(r *Rung) {
	var name, secured Rung
	c.named(&name, c.toAEM, false)
	c.secured(&secured, c.toAEM, c.cfg.AEM, false, nil)
	r.see("%s; %s", name.Seen, secured.Seen)
	if name.State == StateWarning {
		r.State, r.Cause, r.Meaning, r.Remedy = name.State, name.Cause, name.Meaning, name.Remedy
	}
	r.Facts = slices.Concat(name.Facts, secured.Facts)
	if u := c.toAEM.proxyURL(); u != nil {
		r.fact("proxy", shownProxy(u.String()))
	}
}

// aemAwake tells whether the environment runs.
func (c *climber) aemAwake(_ context.Context, r *Rung) {
	var status int
	var body string
	c.toAEM.look(func(t *contact) { status, body = t.status, strings.ToLower(t.body) })
	r.fact("asked for", readyPath)
	switch cause := aemCause(c.ready); {
	case c.ready == nil:
		r.see("it is ready")
	case errors.Is(c.ready, errNotReady):
		r.breaks(ClassTemporary, CauseNotReady, "%s says that it is not ready", c.toAEM.host)
	case strings.Contains(body, "hibernat"):
		r.breaks(ClassTemporary, CauseHibernated, "%s answers %d, and that it is hibernated", c.toAEM.host, status)
	case status == http.StatusNotFound && strings.Contains(body, "domain not found"):
		r.breaksAEM(c.ready)
		r.breaks(ClassInput, CauseNoSuchHost, "%s", r.Seen)
	case cause == aem.CauseServerFault && status == http.StatusServiceUnavailable:
		r.breaksAEM(c.ready)
		r.Remedy = "Look in Cloud Manager whether the environment runs: a hibernated one has to be woken up in the " +
			"AEM Developer Console; otherwise try again in some minutes."
	case cause == aem.CauseCDNBlocked:
		r.breaksAEM(c.ready)
		r.fact("user agent", c.userAgent())
		r.fact("host", c.toAEM.host)
	case cause == aem.CauseThrottled, cause == aem.CauseServerFault, cause == aem.CauseTimedOut, cause == "":
		r.breaksAEM(c.ready)
	default:
		// It answers, and not everybody may ask for this page.
		r.see("it answers (%d %s)", status, http.StatusText(status))
	}
}

func (c *climber) userAgent() string {
	if c.cfg.UserAgent == "" {
		return "imsx"
	}
	return c.cfg.UserAgent
}

// aemToken asks who the token's user is, which tells whether AEM takes the token.
func (c *climber) aemToken(ctx context.Context, r *Rung) {
	c.userErr = c.fetch(ctx, aem.Request{Op: "ask for the current user", Path: userPath}, func(body []byte) error {
		if err := json.Unmarshal(body, &c.user); err != nil || c.user.ID == "" {
			return errNoUser
		}
		return nil
	})
	r.fact("asked for", userPath)
	r.fact("token comes from", tokenOrigin(c.token))
	c.hide.id(c.user.ID)
	c.hide.text(c.user.Home)
	switch cause := aemCause(c.userErr); {
	case c.userErr == nil && strings.EqualFold(c.user.ID, "anonymous"):
		r.breaks(ClassAEM, CauseAnonymous, "AEM says that the user is anonymous")
	case c.userErr == nil:
		r.see("AEM takes it")
	case cause == aem.CauseTokenRefused:
		r.breaksAEM(c.userErr)
		c.whyRefused(ctx, r)
	case cause == aem.CauseClientNotAllowlisted, cause == aem.CauseAPIKey, cause == aem.CauseGroupMissing:
		r.see("AEM takes it, and refuses something else: see the next rungs")
	case cause == aem.CauseNotFound && aemCause(c.ready) == aem.CauseNotFound:
		r.breaksAEM(c.userErr)
		r.breaks(ClassInput, CauseNoSuchHost, "%s", r.Seen)
	case cause == aem.CauseNotFound, cause == aem.CauseRedirected && c.forAPI() != ForNone:
		r.warn(CauseHidden, "%v", c.userErr)
	case cause == "":
		r.breaksAEM(c.userErr)
		m := aem.CauseMalformedAnswer
		r.Class, r.Cause, r.Meaning, r.Remedy = ClassCredential, string(m), m.Meaning(), m.Remedy()
		r.see("the answer to %s is not what AEM says of a user", userPath)
	default:
		r.breaksAEM(c.userErr)
	}
}

func tokenOrigin(t token.Token) string {
	if t.Origin == token.OriginFile {
		return "the credentials"
	}
	return "IMS, asked now"
}

// whyRefused tells the kinds of 401 apart, as far as that can be seen from outside.
func (c *climber) whyRefused(ctx context.Context, r *Rung) {
	r.fact("client id", c.claims.ClientID)
	r.fact("acts as", c.claims.UserID)
	r.fact("organization of the token", c.claims.Organization)
	r.fact("host", c.toAEM.host)
	valid, said := c.checkedByIMS(ctx, c.token.AccessToken)
	r.fact("IMS says of the token", said)
	ofClient, ofHost := environmentIn(c.claims.ClientID), environmentIn(c.toAEM.host)
	switch {
	case ofClient != "" && ofHost != "" && ofClient != ofHost:
		seen := r.Seen
		r.breaks(ClassAEM, CauseOtherEnvironment, "%s; the token is of %s, the URL of %s", seen, ofClient, ofHost)
	case said != "" && !valid:
		seen := r.Seen
		r.breaks(ClassAEM, CauseTokenEnded, "%s", seen)
	case valid:
		r.Meaning = "IMS accepts the token and AEM does not, so it is of another environment, of another " +
			"organization, or of another IMS (stage or production) than this AEM."
	}
}

// environmentIn returns the "p1-e2" in a client id like cm-p1-e2-integration-0 or a host like author-p1-e2.…, or "".
func environmentIn(text string) string {
	label, _, _ := strings.Cut(strings.ToLower(text), ".")
	parts := strings.Split(label, "-")
	for i := 0; i+1 < len(parts); i++ {
		if numbered(parts[i], 'p') && numbered(parts[i+1], 'e') {
			return parts[i] + "-" + parts[i+1]
		}
	}
	return ""
}

func numbered(s string, letter byte) bool {
	return len(s) > 1 && s[0] == letter && strings.Trim(s[1:], "0123456789") == ""
}

// aemClient tells whether the client may call this environment at all.
func (c *climber) aemClient(_ context.Context, r *Rung) {
	switch cause := aemCause(c.userErr); {
	case cause == aem.CauseClientNotAllowlisted:
		r.breaksAEM(c.userErr)
		c.adviseAllowList(r)
	case cause == aem.CauseAPIKey:
		r.breaksAEM(c.userErr)
		r.fact("client id", c.cred.ClientID)
	case c.cred.Kind != credentials.KindServerToServer:
		r.skip("the list is for OAuth server-to-server clients only")
	case c.userErr != nil && cause != aem.CauseGroupMissing:
		r.skip("the answer does not tell")
	default:
		r.see("AEM lets the client in")
		r.fact("client id", c.cred.ClientID)
	}
}

// adviseAllowList shows the client id and the file that lets it in.
func (c *climber) adviseAllowList(r *Rung) {
	id := c.cred.ClientID
	if c.claims.ClientID != "" {
		id = c.claims.ClientID
	}
	file := allowList(id, c.tier(), c.cfg.EnvironmentType)
	r.File = &file
	r.fact("client id", id)
	r.fact("tier", list(c.tier(), "not told by the host: author, publish or preview"))
	r.fact("environment", environmentIn(c.toAEM.host))
	r.fact("rapid development environment",
		`it has no pipeline: set envTypes to ["rde"] and run: aio aem:rde:install -t env-config ./config`)
	r.Remedy = "Somebody with access to the repository of the environment puts the file below at config/api.yaml, " +
		"or adds the client id to the one that is there, and runs the config pipeline of this environment in Cloud Manager."
}

// tier returns the tier that the configuration or the host names, as a list of one, or nothing.
func (c *climber) tier() []string {
	tier := c.cfg.Tier
	if tier == "" {
		tier, _, _ = strings.Cut(strings.ToLower(hostOf(c.cfg.AEM)), "-")
	}
	if tier == "author" || tier == "publish" || tier == "preview" {
		return []string{tier}
	}
	return nil
}

// allowList returns the file that lets a client in. Of what is not known it has all, with a word to choose.
func allowList(id string, tiers []string, envType string) File {
	var b strings.Builder
	b.WriteString("kind: \"API\"\nversion: \"1\"\nmetadata:\n")
	if envType != "" {
		b.WriteString("  envTypes: [\"" + envType + "\"]\n")
	} else {
		b.WriteString("  envTypes: [\"dev\"] # the type of this environment: dev, stage or prod\n")
	}
	b.WriteString("data:\n  allowedClientIDs:\n")
	choose := ""
	if len(tiers) == 0 {
		tiers, choose = []string{"author", "publish"}, " # leave out the tier that is not called"
	}
	quoted, _ := json.Marshal(id)
	for _, tier := range tiers {
		b.WriteString("    " + tier + ":" + choose + "\n      - " + string(quoted) + "\n")
	}
	return File{Path: "config/api.yaml", Content: b.String()}
}

// aemAccount tells whom AEM takes the token for.
func (c *climber) aemAccount(_ context.Context, r *Rung) {
	switch {
	case aemCause(c.userErr) == aem.CauseGroupMissing:
		r.breaksAEM(c.userErr)
		c.adviseGroup(r, "contributors")
	case c.userErr != nil:
		r.skip("the host does not show the current user")
	default:
		r.see("AEM knows it as %s", c.user.ID)
		r.fact("login name", c.user.ID)
		r.fact("groups", strings.Join(c.user.Groups, ", "))
	}
}

func (c *climber) forAPI() API {
	if c.cfg.For == "" {
		return ForNone
	}
	return c.cfg.For
}

// groups are those that may use an API, and how it is asked for without doing anything.
var groups = map[API]struct {
	group, what, asked string
	request            func() aem.Request
}{
	ForForms: {"forms-users", "the Communications APIs", "POST " + formsPath + " without a template", formsRequest},
	ForAssets: {"dam-users", "the Assets HTTP API", "GET " + assetsPath, func() aem.Request {
		return aem.Request{Op: "ask for assets", Path: assetsPath, Query: map[string][]string{"limit": {"1"}}}
	}},
}

// formsRequest has options and no template, so there is nothing to generate.
func formsRequest() aem.Request {
	body, _ := aem.Multipart(aem.Part{Name: "options", Body: aem.BytesBody("application/json", []byte("{}"))}) // well formed
	return aem.Request{Op: "ask for the Forms services", Method: http.MethodPost, Path: formsPath, Body: body}
}

// aemGroup asks for the API in a way that does nothing, and looks at how AEM refuses.
func (c *climber) aemGroup(ctx context.Context, r *Rung) {
	api, ok := groups[c.forAPI()]
	if !ok {
		r.skip("no API was named to look at")
		return
	}
	err := c.fetch(ctx, api.request(), func([]byte) error { return nil })
	r.fact("asked for", api.asked)
	e, _ := errors.AsType[*aem.Error](err)
	switch cause := aemCause(err); {
	case err == nil:
		r.see("AEM lets the account use %s", api.what)
	case cause == aem.CauseInvalidRequest, cause == aem.CauseConflict, cause == aem.CauseMalformedAnswer:
		r.see("AEM lets the account use %s: it refuses only the empty request (%d)", api.what, e.Status)
	case cause == aem.CauseNotFound:
		r.warn(CauseAPIMissing, "%v", err)
	case cause == aem.CauseGroupMissing:
		r.breaksAEM(err)
		c.adviseGroup(r, api.group)
	case cause == aem.CauseClientNotAllowlisted:
		r.breaksAEM(err)
		c.adviseAllowList(r)
	case cause == aem.CauseServerFault && e.Status == http.StatusInternalServerError:
		r.warn(CauseUndecided, "%v", err)
		r.fact("request id", e.RequestID)
	default:
		r.breaksAEM(err)
	}
}

// adviseGroup shows whom to look for in AEM, and where.
func (c *climber) adviseGroup(r *Rung, group string) {
	login := c.user.ID
	if login == "" {
		login = c.cred.TechnicalAccountEmail
	}
	r.fact("login name to look for", login)
	r.fact("technical account", firstOf(c.claims.UserID, c.cred.TechnicalAccountID))
	r.fact("group", group)
	r.fact("is in", strings.Join(c.user.Groups, ", "))
	r.fact("where", "AEM at "+c.cfg.AEM+": Tools, Security, Groups, "+group+", tab Members; add the user, save")
	r.fact("or", "Admin Console, Products, AEM as a Cloud Service, the environment's product profile, API "+
		"credentials; it counts after about 10 minutes")
	who := "the technical account"
	if login != "" {
		who = "the user " + login
	}
	r.Remedy = "An AEM administrator adds " + who + " to the group " + group + " on this very instance. " +
		"AEM made the user at the first call, so it is there now; its login name is the account's e-mail address."
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
