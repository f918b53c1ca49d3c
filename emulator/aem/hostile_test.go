package aem_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/imsx/imsx/emulator/aem"
)

func upload(t testing.TB, f *fixture, path string, size int) *httptest.ResponseRecorder {
	t.Helper()
	return f.do(t, "POST", path, "service", bytes.NewReader(make([]byte, size)), "Content-Type", "text/plain")
}

func TestSizeLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) { c.MaxAsset = 1000 })
	f.writer(t)
	wantStatus(t, upload(t, f, "/api/assets/fits", 1000), 201)
	wantStatus(t, upload(t, f, "/api/assets/over", 1001), 413)
	wantStatus(t, upload(t, f, "/api/assets/far-over", 1<<20), 413)
	wantStatus(t, f.do(t, "PUT", "/api/assets/fits", "service", strings.NewReader(strings.Repeat("a", 1001)), "Content-Type", "text/plain"), 413)
	form, formType := multi(t, "name", "form", "file", "@f="+strings.Repeat("a", 1001))
	wantStatus(t, f.do(t, "POST", "/api/assets/*", "service", form, "Content-Type", formType), 413)
	fields, fieldsType := multi(t, "name", "form", "title", strings.Repeat("a", 65<<10))
	wantStatus(t, f.do(t, "POST", "/api/assets/*", "service", fields, "Content-Type", fieldsType), 413)
	long := strings.NewReader(`{"properties":{"title":"` + strings.Repeat("a", 65<<10) + `"}}`)
	wantStatus(t, f.do(t, "PUT", "/api/assets/fits", "service", long, "Content-Type", "application/json"), 413)
	urlencoded := strings.NewReader("title=" + strings.Repeat("a", 65<<10))
	wantStatus(t, f.do(t, "POST", "/api/assets/x", "service", urlencoded, "Content-Type", "application/x-www-form-urlencoded"), 413)
	wantDiff(t, f.author(t).Snapshot().Bytes, int64(1000))
}

// TestDefaultSizeLimit: 16 MiB, and no byte more.
func TestDefaultSizeLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	wantStatus(t, upload(t, f, "/api/assets/fits", 16<<20), 201)
	wantStatus(t, upload(t, f, "/api/assets/over", 16<<20+1), 413)
}

// TestTotalLimit fills the repository, and sees that what is deleted, replaced, refused or reset gives its room back: in
// the end exactly as much fits as in the beginning.
func TestTotalLimit(t *testing.T) {
	t.Parallel()
	const room = 10_000
	f := newFixture(t, func(c *aem.Config) { c.MaxTotal, c.MaxAsset = room, room })
	f.writer(t)
	full := func() {
		t.Helper()
		wantStatus(t, upload(t, f, "/api/assets/all", room-512), 201)
		for _, path := range []string{"/api/assets/one-more", "/api/assets/folder?title=x"} {
			wantStatus(t, upload(t, f, path, 1), 507)
		}
		wantStatus(t, f.do(t, "POST", "/api/assets/folder", "service", nil), 507)
		wantStatus(t, f.do(t, "PUT", "/api/assets/all", "service", strings.NewReader(`{"properties":{"a":1}}`), "Content-Type", "application/json"), 507)
		if f.author(t).Seed(aem.Asset{Path: "x"}) == nil || f.Publish(environment, "") == nil {
			t.Error("more fitted by the back door")
		}
		wantStatus(t, f.do(t, "DELETE", "/api/assets/all", "service", nil), 200)
	}
	full()
	for n := range 5 {
		wantStatus(t, f.do(t, "POST", "/api/assets/folder?title=x", "service", nil), 201)
		wantStatus(t, upload(t, f, "/api/assets/folder/a", 100), 201)
		wantStatus(t, upload(t, f, "/api/assets/folder/a", 100), 409)
		wantStatus(t, upload(t, f, "/api/assets/none/a", 100), 412)
		wantStatus(t, upload(t, f, "/api/assets/a%3Ab", 100), 400)
		wantStatus(t, upload(t, f, "/api/assets/over", room), 507)
		wantStatus(t, f.do(t, "POST", "/api/assets/broken", "service", io.MultiReader(strings.NewReader("abc"), broken{}), "Content-Type", "text/plain"), 400)
		half := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\ncontent\r\n--b\r\nx"
		wantStatus(t, f.do(t, "POST", "/api/assets/x", "service", strings.NewReader(half), "Content-Type", "multipart/form-data; boundary=b"), 400)
		for _, body := range []string{"longer content", "s"} {
			wantStatus(t, f.do(t, "PUT", "/api/assets/folder/a", "service", strings.NewReader(body), "Content-Type", "text/plain"), 200)
		}
		wantStatus(t, f.do(t, "PUT", "/api/assets/none", "service", strings.NewReader("abc"), "Content-Type", "text/plain"), 404)
		wantStatus(t, f.do(t, "PUT", "/api/assets/folder", "service", strings.NewReader("abc"), "Content-Type", "text/plain"), 409)
		for _, properties := range []string{`{"a":"long text","b":2}`, `{"a":null,"b":null}`, `{"c":1}`} {
			wantStatus(t, f.do(t, "PUT", "/api/assets/folder", "service", strings.NewReader(`{"properties":`+properties+`}`), "Content-Type", "application/json"), 200)
		}
		must(t, f.author(t).Seed(aem.Asset{Path: "s/t/u", Title: "T", Content: []byte("abc")}))
		must(t, f.author(t).Seed(aem.Asset{Path: "s/t/u", Content: []byte("abcd")}))
		must(t, f.Publish(environment, ""))
		must(t, f.Publish(environment, "s/t"))
		if n%2 == 0 {
			f.author(t).Reset()
			f.writer(t)
		}
		for _, name := range []string{"folder", "s"} {
			f.do(t, "DELETE", "/api/assets/"+name, "service", nil)
		}
		publish, _ := f.Instance(environment, aem.Publish)
		publish.Reset()
		full()
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

// TestUploadsUnderWayCount: many uploads at once do not take more memory than all assets may.
func TestUploadsUnderWayCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) { c.MaxTotal = 10_000 })
	f.writer(t)
	r, w := io.Pipe()
	done := make(chan int)
	go func() {
		answer := f.do(t, "POST", "/api/assets/slow", "service", r, "Content-Type", "text/plain")
		done <- answer.Code
	}()
	_, err := w.Write(make([]byte, 6000))
	must(t, err)
	_, err = w.Write(make([]byte, 1)) // returns when the first were taken
	must(t, err)
	wantStatus(t, upload(t, f, "/api/assets/other", 6000), 507)
	must(t, w.Close())
	wantDiff(t, <-done, 201)
}

