package aem_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/aem"
)

// newMounted is a fixture whose service answers below one path and tells who asked.
func newMounted(t testing.TB, code string) *fixture {
	t.Helper()
	return newFixture(t, func(c *aem.Config) {
		c.Mount = &aem.Mount{
			Route: func(path string) (string, bool) {
				return "/adobe/forms/made/{name}", strings.HasPrefix(path, "/adobe/forms/made/")
			},
			Serve: func(w http.ResponseWriter, _ *http.Request, c aem.Caller) string {
				_, _ = fmt.Fprint(w, c.Instance.Tier(), " ", c.User.Login, " ", c.ClientID, " ", strings.Join(c.Names, "/"))
				return code
			},
		}
	})
}

// TestMountComesAfterTheLadder: only a request that passed it reaches what is mounted.
func TestMountComesAfterTheLadder(t *testing.T) {
	t.Parallel()
	f := newMounted(t, "")
	path := "/adobe/forms/made/a%20b"
	wantStatus(t, f.do(t, "POST", path, "", nil), 401)
	wantStatus(t, f.do(t, "POST", path, "service", nil), 403)
	must(t, f.author(t).AddUserToGroup(serviceMail, aem.FormsUsers))
	w := f.do(t, "POST", path, "service", nil)
	wantDiff(t, w.Body.String(), "author "+serviceMail+" cm-p11111-e22222-integration-0 adobe/forms/made/a b")
	wantDiff(t, f.last(t).Route, "POST /adobe/forms/made/{name}")
	wantDiff(t, f.last(t).Code, "")
	wantStatus(t, f.do(t, "POST", "/adobe/forms/none", "service", nil), 404)
	wantDiff(t, f.last(t).Route, "POST /adobe/forms")
	wantStatus(t, f.do(t, "POST", "/adobe/sites/made/a", "service", nil), 404)
}

func TestMountTellsTheJournal(t *testing.T) {
	t.Parallel()
	f := newMounted(t, "made_up")
	must(t, f.author(t).AddUser(serviceMail, aem.FormsUsers))
	f.do(t, "POST", "/adobe/forms/made/a", "service", nil)
	wantDiff(t, f.last(t).Code, "made_up")
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	must(t, i.Seed(aem.Asset{Path: "a/b.xdp", Content: []byte("one")}))
	content, contentType, err := i.Read("/content/dam/a/b.xdp")
	if err != nil || string(content) != "one" || contentType != "application/vnd.adobe.xdp+xml" {
		t.Errorf("%q, %q, %v", content, contentType, err)
	}
	for _, path := range []string{"/content/dam/a", "/content/dam/a/c", "/content/dam", "/content/other/a", "a/b.xdp", ""} {
		if _, _, err := i.Read(path); !errors.Is(err, aem.ErrNotFound) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, _, err := i.Read("/content/dam/a/../a/b.xdp"); err == nil {
		t.Error("a malformed path is read")
	}
}

// TestAssetsOfTheStart are in every repository, count like others, and come back.
func TestAssetsOfTheStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) {
		c.Assets = []aem.Asset{{Path: "start/a.txt", Content: []byte("a")}}
		c.MaxTotal = 10_000
	})
	for _, i := range f.Instances() {
		wantDiff(t, []int64{int64(i.Snapshot().Assets), i.Snapshot().Bytes}, []int64{1, 1})
	}
	i := f.author(t)
	wantStatus(t, f.do(t, "DELETE", "/api/assets/start", "developer", nil), 200)
	wantDiff(t, i.Snapshot().Assets, 0)
	f.Reset()
	wantDiff(t, i.Snapshot().Assets, 1)
	for n := range 20 {
		if err := f.AddEnvironment(aem.EnvironmentID(fmt.Sprintf("p1-e%d", n+1)), ""); err != nil {
			if n < 2 {
				t.Error(err)
			}
			return
		}
	}
	t.Error("the assets of the start do not count")
}

func TestFamiliesByPath(t *testing.T) {
	t.Parallel()
	if _, ok := aem.FamilyOf("/adobe/sites/x"); ok {
		t.Error("a path of no Forms service has a family")
	}
	for path, want := range map[string]aem.Family{
		"/adobe/forms/doc/v1/x": aem.FamilyOutput, "/adobe/forms/assembler/x": aem.FamilyAssembler,
		"/adobe/document/x": aem.FamilyAssurance, "/adobe/forms/batch/x": aem.FamilyBatch,
	} {
		if got, _ := aem.FamilyOf(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
