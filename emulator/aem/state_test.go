package aem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imsx/imsx/emulator/aem"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	verify := func(string) (aem.Bearer, error) { return aem.Bearer{}, nil }
	for name, cfg := range map[string]aem.Config{
		"no Verify": {}, "negative": {Verify: verify, MaxAsset: -1}, "negative total": {Verify: verify, MaxTotal: -1},
		"no random": {Verify: verify, Random: strings.NewReader("short")},
	} {
		if _, err := aem.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, bad := range []aem.EnvironmentID{"", "p1", "p1-", "p1-e", "e1-p1", "p1-e2-x", "p1-ex", "P1-E2", "p123456789012345678901-e1"} {
		if f.AddEnvironment(bad, "") == nil {
			t.Errorf("%q was added", bad)
		}
	}
	if f.AddEnvironment(environment, "") == nil {
		t.Error("the environment was added twice")
	}
	must(t, f.AddEnvironment("p1-e2", ""))
	wantDiff(t, len(f.Instances()), 4)
	wantDiff(t, aem.EnvironmentID("p1-e2").Host(aem.Publish), "publish-p1-e2.adobeaemcloud.com")
	if _, ok := f.Instance("p9-e9", aem.Author); ok {
		t.Error("there is p9-e9")
	}
}

// TestHosts sends requests to hosts by name. The user that a call creates tells which host it reached.
func TestHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host   string
		status int
		env    aem.EnvironmentID
		tier   aem.Tier
	}{
		{"127.0.0.1:4502", 200, environment, aem.Author},
		{"example.com", 200, environment, aem.Author},
		{"author-p11111-e22222.adobeaemcloud.com", 200, environment, aem.Author},
		{"PUBLISH-P11111-E22222.adobeaemcloud.com:443", 200, environment, aem.Publish},
		{"author-p1-e2.localhost:1", 200, "p1-e2", aem.Author},
		{"publish-p1-e2:1", 200, "p1-e2", aem.Publish},
		{"author-p9-e9.adobeaemcloud.com", 404, "", ""},
		{"preview-p1-e2.adobeaemcloud.com", 200, environment, aem.Author},
		{"author-p1", 200, environment, aem.Author},
	}
	for _, tt := range tests {
		t.Run(tt.host, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			must(t, f.AddEnvironment("p1-e2", ""))
			f.add("any", aem.Bearer{ClientID: "c", Organization: organization, Email: "a@b"}, nil)
			wantStatus(t, f.do(t, "GET", "http://"+tt.host+currentUser, "any", nil), tt.status)
			for _, s := range f.Snapshot() {
				here := s.Environment == tt.env && s.Tier == tt.tier
				if (len(s.Users) == 1) != here {
					t.Errorf("%s %s has %d users", s.Environment, s.Tier, len(s.Users))
				}
			}
			if tt.status == 200 && aem.TierOf(tt.host, aem.Author) != tt.tier {
				t.Errorf("TierOf says %s", aem.TierOf(tt.host, aem.Author))
			}
		})
	}
}

func TestFirstCallCreatesTheUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.clock.Now()
	w := f.do(t, "GET", currentUser, "service", nil)
	wantStatus(t, w, 200)
	got := decoded(t, w)
	home, _ := got["home"].(string)
	if !strings.HasPrefix(home, "/home/users/") {
		t.Errorf("the home is %q", home)
	}
	wantDiff(t, got, map[string]any{
		"type": "user", "authorizableId": serviceMail, "name": serviceMail, "home": home, "groups": []any{"contributors"},
	})
	again := decoded(t, f.do(t, "GET", currentUser, "service", nil))
	wantDiff(t, again, got)
	users := f.author(t).Snapshot().Users
	want := []aem.User{{
		Login: serviceMail, Account: "SERVICE@techacct.adobe.com", ClientID: "cm-p11111-e22222-integration-0",
		Kind: aem.KindExchange, Home: home, Groups: []string{aem.Contributors}, Calls: 2,
	}}
	if diff := cmp.Diff(want, users, cmpopts.IgnoreFields(aem.User{}, "Created")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if created := users[0].Created; created.Before(before) || created.After(f.clock.Now()) {
		t.Errorf("created at %s", created)
	}
}

func TestLoginOfAnAccountWithoutAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.add("t", aem.Bearer{Account: "X@techacct.adobe.com", Organization: organization}, nil)
	wantDiff(t, decoded(t, f.do(t, "GET", currentUser, "t", nil))["authorizableId"], any("X@techacct.adobe.com"))
}

func TestDeveloperIsAdministrator(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := decoded(t, f.do(t, "GET", currentUser, "developer", nil))
	wantDiff(t, []any{got["authorizableId"], got["name"], got["groups"]},
		[]any{developer, "A Developer", []any{"administrators", "contributors"}})
	wantStatus(t, f.do(t, "POST", "/api/assets/*?name=a", "developer", nil), 201)
	wantStatus(t, f.do(t, "GET", "/adobe/forms/x", "developer", nil), 404)
}

// TestRights has each right against each group.
func TestRights(t *testing.T) {
	t.Parallel()
	requests := []struct {
		method, path string
		granted      int
		groups       []string
	}{
		{"GET", "/api/assets.json", 200, []string{aem.Administrators, aem.Contributors, aem.DAMUsers}},
		{"GET", "/api.json", 200, []string{aem.Administrators, aem.Contributors, aem.DAMUsers}},
		{"GET", "/content/dam/x", 404, []string{aem.Administrators, aem.Contributors, aem.DAMUsers}},
		{"POST", "/api/assets/*?name=x", 201, []string{aem.Administrators, aem.DAMUsers}},
		{"PUT", "/api/assets/x", 404, []string{aem.Administrators, aem.DAMUsers}},
		{"DELETE", "/api/assets/x", 404, []string{aem.Administrators, aem.DAMUsers}},
		{"POST", "/adobe/forms/doc/v1/generatePDFOutput", 404, []string{aem.Administrators, aem.FormsUsers}},
		{"POST", "/adobe/document/generate/pdfform", 404, []string{aem.Administrators, aem.FormsUsers}},
		{"GET", "/adobe/sites/x", 404, aem.Groups()},
		{"GET", "/elsewhere", 404, aem.Groups()},
		{"GET", currentUser, 200, aem.Groups()},
	}
	for _, r := range requests {
		for _, group := range aem.Groups() {
			f := newFixture(t)
			must(t, f.author(t).AddUser(serviceMail, group))
			if group != aem.Contributors {
				must(t, f.author(t).RemoveUserFromGroup(serviceMail, aem.Contributors))
			}
			want := 403
			for _, g := range r.groups {
				if g == group {
					want = r.granted
				}
			}
			if w := f.do(t, r.method, r.path, "service", nil); w.Code != want {
				t.Errorf("%s %s by %s: status %d, want %d", r.method, r.path, group, w.Code, want)
			}
		}
	}
}

func TestPublishTakesNoUploads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	publish := f.Handler(aem.Publish)
	wantStatus(t, send(publish, "POST", "/api/assets/*?name=a", "developer", nil), 403)
	wantStatus(t, send(publish, "GET", "/api/assets.json", "developer", nil), 200)
}

// TestProductProfiles: the groups of a token's product profiles come and go with them.
func TestProductProfiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	b := aem.Bearer{ClientID: "c", Organization: organization, Email: "a@b", Kind: aem.KindExchange}
	withProfile := b
	withProfile.Groups = []string{"AEM Administrators - author - Program 11111 - Environment 22222"}
	f.add("without", b, nil)
	f.add("with", withProfile, nil)
	path := "/adobe/forms/x"
	wantStatus(t, f.do(t, "GET", path, "without", nil), 403)
	wantStatus(t, f.do(t, "GET", path, "with", nil), 404)
	wantDiff(t, decoded(t, f.do(t, "GET", currentUser, "with", nil))["groups"], any([]any{withProfile.Groups[0], "contributors"}))
	wantStatus(t, f.do(t, "GET", path, "without", nil), 403)
	must(t, f.author(t).RemoveUserFromGroup("a@b", aem.Contributors))
	wantStatus(t, f.do(t, "GET", "/api/assets.json", "without", nil), 403)
	must(t, f.author(t).AddUserToGroup("a@b", "AEM Users - author"))
	wantStatus(t, f.do(t, "GET", "/api/assets.json", "without", nil), 200)
}

func TestChangingUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	if err := i.AddUserToGroup(serviceMail, aem.FormsUsers); !errors.Is(err, aem.ErrNotFound) {
		t.Errorf("a user that does not exist: %v", err)
	}
	f.do(t, "GET", currentUser, "service", nil)
	must(t, i.AddUserToGroup("SERVICE@techacct.adobe.com", aem.FormsUsers)) // by the account
	must(t, i.AddUserToGroup(serviceMail, aem.FormsUsers))
	wantDiff(t, i.Snapshot().Users[0].Groups, []string{aem.Contributors, aem.FormsUsers})
	must(t, i.RemoveUserFromGroup(serviceMail, aem.FormsUsers))
	must(t, i.RemoveUserFromGroup(serviceMail, aem.FormsUsers))
	wantDiff(t, i.Snapshot().Users[0].Groups, []string{aem.Contributors})
	for _, err := range []error{
		i.AddUserToGroup(serviceMail, "form-users"), i.AddUser(serviceMail), i.AddUser("x", "form-users"), i.AddUser(""),
		i.AddUser("SERVICE@techacct.adobe.com"),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	must(t, i.AddUser("x", aem.Contributors, aem.DAMUsers))
	must(t, i.DeleteUser(serviceMail))
	wantDiff(t, len(i.Snapshot().Users), 1)
	for _, err := range []error{
		i.DeleteUser(serviceMail), i.DeleteUser(""), i.RemoveUserFromGroup(serviceMail, aem.DAMUsers),
	} {
		if !errors.Is(err, aem.ErrNotFound) {
			t.Errorf("an unknown user: %v", err)
		}
	}
}

// TestSnapshot has the form that the control API shows.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	must(t, i.AllowClient("b"))
	must(t, i.AllowClient("a"))
	must(t, i.Seed(aem.Asset{Path: "brand/logo.txt", Content: []byte("logo")}, aem.Asset{Path: "/content/dam/x.txt"}))
	got, err := json.Marshal(i.Snapshot())
	must(t, err)
	want := `{"environment":"p11111-e22222","tier":"author","host":"author-p11111-e22222.adobeaemcloud.com",` +
		`"organization":"` + organization + `","allowed_clients":["a","b"],"cdn_block":false,"open":false,` +
		`"unauthorized":"html","users":[],"assets":2,"folders":1,"bytes":4}`
	wantDiff(t, string(got), want)
	f.Reset()
	if s := i.Snapshot(); s.Assets+s.Folders != 0 || s.AllowedClients == nil || len(s.AllowedClients) != 0 || s.Bytes != 0 {
		t.Errorf("after the reset: %+v", s)
	}
}

func TestSnapshotIsACopy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.do(t, "GET", currentUser, "service", nil)
	s := f.author(t).Snapshot()
	s.Users[0].Groups[0] = aem.Administrators
	wantStatus(t, f.do(t, "POST", "/api/assets/*?name=a", "service", nil), 403)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) { c.MaxAsset = 10 })
	i := f.author(t)
	content := []byte("one")
	must(t, i.Seed(aem.Asset{Path: "a/b/c.txt", Title: "C", Content: content}))
	content[0] = 'X'
	wantDiff(t, f.do(t, "GET", "/content/dam/a/b/c.txt", "service", nil).Body.String(), "one")
	must(t, i.Seed(aem.Asset{Path: "a/b/c.txt", ContentType: "text/csv", Content: []byte("two")}))
	w := f.do(t, "GET", "/content/dam/a/b/c.txt", "service", nil)
	wantDiff(t, w.Body.String()+w.Header().Get("Content-Type"), "twotext/csv")
	for _, bad := range []aem.Asset{
		{Path: ""}, {Path: "a/b"}, {Path: "a/../b"}, {Path: "a//b"}, {Path: "a/b/c.txt/d"}, {Path: "a:b"}, {Path: "\xff"},
		{Path: strings.Repeat("a/", 40) + "b"}, {Path: strings.Repeat("a", 256)}, {Path: "big", Content: make([]byte, 11)},
	} {
		if i.Seed(bad) == nil {
			t.Errorf("%q was seeded", bad.Path)
		}
	}
	s := i.Snapshot()
	wantDiff(t, []int{s.Assets, s.Folders}, []int{1, 2})
}