func TestHostilePaths(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author(t).Seed(aem.Asset{Path: "a/b.txt", Content: []byte("b")}))
	for path, want := range map[string]int{
		"/api/assets/../../etc/passwd":                              400,
		"/content/dam/a/../a/b.txt":                                 400,
		"/content/dam/a/%2e%2e/a/b.txt":                             400,
		"/content/dam/a%2fb.txt":                                    400,
		"/content/dam/a%5cb.txt":                                    400,
		"/content/dam//a/b.txt":                                     400,
		"/content/dam/a/./b.txt":                                    400,
		"/content/dam/%ff":                                          400,
		"/content/dam/a%00":                                         400,
		"/content/dam/" + repeat("a/", 60) + "b":                    400,
		"/content/dam/" + repeat("a", 5000):                         400,
		"/content/dam/" + repeat("a", 301):                          400,
		"/content/dam/" + repeat(repeat("a", 254)+"/", 16) + "bbb":  404, // the longest path there is
		"/content/dam/" + repeat(repeat("a", 254)+"/", 16) + "bbbb": 400,
		"/content":                           404,
		"/content/other/a/b.txt":             404,
		"/other/dam/a/b.txt":                 404,
		"/content/dam/a.initiateUpload.json": 404, // to be posted
		"/content/dam/a/b.txt/":              200,
		"/%63ontent/d%61m/a/b.txt":           200,
		"//content/dam/a/b.txt":              400,
		"/":                                  404,
		"*":                                  400,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer service")
		if u, err := url.ParseRequestURI(path); err == nil {
			r.URL = u
		} else {
			r.URL = &url.URL{Path: path}
		}
		f.handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%.60s: status %d, want %d", path, w.Code, want)
		}
	}
}

// TestHostileNames: what is no UTF-8 in a query does not become a name of something else.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	for _, name := range []string{"", "%ff", "a%2fb", "..", "a%00", repeat("a", 256)} {
		wantStatus(t, f.do(t, "POST", "/api/assets/*?name="+name, "service", nil), 400)
	}
	wantStatus(t, f.do(t, "POST", "/api/assets/*?name="+repeat("a", 255), "service", nil), 201)
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// TestDepth creates folders in folders until no more may be.
func TestDepth(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	path, depth := "/api/assets", 0
	for ; depth < 50; depth++ {
		path += "/d"
		if w := f.do(t, "POST", path, "service", nil); w.Code != 201 {
			wantStatus(t, w, 400)
			break
		}
	}
	wantDiff(t, depth, 32)
	f.announce(t, repeat("/d", 31), 201, file("a", 1))
	f.announce(t, repeat("/d", 32), 400, file("a", 1))
	wantStatus(t, f.do(t, "DELETE", "/api/assets/d", "service", nil), 200)
}

// TestTooManyParts sends a form of more parts than are read.
func TestTooManyParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	var fields []string
	for n := range 33 {
		fields = append(fields, fmt.Sprintf("f%d", n), "x")
	}
	body, contentType := multi(t, fields[:64]...)
	wantStatus(t, f.do(t, "POST", "/api/assets/x", "service", body, "Content-Type", contentType), 201)
	body, contentType = multi(t, fields...)
	wantStatus(t, f.do(t, "POST", "/api/assets/y", "service", body, "Content-Type", contentType), 400)
}

