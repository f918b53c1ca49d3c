package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/ims"
)

type accountsPage struct {
	Page   page
	Find   string
	People peopleView
}

// peopleView is the part of the page that its forms replace.
type peopleView struct {
	Find          string
	Problem, Done string
	Made          *madeView
	Clients       []clientView
	More          string
}

// madeView is something secret that was just made, shown this once.
type madeView struct{ Title, About, Text string }

type clientView struct {
	Number                     int
	ID, Name                   string
	Grants, Scopes, Metascopes []string
	Facts                      []namedValue
	HasSecrets, MoreSecrets    bool
	Secrets                    []secretView
	HasCertificates            bool
	Certificates               []certificateView
}

type secretView struct{ UUID, Fingerprint, Used string }

type certificateView struct {
	Fingerprint, Dates, Left, Tone string
	Actions                        []certificateAction
}

type certificateAction struct{ Value, Name, Full, Short string }

func (s *Server) accountsPage(w http.ResponseWriter, r *http.Request) {
	find := strings.TrimSpace(r.URL.Query().Get("find"))
	s.showPeople(w, r, s.peopleView(find))
}

func (s *Server) showPeople(w http.ResponseWriter, r *http.Request, v peopleView) {
	if fromHTMX(r) {
		s.render(w, http.StatusOK, "people", v)
		return
	}
	status := http.StatusOK
	if v.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, "accounts", accountsPage{s.newPage(r, "Accounts"), v.Find, v})
}

// shownClients bounds the page; the field above the list finds the others.
const shownClients = 25

func (s *Server) peopleView(find string) peopleView {
	v := peopleView{Find: find}
	bindings := map[string][]ims.BindingState{}
	for _, b := range s.cfg.IMS.Bindings() {
		bindings[b.ClientID] = append(bindings[b.ClientID], b)
	}
	left, counters := 0, s.cfg.IMS.Counters()
	for _, c := range s.cfg.IMS.Clients() {
		if find != "" && !strings.Contains(strings.Join([]string{c.ID, c.Name, c.Account, c.Organization}, " "), find) {
			continue
		}
		if len(v.Clients) == shownClients {
			left++
			continue
		}
		client := s.newClientView(c, bindings[c.ID], counters.Clients[c.ID])
		client.Number = len(v.Clients) + 1
		v.Clients = append(v.Clients, client)
	}
	if left > 0 {
		v.More = fmt.Sprintf("%d more clients are not shown. Use the field above to find them.", left)
	}
	return v
}

func (s *Server) newClientView(c ims.ClientState, bindings []ims.BindingState, counters ims.ClientCounters) clientView {
	v := clientView{
		ID: c.ID, Name: c.Name, Grants: grants(c), Scopes: c.Scopes, Metascopes: c.Metascopes,
		HasSecrets: !c.Public && len(grants(c)) > 0, MoreSecrets: len(c.Secrets) < 2, HasCertificates: len(bindings) > 0,
	}
	account := c.Account
	if account == "" && len(bindings) > 0 {
		account = bindings[0].Account
	}
	v.Facts = s.clientFacts(c, account, counters)
	now := s.cfg.Clock.Now()
	for _, x := range c.Secrets {
		v.Secrets = append(v.Secrets, secretView{x.UUID, x.Fingerprint, usage(x, now)})
	}
	for _, b := range bindings {
		for _, cert := range b.Certificates {
			v.Certificates = append(v.Certificates, newCertificateView(newCertificateJSON(b, cert, now)))
		}
	}
	return v
}

func (s *Server) clientFacts(c ims.ClientState, account string, counters ims.ClientCounters) []namedValue {
	a, _ := s.cfg.IMS.Account(account)
	who := account
	if a.Name != "" || a.Email != "" {
		who = strings.TrimSpace(a.Name+" "+a.Email) + " · " + account
	}
	all := []namedValue{
		{"Account", who},
		{"Organization", c.Organization},
		{"Tokens", fmt.Sprintf("%s issued, %s refused, %s throttled",
			grouped(counters.Tokens()), grouped(counters.Refused), grouped(counters.Throttled))},
		{"Redirects", strings.Join(c.RedirectURIs, ", ")},
	}
	if c.Migrated {
		all = append(all, namedValue{"State", "migrated to OAuth server-to-server: its exchange answers 500"})
	}
	if c.Throttle > 0 {
		all = append(all, namedValue{"Throttle", "every request gets 429"})
	}
	return slices.DeleteFunc(all, func(v namedValue) bool { return v.Value == "" })
}

