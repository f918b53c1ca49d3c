package credentials_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
)

func oauthEntry(name, client string) m {
	return m{"name": name, "oauth_server_to_server": m{
		"client_id": client, "client_secrets": []string{secret1}, "technical_account_id": account, "scopes": []string{"openid"},
	}}
}

func jwtEntry(p keyPair, name, client string) m {
	entry := m{
		"client_id": client, "client_secret": secret1, "technical_account_id": account, "meta_scopes": []string{"ent_cloudmgr_sdk"},
	}
	if p.key != nil {
		entry["private_key"] = p.pkcs1()
	}
	return m{"name": name, "integration_type": "service", "jwt": entry}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	p, q := validPair(t, 0), validPair(t, 1)
	tests := []struct {
		name     string
		entries  []m
		selector string
		want     string // the name; or the reason of the error
	}{
		{"the only one", []m{oauthEntry("a", "1")}, "", "a"},
		{"server-to-server goes first", []m{jwtEntry(p, "j", "1"), oauthEntry("a", "2")}, "", "a"},
		{"server-to-server goes first, the other is incomplete", []m{jwtEntry(keyPair{}, "j", "1"), oauthEntry("a", "2")}, "", "a"},
		{"the same client in both kinds", []m{jwtEntry(p, "j", "1"), oauthEntry("a", "1")}, "1", "a"},
		{"by kind", []m{jwtEntry(p, "j", "1"), oauthEntry("a", "1")}, "service_account", "j"},
		{"two of a kind", []m{oauthEntry("a", "1"), oauthEntry("b", "2")}, "", "ambiguous"},
		{"two of a kind, by name", []m{oauthEntry("a", "1"), oauthEntry("b", "2")}, "b", "b"},
		{"two of a kind, by client", []m{oauthEntry("a", "1"), oauthEntry("b", "2")}, " 1 ", "a"},
		{"two of a kind, by the shared account", []m{oauthEntry("a", "1"), oauthEntry("b", "2")}, account, "ambiguous"},
		{"two service accounts", []m{jwtEntry(p, "j", "1"), jwtEntry(q, "k", "2")}, "", "ambiguous"},
		{"one of the two is incomplete", []m{jwtEntry(p, "j", "1"), jwtEntry(keyPair{}, "k", "2")}, "", "ambiguous"},
		{"the incomplete one by name", []m{jwtEntry(p, "j", "1"), jwtEntry(keyPair{}, "k", "2")}, "k", "missing_fields"},
		{"an incomplete copy does not count", []m{jwtEntry(p, "j", "1"), jwtEntry(keyPair{}, "k", "1")}, "", "j"},
		{"by fingerprint", []m{jwtEntry(p, "j", "1"), jwtEntry(q, "k", "2")}, publicFingerprint(q), "k"},
		{"by bare fingerprint", []m{jwtEntry(p, "j", "1"), jwtEntry(q, "k", "2")},
			strings.ToUpper(strings.TrimPrefix(publicFingerprint(q), "sha256:")), "k"},
		{"by short fingerprint", []m{jwtEntry(p, "j", "1"), jwtEntry(q, "k", "2")}, publicFingerprint(p)[:23], "j"},
		{"too short a fingerprint", []m{jwtEntry(p, "j", "1")}, publicFingerprint(p)[:10], "no_match"},
		{"nothing matches", []m{oauthEntry("a", "1")}, "x", "no_match"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := credentials.Parse([]byte(toJSON(t, project(tt.entries...))), credentials.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := set.Select(tt.selector)
			if err != nil {
				e := wantError(t, err, credentials.Reason(tt.want))
				if e.Reason == credentials.ReasonAmbiguous && !strings.Contains(e.Error(), `client "2"`) {
					t.Errorf("%q does not list the choices", e)
				}
				return
			}
			if c.Name != tt.want {
				t.Errorf("got %q, want %q", c.Name, tt.want)
			}
		})
	}
}

