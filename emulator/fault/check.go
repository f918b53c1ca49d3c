package fault

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// The services that faults know.
const (
	serviceIMS = "ims"
	serviceAEM = "aem" // both of its tiers
)

var services = []string{serviceIMS, serviceAEM, "aem-author", "aem-publish"}

// problems returns what is wrong with a fault, with places relative to it.
func (f Fault) problems() []Problem {
	var all []Problem
	add := func(path, format string, args ...any) {
		all = append(all, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
	}
	for _, t := range []struct{ path, text string }{{"id", f.ID}, {"name", f.Name}} {
		if !printable(t.text) {
			add(t.path, "must be a text of at most 200 characters in one line")
		}
	}
	f.Match.check(add)
	f.Effect.check(add)
	f.When.check(add)
	if s := f.Effect.service(); s != "" && f.Match.Service != "" && !within(f.Match.Service, s) {
		add("match.service", "the effect is for %q and does not fit %q", s, f.Match.Service)
	}
	if s := f.Match.routeService(); s != "" && f.Match.Service != "" && !within(f.Match.Service, s) {
		add("match.route", "the route is one of %q and does not fit %q", s, f.Match.Service)
	}
	if s, t := f.Match.routeService(), f.Effect.service(); s != "" && t != "" && s != t {
		add("match.route", "the route is one of %q and the effect is for %q", s, t)
	}
	if _, named := aemRoutes[f.Match.Route]; named && f.Effect.ofForms() && !strings.HasPrefix(f.Match.Route, formsRoute) {
		add("match.route", "the effect is for the Forms services, and the route is none of theirs")
	}
	slices.SortFunc(all, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// within reports whether a service is s or a part of it.
func within(service, s string) bool { return service == s || strings.HasPrefix(service, s+"-") }

func printable(s string) bool {
	return len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F || r == '�' })
}

func (m Match) check(add func(path, format string, args ...any)) {
	if m.Service != "" && !slices.Contains(services, m.Service) {
		add("match.service", "%q is not %s%s", short(m.Service), oneOf(services...), suggestion(m.Service, services))
	}
	if _, err := compileRoute(m.Route); err != nil {
		add("match.route", "%v", err)
	}
	if !printable(m.ClientID) {
		add("match.client_id", "must be a text of at most 200 characters in one line")
	}
}

func (w When) check(add func(path, format string, args ...any)) {
	if w.Count < 0 {
		add("when.count", "must be at least 1; 0 means no limit")
	}
	if !(w.Probability >= 0 && w.Probability <= 1) {
		add("when.probability", "must be greater than 0 and at most 1")
	}
	if w.Seed != 0 && w.Probability == 0 {
		add("when.seed", "has no effect without a probability")
	}
}

// effects returns the names of the effects that are set, as they are called in a document.
func (e Effect) effects() []string {
	var set []string
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"error", e.Error != ""}, {"status", e.Status != nil}, {"empty_body", e.EmptyBody}, {"html", e.HTML},
		{"latency", e.Latency != nil}, {"hang", e.Hang}, {"reset", e.Reset}, {"cut_body", e.CutBody != nil},
		{"slow_body", e.SlowBody != 0}, {"content_type", e.ContentType != ""}, {"drop_members", e.Drop != nil},
		{"replace_members", e.Replace != nil}, {"token", e.Token != ""}, {"authorize_error", e.AuthorizeError != ""},
		{"garble", e.Garble}, {"accepted", e.Accepted},
	} {
		if f.on {
			set = append(set, f.name)
		}
	}
	return set
}

// service returns whose answers the effect changes; "" if it suits all.
func (e Effect) service() string {
	if a, ok := answerNamed(e.Error); ok {
		return a.Service
	}
	switch {
	case e.Token != "" || e.AuthorizeError != "":
		return serviceIMS
	case e.Accepted:
		return serviceAEM
	}
	return ""
}

// ofForms reports whether the effect suits only the Forms services.
func (e Effect) ofForms() bool {
	a, _ := answerNamed(e.Error)
	return a.forms != nil || e.Accepted
}

