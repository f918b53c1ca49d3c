package console

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/journal"
)

// shownRows is how many requests the journal's page lists.
const shownRows = 200

// rowView is one request in a list.
type rowView struct {
	ID                                      int64
	Method, Path, Client, Status, Tone, Why string
	Fault                                   string
	Clock, Machine                          string
	Current                                 bool
}

func newRow(e journal.Entry) rowView {
	return rowView{
		ID: e.ID, Method: e.Method, Path: e.Path, Client: e.ClientID, Status: statusText(e), Tone: tone(e), Why: why(e),
		Fault: e.Fault, Clock: e.Time.UTC().Format("15:04:05"), Machine: e.Time.UTC().Format(time.RFC3339),
	}
}

func statusText(e journal.Entry) string {
	if e.Status == 0 {
		return "none"
	}
	return strconv.Itoa(e.Status)
}

// tone is the colour of an answer: the client is right, wrong, or not to blame.
func tone(e journal.Entry) string {
	switch {
	case e.Status == 0 || e.Status >= 500 || e.Broken:
		return "warn"
	case e.Status >= 400 || slices.ContainsFunc(e.Checks, failed):
		return "fail"
	}
	return "pass"
}

func failed(c journal.Check) bool { return !c.Passed }

// why is the shortest reason for an answer.
func why(e journal.Entry) string {
	if i := slices.IndexFunc(e.Checks, failed); i >= 0 {
		return strings.TrimSuffix(e.Checks[i].Name+": "+e.Checks[i].Detail, ": ")
	}
	switch {
	case e.Code != "" && e.Status >= 400:
		return e.Code
	case e.Broken || e.Status == 0:
		return "the answer did not arrive whole"
	}
	return ""
}

// entryView is one request, opened.
type entryView struct {
	Method, Path, Status, Tone, Verdict string
	Ladder                              []rungView
	Facts, Fields                       []namedValue
}

type namedValue struct{ Name, Value string }

func newEntry(e journal.Entry) entryView {
	v := entryView{
		Method: e.Method, Path: e.Path, Status: statusText(e), Tone: tone(e), Verdict: verdict(e),
		Ladder: rungs(e.Checks, ladderOf(e)), Facts: facts(e),
	}
	for _, f := range e.Fields {
		v.Fields = append(v.Fields, namedValue(f))
	}
	return v
}

func verdict(e journal.Entry) string {
	switch i := slices.IndexFunc(e.Checks, failed); {
	case e.Fault != "":
		return "A fault was played: " + e.Fault + "."
	case i >= 0:
		return "Refused at “" + e.Checks[i].Name + "”."
	case e.Status == 0 || e.Broken:
		return "The connection ended before the answer was complete."
	case e.Status >= 400:
		return "Refused."
	}
	return "Served."
}

func facts(e journal.Entry) []namedValue {
	all := []namedValue{
		{"Time", e.Time.UTC().Format("2006-01-02 15:04:05.000 MST")},
		{"Took", e.Took.Round(10 * time.Microsecond).String()},
		{"Service", e.Service},
		{"Route", e.Route},
		{"Client", e.ClientID},
		{"Account", e.Account},
		{"Error code", e.Code},
		{"Fault", e.Fault},
		{"X-Debug-Id", e.DebugID},
	}
	return slices.DeleteFunc(all, func(v namedValue) bool { return v.Value == "" })
}

// rungView is one check as a rung of the ladder.
type rungView struct {
	State, Mark, Spoken string
	Name, Detail        string
}

// rungs draws checks as a ladder. Of all, the usual checks of such a request, those after the failed one were not
// reached.
func rungs(checks []journal.Check, all []string) []rungView {
	var ladder []rungView
	refused := false
	done := map[string]bool{}
	for _, c := range checks {
		rung := rungView{State: "passed", Mark: "✓", Spoken: "passed.", Name: c.Name, Detail: c.Detail}
		if !c.Passed {
			rung.State, rung.Mark, rung.Spoken = "failed", "✕", "failed."
			refused = true
		}
		done[c.Name] = true
		ladder = append(ladder, rung)
	}
	if !refused {
		return ladder
	}
	last := lastDone(all, done)
	for _, name := range all[last+1:] {
		ladder = append(ladder, rungView{State: "unreached", Spoken: "not reached.", Name: name})
	}
	return ladder
}