func TestSelectCurrentContext(t *testing.T) {
	t.Parallel()
	context := func(id string) m {
		return m{"client_id": id, "client_secrets": []string{secret1}, "scopes": []string{"openid"}, "ims_org_id": org}
	}
	file := m{"ims": m{"config": m{"current": "two"}, "contexts": m{
		"one": context("1"), "two": context("2"), "cli": m{"access_token": m{"token": "a.ZZZ.c", "expiry": 1700000000000}},
	}}}
	set, err := credentials.Parse([]byte(toJSON(t, file)), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := mustSelect(t, set, ""); c.Name != "two" {
		t.Errorf("got context %q, want the current one", c.Name)
	}
	if c := mustSelect(t, set, "cli"); c.Kind != credentials.KindAccessToken {
		t.Errorf("got kind %q for the cached token", c.Kind)
	}
}

func TestBothKindsInOneObject(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	file := oauthFile()
	file["PRIVATE_KEY"], file["META_SCOPES"] = p.pkcs1(), "ent_cloudmgr_sdk"
	set, err := credentials.Parse([]byte(toJSON(t, file)), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(set.All()); got != 2 {
		t.Fatalf("got %d credentials, want 2", got)
	}
	if c := mustSelect(t, set, ""); c.Kind != credentials.KindServerToServer {
		t.Errorf("got %s, want server-to-server", c.Kind)
	}
	if c := mustSelect(t, set, "service_account"); len(c.Scopes) != 0 || len(c.Keys) != 1 {
		t.Errorf("got scopes %v and %d keys", c.Scopes, len(c.Keys))
	}
}

func TestRotationMerges(t *testing.T) {
	t.Parallel()
	older, newer := validPair(t, 0), validPair(t, 1)
	first, second, other := aemFile(older), aemFile(newer), aemFile(validPair(t, 2))
	second["integration"].(m)["technicalAccount"].(m)["clientSecret"] = secret2
	other["integration"].(m)["id"] = "FEDCBA9876543210FEDCBA98@techacct.adobe.com"
	set, err := credentials.Parse([]byte(toJSON(t, []m{first, second, first, other})), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(set.All()); got != 2 {
		t.Fatalf("got %d credentials, want 2", got)
	}
	got := viewOf(mustSelect(t, set, account))
	want := []string{publicFingerprint(newer), publicFingerprint(older)}
	if diff := cmp.Diff(got.Keys, want); diff != "" {
		t.Errorf("keys, the latest expiry first: got (-), want (+):\n%s", diff)
	}
	if diff := cmp.Diff(got.Secrets, []string{secret1, secret2}); diff != "" {
		t.Errorf("secrets: got (-), want (+):\n%s", diff)
	}
	if _, err := set.Select(""); err == nil {
		t.Error("chose between two technical accounts")
	}
	if c := mustSelect(t, set, credentialsFingerprint(older)); c.TechnicalAccountID != account {
		t.Errorf("got account %q by certificate fingerprint", c.TechnicalAccountID)
	}
}

// TestDifferentRightsDoNotMerge: a union of rights could ask for what one of the two was never granted.
func TestDifferentRightsDoNotMerge(t *testing.T) {
	t.Parallel()
	first, second := oauthFile(), oauthFile()
	second["SCOPES"] = []string{"openid"}
	set, err := credentials.Parse([]byte(toJSON(t, []m{first, second})), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Select("")
	wantError(t, err, credentials.ReasonAmbiguous)
}

func TestRefusedIsReported(t *testing.T) {
	t.Parallel()
	set, err := credentials.Parse([]byte(toJSON(t, project(jwtEntry(keyPair{}, "j", "1"), oauthEntry("a", "2")))), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	refused := set.Refused()
	if len(refused) != 1 {
		t.Fatalf("got %d refused", len(refused))
	}
	if diff := cmp.Diff(refused[0].Missing, []string{"private_key"}); diff != "" {
		t.Errorf("missing: got (-), want (+):\n%s", diff)
	}
}