// TestConcurrentUse changes and reads everything at once, for the race detector, and then finds the sums right.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.author(t)
	f.writer(t)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for m := range 20 {
				path := fmt.Sprintf("/api/assets/%d-%d", n, m)
				wantStatus(t, upload(t, f, path, 10), 201)
				f.do(t, "GET", "/api/assets.json?limit=1000", "service", nil)
				f.do(t, "PUT", path, "service", strings.NewReader(`{"properties":{"a":1}}`), "Content-Type", "application/json")
				f.do(t, "GET", path+".json", "oauth", nil)
				i.Snapshot()
				_ = i.AllowClient(oauthClient)
				i.DisallowClient(oauthClient)
				_ = i.AddUserToGroup(serviceMail, aem.FormsUsers)
				if m%2 == 0 {
					wantStatus(t, f.do(t, "DELETE", path, "service", nil), 200)
				}
				if m == 10 {
					_ = f.AddEnvironment(aem.EnvironmentID(fmt.Sprintf("p1-e%d", n)), "")
					_ = f.Publish(environment, "")
				}
			}
		})
	}
	wg.Wait()
	s := i.Snapshot()
	wantDiff(t, []any{s.Assets, s.Bytes, len(f.Instances())}, []any{80, int64(800), 18})
}

// FuzzPath asks for any path and tries to create what is there. Nothing but the documented answers may come back, and
// what was created must be found again, below its parent.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/api/assets/a.json", "/content/dam/a/b", "/api/assets/*", "/api/assets/a%2Fb", "/api/assets/%ff", "/api/assets/..",
		"/adobe/forms/x", "//", "/api/assets/a/jcr:content/renditions/original", "/api/assets/ü/%E2%82%AC.json", "/%61pi/assets/x",
		"/content/dam/" + strings.Repeat("a/", 40), "/api/assets/ a ", "/api/assets/a.json.json", "/systemready",
		"/api/assets/" + strings.Repeat("0", 255), "/content/dam.initiateUpload.json", "/blobstore/a/0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") || u.Host != "" {
			t.Skip("no client's path")
		}
		x := newFixture(t)
		ask := func(method string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/", nil)
			r.URL = u
			r.Header.Set("Authorization", "Bearer developer")
			w := httptest.NewRecorder()
			x.handler.ServeHTTP(w, r)
			return w
		}
		for _, method := range []string{"GET", "DELETE", "PUT"} {
			switch w := ask(method); w.Code {
			case 200, 400, 403, 404, 405, 409:
			default:
				t.Fatalf("%s: status %d: %s", method, w.Code, w.Body)
			}
		}
		w := ask("POST")
		s := x.author(t).Snapshot()
		switch w.Code {
		case 201:
			location, err := url.Parse(w.Header().Get("Location"))
			must(t, err)
			again := x.do(t, "GET", location.RequestURI(), "developer", nil)
			wantStatus(t, again, 200)
			if listed := names(t, x.do(t, "GET", "/api/assets.json", "developer", nil)); s.Folders != 1 || len(listed) != 1 {
				t.Fatalf("%d folders, %q listed", s.Folders, listed)
			}
		case 400, 404, 405, 409, 500:
			wantDiff(t, s.Folders+s.Assets, 0)
		default:
			t.Fatalf("POST: status %d: %s", w.Code, w.Body)
		}
	})
}

// FuzzUpload sends any body of any content type. What it stores or not, no room is lost: after the deletion of all, all
// of it can be used.
func FuzzUpload(f *testing.F) {
	f.Add("application/json", []byte(`{"class":"assetFolder","properties":{"title":"x","name":"y"}}`))
	f.Add("application/json", []byte(`{"properties":{"a":[1,null,{}]}}`))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n"))
	f.Add("application/x-www-form-urlencoded", []byte("name=a&title=%ff"))
	f.Add("image/png", []byte("\x89PNG"))
	const room = 1 << 16
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		x := newFixture(t, func(c *aem.Config) { c.MaxTotal, c.MaxAsset = room, room })
		for _, request := range [][2]string{{"POST", "/api/assets/*"}, {"POST", "/api/assets/n"}, {"PUT", "/api/assets/n"}} {
			r := httptest.NewRequest(request[0], request[1], bytes.NewReader(body))
			r.Header = http.Header{"Authorization": {"Bearer developer"}, "Content-Type": {contentType}}
			w := httptest.NewRecorder()
			x.handler.ServeHTTP(w, r)
			switch w.Code {
			case 200, 201, 400, 404, 409, 413, 507:
			default:
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
		}
		listed := x.do(t, "GET", "/api/assets.json", "developer", nil)
		wantStatus(t, listed, 200)
		for _, name := range names(t, listed) {
			wantStatus(t, x.do(t, "DELETE", "/api/assets/"+url.PathEscape(name), "developer", nil), 200)
		}
		all := bytes.NewReader(make([]byte, room-512))
		wantStatus(t, x.do(t, "POST", "/api/assets/all", "developer", all, "Content-Type", "text/plain"), 201)
	})
}
