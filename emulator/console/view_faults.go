package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/fault"
)

type faultsPage struct {
	Page  page
	World worldView
}

// worldView is the part of the page that the forms of faults and clock replace.
type worldView struct {
	Problem, Done string
	Effects       []optionGroup
	Errors        []option
	Bodies        []option
	Authorize     []option
	Places        []optionGroup
	Clients       []option
	In            faultInput
	Faults        []faultView
	Clock         clockView
	Throttles     []throttleView
	Keys          []string // the first one signs
}

type optionGroup struct {
	Name    string
	Options []option
}

type faultView struct{ ID, Name, Where, How string }

type clockView struct {
	Now, Machine, Words string
	Moved               bool
}

func (s *Server) faultsPage(w http.ResponseWriter, r *http.Request) {
	s.showWorld(w, r, s.worldView(firstInput))
}

// showWorld answers with the page, or with the part of it that a script asked for.
func (s *Server) showWorld(w http.ResponseWriter, r *http.Request, v worldView) {
	status := http.StatusOK
	if fromHTMX(r) {
		w.Header().Set("HX-Trigger", "changed")
		s.render(w, status, "world", v)
		return
	}
	if v.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, "faults", faultsPage{s.newPage(r, "Faults and clock"), v})
}

func (s *Server) worldView(in faultInput) worldView {
	v := worldView{
		In: in, Effects: effects(in.Effect), Bodies: options(in.Body, "json", "JSON", "html", "HTML", "empty", "empty"),
		Clock: s.clockView(), Clients: options(in.Client, "", "every client"), Places: places(in.Place),
		Authorize: plainOptions(in.Authorize, fault.AuthorizeErrors()), Throttles: s.throttleViews(), Keys: s.cfg.IMS.KeyIDs(),
	}
	for _, id := range s.clientIDs() {
		v.Clients = append(v.Clients, option{id, id, id == in.Client})
	}
	for _, a := range fault.Answers() {
		v.Errors = append(v.Errors, option{a.Name, fmt.Sprintf("%d %s", a.Status, strings.ReplaceAll(a.Name, "_", " ")), a.Name == in.Error})
	}
	for _, f := range s.cfg.Faults.List() {
		v.Faults = append(v.Faults, newFaultView(f))
	}
	return v
}

func newFaultView(f fault.State) faultView {
	v := faultView{ID: f.ID, Name: f.Name, Where: "everywhere"}
	if v.Name == "" {
		v.Name = f.ID
	}
	if where := strings.TrimSpace(f.Match.Service + " " + f.Match.Route); where != "" {
		v.Where = where
	}
	if f.Match.ClientID != "" {
		v.Where += ", for " + f.Match.ClientID
	}
	var how []string
	if f.When.Probability > 0 {
		how = append(how, fmt.Sprintf("%s %% of requests", strconv.FormatFloat(100*f.When.Probability, 'f', -1, 64)))
	}
	how = append(how, fmt.Sprintf("played %d×", f.Played))
	switch {
	case f.Left == 0:
		how = append(how, "over")
	case f.Left > 0:
		how = append(how, fmt.Sprintf("%d× left", f.Left))
	default:
		how = append(how, "until lifted")
	}
	v.How = strings.Join(how, ", ")
	return v
}

func (s *Server) clockView() clockView {
	now, d := s.cfg.Clock.Now().UTC(), s.cfg.Clock.Difference()
	v := clockView{Now: now.Format("2006-01-02 15:04:05 MST"), Machine: now.Format(time.RFC3339), Moved: d != 0}
	switch {
	case d == 0:
		v.Words = "The same as the machine's."
	case d > 0:
		v.Words = words(d) + " ahead of the machine's."
	default:
		v.Words = words(d) + " behind the machine's."
	}
	return v
}

func (s *Server) faultsForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	in := readFaultInput(url.Values{})
	doneText, problemText := "", ""
	switch r.PathValue("action") {
	case "add":
		in = readFaultInput(r.PostForm)
		problemText = s.addFormFault(in)
		doneText = "The fault is on."
	case "lift":
		s.cfg.Faults.Lift(r.PostFormValue("id"))
		doneText = "The fault is lifted."
	case "clear":
		s.cfg.Faults.Clear()
		doneText = "All faults are lifted."
	default:
		s.noPage(w, r)
		return
	}
	v := s.worldView(in)
	if v.Problem = problemText; v.Problem == "" {
		v.Done = doneText
	}
	s.showWorld(w, r, v)
}

func (s *Server) clockForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	doneText, problemText := "The clock was moved.", ""
	by, set := r.PostForm.Get("by"), r.PostForm.Has("set")
	if set {
		s.cfg.Clock.Set(0)
		doneText = "The clock is right."
	} else if d, p := duration("by", strings.TrimSpace(by)); p != nil {
		problemText = fmt.Sprintf("%q is not a duration; write it like 90s, 23h or -1h30m.", by)
	} else if p := s.move(d); p != nil {
		problemText = p.Message
	}
	v := s.worldView(firstInput)
	if v.Problem = problemText; v.Problem == "" {
		v.Done = doneText
	}
	s.showWorld(w, r, v)
}

func (s *Server) resetForm(w http.ResponseWriter, r *http.Request) {
	if p := s.resetAll(); p != nil {
		http.Error(w, p.Message, p.status)
		return
	}
	http.Redirect(w, r, pagesPrefix+"?done=reset", http.StatusSeeOther)
}

// readForm reads a form of the page. It answers itself, and returns false, if it cannot be read.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return false
	}
	return true
}
