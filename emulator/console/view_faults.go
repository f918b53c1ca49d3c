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
	Routes        []option
	Clients       []option
	In            faultInput
	Faults        []faultView
	Clock         clockView
}

type optionGroup struct {
	Name    string
	Options []option
}

// faultInput is what a person has put into the form, to be shown again if it is wrong.
type faultInput struct {
	Effect, Error, Code, Body, Retry, Min, Max, Bytes, Type, Members, Route, Client, Count, Share string
}

var firstInput = faultInput{
	Effect: "error", Error: "throttled", Code: "503", Body: "json", Min: "2s", Bytes: "100", Type: "text/plain", Members: "expires_in", Count: "3",
}

func readFaultInput(f url.Values) faultInput {
	in := firstInput
	for name, field := range map[string]*string{
		"effect": &in.Effect, "error": &in.Error, "code": &in.Code, "body": &in.Body, "retry": &in.Retry, "min": &in.Min,
		"max": &in.Max, "bytes": &in.Bytes, "type": &in.Type, "members": &in.Members, "route": &in.Route,
		"client": &in.Client, "count": &in.Count, "share": &in.Share,
	} {
		if f.Has(name) {
			*field = strings.TrimSpace(f.Get(name))
		}
	}
	return in
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
		Clock: s.clockView(), Clients: options(in.Client, "", "every client"),
		Routes: options(in.Route, "", "everywhere"),
	}
	for _, id := range s.clientIDs() {
		v.Clients = append(v.Clients, option{id, id, id == in.Client})
	}
	for _, rt := range fault.Routes() {
		v.Routes = append(v.Routes, option{rt.Name, rt.Name, rt.Name == in.Route})
	}
	for _, a := range fault.Answers() {
		v.Errors = append(v.Errors, option{a.Name, fmt.Sprintf("%d %s", a.Status, strings.ReplaceAll(a.Name, "_", " ")), a.Name == in.Error})
	}
	for _, f := range s.cfg.Faults.List() {
		v.Faults = append(v.Faults, newFaultView(f))
	}
	return v
}

// effects are the kinds of faults that the form knows. The control API knows all.
func effects(selected string) []optionGroup {
	return []optionGroup{
		{"Errors", options(selected, "error", "an error of Adobe's", "status", "a status of your choice")},
		{"Slow or gone", options(selected, "latency", "late answer", "hang", "no answer", "reset", "connection reset",
			"cut_body", "body cut off", "slow_body", "slow body")},
		{"200, and yet wrong", options(selected, "empty_body", "empty body", "html", "a web page", "content_type", "wrong content type",
			"drop_members", "members missing", "garble", "not what it says", "accepted", "202, the result later", fault.ExpiredOnArrival, "token expired on arrival", fault.WrongUnit, "expires_in in the wrong unit")},
	}
}

func newFaultView(f fault.State) faultView {
	v := faultView{ID: f.ID, Name: f.Name, Where: "everywhere"}
	if v.Name == "" {
		v.Name = f.ID
	}
	if f.Match.Route != "" {
		v.Where = f.Match.Route
	} else if f.Match.Service != "" {
		v.Where = f.Match.Service
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

// fault builds the fault that the form describes.
func (in faultInput) fault() (fault.Fault, *problem) {
	f := fault.Fault{Match: fault.Match{Route: in.Route, ClientID: in.Client}}
	if p := in.when(&f.When); p != nil {
		return f, p
	}
	return f, in.effect(&f.Effect)
}

func (in faultInput) when(w *fault.When) *problem {
	count, p := formNumber("How often", in.Count)
	if p != nil {
		return p
	}
	share, p := formNumber("Share of requests", in.Share)
	if p != nil {
		return p
	}
	w.Count, w.Probability = int(count), float64(share)/100
	return nil
}

func (in faultInput) effect(e *fault.Effect) *problem {
	switch in.Effect {
	case "error":
		e.Error = in.Error
	case "status":
		return in.status(e)
	case "latency":
		return in.latency(e)
	case "hang":
		e.Hang = true
	case "reset":
		e.Reset = true
	case "cut_body", "slow_body":
		return in.bytes(e)
	case "empty_body":
		e.EmptyBody = true
	case "html":
		e.HTML = true
	case "garble":
		e.Garble = true
	case "accepted":
		e.Accepted = true
	case "content_type":
		e.ContentType = in.Type
	case "drop_members":
		e.Drop = strings.FieldsFunc(in.Members, func(r rune) bool { return r == ',' || r == ' ' })
	case fault.ExpiredOnArrival, fault.WrongUnit:
		e.Token = in.Effect
	default:
		return badRequest("", "choose what goes wrong")
	}
	return nil
}

func (in faultInput) status(e *fault.Effect) *problem {
	code, p := formNumber("Status", in.Code)
	if p != nil {
		return p
	}
	e.Status = &fault.Status{Code: int(code), Body: in.Body}
	if in.Retry != "" {
		wait, p := formNumber("Retry-After", in.Retry)
		if p != nil {
			return p
		}
		e.Status.Headers = map[string]string{"Retry-After": strconv.FormatInt(wait, 10)}
	}
	return nil
}

func (in faultInput) latency(e *fault.Effect) *problem {
	e.Latency = &fault.Latency{}
	for _, part := range []struct {
		text string
		to   *time.Duration
	}{{in.Min, &e.Latency.Min}, {in.Max, &e.Latency.Max}} {
		if part.text == "" {
			continue
		}
		d, err := time.ParseDuration(part.text)
		if err != nil {
			return badRequest("", "%q is not a duration; write it like 2s or 500ms", part.text)
		}
		*part.to = d
	}
	return nil
}

func (in faultInput) bytes(e *fault.Effect) *problem {
	n, p := formNumber("Bytes", in.Bytes)
	if in.Effect == "cut_body" {
		e.CutBody = &n
	} else {
		e.SlowBody = n
	}
	return p
}

// formNumber reads a field of the form; empty is 0.
func formNumber(name, text string) (int64, *problem) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, badRequest("", "%s: %q is not a whole number", name, text)
	}
	return n, nil
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

// addFormFault adds the fault of the form and returns what is wrong with it.
func (s *Server) addFormFault(in faultInput) string {
	f, p := in.fault()
	if p != nil {
		return p.Message
	}
	if _, err := s.cfg.Faults.Add(f); err != nil {
		return err.Error()
	}
	return ""
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
