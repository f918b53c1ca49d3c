package aem_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/aem"
)

// multi makes a form; a field that begins with "@" is a file of that name with the content type text/csv.
func multi(t testing.TB, fields ...string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for n := 0; n < len(fields); n += 2 {
		name, value := fields[n], fields[n+1]
		if file, ok := strings.CutPrefix(value, "@"); ok {
			file, content, _ := strings.Cut(file, "=")
			h := textproto.MIMEHeader{}
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, name, file))
			h.Set("Content-Type", "text/csv")
			part, err := w.CreatePart(h)
			must(t, err)
			_, err = part.Write([]byte(content))
			must(t, err)
			continue
		}
		must(t, w.WriteField(name, value))
	}
	must(t, w.Close())
	return &b, w.FormDataContentType()
}

func TestListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Hour)
	f.clock.Set(time.Until(at))
	must(t, f.author(t).Seed(
		aem.Asset{Path: "brand/logo ü.png", Title: "Logo", Content: []byte("png")}, aem.Asset{Path: "a.txt", Content: []byte("a")},
	))
	w := f.do(t, "GET", "http://127.0.0.1:4502/api/assets.json", "service", nil)
	wantStatus(t, w, 200)
	wantDiff(t, w.Body.String(), `{"entities":[`+
		`{"rel":["child"],"links":[{"rel":["self"],"href":"http://127.0.0.1:4502/api/assets/brand.json"}],"class":["assets/folder"],"properties":{"name":"brand"}},`+
		`{"rel":["child"],"links":[{"rel":["self"],"href":"http://127.0.0.1:4502/api/assets/a.txt.json"},{"rel":["content"],"href":"http://127.0.0.1:4502/content/dam/a.txt"}],"class":["assets/asset"],"properties":{"metadata":{"dam:size":1,"dc:format":"text/plain"},"name":"a.txt"}}],`+
		`"links":[{"rel":["self"],"href":"http://127.0.0.1:4502/api/assets.json"}],"class":["assets/folder"],"properties":{"name":"dam","srn:paging":{"limit":20,"offset":0,"total":2}}}`)
	w = f.do(t, "GET", "http://127.0.0.1:4502/api/assets/brand/logo%20%C3%BC.png.json", "service", nil)
	wantStatus(t, w, 200)
	got := decoded(t, w)
	properties, _ := got["properties"].(map[string]any)
	for _, name := range []string{"jcr:created", "jcr:lastModified"} {
		text, _ := properties[name].(string)
		if stamp, err := time.Parse("2006-01-02T15:04:05.000Z", text); err != nil || stamp.Sub(at).Abs() > time.Minute {
			t.Errorf("%s is %q, %v", name, text, err)
		}
		delete(properties, name)
	}
	metadata, _ := properties["metadata"].(map[string]any)
	wantDiff(t, metadata["dam:sha256"], any(fmt.Sprintf("%x", sha256.Sum256([]byte("png")))))
	delete(metadata, "dam:sha256")
	wantDiff(t, got, map[string]any{
		"class": []any{"assets/asset"},
		"links": []any{
			map[string]any{"rel": []any{"self"}, "href": "http://127.0.0.1:4502/api/assets/brand/logo%20%C3%BC.png.json"},
			map[string]any{"rel": []any{"parent"}, "href": "http://127.0.0.1:4502/api/assets/brand.json"},
			map[string]any{"rel": []any{"content"}, "href": "http://127.0.0.1:4502/content/dam/brand/logo%20%C3%BC.png"},
		},
		"properties": map[string]any{
			"name": "logo ü.png", "dc:title": "Logo",
			"metadata": map[string]any{"dc:format": "image/png", "dc:title": "Logo", "dam:size": 3.0},
		},
	})
	for _, path := range []string{"/api/assets/none.json", "/api/assets/brand/none.json", "/api/assets/a.txt/b.json"} {
		w := f.do(t, "GET", path, "service", nil)
		wantStatus(t, w, 404)
		wantDiff(t, w.Body.String(), `{"class":["core/response"],"properties":{"path":"`+path+`","status.code":404,"status.message":"Not Found"}}`)
	}
	wantStatus(t, f.do(t, "GET", "/api/assets/brand", "service", nil), 200)
	wantStatus(t, f.do(t, "GET", "/api/assets", "service", nil), 200)
	wantStatus(t, f.do(t, "HEAD", "/api/assets.json", "service", nil), 200)
	if !strings.Contains(f.do(t, "GET", "/api.json", "service", nil).Body.String(), "/api/assets.json") {
		t.Error("the service document does not lead to the assets")
	}
}