func TestPublishing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	publish := f.Handler(aem.Publish)
	read := func(path string) string { return send(publish, "GET", path, "service", nil).Body.String() }
	must(t, i.Seed(aem.Asset{Path: "a/b/c.txt", Content: []byte("one")}, aem.Asset{Path: "d.txt", Content: []byte("d")}))
	wantStatus(t, send(publish, "GET", "/content/dam/a/b/c.txt", "service", nil), 404)
	must(t, f.Publish(environment, "a/b"))
	wantDiff(t, read("/content/dam/a/b/c.txt"), "one")
	must(t, i.Seed(aem.Asset{Path: "a/b/c.txt", Content: []byte("two")}))
	wantDiff(t, read("/content/dam/a/b/c.txt"), "one")
	wantStatus(t, send(publish, "GET", "/content/dam/d.txt", "service", nil), 404)
	must(t, f.Publish(environment, ""))
	wantDiff(t, read("/content/dam/a/b/c.txt")+read("/content/dam/d.txt"), "twod")
	for _, err := range []error{f.Publish("p1-e1", ""), f.Publish(environment, "none"), f.Publish(environment, "d.txt/x")} {
		if !errors.Is(err, aem.ErrNotFound) {
			t.Errorf("%v", err)
		}
	}
	if f.Publish(environment, "..") == nil {
		t.Error("a malformed path was published")
	}
}

// TestRandomGivesIdentifiers: with the same source, users have the same homes.
func TestRandomGivesIdentifiers(t *testing.T) {
	t.Parallel()
	home := func() any {
		f := newFixture(t, func(c *aem.Config) { c.Random = bytes.NewReader(bytes.Repeat([]byte("seed"), 100)) })
		return decoded(t, f.do(t, "GET", currentUser, "service", nil))["home"]
	}
	wantDiff(t, home(), home())
	f := newFixture(t, func(c *aem.Config) { c.Random = bytes.NewReader(make([]byte, 32)) }) // enough for a key
	wantStatus(t, f.do(t, "GET", currentUser, "service", nil), 500)
	if ladder := checks(f.last(t)); !strings.HasSuffix(ladder, "FAIL user exists: the source of random identifiers gives none\n") {
		t.Errorf("the ladder is\n%s", ladder)
	}
}

func TestCSRFToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.Move(time.Hour)
	first := decoded(t, f.do(t, "GET", "/libs/granite/csrf/token.json", "service", nil))
	token, _ := first["token"].(string)
	if strings.Count(token, ".") != 2 {
		t.Errorf("the token is %q", token)
	}
	f.clock.Move(time.Minute)
	second, _ := decoded(t, f.do(t, "GET", "/libs/granite/csrf/token.json", "service", nil))["token"].(string)
	if a, b := strings.Split(token, "."), strings.Split(second, "."); a[1] == b[1] || a[2] == b[2] {
		t.Errorf("a minute later the token %q is %q", token, second)
	}
	wantStatus(t, f.do(t, "GET", "/libs/granite/csrf/token.json", "", nil), 401)
	wantStatus(t, f.do(t, "POST", "/libs/granite/csrf/token.json", "service", nil), 405)
}

func TestHealthNeedsNoToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"/systemready", "/system/health", "/system/health.json"} {
		w := f.do(t, "GET", path, "", nil)
		wantStatus(t, w, 200)
		wantDiff(t, decoded(t, w)["overallResult"], any("OK"))
	}
	wantDiff(t, len(f.author(t).Snapshot().Users), 0)
}