func (e Effect) check(add func(path, format string, args ...any)) {
	switch set := e.effects(); len(set) {
	case 0:
		add("effect", "is missing: one of error, status, empty_body, html, latency, hang, reset, cut_body, slow_body, "+
			"content_type, drop_members, replace_members, token, authorize_error, garble and accepted")
	case 1:
	default:
		add("effect", "must be one, not %d: %s", len(set), strings.Join(set, ", "))
	}
	if _, ok := answerNamed(e.Error); !ok && e.Error != "" {
		add("effect.error", "unknown error %q%s", short(e.Error), suggestion(e.Error, answerNames()))
	}
	if e.RetryAfter < 0 || e.RetryAfter > 0 && e.Error == "" && e.Status == nil {
		add("effect.retry_after", "belongs to an error or a status, and must not be negative")
	}
	e.checkReal(add)
	if e.Status != nil {
		e.Status.check(add)
	}
	if l := e.Latency; l != nil && (l.Min < 0 || l.Max < 0 || l.Max != 0 && l.Max < l.Min || l.Min == 0 && l.Max == 0) {
		add("effect.latency", "must be a time, or a least one and a greatest one that is not less")
	}
}

// checkReal checks the effects that change the real answer.
func (e Effect) checkReal(add func(path, format string, args ...any)) {
	if e.CutBody != nil && (*e.CutBody < 0 || *e.CutBody > maxSize) {
		add("effect.cut_body", "must be 0 to 1 GiB")
	}
	if e.SlowBody < 0 || e.SlowBody > maxSize {
		add("effect.slow_body", "must be 1 byte to 1 GiB per second")
	}
	if _, _, err := mime.ParseMediaType(e.ContentType); e.ContentType != "" && err != nil || !fieldValue(e.ContentType) {
		add("effect.content_type", "%q is not a content type", short(e.ContentType))
	}
	if e.Drop != nil && (len(e.Drop) == 0 || slices.ContainsFunc(e.Drop, badMember)) {
		add("effect.drop_members", "must be names of members, such as expires_in or token.user_id")
	}
	if e.Replace != nil && (len(e.Replace) == 0 || slices.ContainsFunc(slices.Collect(maps.Keys(e.Replace)), badMember)) {
		add("effect.replace_members", "must be names of members, such as expires_in or token.user_id, with values")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Replace)) {
		if !json.Valid(e.Replace[name]) {
			add("effect.replace_members", "the value of %q is not JSON", short(name))
		}
	}
	shapes := []string{ExpiredOnArrival, WrongUnit, ExpiresInText}
	if e.Token != "" && !slices.Contains(shapes, e.Token) {
		add("effect.token", "%q is not %s%s", short(e.Token), oneOf(shapes...), suggestion(e.Token, shapes))
	}
	codes := AuthorizeErrors()
	if e.AuthorizeError != "" && !slices.Contains(codes, e.AuthorizeError) {
		add("effect.authorize_error", "%q is not %s%s", short(e.AuthorizeError), oneOf(codes...),
			suggestion(e.AuthorizeError, codes))
	}
}

// AuthorizeErrors returns the values of [Effect.AuthorizeError].
func AuthorizeErrors() []string {
	return []string{"login_required", "consent_required", "interaction_required", "invalid_scope", "access_denied"}
}

// badMember reports whether a text is not the name of a member: some names with dots between them.
func badMember(name string) bool {
	return len(name) > 200 || slices.Contains(strings.Split(name, "."), "")
}

func (s Status) check(add func(path, format string, args ...any)) {
	if s.Code < 200 || s.Code > 599 {
		add("effect.status", "must be 200 to 599")
	}
	bodies := []string{bodyJSON, bodyHTML, bodyEmpty}
	if s.Body != "" && !slices.Contains(bodies, s.Body) {
		add("effect.status.body", "%q is not %s%s", short(s.Body), oneOf(bodies...), suggestion(s.Body, bodies))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade":
			add("effect.status.headers", "%q is set by the server", name)
		default:
			if !fieldName(name) || !fieldValue(s.Headers[name]) {
				add("effect.status.headers", "%q is not a header with a value", short(name))
			}
		}
	}
}

// fieldName reports whether s is a token of RFC 9110, section 5.6.2.
func fieldName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

func fieldValue(s string) bool {
	return len(s) <= 1000 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F })
}
