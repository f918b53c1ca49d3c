package doctor_test

import (
	"fmt"
	"testing"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
	"github.com/imsx/imsx/internal/doctor"
)

// IMS says that a scope is not granted, and not which one: each is asked for alone.
func TestRefusedScopeIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		oauth    bool
		scopes   []string
		requests int // for a token
		says     []string
	}{
		{"a metascope too many", false, []string{"ent_aem_cloud_api", "ent_made"}, 3, []string{
			"; not granted: ent_made", "ent_aem_cloud_api, ent_made", "the AEM Developer Console", "with --scope ent_aem_cloud_api.",
		}},
		{"a metascope of another kind", false, []string{"ent_made"}, 1, []string{"; not granted: ent_made", "Leave the metascope out"}},
		{"a scope too many", true, []string{"openid", "made_up", "AdobeID"}, 4, []string{
			"; not granted: made_up", "openid, made_up, AdobeID", "the Adobe Developer Console", "a developer of the organization",
			"with --scope AdobeID,openid.",
		}},
		{"two too many, one twice", true, []string{"made_up", "openid", "other_one", "made_up"}, 4, []string{
			"; not granted: made_up, other_one", "with --scope openid.",
		}},
		{"none that is granted", true, []string{"made_up", "other_one"}, 3, []string{"; not granted: made_up, other_one"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if tt.oauth {
				b.use(b.e.OAuthServerToServer)
			}
			b.cfg.Scopes = tt.scopes
			wantBroken(t, b.climb(), "token", "scope_not_granted", doctor.ClassCredential, tt.says...)
			b.e.WantRequests(t, tt.requests, journal.Filter{Route: map[bool]string{false: "exchange", true: "token"}[tt.oauth]})
		})
	}
}

// What else goes wrong while they are asked for one by one ends the asking.
func TestOneByOneIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		second   string // how the second request is refused; empty for not at all
		requests int
		says     string
	}{
		{"", 7, "each scope by itself is granted, all together are not"},
		{"throttled", 2, "given up at AdobeID: throttled"},
	} {
		b := newBench(t)
		b.use(b.e.OAuthServerToServer)
		for _, name := range []string{"metascope_not_granted", tt.second} {
			if name != "" {
				b.e.Play(t, fault.Fault{Match: fault.Match{Route: "token"}, Effect: fault.Effect{Error: name}, When: fault.When{Count: 1}})
			}
		}
		wantBroken(t, b.climb(), "token", "scope_not_granted", doctor.ClassCredential, tt.says)
		b.e.WantRequests(t, tt.requests, journal.Filter{Route: "token"})
	}
}

// Nothing is asked for: that is said, whatever the request is refused for.
func TestNoScopes(t *testing.T) {
	t.Parallel()
	for _, oauth := range []bool{false, true} {
		b := newBench(t)
		cause := "malformed_assertion"
		if oauth {
			b.use(b.e.OAuthServerToServer)
			cause = "invalid_request"
		}
		b.cfg.Scopes = []string{}
		wantBroken(t, b.climb(), "token", cause, doctor.ClassCredential, `"asked for"`, `"nothing"`, "Name what to ask for with --scope")
	}
}

// More of them than IMS may be asked for one by one are told and left.
func TestManyRefusedScopes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.use(b.e.OAuthServerToServer)
	for i := range 21 {
		b.cfg.Scopes = append(b.cfg.Scopes, fmt.Sprintf("made_up_%d", i))
	}
	wantBroken(t, b.climb(), "token", "scope_not_granted", doctor.ClassCredential, "not asked: these are more than 20", "made_up_20")
}
