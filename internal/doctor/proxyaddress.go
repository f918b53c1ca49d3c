package doctor

import (
	"net/url"
	"strings"

	"github.com/imsx/imsx/internal/adobehost"
)

// proxyAddress reads the address of a proxy; nil if the text is none that leads anywhere. A password with a character
// of its own meaning in a URL, such as # or /, makes it none: what is then taken for the host, the path or the rest is a
// part of the password.
func proxyAddress(text string) *url.URL {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u
	}
	return nil
}

// shownProxy returns the address of a proxy without its user name and password. What is no such address is not shown.
func shownProxy(text string) string {
	u := proxyAddress(text)
	switch {
	case u == nil:
		return "(not shown: it is not the address of a proxy, and may hold a password)"
	case u.User == nil:
		return text
	}
	given := " (a user name is given)"
	if _, ok := u.User.Password(); ok {
		given = " (user name and password are given)"
	}
	u.User = nil
	if !strings.Contains(text, "://") {
		return u.Host + given
	}
	return u.String() + given
}

// shown returns a variable as a report may show it.
func (v Variable) shown() Variable {
	name := strings.ToUpper(v.Name)
	switch {
	case name == "HTTPS_PROXY", name == "HTTP_PROXY":
		v.Value = shownProxy(v.Value)
	case strings.Contains(v.Value, "@"):
		v.Value = "(not shown: it may hold a password)"
	}
	return v
}

// wrongProxy returns the name of the variable that should name the proxy for a host and does not; "" without such a one.
func (c *climber) wrongProxy(host string) string {
	if adobehost.IsLoopback(host) {
		return ""
	}
	for _, v := range c.cfg.Environment {
		if strings.EqualFold(v.Name, "HTTPS_PROXY") && v.Value != "" {
			if proxyAddress(v.Value) == nil {
				return v.Name
			}
			return "" // the first one counts
		}
	}
	return ""
}

// blameProxy lays it on the variable for the proxy if that is wrong and the server was not reached. If it was, directly,
// the variable is worth a warning.
func (c *climber) blameProxy(r *Rung, to *contact) {
	name := c.wrongProxy(to.host)
	if name == "" {
		return
	}
	answered := false
	to.look(func(t *contact) { answered = t.answered })
	r.Cause, r.Class, r.Facts = "", "", nil
	if answered {
		r.warn(CauseProxyAddress, "%s is not the address of a proxy; %s was reached all the same", name, to.host)
	} else {
		r.breaks(ClassCredential, CauseProxyAddress, "%s is not the address of a proxy, and %s cannot be reached", name, to.host)
	}
	for _, v := range c.report.Environment {
		r.fact(v.Name, v.Value)
	}
}
