package doctor

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/adobehost"
	"github.com/imsx/imsx/internal/cleantext"
	"github.com/imsx/imsx/secret"
)

// concealer knows what a public text must not show: secrets in any form, and identifiers in full. The zero value knows
// only the shapes that everybody knows.
type concealer struct {
	secrets cleantext.Cleaner
	private []substitute
}

// substitute is what stands for an identifier.
type substitute struct{ text, shown string }

func (h *concealer) secret(t secret.Text) {
	text := t.Reveal()
	if len(text) < 4 {
		return // never in a text on purpose, and everywhere by chance
	}
	for _, form := range []string{
		text, url.QueryEscape(text), url.PathEscape(text), hex.EncodeToString([]byte(text)),
		base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)),
	} {
		h.secrets.Hide(form)
	}
}

// variable conceals the value of a variable: the URL of a proxy in parts, hosts and paths as a whole.
func (h *concealer) variable(v Variable) {
	switch name := strings.ToUpper(v.Name); {
	case name == "NO_PROXY":
		h.text(v.Value)
	case strings.HasSuffix(name, "_PROXY"):
		h.proxy(v.Value)
	default:
		h.path(v.Value)
	}
}

// proxy conceals the password in the address of a proxy, and the user and the host as well. Where it is no such address,
// any part can be a piece of the password.
func (h *concealer) proxy(text string) {
	u := proxyAddress(text)
	if u == nil {
		if _, rest, ok := strings.Cut(text, "://"); ok {
			text = rest
		}
		h.secret(secret.New(text))
		return
	}
	if password, ok := u.User.Password(); ok {
		h.secret(secret.New(password))
	}
	h.text(u.User.Username())
	h.host(u.Hostname())
}

func (h *concealer) credential(c *credentials.Credentials) {
	for _, s := range c.ClientSecrets {
		h.secret(s)
	}
	h.secret(c.AccessToken)
	for _, id := range []string{c.ClientID, c.Organization, c.TechnicalAccountID, c.TechnicalAccountEmail, c.Name} {
		h.id(id)
	}
	h.host(hostOf(c.Endpoint))
}

func (h *concealer) add(text, shown string) {
	if len(text) > 2 && text != shown {
		h.private = append(h.private, substitute{text, shown})
	}
}

// id conceals an identifier but for its beginning, by which its owner knows it, and the domain after an @.
func (h *concealer) id(text string) {
	local, domain, ok := strings.Cut(text, "@")
	shown := beginning(local)
	if ok && (domain == "AdobeOrg" || domain == "AdobeID" || domain == "techacct.adobe.com") {
		shown += "@" + domain
	}
	h.add(text, shown)
}

// name conceals a name of a company's, such as that of its certificate authority.
func (h *concealer) name(text string) { h.add(text, beginning(text)) }

// text conceals all of a text.
func (h *concealer) text(text string) { h.add(text, "(hidden)") }

// endings are those of file names that a public text shows.
var endings = []string{".json", ".yaml", ".yml", ".env", ".aio", ".txt", ".pem", ".key", ".crt", ".cer"}

// path conceals a path but for the ending of the file's name, and the name alone as well.
func (h *concealer) path(path string) {
	shown := "(path)"
	if ending := filepath.Ext(path); slices.Contains(endings, strings.ToLower(ending)) {
		shown += ending
	}
	h.add(path, shown)
	if name := path[strings.LastIndexAny(path, `/\`)+1:]; strings.Contains(name, ".") {
		h.add(name, shown)
	}
}

// host conceals a host that is neither Adobe's identity service nor this machine.
func (h *concealer) host(host string) {
	tier, rest, _ := strings.Cut(host, "-")
	switch {
	case host == "", adobehost.Trusted(host):
	case environmentIn(host) != "" && rest != "":
		_, domain, _ := strings.Cut(host, ".")
		h.add(host, tier+"-p…-e…."+domain)
	default:
		h.add(host, "(host)")
	}
}

// beginning returns the first four characters of a text, or fewer of a short one, and a mark.
func beginning(text string) string {
	runes := []rune(text)
	return string(runes[:min(4, len(runes)/2)]) + "…"
}

// lazy compiles an expression when it is first used.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// Shapes of what is concealed even if nobody has named it.
var (
	longRun     = lazy(`(sha256:|sha1:)?[A-Za-z0-9+/_=-]{40,}`)
	clientShape = lazy(`\b(cm-)?p\d+-e\d+[\w-]*`)
	idShape     = lazy(`\b[0-9A-Fa-f]{24}@(AdobeOrg|AdobeID|techacct\.adobe\.com|[0-9a-f.]+e)\b`)
	uuidShape   = lazy(`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`)
	mailShape   = lazy(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)
	hexShape    = lazy(`\b[0-9a-f]{32}\b`)
	secretShape = lazy(`\b[ps]8e-[\w-]+`)
	userShape   = lazy(`://[^/\s@]*@`)
	addrShape   = lazy(`\b(\d{1,3})\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
)

// fingerprintShown is how many digits of a fingerprint a public text shows.
const fingerprintShown = 16

// clean returns a text that can be shown to everybody.
func (h *concealer) clean(s string) string {
	s = h.secrets.Mask(s)
	private := slices.Clone(h.private)
	slices.SortStableFunc(private, func(a, b substitute) int { return len(b.text) - len(a.text) })
	for _, p := range private {
		s = replaceFold(s, p.text, p.shown)
	}
	s = userShape().ReplaceAllString(s, "://(user)@")
	s = secretShape().ReplaceAllString(s, "[redacted]")
	s = longRun().ReplaceAllStringFunc(s, func(run string) string {
		if head, digits, ok := strings.Cut(run, ":"); ok {
			return head + ":" + digits[:fingerprintShown] + "…"
		}
		return "(cut)"
	})
	s = idShape().ReplaceAllString(s, "(id)@$1")
	s = uuidShape().ReplaceAllString(s, "(id)")
	s = mailShape().ReplaceAllString(s, "(mail)")
	s = clientShape().ReplaceAllString(s, "${1}p…-e…")
	s = hexShape().ReplaceAllStringFunc(s, func(id string) string { return id[:4] + "…" })
	return addrShape().ReplaceAllStringFunc(s, func(a string) string {
		if adobehost.IsLoopback(a) {
			return a
		}
		first, _, _ := strings.Cut(a, ".")
		return first + ".x.x.x"
	})
}

// replaceFold replaces text without regard to the case of ASCII letters.
func replaceFold(s, text, shown string) string {
	var b strings.Builder
	low, find := cleantext.Fold(s), cleantext.Fold(text)
	for {
		i := strings.Index(low, find)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i] + shown)
		s, low = s[i+len(text):], low[i+len(find):]
	}
}
