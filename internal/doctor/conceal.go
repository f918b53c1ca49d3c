package doctor

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/adobehost"
	"github.com/imsx/imsx/secret"
)

// concealer knows what a public text must not show: secrets in any form, and identifiers in full. The zero value knows
// only the shapes that everybody knows.
type concealer struct {
	secrets []string
	private []substitute
}

// substitute is what stands for an identifier.
type substitute struct{ text, shown string }

// window is how many bytes of a secret in a row count as showing it.
const window = 8

func (h *concealer) secret(t secret.Text) {
	text := t.Reveal()
	if len(text) < 4 {
		return // never in a text on purpose, and everywhere by chance
	}
	for _, form := range []string{
		text, url.QueryEscape(text), url.PathEscape(text), hex.EncodeToString([]byte(text)),
		base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)),
	} {
		if !slices.Contains(h.secrets, form) {
			h.secrets = append(h.secrets, form)
		}
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

// proxy conceals the password in the URL of a proxy, and the user and the host as well.
func (h *concealer) proxy(text string) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
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

// path conceals a path but for the ending of the file's name.
func (h *concealer) path(path string) {
	ending := ""
	if i := strings.LastIndex(path, "."); i >= 0 && !strings.ContainsAny(path[i:], `/\`) {
		ending = path[i:]
	}
	h.add(path, "(path)"+ending)
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
	s = h.mask(s)
	private := slices.Clone(h.private)
	slices.SortStableFunc(private, func(a, b substitute) int { return len(b.text) - len(a.text) })
	for _, p := range private {
		s = replaceFold(s, p.text, p.shown)
	}
	s = userShape().ReplaceAllString(s, "://(user)@")
	s = secretShape().ReplaceAllString(s, "(secret)")
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
	low, find := lower(s), lower(text)
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

// lower lowers ASCII letters and keeps every byte in its place.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// mask replaces every run that shares [window] bytes with a secret, and every occurrence of a shorter one.
func (h *concealer) mask(s string) string {
	marked := make([]bool, len(s))
	found := false
	for _, text := range h.secrets {
		n := min(window, len(text))
		windows := make(map[string]struct{}, len(text))
		for i := 0; i+n <= len(text); i++ {
			windows[text[i:i+n]] = struct{}{}
		}
		for i := 0; i+n <= len(s); i++ {
			if _, ok := windows[s[i:i+n]]; !ok {
				continue
			}
			found = true
			for j := i; j < i+n; j++ {
				marked[j] = true
			}
		}
	}
	if !found {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !marked[i]:
			b.WriteByte(s[i])
		case i == 0 || !marked[i-1]:
			b.WriteString("(secret)")
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

// printable drops what does not show from a text of a server's: control characters and those that change its direction.
func printable(s string) string {
	const most = 128
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}
