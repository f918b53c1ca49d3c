package forms_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms"
)

const sourceURI = "/conf/global/settings/forms/usc/batch/letters"

// config is a configuration as JSON, with further members.
func config(name, more string) string {
	return fmt.Sprintf(`{"configName": %q, "dataSourceConfigUri": %q, "outputTypes": ["PDF"], "template": "crx:///content/dam/letter.xdp"%s}`, name, sourceURI, more)
}

// newBatch is a fixture with a template and a storage of records.
func newBatch(t testing.TB, records map[string]string) (f *fixture, dir string) {
	t.Helper()
	dir = t.TempDir()
	input := filepath.Join(dir, "letters", "input")
	must(t, os.MkdirAll(input, 0o755))
	for name, content := range records {
		must(t, os.WriteFile(filepath.Join(input, name), []byte(content), 0o644))
	}
	f = newFixture(t, func(c *forms.Config) { c.BatchDir = dir })
	must(t, f.author.Seed(aem.Asset{Path: "letter.xdp", Content: []byte(template)}))
	return f, dir
}

func TestBatchConfigurations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.json(t, "POST", batchPath+"config", config("first", `, "contentRoot": "/content/dam"`))
	wantStatus(t, created, 201)
	if want := "http://example.com" + batchPath + "config/first"; created.Header().Get("Location") != want {
		t.Errorf("Location %q, want %q", created.Header().Get("Location"), want)
	}
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("first", "")), 409)
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("second", "")), 201)
	got := decoded(t, f.json(t, "GET", batchPath+"config/first", ""))
	want := map[string]any{
		"configName": "first", "dataSourceConfigUri": sourceURI, "outputTypes": []any{"PDF"}, "template": "crx:///content/dam/letter.xdp",
		"contentRoot": "/content/dam",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	updated := f.json(t, "PUT", batchPath+"config/first", config("first", `, "pdfOutputOptions": {"locale": "de"}`))
	wantStatus(t, updated, 200)
	if decoded(t, updated)["contentRoot"] != nil {
		t.Error("an update keeps what it does not name")
	}
	if diff := cmp.Diff(decoded(t, updated), decoded(t, f.json(t, "GET", batchPath+"config/first", ""))); diff != "" {
		t.Errorf("after the update (-answer +kept):\n%s", diff)
	}
	wantStatus(t, f.json(t, "PUT", batchPath+"config/first", config("other", "")), 400)
	wantStatus(t, f.json(t, "PUT", batchPath+"config/none", config("none", "")), 404)
	for _, path := range []string{"configs", "config/configs"} {
		list, _ := decoded(t, f.json(t, "GET", batchPath+path, ""))["data"].([]any)
		if len(list) != 2 {
			t.Errorf("%s lists %v", path, list)
		}
	}
	deleted := f.json(t, "DELETE", batchPath+"config/first", "")
	if wantStatus(t, deleted, 200); decoded(t, deleted)["configName"] != "first" {
		t.Errorf("the deleted one: %s", deleted.Body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		wantStatus(t, f.json(t, method, batchPath+"config/first", ""), 404)
	}
	wantStatus(t, f.json(t, "GET", batchPath+"config/first/executions", ""), 404)
	f.Reset()
	wantStatus(t, f.json(t, "GET", batchPath+"config/second", ""), 404)
}

func TestWrongConfigurations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	printed := `{"configName": "a", "dataSourceConfigUri": "/a", "outputTypes": ["PRINT"], "template": "/content/dam/a.xdp"%s}`
	for name, body := range map[string]string{
		"no JSON":             `text`,
		"an array":            `[]`,
		"nothing":             `{}`,
		"no template":         `{"configName": "a", "dataSourceConfigUri": "/a", "outputTypes": ["PDF"]}`,
		"no types":            `{"configName": "a", "dataSourceConfigUri": "/a", "outputTypes": [], "template": "/content/dam/a"}`,
		"an unknown type":     `{"configName": "a", "dataSourceConfigUri": "/a", "outputTypes": ["HTML"], "template": "/content/dam/a"}`,
		"a name with a slash": config("a/b", ""),
		"a name of dots":      config("..", ""),
		"a long name":         config(strings.Repeat("a", 300), ""),
		"PRINT without list":  fmt.Sprintf(printed, ""),
		"no printConfig":      fmt.Sprintf(printed, `, "printedOutputOptionsList": [{}]`),
		"PCL twice":           fmt.Sprintf(printed, `, "printedOutputOptionsList": [{"printConfig": {"renderType": "PCL"}}, {"printConfig": {"xdcUri": "hppcl5e.xdc"}}]`),
		"an unknown option":   config("a", `, "pdfOutputOptions": {"acrobatVersion": "9"}`),
		"a wrong type":        config("a", `, "pdfOutputOptions": []`),
		"a wrong contentRoot": config("a", `, "contentRoot": "/etc"`),
	} {
		got := f.json(t, "POST", batchPath+"config", body)
		if v := decoded(t, got); got.Code != 400 || v["status"] != 400.0 || v["detail"] == "" || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: status %d, %v", name, got.Code, v)
		}
	}
	got := f.on(t, f.author, request{"POST", batchPath + "config", "text/plain", nil, strings.NewReader(config("a", ""))})
	wantStatus(t, got, 415)
	wantStatus(t, f.json(t, "POST", batchPath+"config", `{"template": "`+strings.Repeat("x", 2<<20)+`"}`), 413)
}