// TestPaging follows the links from page to page and sees each asset once.
func TestPaging(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var want []string
	for n := range 45 {
		want = append(want, numbered(n))
		must(t, f.author(t).Seed(aem.Asset{Path: "many/" + numbered(n)}))
	}
	var got []string
	pages := 0
	for next := "http://host/api/assets/many.json"; next != ""; pages++ {
		w := f.do(t, "GET", next, "service", nil)
		wantStatus(t, w, 200)
		got = append(got, names(t, w)...)
		next = ""
		for _, l := range decoded(t, w)["links"].([]any) {
			if l := l.(map[string]any); l["rel"].([]any)[0] == "next" {
				next = l["href"].(string)
			}
		}
	}
	wantDiff(t, pages, 3)
	wantDiff(t, got, want)
	for query, want := range map[string][]string{
		"?offset=43":                           {numbered(43), numbered(44)},
		"?offset=2&limit=2":                    {numbered(2), numbered(3)},
		"?offset=44&limit=9":                   {numbered(44)},
		"?offset=45":                           {},
		"?limit=0":                             {},
		"?offset=99999999999999999999&limit=1": {numbered(0)}, // not a number that fits: as if not given
		"?offset=-1&limit=1":                   {numbered(0)},
		"?offset=x&limit=1":                    {numbered(0)},
		"?offset=1073741824&limit=1000000":     {},
	} {
		wantDiff(t, names(t, f.do(t, "GET", "/api/assets/many.json"+query, "service", nil)), want)
	}
	paging := decoded(t, f.do(t, "GET", "/api/assets/many.json?offset=2&limit=5000", "service", nil))
	wantDiff(t, paging["properties"].(map[string]any)["srn:paging"], any(map[string]any{"total": 45.0, "offset": 2.0, "limit": 1000.0}))
}

