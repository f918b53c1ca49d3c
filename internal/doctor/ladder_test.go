package doctor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/internal/doctor"
)

// whole are all rungs in their order.
var whole = []string{
	"file", "readable", "mode", "format", "complete", "key", "key_match", "in_date", "clock", "name", "proxy", "tls", "ims", "token",
	"scopes", "cache", "aem", "aem_awake", "aem_token", "aem_client", "aem_account", "aem_group",
}

// withoutAEM is how many of them are below AEM.
const withoutAEM = 16

func TestToTheTop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(*bench)
		skipped []string
	}{
		{"service credentials", func(b *bench) {
			b.use(b.e.ServiceToken)
			b.join(aem.FormsUsers)
		}, []string{"cache", "aem_client"}},
		{"server-to-server credentials", func(b *bench) {
			b.use(b.e.OAuthServerToServer)
			b.allow()
			b.join(aem.FormsUsers)
		}, []string{"key", "key_match", "in_date", "cache"}},
		{"a local development token", func(b *bench) { b.use(b.e.LocalDevelopmentToken) },
			[]string{"key", "key_match", "name", "proxy", "tls", "ims", "token", "scopes", "cache", "aem_client"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.author()
			b.cfg.For = doctor.ForForms
			tt.prepare(b)
			r := b.climb()
			if !slices.Equal(ids(r), whole) {
				t.Fatalf("it climbed %q:\n%s", ids(r), said(r))
			}
			for _, rung := range r.Rungs {
				want := doctor.StateOK
				if slices.Contains(tt.skipped, rung.ID) {
					want = doctor.StateSkipped
				}
				// The Forms services may not be there: then the gate lets through and the path is missing.
				if rung.ID == "aem_group" && rung.Cause == string(doctor.CauseAPIMissing) {
					continue
				}
				if rung.State != want || rung.Seen == "" {
					t.Errorf("rung %s is %s, %q; want %s", rung.ID, rung.State, rung.Seen, want)
				}
			}
			if r.Verdict.State == doctor.StateBroken || r.Verdict.Class != "" || r.Verdict.Text == "" {
				t.Errorf("the verdict is %+v", r.Verdict)
			}
		})
	}
}

// join puts the account of the credentials into a group of the author instance.
func (b *bench) join(group string) {
	b.Helper()
	if err := b.instance(aem.Author).AddUser(b.credential().TechnicalAccountEmail, group); err != nil {
		b.Fatal(err)
	}
}

// allow puts the client of the credentials on the list of the author instance.
func (b *bench) allow() {
	b.Helper()
	if err := b.instance(aem.Author).AllowClient(b.credential().ClientID); err != nil {
		b.Fatal(err)
	}
}

func TestWithoutAEM(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.climb()
	if !slices.Equal(ids(r), whole[:withoutAEM]) || r.Verdict.State != doctor.StateOK {
		t.Errorf("it climbed %q, verdict %+v", ids(r), r.Verdict)
	}
	if !strings.Contains(r.Verdict.Text, "AEM was not looked at") {
		t.Errorf("the verdict says %q", r.Verdict.Text)
	}
	wantState(t, r, "token", doctor.StateOK, "", "asked now", "valid for 24 hours", "token comes from")
	wantState(t, r, "scopes", doctor.StateOK, "", "ent_aem_cloud_api", "openid")
	wantState(t, r, "tls", doctor.StateOK, "", "TLS 1.3", "certificate issued by")
	if n := b.e.Tokens(); n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
}

// The progress is told in order, each rung once begun and once ended.
func TestProgress(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var told []string
	b.cfg.Begin = func(r doctor.Rung) { told = append(told, "begin "+r.ID) }
	b.cfg.End = func(r doctor.Rung) { told = append(told, "end "+r.ID+" "+string(r.State)) }
	r := b.climb()
	var want []string
	for _, rung := range r.Rungs {
		want = append(want, "begin "+rung.ID, "end "+rung.ID+" "+string(rung.State))
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.e.Play(t, fault.Fault{Match: fault.Match{Route: "exchange"}, Effect: fault.Effect{Hang: true}})
	ctx, cancel := context.WithCancel(t.Context())
	b.cfg.Begin = func(r doctor.Rung) {
		if r.ID == "token" {
			time.AfterFunc(20*time.Millisecond, cancel)
		}
	}
	r := doctor.Climb(ctx, b.cfg)
	wantBroken(t, r, "token", "canceled", doctor.ClassCanceled)
}

func TestUndecidedInput(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Input.Err, b.cfg.Input.Hint = errors.New("no credentials given"), "name a file"
	wantBroken(t, b.climb(), "file", "usage", doctor.ClassInput, "no credentials given", "name a file")
}

func TestInputWithoutAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Input.Path = ""
	b.cfg.Input.Read = func() (*credentials.Set, error) {
		return credentials.Parse([]byte(readText(t, b.e.ServiceToken)), credentials.Options{})
	}
	r := b.climb()
	wantState(t, r, "file", doctor.StateSkipped, "")
	wantState(t, r, "mode", doctor.StateSkipped, "")
	wantState(t, r, "token", doctor.StateOK, "")
}

func TestWarn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		file func(*bench) string
		warn time.Duration
		ends bool
		want doctor.State
	}{
		{"within the time", (*bench).service, 400 * 24 * time.Hour, true, doctor.StateWarning},
		{"beyond the time", (*bench).service, 30 * 24 * time.Hour, false, doctor.StateOK},
		{"without the flag", (*bench).service, 0, false, doctor.StateOK},
		{"a ready token", (*bench).development, 30 * 24 * time.Hour, true, doctor.StateWarning},
		{"a ready token for an hour", (*bench).development, time.Hour, false, doctor.StateOK},
		{"a client secret", (*bench).oauth, 400 * 24 * time.Hour, false, doctor.StateSkipped},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.use(tt.file(b))
			b.cfg.Warn = tt.warn
			r := b.climb()
			if got := rungOf(t, r, "in_date").State; got != tt.want || r.Verdict.EndsSoon != tt.ends {
				t.Errorf("it is %s, ends soon %v; want %s, %v", got, r.Verdict.EndsSoon, tt.want, tt.ends)
			}
			if r.Verdict.State == doctor.StateBroken || len(r.Rungs) != withoutAEM {
				t.Errorf("it stopped at %q", ids(r))
			}
		})
	}
}

func (b *bench) service() string     { return b.e.ServiceToken }
func (b *bench) oauth() string       { return b.e.OAuthServerToServer }
func (b *bench) development() string { return b.e.LocalDevelopmentToken }

// A certificate that ends in two weeks is told without being asked for, and is no failure.
func TestEndsSoonUnasked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	end := b.credential().Keys[0].Expires
	b.cfg.Now = func() time.Time { return end.Add(-14*24*time.Hour - time.Minute) }
	b.cfg.HTTPClient = b.e.Client
	r := b.climb()
	wantState(t, r, "in_date", doctor.StateWarning, string(doctor.CauseEndsSoon), "14 days", "AEM Developer Console")
	if r.Verdict.EndsSoon {
		t.Error("it fails although nobody asked for that")
	}
}
