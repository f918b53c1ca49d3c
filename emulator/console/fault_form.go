package console

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/fault"
)

// faultInput is what a person has put into the form, to be shown again if it is wrong.
type faultInput struct {
	Effect, Error, Code, Body, Retry, Min, Max, Bytes, Type, Members, Values, Authorize string
	Place, Path, Client, Count, Share, Seed                                             string
}

var firstInput = faultInput{
	Effect: "error", Error: "throttled", Code: "503", Body: "json", Min: "2s", Bytes: "100", Type: "text/plain", Members: "expires_in",
	Values: `{"expires_in": "soon"}`, Authorize: "access_denied", Count: "3",
}

func readFaultInput(f url.Values) faultInput {
	in := firstInput
	for name, field := range map[string]*string{
		"effect": &in.Effect, "error": &in.Error, "code": &in.Code, "body": &in.Body, "retry": &in.Retry, "min": &in.Min,
		"max": &in.Max, "bytes": &in.Bytes, "type": &in.Type, "members": &in.Members, "values": &in.Values,
		"authorize": &in.Authorize, "place": &in.Place, "path": &in.Path, "client": &in.Client, "count": &in.Count,
		"share": &in.Share, "seed": &in.Seed,
	} {
		if f.Has(name) {
			*field = strings.TrimSpace(f.Get(name))
		}
	}
	return in
}

// effects are the kinds of faults.
func effects(selected string) []optionGroup {
	return []optionGroup{
		{"Errors", options(selected, "error", "an error of Adobe's", "status", "a status of your choice",
			"authorize_error", "sign-in leads back with an error")},
		{"Slow or gone", options(selected, "latency", "late answer", "hang", "no answer", "reset", "connection reset",
			"cut_body", "body cut off", "slow_body", "slow body")},
		{"200, and yet wrong", options(selected, "empty_body", "empty body", "html", "a web page", "content_type", "wrong content type",
			"drop_members", "members missing", "replace_members", "members with other values", "garble", "not what it says",
			fault.ExpiredOnArrival, "token expired on arrival", fault.WrongUnit, "expires_in in the wrong unit",
			fault.ExpiresInText, "expires_in as a text")},
		{"Forms", options(selected, "accepted", "202, the result later")},
	}
}

// servicePrefix begins a place that is a whole service, so that its name is not taken for that of a route.
const servicePrefix = "service:"

// places are where a fault may be played: everywhere, at a service, or on a route.
func places(selected string) []optionGroup {
	all := []optionGroup{
		{"All", options(selected, "", "everywhere", servicePrefix+"ims", "IMS", servicePrefix+"aem", "AEM",
			servicePrefix+"aem-author", "AEM author", servicePrefix+"aem-publish", "AEM publish")},
		{"IMS", nil}, {"AEM", nil},
	}
	for _, rt := range fault.Routes() {
		group := &all[1]
		if rt.Service != "ims" {
			group = &all[2]
		}
		group.Options = append(group.Options, option{rt.Name, rt.Name, rt.Name == selected})
	}
	return all
}

// fault builds the fault that the form describes.
func (in faultInput) fault() (fault.Fault, *problem) {
	f := fault.Fault{Match: fault.Match{ClientID: in.Client}}
	service, whole := strings.CutPrefix(in.Place, servicePrefix)
	switch {
	case whole:
		f.Match.Service, f.Match.Route = service, in.Path
	case in.Place != "" && in.Path != "":
		return f, badRequest("", "choose a route or write a path, not both")
	default:
		f.Match.Route = in.Place + in.Path
	}
	if p := in.when(&f.When); p != nil {
		return f, p
	}
	return f, in.effect(&f.Effect)
}

func (in faultInput) when(w *fault.When) *problem {
	count, p := formNumber("Times", in.Count)
	if p != nil {
		return p
	}
	share, p := formNumber("Share", in.Share)
	if p != nil {
		return p
	}
	seed, p := formNumber("Seed", in.Seed)
	if p != nil {
		return p
	}
	if seed != 0 && share == 0 {
		return badRequest("", "a seed makes the choice of a share repeatable: give a share as well")
	}
	w.Count, w.Probability, w.Seed = int(count), float64(share)/100, uint64(seed)
	return nil
}

func (in faultInput) effect(e *fault.Effect) *problem {
	switch in.Effect {
	case "error":
		e.Error = in.Error
		return in.retry(e)
	case "status":
		code, p := formNumber("Status", in.Code)
		if p != nil {
			return p
		}
		e.Status = &fault.Status{Code: int(code), Body: in.Body}
		return in.retry(e)
	case "authorize_error":
		e.AuthorizeError = in.Authorize
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
	case "replace_members":
		if json.Unmarshal([]byte(in.Values), &e.Replace) != nil || len(e.Replace) == 0 {
			return badRequest("", `New values: write a JSON object, like {"expires_in": 60}`)
		}
	case fault.ExpiredOnArrival, fault.WrongUnit, fault.ExpiresInText:
		e.Token = in.Effect
	default:
		return badRequest("", "choose what goes wrong")
	}
	return nil
}

func (in faultInput) retry(e *fault.Effect) *problem {
	wait, p := formNumber("Retry-After", in.Retry)
	e.RetryAfter = int(wait)
	return p
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
		d, err := parseDuration(part.text)
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
