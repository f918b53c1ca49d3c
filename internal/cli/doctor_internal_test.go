package cli

import (
	"testing"
	"time"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/doctor"
)

// Internal, because the tables of exit codes are: the doctor ends as the commands do that fail for the same cause.

func TestDoctorEndsAsOtherCommands(t *testing.T) {
	t.Parallel()
	exit := func(err error) int { return doctorExit(doctor.Verdict{Class: doctor.ClassOf(err)}) }
	for _, c := range ims.Causes() {
		if got, want := exit(&ims.Error{Cause: c}), exitOfCause(c); got != want {
			t.Errorf("IMS, %s: the doctor ends with %d, the commands with %d", c, got, want)
		}
	}
	for _, c := range aem.Causes() {
		want := exitOfCall(&aem.Error{Cause: c})
		if c == aem.CauseMalformedAnswer {
			want = exitRefused // a page in the place of AEM is what the doctor was asked to find
		}
		if got := exit(&aem.Error{Cause: c}); got != want {
			t.Errorf("AEM, %s: the doctor ends with %d, the commands with %d", c, got, want)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30d": 30 * 24 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute,
		"": 0, "d": 0, "0d": 0, "-1d": 0, "1d-36h": 0, "1": 0, "1.5d": 0, "99999999999d": 0, "0h": 0, "-5h": 0, "two days": 0, "1d1d": 0,
	} {
		var d days
		err := d.Set(text)
		if time.Duration(d) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v; want %v", text, time.Duration(d), err, want)
		}
	}
}
