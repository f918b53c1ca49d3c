package console

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/imsx/imsx/emulator/aem"
)

type aemPage struct {
	Page  page
	Hosts hostsView
}

// hostsView is the part of the page that its forms replace.
type hostsView struct {
	Problem, Done string
	Hosts         []hostView
}

type hostView struct {
	ID, Title, About, Path string
	Clients                []allowedView
	Users                  []userView
	Switches               []switchView
}

type allowedView struct{ ID, About, Action, Button string }

type userView struct {
	Login, Name, Calls string
	Groups             []string
	Actions            []groupAction
}

type groupAction struct{ Value, Name, Group string }

type switchView struct {
	Value, Name, Next string
	On                bool
}

func (s *Server) aemPage(w http.ResponseWriter, r *http.Request) { s.showHosts(w, r, s.hostsView()) }

func (s *Server) showHosts(w http.ResponseWriter, r *http.Request, v hostsView) {
	if fromHTMX(r) {
		s.render(w, http.StatusOK, "hosts", v)
		return
	}
	status := http.StatusOK
	if v.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, "aem", aemPage{s.newPage(r, "AEM"), v})
}

func (s *Server) hostsView() hostsView {
	v := hostsView{}
	for _, h := range s.cfg.AEM.Snapshot() {
		v.Hosts = append(v.Hosts, s.newHostView(h))
	}
	return v
}

func (s *Server) newHostView(h aem.Snapshot) hostView {
	name := string(h.Environment) + "/" + string(h.Tier)
	v := hostView{
		ID: "h-" + string(h.Environment) + "-" + string(h.Tier), Title: fmt.Sprintf("%s of %s", h.Tier, h.Environment),
		About: fmt.Sprintf("At Adobe: %s. %d assets.", h.Host, h.Assets), Path: pagesPrefix + "aem/" + name + "/",
	}
	for _, c := range s.cfg.IMS.Clients() {
		if !c.ClientCredentials || len(v.Clients) == maxListed {
			continue
		}
		a := allowedView{ID: c.ID, About: "not allowed: its calls get 403", Action: "allow", Button: "Allow"}
		if slices.Contains(h.AllowedClients, c.ID) {
			a.About, a.Action, a.Button = "allowed", "disallow", "Disallow"
		}
		v.Clients = append(v.Clients, a)
	}
	for _, u := range h.Users {
		if len(v.Users) < maxListed {
			v.Users = append(v.Users, newUserView(u))
		}
	}
	v.Switches = []switchView{
		{"cdn", "CDN blocks everything (406)", onOff(!h.CDNBlock), h.CDNBlock},
		{"open", "A good token is enough", onOff(!h.Open), h.Open},
		{"empty", "401 without a body", onOff(h.Unauthorized != aem.UnauthorizedEmpty), h.Unauthorized == aem.UnauthorizedEmpty},
	}
	return v
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// offered are the groups that the page has buttons for: those that decide about calls.
var offered = []string{aem.DAMUsers, aem.FormsUsers}

func newUserView(u aem.User) userView {
	v := userView{Login: u.Login, Name: u.Name, Groups: slices.Concat(u.Groups, u.Profiles), Calls: fmt.Sprintf("%d calls", u.Calls)}
	if v.Name == "" {
		v.Name = u.Login
	}
	if u.Calls == 1 {
		v.Calls = "1 call"
	}
	for _, g := range offered {
		if slices.Contains(u.Groups, g) {
			v.Actions = append(v.Actions, groupAction{"leave", "Leave", g})
		} else {
			v.Actions = append(v.Actions, groupAction{"join", "Join", g})
		}
	}
	return v
}

func (s *Server) aemForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	host, ok := s.cfg.AEM.Instance(aem.EnvironmentID(r.PathValue("environment")), aem.Tier(r.PathValue("tier")))
	if !ok {
		s.noPage(w, r)
		return
	}
	client, user, group := r.PostForm.Get("client"), r.PostForm.Get("user"), r.PostForm.Get("group")
	var err error
	switch r.PathValue("action") {
	case "allow":
		err = host.AllowClient(client)
	case "disallow":
		host.DisallowClient(client)
	case "join":
		err = host.AddUserToGroup(user, group)
	case "leave":
		err = host.RemoveUserFromGroup(user, group)
	case "switch":
		err = switchHost(host, r)
	default:
		s.noPage(w, r)
		return
	}
	v := s.hostsView()
	if err != nil {
		v.Problem = err.Error()
	} else {
		v.Done = "Done. It holds for the next request."
	}
	s.showHosts(w, r, v)
}

// switchHost sets the switch that the form names.
func switchHost(host *aem.Instance, r *http.Request) error {
	form := r.PostForm
	switch {
	case form.Has("cdn"):
		host.SetCDNBlock(form.Get("cdn") == "on")
	case form.Has("open"):
		host.SetOpen(form.Get("open") == "on")
	case form.Get("empty") == "on":
		return host.SetUnauthorized(aem.UnauthorizedEmpty)
	case form.Has("empty"):
		return host.SetUnauthorized(aem.UnauthorizedHTML)
	}
	return nil
}
