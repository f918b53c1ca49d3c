package doctor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
)

// State is how a rung was found.
type State string

// The states of a rung.
const (
	StateOK      State = "ok"
	StateWarning State = "warning" // it holds, and somebody should look at it
	StateBroken  State = "broken"
	StateSkipped State = "skipped" // it does not apply here; Seen says why
)

// Class sorts what is broken by who must act.
type Class string

// The classes. The empty one means that nothing is broken.
const (
	ClassInput      Class = "input"      // the input cannot be read, or it is not clear which is meant
	ClassCredential Class = "credential" // the credential, or the way to Adobe, needs a person
	ClassTemporary  Class = "temporary"  // it may pass by itself
	ClassAEM        Class = "aem"        // AEM refuses the call
	ClassCanceled   Class = "canceled"   // the caller gave up
)

// Fact is something that was seen, by its name.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// File is a file that is ready to be used.
type File struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Rung is one step of the ladder.
type Rung struct {
	// ID names the rung; it is stable.
	ID string `json:"id"`
	// Title says in a few words what is looked at.
	Title string `json:"title"`
	State State  `json:"state"`
	// Cause is why the rung is broken or in doubt, as a name that is stable: one of package ims or aem, a reason or a
	// code of package credentials, or one of [Causes]. Empty if nothing is wrong.
	Cause string `json:"cause,omitempty"`
	// Class is set for a broken rung.
	Class Class `json:"class,omitempty"`
	// Seen is what was seen, or why the rung is skipped.
	Seen string `json:"seen"`
	// Meaning says what that means, Remedy who must do what. Empty if nothing is wrong.
	Meaning string `json:"meaning,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
	// Facts are what to compare and to hand on: identifiers, fingerprints, dates.
	Facts []Fact `json:"facts,omitempty"`
	// File is what somebody must put in place.
	File *File `json:"file,omitempty"`

	ends bool // something ends within Config.Warn
}

// Report is what a climb saw.
type Report struct {
	// Rungs are those that were climbed, the broken one last.
	Rungs []Rung `json:"rungs"`
	// Environment are the variables of the configuration, without passwords.
	Environment []Variable `json:"environment,omitempty"`
	// Verdict sums it up.
	Verdict Verdict `json:"verdict"`

	hide concealer
}

// Verdict sums a report up.
type Verdict struct {
	// State is [StateOK], [StateWarning] or [StateBroken].
	State State `json:"state"`
	// Rung is the id of the broken rung; empty without one.
	Rung string `json:"rung,omitempty"`
	// Cause and Class are those of the broken rung.
	Cause string `json:"cause,omitempty"`
	Class Class  `json:"class,omitempty"`
	// EndsSoon reports whether something ends within Config.Warn.
	EndsSoon bool `json:"ends_soon,omitempty"`
	// Text is the whole in a sentence.
	Text string `json:"text"`
}

// done adds the verdict.
func (c *climber) done() Report {
	rep := c.report
	v := Verdict{State: StateOK, Text: "All rungs hold."}
	warnings := 0
	for _, r := range rep.Rungs {
		switch r.State {
		case StateWarning:
			warnings++
			v.State = StateWarning
			v.Text = fmt.Sprintf("All rungs hold, %d with a warning.", warnings)
		case StateBroken:
			v.State, v.Rung, v.Cause, v.Class = StateBroken, r.ID, r.Cause, r.Class
			v.Text = fmt.Sprintf("Broken: %s.", lowerFirst(r.Title))
		}
		v.EndsSoon = v.EndsSoon || r.ends
	}
	if v.State != StateBroken && c.cfg.AEM == "" {
		v.Text += " AEM was not looked at, because no URL of it is given."
	}
	rep.Verdict, rep.hide = v, c.hide
	return rep
}

func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func (r *Rung) see(format string, args ...any) { r.Seen = fmt.Sprintf(format, args...) }

func (r *Rung) skip(format string, args ...any) {
	r.State = StateSkipped
	r.see(format, args...)
}

// fact adds a fact, unless it says nothing.
func (r *Rung) fact(name, value string) {
	if value != "" {
		r.Facts = append(r.Facts, Fact{name, value})
	}
}

// warn puts the rung in doubt for one of the doctor's own causes.
func (r *Rung) warn(cause Cause, format string, args ...any) {
	r.State, r.Cause, r.Meaning, r.Remedy = StateWarning, string(cause), cause.Meaning(), cause.Remedy()
	r.see(format, args...)
}

// breaks breaks the rung for one of the doctor's own causes.
func (r *Rung) breaks(class Class, cause Cause, format string, args ...any) {
	r.warn(cause, format, args...)
	r.State, r.Class = StateBroken, class
}

// interrupted breaks the rung because the caller gave up.
func (r *Rung) interrupted() {
	c := ims.CauseCanceled
	r.State, r.Class, r.Cause, r.Meaning, r.Remedy = StateBroken, ClassCanceled, string(c), c.Meaning(), c.Remedy()
	r.see("the caller gave up")
}

// finding puts the rung in the state that a finding deserves, unless it is in a worse one already.
func (r *Rung) finding(f credentials.Finding) {
	state := StateWarning
	switch {
	case f.Severity == credentials.SeverityInfo:
		r.fact("note", f.What)
		return
	case f.Severity == credentials.SeverityError:
		state = StateBroken
	}
	if r.State == StateBroken || r.State == state {
		r.fact("also", f.What)
		return
	}
	r.State, r.Cause, r.Seen, r.Meaning, r.Remedy = state, f.Code, f.What, findingMeans[f.Code], f.Do
	if state == StateBroken {
		r.Class = ClassCredential
	}
}

// refuse breaks the rung because of an error of reading credentials.
func (r *Rung) refuse(err error) {
	r.State, r.Class, r.Seen = StateBroken, ClassOf(err), err.Error()
	e, ok := errors.AsType[*credentials.Error](err)
	if !ok {
		r.Cause, r.Meaning = "usage", "It is not known which credentials are meant."
		return
	}
	r.Cause, r.Meaning, r.Remedy = string(e.Reason), reasonMeans[e.Reason], e.Hint()
}

// breaksIMS breaks the rung because of a failure of package ims.
func (r *Rung) breaksIMS(err error) {
	r.State, r.Class, r.Cause, r.Seen = StateBroken, ClassOf(err), "unexpected", err.Error()
	if e, ok := errors.AsType[*ims.Error](err); ok {
		r.Cause, r.Meaning, r.Remedy = string(e.Cause), e.Cause.Meaning(), e.Cause.Remedy()
		r.fact("debug id", e.DebugID)
		r.wait(e.RetryAfter)
	}
}

// breaksAEM breaks the rung because of a failure of package aem.
func (r *Rung) breaksAEM(err error) {
	r.State, r.Class, r.Cause, r.Seen = StateBroken, ClassOf(err), "unexpected", err.Error()
	if e, ok := errors.AsType[*aem.Error](err); ok {
		r.Cause, r.Meaning, r.Remedy = string(e.Cause), e.Cause.Meaning(), e.Cause.Remedy()
		r.fact("request id", e.RequestID)
		r.wait(e.RetryAfter)
	}
}

func (r *Rung) wait(d time.Duration) {
	if d > 0 {
		r.fact("wait", span(d)+", as the server asks")
	}
}

// ClassOf sorts an error of packages credentials, ims and aem; any other error counts as one of the input.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*credentials.Error](err); ok {
		switch e.Reason {
		case credentials.ReasonMissingFields, credentials.ReasonBadField, credentials.ReasonBadKey,
			credentials.ReasonNotRSA:
			return ClassCredential
		}
		return ClassInput
	}
	if e, ok := errors.AsType[*ims.Error](err); ok {
		switch {
		case e.Cause == ims.CauseCanceled:
			return ClassCanceled
		case e.Retryable():
			return ClassTemporary
		}
		return ClassCredential
	}
	if e, ok := errors.AsType[*aem.Error](err); ok {
		return classOfCall(e)
	}
	return ClassInput
}

func classOfCall(e *aem.Error) Class {
	switch e.Cause {
	case aem.CauseCanceled:
		return ClassCanceled
	case aem.CauseInvalidRequest, aem.CauseNotFound, aem.CauseConflict:
		return ClassInput
	case aem.CauseProxyAuthentication, aem.CauseUntrustedCertificate, aem.CauseRedirected, aem.CauseHostNotAllowed,
		aem.CauseInsecure, aem.CauseMalformedAnswer:
		return ClassCredential
	}
	if e.Retryable() {
		return ClassTemporary
	}
	return ClassAEM
}

// span says a duration in words, in its largest units, without a sign.
func span(d time.Duration) string {
	d = d.Abs()
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	switch {
	case d >= 2*day:
		return count(int(d/day), "day")
	case d >= time.Hour:
		return two(int(d/time.Hour), "hour", int(d%time.Hour/time.Minute), "minute")
	case d >= time.Minute:
		return two(int(d/time.Minute), "minute", int(d%time.Minute/time.Second), "second")
	}
	return count(int(d.Round(time.Second)/time.Second), "second")
}

func two(a int, first string, b int, second string) string {
	if b == 0 {
		return count(a, first)
	}
	return count(a, first) + " " + count(b, second)
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