func lastDone(all []string, done map[string]bool) int {
	for i := len(all) - 1; i >= 0; i-- {
		if done[all[i]] {
			return i
		}
	}
	return -1
}

// journalFilter is what the page's own form chooses by.
type journalFilter struct{ Client, Path, Outcome string }

func newJournalFilter(r *http.Request) journalFilter {
	q := r.URL.Query()
	return journalFilter{Client: strings.TrimSpace(q.Get("client")), Path: strings.TrimSpace(q.Get("path")), Outcome: q.Get("outcome")}
}

func (f journalFilter) fits(e journal.Entry) bool {
	switch {
	case f.Client != "" && !strings.Contains(e.ClientID, f.Client), f.Path != "" && !strings.Contains(e.Path, f.Path):
		return false
	case f.Outcome == "fault":
		return e.Fault != ""
	case f.Outcome == "refused":
		return tone(e) != "pass"
	case f.Outcome == "served":
		return tone(e) == "pass"
	}
	return true
}

type journalPage struct {
	Page     page
	Filter   journalFilter
	Filtered bool
	Clients  []string
	Outcomes []option
	Rows     []rowView
	Total    int
	Stream   string
	Limit    int
	Detail   *entryView
}

type option struct {
	Value, Name string
	Selected    bool
}

// options makes a list of choices; the names are pairs of value and name.
func options(selected string, names ...string) []option {
	var all []option
	for i := 0; i+1 < len(names); i += 2 {
		all = append(all, option{names[i], names[i+1], names[i] == selected})
	}
	return all
}

// plainOptions makes a list of choices whose names are their values.
func plainOptions(selected string, values []string) []option {
	var all []option
	for _, v := range values {
		all = append(all, option{v, v, v == selected})
	}
	return all
}

func (s *Server) journalPage(w http.ResponseWriter, r *http.Request) {
	f := newJournalFilter(r)
	chosen, _ := strconv.ParseInt(r.URL.Query().Get("entry"), 10, 64)
	p := journalPage{
		Page: s.newPage(r, "Journal"), Filter: f, Filtered: f != journalFilter{}, Clients: s.clientIDs(), Limit: shownRows,
		Outcomes: options(f.Outcome, "", "all", "refused", "refused or broken", "served", "served", "fault", "faults played"),
	}
	entries := s.cfg.Journal.Query(journal.Filter{})
	query := r.URL.Query()
	query.Del("entry")
	query.Del("done")
	query.Set("since", strconv.FormatInt(s.newest(entries), 10))
	p.Stream = pagesPrefix + "journal/stream?" + query.Encode()
	for _, e := range slices.Backward(entries) {
		if !f.fits(e) {
			continue
		}
		p.Total++
		if len(p.Rows) < shownRows {
			row := newRow(e)
			row.Current = e.ID == chosen
			p.Rows = append(p.Rows, row)
		}
	}
	if e, ok := s.cfg.Journal.Get(chosen); ok {
		v := newEntry(e)
		p.Detail = &v
	}
	s.render(w, http.StatusOK, "journal", p)
}

// newest is the id after which the page's stream begins.
func (s *Server) newest(entries []journal.Entry) int64 {
	if len(entries) == 0 {
		return s.cfg.Journal.Last()
	}
	return entries[len(entries)-1].ID
}

func (s *Server) entryPart(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	e, ok := s.cfg.Journal.Get(id)
	if err != nil || !ok {
		s.render(w, http.StatusOK, "gone", fmt.Sprintf("The journal no longer has request %d.", id))
		return
	}
	s.render(w, http.StatusOK, "entry", newEntry(e))
}

// journalStream is the journal as events with finished list items.
func (s *Server) journalStream(w http.ResponseWriter, r *http.Request) {
	f := newJournalFilter(r)
	s.stream(w, r, func(e journal.Entry) (string, []byte, error) {
		if !f.fits(e) {
			return "", nil, nil
		}
		var b bytes.Buffer
		err := s.pages.templates.ExecuteTemplate(&b, "row", newRow(e))
		return "row", b.Bytes(), err
	})
}

func (s *Server) clearJournalForm(w http.ResponseWriter, r *http.Request) {
	s.cfg.Journal.Clear()
	http.Redirect(w, r, pagesPrefix+"journal?done=cleared", http.StatusSeeOther)
}
