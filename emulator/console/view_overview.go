package console

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/journal"
)

type overviewPage struct {
	Page      page
	Counters  []counterView
	Addresses []namedValue
	Commands  []commandView
	Lives     []lifeView
	Rows      []rowView
}

type counterView struct {
	Name, Value, Tone string
}

type commandView struct{ Title, Text string }

// lifeView is a certificate and how long it still lives.
type lifeView struct {
	Client, Fingerprint, Left, Tone string
	Meter                           int // days, from 0 to 365
}

// overviewRows is how many requests and certificates the overview shows.
const overviewRows = 6

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request) {
	a := s.addresses(r)
	p := overviewPage{Page: s.newPage(r, "Overview"), Counters: s.counterViews(), Commands: commands(a)}
	for _, v := range []namedValue{
		{"IMS", a.IMS}, {"AEM author", a.Author}, {"AEM publish", a.Publish}, {"Authority", a.CAFile}, {"Credential files", a.Dir},
		{"Version", a.Version},
	} {
		if v.Value != "" {
			p.Addresses = append(p.Addresses, v)
		}
	}
	for _, c := range s.certificateList("") {
		if len(p.Lives) < overviewRows && !c.Revoked {
			p.Lives = append(p.Lives, newLife(c))
		}
	}
	for _, e := range slices.Backward(s.cfg.Journal.Query(journal.Filter{Limit: overviewRows})) {
		p.Rows = append(p.Rows, newRow(e))
	}
	s.render(w, http.StatusOK, "overview", p)
}

func (s *Server) countersPart(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "counters", s.counterViews())
}

func (s *Server) counterViews() []counterView {
	counters := s.cfg.IMS.Counters()
	refused, throttled := counters.Refused, int64(0)
	for _, c := range counters.Clients {
		refused += c.Refused
		throttled += c.Throttled
	}
	return []counterView{
		{Name: "Requests", Value: grouped(int64(s.cfg.Journal.Count(journal.Filter{})))},
		{Name: "Tokens issued", Value: grouped(counters.Issued)},
		{Name: "Refused", Value: grouped(refused), Tone: toneIf(refused > 0, "fail")},
		{Name: "Throttled", Value: grouped(throttled), Tone: toneIf(throttled > 0, "warn")},
		{Name: "Faults played", Value: grouped(int64(s.cfg.Journal.Count(journal.Filter{Fault: "*"})))},
	}
}

func toneIf(on bool, tone string) string {
	if on {
		return tone
	}
	return ""
}

// grouped writes a number with narrow blanks between thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	var parts []string
	for len(text) > 3 {
		parts = append(parts, text[len(text)-3:])
		text = text[:len(text)-3]
	}
	parts = append(parts, text)
	slices.Reverse(parts)
	return strings.Join(parts, "\u202f")
}

// commands are the first steps with an emulator at these addresses.
func commands(a Addresses) []commandView {
	trust := ""
	if a.CAFile != "" {
		trust = " --cacert " + quoted(a.CAFile)
	}
	list := []commandView{{"Is it up?", "curl" + trust + " " + a.IMS + "/ims/.well-known/openid-configuration"}}
	call := "curl" + trust + " -H \"Authorization: Bearer $TOKEN\""
	if a.Dir != "" {
		ca := ""
		if a.CAFile != "" {
			ca = " --ca-file " + quoted(a.CAFile)
		}
		from := " -c " + quoted(filepath.Join(a.Dir, "service_token.json")) + ca
		call = "imsx curl" + from
		list = append(list, commandView{"Get a token", "imsx token" + from})
		list = append(list, commandView{
			"Get a token without imsx",
			fmt.Sprintf("jq -r '\"grant_type=client_credentials&client_id=\\(.CLIENT_ID)&client_secret=\\(.CLIENT_SECRETS[0])&scope=\\(.SCOPES | join(\",\"))\"' %s |\n  curl%s --data @- %s/ims/token/v3",
				quoted(filepath.Join(a.Dir, "oauth_server_to_server.json")), trust, a.IMS),
		})
	}
	if a.Author != "" {
		list = append(list, commandView{"Call AEM", call + " \\\n  " + a.Author + "/libs/granite/security/currentuser.json"})
	}
	return list
}

// quoted writes an argument for a POSIX shell.
func quoted(s string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune("/._-:+,=@", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if s != "" && !strings.ContainsFunc(s, odd) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func newLife(c certificateJSON) lifeView {
	v := lifeView{Client: c.ClientID, Fingerprint: shortFingerprint(c.Fingerprint), Meter: min(max(c.DaysLeft, 0), 365)}
	switch {
	case c.Revoked:
		v.Left, v.Tone, v.Meter = "revoked", "fail", 0
	case c.DaysLeft < 0:
		v.Left, v.Tone = "expired", "fail"
	case !c.Usable:
		v.Left, v.Tone = "not valid yet", "warn"
	case c.DaysLeft == 0:
		v.Left, v.Tone = "ends today", "fail"
	case c.DaysLeft == 1:
		v.Left, v.Tone = "1 day left", "fail"
	default:
		v.Left, v.Tone = fmt.Sprintf("%d days left", c.DaysLeft), toneIf(c.DaysLeft <= 30, "warn")
	}
	return v
}

// shortFingerprint is the beginning of a fingerprint, enough to tell certificates apart.
func shortFingerprint(s string) string {
	if len(s) <= 16 {
		return s
	}
	return s[:16] + "…"
}

// clientIDs lists the clients for the page's fields.
func (s *Server) clientIDs() []string {
	var ids []string
	for _, c := range s.cfg.IMS.Clients() {
		if len(ids) == maxListed {
			break
		}
		ids = append(ids, c.ID)
	}
	return ids
}

// maxListed bounds lists on a page: an emulator may have thousands of clients.
const maxListed = 200
