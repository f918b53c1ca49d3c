package ims

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // for the page
	"encoding/base64"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

//go:embed signin.html
var signInHTML string

//go:embed signin.css
var signInCSS string

// signInTemplate is parsed when a page is first asked for: most programs that link this package never show one.
var signInTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("signin").Parse(signInHTML))
})

// styleSource allows the page's own style and no other.
var styleSource = func() string {
	sum := sha256.Sum256([]byte(signInCSS))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// page is what the template shows.
type page struct {
	Title, Problem, Client, Scopes, Action string
	Style                                  template.CSS
	Accounts                               []Account
	More                                   int // accounts that are not shown
}

// maxShown is how many accounts the page shows.
const maxShown = 50

// signInPage shows the accounts to choose from. Its form leads to the same path with all that the client asked.
func (c *call) signInPage(q *question, asked form) *failure {
	query := url.Values(maps.Clone(asked))
	query.Del("imsx_account")
	query.Del("imsx_action")
	var people []Account
	for _, a := range c.state.accounts.all() {
		if !isTechnical(a.ID) {
			people = append(people, a)
		}
	}
	slices.SortFunc(people, func(a, b Account) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	shown := people[:min(len(people), maxShown)]
	c.show(http.StatusOK, redirectSource(q.redirect), page{
		Title: "Sign in", Client: cmp.Or(q.client.Name, q.client.ID), Scopes: strings.Join(q.scopes, ", "),
		Action: c.r.URL.Path + "?" + query.Encode(), Accounts: shown, More: len(people) - len(shown),
	})
	return nil
}

// errorPage tells the person at the browser what is wrong, where there is nobody to lead them back to.
func (c *call) errorPage(f *failure) *failure {
	c.outcome = f.code
	c.record.Code(f.code)
	c.show(f.status, "", page{Title: "This sign-in cannot go on", Problem: f.description + " (" + f.code + ")"})
	return nil
}

// show writes a page under a policy that lets it load and run nothing. A browser holds the redirect after a form to
// form-action, too, so the client's address is in there.
func (c *call) show(status int, redirect string, p page) {
	p.Style = template.CSS(signInCSS) // #nosec G203 -- our own file
	var body bytes.Buffer
	if err := signInTemplate().Execute(&body, p); err != nil {
		errInternal.write(c.w)
		return
	}
	h := c.w.Header()
	h["Cache-Control"] = noStore
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src "+styleSource+
		"; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+redirect))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body.Bytes())
}