func TestCreateFolder(t *testing.T) {
	t.Parallel()
	form, formType := multi(t, "name", "multi", "jcr:title", "Title")
	tests := []struct {
		name, target, contentType, body string
		reader                          io.Reader
		status                          int
		folder, title                   string
	}{
		{name: "JSON", target: "/api/assets/new", contentType: "application/json",
			body: `{"class":"assetFolder","properties":{"title":"My Folder"}}`, status: 201, folder: "new", title: "My Folder"},
		{name: "JSON with a name", target: "/api/assets/*", contentType: "application/json; charset=utf-8",
			body: `{"class":["assets/folder"],"properties":{"name":"named","jcr:title":"T"}}`, status: 201, folder: "named", title: "T"},
		{name: "multipart", target: "/api/assets/*", contentType: formType, reader: form, status: 201, folder: "multi", title: "Title"},
		{name: "urlencoded", target: "/api/assets/*", contentType: "application/x-www-form-urlencoded", body: "name=url&dc:title=U",
			status: 201, folder: "url", title: "U"},
		{name: "query", target: "/api/assets/q?title=Q", status: 201, folder: "q", title: "Q"},
		{name: "below another", target: "/api/assets/there/below?title=B", status: 201, folder: "there/below", title: "B"},
		{name: "exists", target: "/api/assets/there", status: 409},
		{name: "root", target: "/api/assets", status: 409},
		{name: "no parent", target: "/api/assets/none/below", status: 500},
		{name: "parent is an asset", target: "/api/assets/file.txt/below", status: 500},
		{name: "no name", target: "/api/assets/*", status: 400},
		{name: "name in a number", target: "/api/assets/*", contentType: "application/json", body: `{"properties":{"name":7}}`, status: 400},
		{name: "bad name", target: "/api/assets/*?name=a%2Fb", status: 400},
		{name: "dots", target: "/api/assets/*?name=..", status: 400},
		{name: "JCR characters", target: "/api/assets/a%3Ab", status: 400},
		{name: "invalid UTF-8", target: "/api/assets/%ff", status: 400},
		{name: "control", target: "/api/assets/a%00b", status: 400},
		{name: "no JSON", target: "/api/assets/x", contentType: "application/json", body: `{"properties":`, status: 400},
		{name: "nested", target: "/api/assets/x", contentType: "application/json", body: `{"properties":{"a":{"b":1}}}`, status: 400},
		{name: "no form", target: "/api/assets/x", contentType: "application/x-www-form-urlencoded", body: "a=%zz", status: 400},
		{name: "no boundary", target: "/api/assets/x", contentType: "multipart/form-data", body: "x", status: 400},
		{name: "broken form", target: "/api/assets/x", contentType: "multipart/form-data; boundary=b", body: "--b\r\nx", status: 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.writer(t)
			must(t, f.author(t).Seed(aem.Asset{Path: "there/x"}, aem.Asset{Path: "file.txt"}))
			body, headers := tt.reader, []string{}
			if body == nil {
				body = strings.NewReader(tt.body)
			}
			if tt.contentType != "" {
				headers = []string{"Content-Type", tt.contentType}
			}
			w := f.do(t, "POST", "http://h"+tt.target, "service", body, headers...)
			wantStatus(t, w, tt.status)
			if tt.status != 201 {
				wantDiff(t, f.author(t).Snapshot().Folders, 1)
				return
			}
			location := "http://h/api/assets/" + tt.folder + ".json"
			wantDiff(t, w.Header().Get("Location"), location)
			created := f.do(t, "GET", location, "service", nil)
			wantStatus(t, created, 200)
			wantDiff(t, decoded(t, created)["properties"].(map[string]any)["dc:title"], any(tt.title))
		})
	}
}

func TestUploadAndDownload(t *testing.T) {
	t.Parallel()
	form, formType := multi(t, "name", "form.bin", "file", "@other.txt=content", "dc:title", "T")
	unnamed, unnamedType := multi(t, "file", "@from-file.csv=content")
	tests := []struct {
		name, target, contentType string
		body                      io.Reader
		status                    int
		path, stored              string
	}{
		{"raw", "/api/assets/f/a.png", "image/png", nil, 201, "f/a.png", "image/png"},
		{"type by the name", "/api/assets/f/a.PDF", "application/octet-stream", nil, 201, "f/a.PDF", "application/pdf"},
		{"no type", "/api/assets/f/a", "", nil, 201, "f/a", "application/octet-stream"},
		{"unreadable type", "/api/assets/f/a.txt", "///", nil, 201, "f/a.txt", "text/plain"},
		{"name in the query", "/api/assets/f/*?name=q.xml", "text/xml", nil, 201, "f/q.xml", "text/xml"},
		{"form", "/api/assets/f/*", formType, form, 201, "f/form.bin", "text/csv"},
		{"name of the file", "/api/assets/*", unnamedType, unnamed, 201, "from-file.csv", "text/csv"},
		{"exists", "/api/assets/f/there", "text/plain", nil, 409, "", ""},
		{"no folder", "/api/assets/none/a", "text/plain", nil, 412, "", ""},
		{"no name", "/api/assets/f/*", "text/plain", nil, 400, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.writer(t)
			must(t, f.author(t).Seed(aem.Asset{Path: "f/there"}))
			body := tt.body
			if body == nil {
				body = strings.NewReader("content")
			}
			w := f.do(t, "POST", tt.target, "service", body, "Content-Type", tt.contentType)
			wantStatus(t, w, tt.status)
			if tt.status != 201 {
				wantDiff(t, f.author(t).Snapshot().Assets, 1)
				return
			}
			w = f.do(t, "GET", "/content/dam/"+tt.path, "service", nil)
			wantStatus(t, w, 200)
			wantDiff(t, []string{w.Body.String(), w.Header().Get("Content-Type")}, []string{"content", tt.stored})
			w = f.do(t, "GET", "/content/dam/"+tt.path+"/jcr:content/renditions/original", "service", nil)
			wantDiff(t, w.Body.String(), "content")
			by := decoded(t, f.do(t, "GET", "/api/assets/"+tt.path+".json", "service", nil))["properties"].(map[string]any)
			wantDiff(t, []any{by["jcr:createdBy"], by["jcr:lastModifiedBy"]}, []any{serviceMail, serviceMail})
		})
	}
}

func TestDownloadConditionsAndRanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.author(t).Seed(aem.Asset{Path: "a.txt", Content: []byte("0123456789")}))
	w := f.do(t, "GET", "/content/dam/a.txt", "service", nil)
	wantStatus(t, w, 200)
	etag, modified := w.Header().Get("ETag"), w.Header().Get("Last-Modified")
	if etag == "" || modified == "" || w.Header().Get("Accept-Ranges") != "bytes" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the headers are %v", w.Header())
	}
	for _, tt := range []struct {
		name, value  string
		status       int
		body, ranges string
	}{
		{"Range", "bytes=2-4", 206, "234", "bytes 2-4/10"},
		{"Range", "bytes=-3", 206, "789", "bytes 7-9/10"},
		{"Range", "bytes=20-", 416, "", "bytes */10"},
		{"If-None-Match", etag, 304, "", ""},
		{"If-None-Match", `"other"`, 200, "0123456789", ""},
		{"If-Match", `"other"`, 412, "", ""},
		{"If-Modified-Since", modified, 304, "", ""},
	} {
		w := f.do(t, "GET", "/content/dam/a.txt", "service", nil, tt.name, tt.value)
		wantStatus(t, w, tt.status)
		if tt.status < 400 && w.Body.String() != tt.body || w.Header().Get("Content-Range") != tt.ranges {
			t.Errorf("%s %s: %q, %v", tt.name, tt.value, w.Body, w.Header())
		}
	}
	w = f.do(t, "HEAD", "/content/dam/a.txt", "service", nil)
	wantDiff(t, []string{w.Body.String(), w.Header().Get("Content-Length")}, []string{"", "10"})
	for name, want := range map[string]string{
		"p.html": "attachment", "p.svg": "attachment", "p.xml": "attachment", "p": "attachment", "a.txt": "", "p.png": "", "p.pdf": "",
	} {
		must(t, f.author(t).Seed(aem.Asset{Path: "types/" + name, Content: []byte("<script>")}))
		wantDiff(t, f.do(t, "GET", "/content/dam/types/"+name, "service", nil).Header().Get("Content-Disposition"), want)
	}
	for _, path := range []string{"/content/dam", "/content/dam/none", "/content/dam/a.txt/none", "/content/dam/a.txt/jcr:content/renditions/none"} {
		w := f.do(t, "GET", path, "service", nil)
		wantStatus(t, w, 404)
		if !strings.Contains(w.Body.String(), "<h1>Not Found</h1>") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	wantStatus(t, f.do(t, "DELETE", "/content/dam/a.txt", "service", nil), 405)
}

