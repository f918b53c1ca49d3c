package aem_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/aem"
)

const urlencoded = "application/x-www-form-urlencoded"

// initiation is what a client reads of the answer to an announcement.
type initiation struct {
	CompleteURI string
	FolderPath  string
	Files       []struct {
		FileName, MimeType, UploadToken string
		UploadURIs                      []string
		MinPartSize, MaxPartSize        int
	}
}

// announce announces files of the given sizes to a folder and wants a status.
func (f *fixture) announce(t testing.TB, folder string, want int, fields url.Values) initiation {
	t.Helper()
	w := f.do(t, "POST", "http://h/content/dam"+folder+".initiateUpload.json", "service", strings.NewReader(fields.Encode()),
		"Content-Type", urlencoded)
	wantStatus(t, w, want)
	var i initiation
	if want == 201 {
		must(t, json.Unmarshal(w.Body.Bytes(), &i))
	}
	return i
}

func file(name string, size int) url.Values {
	return url.Values{"fileName": {name}, "fileSize": {fmt.Sprint(size)}}
}

// finish completes an upload.
func (f *fixture) finish(t testing.TB, i initiation, want int, more url.Values) {
	t.Helper()
	fields := url.Values{
		"fileName": {i.Files[0].FileName}, "mimeType": {i.Files[0].MimeType}, "uploadToken": {i.Files[0].UploadToken},
	}
	for name, values := range more {
		fields[name] = values
	}
	w := f.do(t, "POST", i.CompleteURI, "service", strings.NewReader(fields.Encode()), "Content-Type", urlencoded)
	wantStatus(t, w, want)
}

// put sends a part, as clients do without a token.
func (f *fixture) put(t testing.TB, uri string, content []byte, want int) {
	t.Helper()
	wantStatus(t, f.do(t, "PUT", uri, "", bytes.NewReader(content)), want)
}

func TestDirectUpload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	must(t, f.author(t).Seed(aem.Asset{Path: "für/x"}))
	content := bytes.Repeat([]byte("0123456789"), 1<<20) // 10 MiB, which are two parts
	i := f.announce(t, "/f%C3%BCr", 201, file("big.pdf", len(content)))
	wantDiff(t, i.FolderPath, "/content/dam/f%C3%BCr")
	if len(i.Files) != 1 || len(i.Files[0].UploadURIs) != 2 || i.Files[0].MimeType != "application/pdf" {
		t.Fatalf("the answer is %+v", i)
	}
	uris, part := i.Files[0].UploadURIs, i.Files[0].MaxPartSize
	for size, parts := range map[int]int{part: 1, part + 1: 2, 2 * part: 2} {
		wantDiff(t, len(f.announce(t, "", 201, file("x", size)).Files[0].UploadURIs), parts)
	}
	f.finish(t, i, 400, nil) // nothing came yet
	f.put(t, uris[1], content[part:], 201)
	f.finish(t, i, 400, nil)
	f.put(t, uris[0], []byte("of another length"), 201)
	f.finish(t, i, 400, nil)
	f.put(t, uris[0], content[:part], 201)
	wantStatus(t, f.do(t, "GET", "/content/dam/f%C3%BCr/big.pdf", "service", nil), 404)
	f.finish(t, i, 200, nil)
	w := f.do(t, "GET", "/content/dam/f%C3%BCr/big.pdf", "service", nil)
	wantStatus(t, w, 200)
	if !bytes.Equal(w.Body.Bytes(), content) || w.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("%d bytes came back as %s", w.Body.Len(), w.Header().Get("Content-Type"))
	}
	by := decoded(t, f.do(t, "GET", "/api/assets/f%C3%BCr/big.pdf.json", "service", nil))["properties"].(map[string]any)
	wantDiff(t, []any{by["jcr:createdBy"], by["jcr:lastModifiedBy"]}, []any{serviceMail, serviceMail})
	f.finish(t, i, 400, nil) // an upload is completed once
	f.put(t, uris[0], nil, 403)
}

func TestDirectUploadOfWhatExists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	must(t, f.author(t).Seed(aem.Asset{Path: "a.txt", Content: []byte("old")}))
	for n, more := range []url.Values{{"replace": {"true"}}, {"createVersion": {"true"}}} {
		i := f.announce(t, "", 201, file("a.txt", 3))
		f.put(t, i.Files[0].UploadURIs[0], fmt.Appendf(nil, "ne%d", n), 201)
		f.finish(t, i, 409, nil)
		f.finish(t, i, 200, more) // the refusal did not use it up
		wantDiff(t, f.do(t, "GET", "/content/dam/a.txt", "service", nil).Body.String(), fmt.Sprintf("ne%d", n))
	}
	wantDiff(t, f.author(t).Snapshot().Bytes, int64(3))
	must(t, f.author(t).Seed(aem.Asset{Path: "folder/a.txt"}))
	folder := f.announce(t, "", 201, file("folder", 0))
	f.finish(t, folder, 409, url.Values{"replace": {"true"}}) // a file does not take the place of a folder
	empty := f.announce(t, "", 201, file("empty", 0))
	f.finish(t, empty, 200, nil)
}

func TestDirectUploadRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *aem.Config) { c.MaxAsset = 100 })
	f.writer(t)
	for name, fields := range map[string]url.Values{
		"nothing": {}, "no size": {"fileName": {"a"}}, "no number": {"fileName": {"a"}, "fileSize": {"x"}},
		"negative": {"fileName": {"a"}, "fileSize": {"-1"}}, "name": {"fileName": {"a/b"}, "fileSize": {"1"}},
		"many": {"fileName": make([]string, 101), "fileSize": make([]string, 101)},
	} {
		t.Run(name, func(t *testing.T) { f.announce(t, "", 400, fields) })
	}
	f.announce(t, "", 413, file("a", 101))
	f.announce(t, "", 413, url.Values{"fileName": {strings.Repeat("a", 65<<10)}, "fileSize": {"1"}})
	body, contentType := multi(t, "fileName", "a", "fileSize", "1", "x", strings.Repeat("a", 65<<10))
	wantStatus(t, f.do(t, "POST", "/content/dam.initiateUpload.json", "service", body, "Content-Type", contentType), 413)
	f.announce(t, "/none", 404, file("a", 1))
	wantStatus(t, f.do(t, "POST", "/content/dam.initiateUpload.json", "service",
		strings.NewReader("fileName=a&fileSize=1&x=%zz"), "Content-Type", urlencoded), 400)
	i := f.announce(t, "", 201, file("a", 3))
	uri := i.Files[0].UploadURIs[0]
	f.put(t, uri+"0", []byte("abc"), 403) // another signature
	f.put(t, strings.Replace(uri, strings.Split(i.Files[0].UploadToken, "--")[0], "0123456789abcdef", 1), []byte("abc"), 403)
	f.put(t, strings.Replace(uri, "/0?", "/1?", 1), []byte("abc"), 403) // no such part
	f.put(t, strings.Replace(uri, "/0?", "/-1?", 1), []byte("abc"), 403)
	wantStatus(t, f.do(t, "GET", uri, "", nil), 405)
	f.put(t, uri, make([]byte, 8<<20+1), 413)
	f.put(t, uri, []byte("abc"), 201)
	f.finish(t, i, 400, url.Values{"uploadToken": {"nonsense"}})
	f.finish(t, i, 400, url.Values{"fileName": {"other"}})
	other := i
	other.CompleteURI = "http://h/content/dam/elsewhere.completeUpload.json"
	f.finish(t, other, 400, nil)
	wantStatus(t, f.do(t, "POST", i.CompleteURI, "oauth", nil), 403)
	wantStatus(t, f.do(t, "POST", "/content/dam.initiateUpload.json", "", nil), 401)
	if strings.Contains(fmt.Sprint(f.journal.Query(filterAll)), strings.SplitN(i.Files[0].UploadToken, "--", 2)[1]) {
		t.Error("the signature is in the journal")
	}
	wantStatus(t, f.do(t, "POST", i.CompleteURI, "service", strings.NewReader("%zz"), "Content-Type", urlencoded), 400)
	long := strings.NewReader("x=" + strings.Repeat("a", 65<<10))
	wantStatus(t, f.do(t, "POST", i.CompleteURI, "service", long, "Content-Type", urlencoded), 413)
	wantStatus(t, f.do(t, "POST", i.CompleteURI, "service", strings.NewReader("x"), "Content-Type", "multipart/form-data; boundary=b"), 400)
}

func TestDirectUploadByForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	body, contentType := multi(t, "fileName", "a", "fileSize", "1", "fileName", "b", "fileSize", "2")
	w := f.do(t, "POST", "/content/dam.initiateUpload.json", "service", body, "Content-Type", contentType)
	wantStatus(t, w, 201)
	var i initiation
	must(t, json.Unmarshal(w.Body.Bytes(), &i))
	wantDiff(t, []string{i.Files[0].FileName, i.Files[1].FileName}, []string{"a", "b"})
}

// TestDirectUploadGivesRoomBack: what is announced takes room, and gives it back when it is completed and deleted,
// dropped for its age or its number, or reset.
func TestDirectUploadGivesRoomBack(t *testing.T) {
	t.Parallel()
	const room = 10_000
	f := newFixture(t, func(c *aem.Config) { c.MaxTotal = room })
	f.writer(t)
	full := func(want int) {
		t.Helper()
		w := upload(t, f, "/api/assets/all", room-512)
		wantStatus(t, w, want)
		if want == 201 {
			wantStatus(t, f.do(t, "DELETE", "/api/assets/all", "service", nil), 200)
		}
	}
	i := f.announce(t, "", 201, file("a", 3))
	full(507)
	f.put(t, i.Files[0].UploadURIs[0], []byte("abcd"), 201)
	f.put(t, i.Files[0].UploadURIs[0], []byte("abc"), 201)
	f.finish(t, i, 200, nil)
	wantStatus(t, f.do(t, "DELETE", "/api/assets/a", "service", nil), 200)
	full(201)

	f.add("service", aem.Bearer{ClientID: "c", Organization: organization, Email: serviceMail}, nil) // without an end
	i = f.announce(t, "", 201, file("a", 3))
	f.put(t, i.Files[0].UploadURIs[0], []byte("abc"), 201)
	f.clock.Move(25 * time.Hour)
	f.announce(t, "", 201, file("b", 3))
	f.finish(t, i, 400, nil) // too old
	f.author(t).Reset()
	f.writer(t)
	full(201)

	f.announce(t, "", 507, url.Values{"fileName": strings.Split(strings.Repeat("a,", 21), ",")[:21], "fileSize": strings.Split(strings.Repeat("1,", 21), ",")[:21]})
	f.author(t).Reset()
	f.writer(t)
	full(201)
}

// TestManyAnnouncements: the oldest gives way.
func TestManyAnnouncements(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writer(t)
	first := f.announce(t, "", 201, file("first", 0))
	second := f.announce(t, "", 201, file("second", 0))
	for n := range 10 {
		fields := url.Values{}
		for m := range 100 {
			if n == 9 && m == 99 {
				break
			}
			fields.Add("fileName", fmt.Sprintf("%d-%d", n, m))
			fields.Add("fileSize", "0")
		}
		f.announce(t, "", 201, fields)
	}
	f.finish(t, first, 400, nil)
	f.finish(t, second, 200, nil)
}