func grants(c ims.ClientState) []string {
	var names []string
	for _, g := range []struct {
		on   bool
		name string
	}{
		{c.ExchangeJWT, "JWT exchange"}, {c.ClientCredentials, "client credentials"}, {c.AuthorizationCode, "authorization code"},
		{c.TokenExchange, "token exchange"}, {c.Public, "public"},
	} {
		if g.on {
			names = append(names, g.name)
		}
	}
	return names
}

// usage says when a secret was made and last used.
func usage(s ims.SecretState, now time.Time) string {
	text := "made " + relative(s.Created, now)
	var last time.Time
	for _, t := range s.LastUsed {
		if t.After(last) {
			last = t
		}
	}
	if last.IsZero() {
		return text + ", never used"
	}
	return text + ", last used " + relative(last, now)
}

func newCertificateView(c certificateJSON) certificateView {
	life := newLife(c)
	v := certificateView{
		Fingerprint: life.Fingerprint, Left: life.Left, Tone: life.Tone,
		Dates: c.NotBefore.Format(time.DateOnly) + " to " + c.NotAfter.Format(time.DateOnly),
	}
	if v.Tone == "" {
		v.Tone = "pass"
	}
	action := func(value, name string) {
		v.Actions = append(v.Actions, certificateAction{value, name, c.Fingerprint, life.Fingerprint})
	}
	if c.DaysLeft >= 0 {
		action("expire-certificate", "Expire")
	}
	if c.Revoked {
		action("restore-certificate", "Restore")
	} else {
		action("revoke-certificate", "Revoke")
	}
	return v
}

// accountsForm makes the change that a form asks for.
func (s *Server) accountsForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	client, certificate := r.PostForm.Get("client"), r.PostForm.Get("certificate")
	var err error
	var made *madeView
	var doneText string
	switch r.PathValue("action") {
	case "add-secret":
		made, err = s.formSecret(client)
	case "remove-secret":
		doneText, err = "The secret is deleted.", s.cfg.IMS.RemoveSecret(client, r.PostForm.Get("secret"))
	case "make-certificate":
		made, err = s.formCertificate(client)
	case "add-certificate":
		doneText, err = "The certificate is added.", s.cfg.IMS.AddCertificatePEM(client, []byte(r.PostForm.Get("pem")))
	case "revoke-certificate":
		doneText, err = "The certificate is revoked.", s.cfg.IMS.SetCertificateRevoked(client, certificate, true)
	case "restore-certificate":
		doneText, err = "The certificate is good again.", s.cfg.IMS.SetCertificateRevoked(client, certificate, false)
	case "expire-certificate":
		doneText, err = "The certificate has expired.", s.cfg.IMS.ExpireCertificate(client, certificate)
	default:
		s.noPage(w, r)
		return
	}
	v := s.peopleView(strings.TrimSpace(r.PostForm.Get("find")))
	v.Made = made
	if err != nil {
		v.Problem = err.Error()
	} else if made == nil {
		v.Done = doneText
	}
	s.showPeople(w, r, v)
}

func (s *Server) formSecret(client string) (*madeView, error) {
	text, _, err := s.cfg.IMS.AddSecret(client)
	if err != nil {
		return nil, err
	}
	return &madeView{"The new secret of " + client, "It is shown this once. The downloads have it, too.", text.Reveal()}, nil
}

func (s *Server) formCertificate(client string) (*madeView, error) {
	k, err := s.makeCertificate(client, 0)
	if err != nil {
		return nil, err
	}
	return &madeView{
		"The new key pair of " + client, "The key is shown this once. The downloads use it from now on.",
		k.keyPEM() + k.certificatePEM(),
	}, nil
}
