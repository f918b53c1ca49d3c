package forms_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/emulator/fault"
)

// TestFaultsOfTheEmulator plays what goes wrong in front of AEM and in it, with a service of each form of errors.
func TestFaultsOfTheEmulator(t *testing.T) {
	t.Parallel()
	doc := forms.FromBytes([]byte(pdf))
	calls := map[string]func(context.Context, *adobe) error{
		"output": func(ctx context.Context, a *adobe) error {
			_, err := a.publish.GeneratePDFOutput(ctx, forms.PDFRequest{Template: forms.FromPath(samples + "invoice.xdp")})
			return err
		},
		"assembler": func(ctx context.Context, a *adobe) error {
			_, err := a.publish.ValidatePDFA(ctx, forms.ValidatePDFARequest{Document: doc})
			return err
		},
		"assurance": func(ctx context.Context, a *adobe) error {
			_, err := a.publish.Inspect(ctx, forms.InspectRequest{Document: doc})
			return err
		},
		"batch": func(ctx context.Context, a *adobe) error {
			_, err := a.author.Configs(ctx)
			return err
		},
	}
	tests := []struct {
		name   string
		effect fault.Effect
		want   aem.Cause
	}{
		{"sign-in page", fault.Effect{Error: "aem_unauthorized_html"}, aem.CauseTokenRefused},
		{"401 without a body", fault.Effect{Error: "aem_unauthorized_empty"}, aem.CauseTokenRefused},
		{"no group", fault.Effect{Error: "aem_forbidden"}, aem.CauseGroupMissing},
		{"not on the list", fault.Effect{Error: "aem_not_allowlisted"}, aem.CauseClientNotAllowlisted},
		{"no key", fault.Effect{Error: "aem_api_key"}, aem.CauseAPIKey},
		{"blocked", fault.Effect{Error: "aem_cdn_blocked"}, aem.CauseCDNBlocked},
		{"no host", fault.Effect{Error: "aem_no_host"}, aem.CauseNotFound},
		{"throttled", fault.Effect{Error: "aem_throttled", RetryAfter: 7}, aem.CauseThrottled},
		{"unavailable", fault.Effect{Error: "aem_unavailable"}, aem.CauseServerFault},
		{"a bad request", fault.Effect{Error: "forms_bad_request"}, aem.CauseInvalidRequest},
		{"an operation that takes too long", fault.Effect{Error: "forms_timeout"}, aem.CauseTimedOut},
		{"a failed job", fault.Effect{Error: "forms_internal"}, aem.CauseServerFault},
		{"nothing", fault.Effect{EmptyBody: true}, aem.CauseMalformedAnswer},
		{"a page", fault.Effect{HTML: true}, aem.CauseMalformedAnswer},
		{"reset", fault.Effect{Reset: true}, aem.CauseNetwork},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAdobe(t, 1, direct)
			a.open(t)
			a.Play(t, fault.Fault{Match: fault.Match{Service: "aem"}, Effect: tt.effect})
			for name, call := range calls {
				e := wantCause(t, call(t.Context(), a), tt.want, "")
				if got := e.RetryAfter.Seconds(); got != float64(tt.effect.RetryAfter) {
					t.Errorf("%s: retry after %v seconds, want %d", name, got, tt.effect.RetryAfter)
				}
				if tt.effect.Error == "forms_internal" && (e.Description == "" || (len(e.Logs) > 0) != (name == "assembler")) {
					t.Errorf("%s: error is %+v", name, *e)
				}
			}
		})
	}
}

// TestFaultsThatPass saves a document although the first answers are no good.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]fault.Effect{
		"cut": {CutBody: new(int64(700))}, "reset": {Reset: true}, "unavailable": {Error: "aem_unavailable"}, "401": {Error: "aem_unauthorized_html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAdobe(t, 3, direct)
			a.open(t)
			a.Play(t, fault.Fault{Match: fault.Match{Service: "aem"}, Effect: effect, When: fault.When{Count: 1}})
			path := filepath.Join(t.TempDir(), "out.pdf")
			saved, err := a.publish.Save(t.Context(), forms.PDFRequest{Template: forms.FromPath(samples + "invoice.xdp"), CountPages: true}, path)
			if err != nil || len(saved.Attempts) != 2 || saved.Attempts[0].Cause == "" || saved.PageCount < 1 {
				t.Fatalf("saved %+v, %v", saved, err)
			}
			if info, err := os.Stat(path); err != nil || info.Size() != saved.Bytes {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}