func TestPut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	i := f.author(t)
	must(t, i.Seed(aem.Asset{Path: "f/a.txt", Title: "Old", Content: []byte("old")}))
	before := f.do(t, "GET", "/content/dam/f/a.txt", "service", nil).Header().Get("ETag")
	put := func(path, contentType, body string, want int) {
		t.Helper()
		wantStatus(t, f.do(t, "PUT", path, "service", strings.NewReader(body), "Content-Type", contentType), want)
	}
	put("/api/assets/f/a.txt", "text/plain; charset=utf-8", "newer", 200)
	w := f.do(t, "GET", "/content/dam/f/a.txt", "service", nil)
	if w.Body.String() != "newer" || w.Header().Get("ETag") == before {
		t.Errorf("%q %s", w.Body, w.Header())
	}
	wantDiff(t, i.Snapshot().Bytes, int64(5))
	put("/api/assets/f/none", "text/plain", "x", 404)
	put("/api/assets/f", "text/plain", "x", 409)
	put("/api/assets", "text/plain", "x", 409)
	put("/api/assets/f/none", "application/json", `{"properties":{"a":1}}`, 404)
	put("/api/assets/f/a.txt", "application/json", `[]`, 400)
	put("/api/assets/f/a.txt", "application/json", `{"properties":{"a":[[1]]}}`, 400)
	put("/api/assets/f/a.txt", "application/json", `{"properties":{"":1}}`, 400)
	put("/api/assets/f/a.txt", "application/json", `{"class":"asset","properties":{"dc:title":"New","tags":["a","b"],"n":1.5}}`, 200)
	properties := func(path string) map[string]any {
		return decoded(t, f.do(t, "GET", path, "service", nil))["properties"].(map[string]any)
	}
	metadata := properties("/api/assets/f/a.txt.json")["metadata"].(map[string]any)
	wantDiff(t, []any{metadata["dc:title"], metadata["tags"], metadata["n"]}, []any{"New", []any{"a", "b"}, 1.5})
	put("/api/assets/f/a.txt", "application/json", `{"properties":{"tags":null}}`, 200)
	if metadata := properties("/api/assets/f/a.txt.json")["metadata"].(map[string]any); metadata["tags"] != nil || metadata["n"] != 1.5 {
		t.Errorf("the metadata are %v", metadata)
	}
	put("/api/assets/f", "application/json", `{"properties":{"jcr:title":"Folder","name":"no"}}`, 200)
	if p := properties("/api/assets/f.json"); p["dc:title"] != "Folder" || p["name"] != "f" {
		t.Errorf("the properties are %v", p)
	}
	var many []string
	for n := range 101 {
		many = append(many, fmt.Sprintf(`"p%d":1`, n))
	}
	put("/api/assets/f", "application/json", `{"properties":{`+strings.Join(many, ",")+`}}`, 400)
	put("/api/assets/f", "application/json", `{"properties":{`+strings.Join(many[:60], ",")+`}}`, 200)
	put("/api/assets/f", "application/json", `{"properties":{`+strings.Join(many[60:], ",")+`}}`, 400)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	must(t, f.author(t).Seed(aem.Asset{Path: "f/g/a"}, aem.Asset{Path: "f/b"}, aem.Asset{Path: "c"}))
	del := func(path string, want int) {
		t.Helper()
		wantStatus(t, f.do(t, "DELETE", path, "service", nil), want)
	}
	del("/api/assets/f/b", 200)
	del("/api/assets/f/b", 404)
	del("/api/assets/f", 200)
	del("/api/assets/f/g/a", 404)
	del("/api/assets", 403)
	s := f.author(t).Snapshot()
	wantDiff(t, []int{s.Assets, s.Folders}, []int{1, 0})
	wantDiff(t, names(t, f.do(t, "GET", "/api/assets.json", "service", nil)), []string{"c"})
}

func TestMethods(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for path, allow := range map[string]string{
		"/api/assets/x": "GET, HEAD, POST, PUT, DELETE", "/content/dam/x": "GET, HEAD", currentUser: "GET, HEAD", "/api.json": "GET, HEAD",
	} {
		w := f.do(t, http.MethodPatch, path, "service", nil)
		wantStatus(t, w, 405)
		wantDiff(t, w.Header().Get("Allow"), allow)
		if route := f.last(t).Route; !strings.HasPrefix(route, "OTHER ") {
			t.Errorf("the route is %q", route)
		}
	}
}
