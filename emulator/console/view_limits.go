package console

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/imsx/imsx/emulator/ims"
)

// throttleView is a bound on how often a client, or each one, gets tokens.
type throttleView struct{ Client, Name, How string }

func (s *Server) throttleViews() []throttleView {
	var all []throttleView
	add := func(client, name string, r ims.Rate) {
		if r.PerSecond > 0 && len(all) < maxListed {
			all = append(all, throttleView{client, name, rateWords(r)})
		}
	}
	add("", "every client", s.cfg.IMS.DefaultRate())
	for _, c := range s.cfg.IMS.Clients() {
		add(c.ID, c.ID, c.Rate)
	}
	return all
}

// rateWords says a rate as the form takes it: "10 per minute, 5 at once".
func rateWords(r ims.Rate) string {
	perMinute := strconv.FormatFloat(math.Round(6000*r.PerSecond)/100, 'f', -1, 64)
	return fmt.Sprintf("%s per minute, %d at once", perMinute, max(1, r.Burst))
}

// limitsForm sets and lifts throttles and changes the signing key.
func (s *Server) limitsForm(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	var doneText, problemText string
	switch r.PathValue("action") {
	case "throttle":
		doneText = "The throttle is on."
		problemText = s.throttleForm(r)
	case "unthrottle":
		doneText = "The throttle is off."
		problemText = errorText(s.setRate(r.PostFormValue("client"), ims.Rate{}))
	case "rotate":
		doneText = "New tokens are signed by a new key. Older ones stay good."
		problemText = errorText(s.cfg.IMS.RotateKey(nil, true))
	case "forget":
		doneText = "New tokens are signed by a new key. Older ones are void."
		problemText = errorText(s.cfg.IMS.RotateKey(nil, false))
	default:
		s.noPage(w, r)
		return
	}
	v := s.worldView(firstInput)
	if v.Problem = problemText; v.Problem == "" {
		v.Done = doneText
	}
	s.showWorld(w, r, v)
}

// throttleForm sets the throttle of the form and returns what is wrong with it.
func (s *Server) throttleForm(r *http.Request) string {
	rate, p := formNumber("Tokens per minute", r.PostFormValue("rate"))
	if p != nil {
		return p.Message
	}
	burst, p := formNumber("At once", r.PostFormValue("burst"))
	if p != nil {
		return p.Message
	}
	if rate == 0 {
		return "Tokens per minute: at least 1"
	}
	return errorText(s.setRate(r.PostFormValue("client"), ims.Rate{PerSecond: float64(rate) / 60, Burst: int(burst)}))
}

// setRate sets the throttle of a client, or of those without one of their own if it is empty.
func (s *Server) setRate(client string, r ims.Rate) error {
	if client == "" {
		return s.cfg.IMS.SetDefaultRate(r)
	}
	return s.cfg.IMS.SetRate(client, r)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