// TestBatchIsForAuthor: the publish instance has no batches.
func TestBatchIsForAuthor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, path := range []string{"configs", "config/a"} {
		got := f.on(t, f.publish, request{method: "GET", path: batchPath + path})
		if v := decoded(t, got); got.Code != 404 || v["status"] != 404.0 {
			t.Errorf("%s: status %d, %v", path, got.Code, v)
		}
	}
}

// run starts an execution and waits for its end.
func (f *fixture) run(t testing.TB, name, body string) map[string]any {
	t.Helper()
	started := f.json(t, "POST", batchPath+"config/"+name+"/execution", body)
	wantStatus(t, started, 202)
	location := strings.TrimPrefix(started.Header().Get("Location"), "http://example.com")
	if !strings.HasPrefix(location, batchPath+"config/"+name+"/execution/") || started.Body.Len() != 0 {
		t.Fatalf("Location %q, body %q", location, started.Body)
	}
	return f.ended(t, location)
}

// ended waits for the end of an execution.
func (f *fixture) ended(t testing.TB, location string) map[string]any {
	t.Helper()
	for range 6000 {
		state := decoded(t, f.json(t, "GET", location, ""))
		if state["status"] != "PROCESSING" {
			return state
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the execution does not end")
	return nil
}

// files lists what is below a folder.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, err := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(name))
			return err
		}
		return err
	}))
	slices.Sort(all)
	return all
}

// TestBatchExecution has a record that fails beside two that do not.
func TestBatchExecution(t *testing.T) {
	t.Parallel()
	f, dir := newBatch(t, map[string]string{"a.xml": data, "b.xml": "<form1>", "c.xml": data, "notes.txt": "no record"})
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", `, "printedOutputOptionsList": [
		{"printConfig": {"renderType": "PostScript"}}, {"printConfig": {"renderType": "PCL"}, "copies": 2}]`)), 201)
	state := f.run(t, "run", `{"config": {"outputTypes": ["PDF", "PRINT"]}}`)
	want := []any{
		map[string]any{"outputType": "PDF", "inProgressCount": 0.0, "successCount": 2.0, "failureCount": 1.0},
		map[string]any{"outputType": "PRINT", "renderType": "PostScript", "inProgressCount": 0.0, "successCount": 2.0, "failureCount": 1.0},
		map[string]any{"outputType": "PRINT", "renderType": "PCL", "inProgressCount": 0.0, "successCount": 2.0, "failureCount": 1.0},
	}
	if diff := cmp.Diff(want, state["outputStatuses"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	start, _ := state["startTime"].(float64)
	end, _ := state["endTime"].(float64)
	if state["status"] != "SUCCESS" || state["recordsCount"] != 3.0 || start < 1e9 || start > 1e10 || end < start || state["errorInfo"] != nil {
		t.Errorf("state %v", state)
	}
	wantFiles := []string{
		"pcl/failure/b.error.txt", "pcl/success/a.pcl", "pcl/success/c.pcl", "pdf/failure/b.error.txt", "pdf/success/a.pdf",
		"pdf/success/c.pdf", "ps/failure/b.error.txt", "ps/success/a.ps", "ps/success/c.ps",
	}
	output := filepath.Join(dir, "letters", "output")
	if diff := cmp.Diff(wantFiles, files(t, output)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(output, "__tmp__")); !os.IsNotExist(err) {
		t.Errorf("the folder of unfinished documents is left: %v", err)
	}
	if kept := decoded(t, f.json(t, "GET", batchPath+"config/run", "")); !cmp.Equal(kept["outputTypes"], []any{"PDF"}) || kept["dataSource"] != nil {
		t.Errorf("the execution changed the configuration: %v", kept)
	}
	text, err := os.ReadFile(filepath.Join(output, "pdf", "failure", "b.error.txt"))
	if err != nil || !strings.Contains(string(text), "line") {
		t.Errorf("why it failed: %q, %v", text, err)
	}

	input := filepath.Join(dir, "letters", "input")
	must(t, os.WriteFile(filepath.Join(input, "b.xml"), []byte(data), 0o644))
	must(t, os.WriteFile(filepath.Join(input, "c.xml"), []byte("no XML"), 0o644))
	f.run(t, "run", `{}`)
	wantFiles = []string{"failure/c.error.txt", "success/a.pdf", "success/b.pdf"}
	if diff := cmp.Diff(wantFiles, files(t, filepath.Join(output, "pdf"))); diff != "" {
		t.Errorf("after one record was mended and one broken (-want +got):\n%s", diff)
	}
	runs, _ := decoded(t, f.json(t, "GET", batchPath+"config/run/executions", ""))["data"].([]any)
	if len(runs) != 2 {
		t.Errorf("%d executions, want 2", len(runs))
	}
	wantStatus(t, f.json(t, "GET", batchPath+"config/run/execution/none", ""), 404)
}

// TestBatchesThatCannotRun fail as a whole, some at once and some when they run.
func TestBatchesThatCannotRun(t *testing.T) {
	t.Parallel()
	f, dir := newBatch(t, map[string]string{"a.xml": data})
	must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "blank", "input"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "closed", "input"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "closed", "input", "a.xml"), []byte(data), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "closed", "output"), nil, 0o644)) // a file, where a folder is to be
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", "")), 201)
	for name, body := range map[string]string{
		"no body":                `text`,
		"another source":         `{"config": {"dataSourceConfigUri": "/conf/none"}}`,
		"a source out of bounds": `{"config": {"dataSourceConfigUri": "/conf/.."}}`,
		"an unknown type":        `{"config": {"outputTypes": ["HTML"]}}`,
	} {
		if got := f.json(t, "POST", batchPath+"config/run/execution", body); got.Code != 400 {
			t.Errorf("%s: status %d: %s", name, got.Code, got.Body)
		}
	}
	wantStatus(t, f.json(t, "POST", batchPath+"config/none/execution", `{}`), 404)
	for name, body := range map[string]string{
		"no template":      `{"config": {"template": "/content/dam/none.xdp"}}`,
		"no input":         `{"config": {"dataSourceConfigUri": "/conf/empty"}}`,
		"no records":       `{"config": {"dataSourceConfigUri": "/conf/blank"}}`,
		"nothing stored":   `{"config": {"dataSourceConfigUri": "/conf/closed"}}`,
		"no configuration": `{"config": {"xci": "/content/dam/none.xci"}}`,
	} {
		state := f.run(t, "run", body)
		info, _ := state["errorInfo"].(map[string]any)
		if state["status"] != "FAILED" || info["code"] == "" || info["message"] == "" || state["endTime"] == -1.0 {
			t.Errorf("%s: %v", name, state)
		}
	}
	g := newFixture(t)
	wantStatus(t, g.json(t, "POST", batchPath+"config", config("run", "")), 201)
	if got := g.json(t, "POST", batchPath+"config/run/execution", `{}`); got.Code != 400 || !strings.Contains(got.Body.String(), "--batch-dir") {
		t.Errorf("without storage: status %d: %s", got.Code, got.Body)
	}
}

// TestOddRecords has records whose names are as long as names can be, and have characters in them that mean something elsewhere.
func TestOddRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("l", 251)
	f, dir := newBatch(t, map[string]string{long + ".xml": "no XML", "-rf.xml": data, "a b'&;.xml": data, ".xml": data, "d.XML": data, "e.xml": ""})
	must(t, os.Mkdir(filepath.Join(dir, "letters", "input", "folder.xml"), 0o755))
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", "")), 201)
	if state := f.run(t, "run", `{}`); state["status"] != "SUCCESS" || state["recordsCount"] != 4.0 {
		t.Errorf("state %v", state)
	}
	want := []string{"failure/e.error.txt", "failure/" + long[:245] + ".error.txt", "success/-rf.pdf", "success/a b'&;.pdf"}
	if diff := cmp.Diff(want, files(t, filepath.Join(dir, "letters", "output", "pdf"))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestExecutionsAtOnce run on the same storage and do not take away each other's unfinished documents.
func TestExecutionsAtOnce(t *testing.T) {
	t.Parallel()
	records := map[string]string{}
	for n := range 40 {
		records[fmt.Sprintf("%02d.xml", n)] = data
	}
	f, dir := newBatch(t, records)
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", "")), 201)
	var locations []string
	for range 6 {
		started := f.json(t, "POST", batchPath+"config/run/execution", `{}`)
		wantStatus(t, started, 202)
		locations = append(locations, strings.TrimPrefix(started.Header().Get("Location"), "http://example.com"))
	}
	want := []any{map[string]any{"outputType": "PDF", "inProgressCount": 0.0, "successCount": 40.0, "failureCount": 0.0}}
	for _, location := range locations {
		state := f.ended(t, location)
		if diff := cmp.Diff(want, state["outputStatuses"]); diff != "" || state["status"] != "SUCCESS" {
			t.Errorf("%v, %v; outputs (-want +got):\n%s", state["status"], state["errorInfo"], diff)
		}
	}
	if got := files(t, filepath.Join(dir, "letters", "output")); len(got) != 40 {
		t.Errorf("%d files, want 40", len(got))
	}
}

// TestStorageIsABound: links do not lead out of it.
func TestStorageIsABound(t *testing.T) {
	t.Parallel()
	f, dir := newBatch(t, map[string]string{"a.xml": data})
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret.xml"), []byte(data), 0o644))
	if err := os.Symlink(outside, filepath.Join(dir, "linked")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	must(t, os.Symlink(filepath.Join(outside, "secret.xml"), filepath.Join(dir, "letters", "input", "b.xml")))
	must(t, os.Symlink(outside, filepath.Join(dir, "letters", "output")))
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", "")), 201)
	wantStatus(t, f.json(t, "POST", batchPath+"config/run/execution", `{"config": {"dataSourceConfigUri": "/conf/linked"}}`), 400)
	f.run(t, "run", `{}`)
	if got := files(t, outside); len(got) != 1 {
		t.Errorf("outside there is %q", got)
	}
}

// TestCloseEndsBatches: what is left of a batch is not made, and Close waits for what is being made.
func TestCloseEndsBatches(t *testing.T) {
	t.Parallel()
	records := map[string]string{}
	for n := range 2000 {
		records[fmt.Sprintf("%04d.xml", n)] = data
	}
	f, _ := newBatch(t, records)
	wantStatus(t, f.json(t, "POST", batchPath+"config", config("run", "")), 201)
	started := f.json(t, "POST", batchPath+"config/run/execution", `{}`)
	wantStatus(t, started, 202)
	f.Close()
	state := decoded(t, f.json(t, "GET", strings.TrimPrefix(started.Header().Get("Location"), "http://example.com"), ""))
	if state["status"] != "FAILED" {
		t.Errorf("state %v", state)
	}
	wantStatus(t, f.post(t, outputPath+"generatePDFOutput", xdp()), 500)
	again := f.json(t, "POST", batchPath+"config/run/execution", `{}`)
	wantStatus(t, again, 202)
	if state := f.ended(t, strings.TrimPrefix(again.Header().Get("Location"), "http://example.com")); state["status"] != "FAILED" {
		t.Errorf("an execution after the end: %v", state)
	}
}
