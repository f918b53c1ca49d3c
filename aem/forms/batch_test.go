package forms_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
)

func batchConfig() forms.BatchConfig {
	return forms.BatchConfig{
		Name: "my batch/1", DataSourceConfigURI: "/conf/x", OutputTypes: []forms.OutputType{forms.OutputPDF, forms.OutputPrint},
		Template: "crx:///content/dam/t.xdp", ContentRoot: "crx:///content", XCI: "<xci/>", PDFOptions: &forms.PDFOptions{Tagged: true},
		PrintOptions: []forms.PrintOptions{{PrintConfig: forms.PrintConfig{RenderType: forms.PCL}}},
	}
}

const batchJSON = `{"configName":"my batch/1","dataSourceConfigUri":"/conf/x","outputTypes":["PDF","PRINT"],"template":"crx:///content/dam/t.xdp",` +
	`"contentRoot":"crx:///content","xci":"\u003cxci/\u003e","pdfOutputOptions":{"isTagged":true},"printedOutputOptionsList":[{"printConfig":{"renderType":"PCL"}}]}`

func TestBatchConfigurations(t *testing.T) {
	t.Parallel()
	const base = "/adobe/forms/batch/output"
	answerWith := strings.TrimSuffix(batchJSON, "}") + `,"dataSource":{"cloudConfigPath":"/conf/c","source":"in"}}`
	full := batchConfig()
	full.DataSource = map[string]any{"cloudConfigPath": "/conf/c", "source": "in"}
	tests := []struct {
		name       string
		call       func(context.Context, *forms.Service) (any, error)
		answer     http.HandlerFunc
		line, body string
		want       any
	}{
		{"create", func(ctx context.Context, s *forms.Service) (any, error) { return s.CreateConfig(ctx, full) },
			reply(201, "", "", "Location", base+"/config/my%20batch%2F1"), "POST " + base + "/config", batchJSON, base + "/config/my%20batch%2F1"},
		{"create without a place", func(ctx context.Context, s *forms.Service) (any, error) { return s.CreateConfig(ctx, full) },
			reply(201, "", ""), "POST " + base + "/config", batchJSON, ""},
		{"get", func(ctx context.Context, s *forms.Service) (any, error) { return s.Config(ctx, "my batch/1") },
			reply(200, "application/json", answerWith), "GET " + base + "/config/my%20batch%2F1", "", full},
		{"update", func(ctx context.Context, s *forms.Service) (any, error) { return s.UpdateConfig(ctx, full) },
			reply(200, "application/json", batchJSON), "PUT " + base + "/config/my%20batch%2F1", batchJSON, batchConfig()},
		{"delete", func(ctx context.Context, s *forms.Service) (any, error) { return s.DeleteConfig(ctx, "my batch/1") },
			reply(200, "application/json", batchJSON), "DELETE " + base + "/config/my%20batch%2F1", "", batchConfig()},
		{"list", func(ctx context.Context, s *forms.Service) (any, error) { return s.Configs(ctx) },
			reply(200, "application/json", `{"data":[`+batchJSON+`]}`), "GET " + base + "/configs", "", []forms.BatchConfig{batchConfig()}},
		{"list of none", func(ctx context.Context, s *forms.Service) (any, error) { return s.Configs(ctx) },
			reply(200, "application/json", `{"data":[]}`), "GET " + base + "/configs", "", []forms.BatchConfig{}},
		{"start", func(ctx context.Context, s *forms.Service) (any, error) { return s.Start(ctx, "c", nil) },
			reply(202, "", "", "Location", "https://author.example"+base+"/config/c/execution/run%201/"), "POST " + base + "/config/c/execution", `{}`, "run 1"},
		{"start with overrides", func(ctx context.Context, s *forms.Service) (any, error) {
			return s.Start(ctx, "c", &forms.BatchConfig{Template: "t", DataSource: full.DataSource})
		}, reply(202, "", "", "Location", "execution/42"), "POST " + base + "/config/c/execution", `{"config":{"template":"t"}}`, "42"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service, f := serve(t, tt.answer)
			got, err := tt.call(t.Context(), service)
			if err != nil {
				t.Fatal(err)
			}
			sent := f.got()
			if diff := cmp.Diff(tt.want, got); diff != "" || sent.line != tt.line || sent.body != tt.body {
				t.Errorf("%s %s, want %s %s; answer (-want +got):\n%s", sent.line, sent.body, tt.line, tt.body, diff)
			}
		})
	}
}

func TestBatchRequestsThatAreNotSent(t *testing.T) {
	t.Parallel()
	service, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	for says, change := range map[string]func(*forms.BatchConfig){
		"no configName":          func(c *forms.BatchConfig) { c.Name = "" },
		"no dataSourceConfigUri": func(c *forms.BatchConfig) { c.DataSourceConfigURI = "" },
		"no outputTypes":         func(c *forms.BatchConfig) { c.OutputTypes = nil },
		"no template":            func(c *forms.BatchConfig) { c.Template = "" },
		"which PRINT needs":      func(c *forms.BatchConfig) { c.PrintOptions = nil },
		"not one of PDF, PRINT":  func(c *forms.BatchConfig) { c.OutputTypes = []forms.OutputType{"PS"} },
		"Acrobat_10_1":           func(c *forms.BatchConfig) { c.PDFOptions.AcrobatVersion = "x" },
		"pdfOutputOptions has a": func(c *forms.BatchConfig) { c.PDFOptions.ContentRoot = "x" },
		"OptionsList has a":      func(c *forms.BatchConfig) { c.PrintOptions[0].ContentRoot = "x" },
		"OptionsList: printConf": func(c *forms.BatchConfig) { c.PrintOptions[0].PrintConfig.RenderType = "" },
	} {
		c := batchConfig()
		change(&c)
		_, err := service.CreateConfig(t.Context(), c)
		wantCause(t, err, aem.CauseInvalidRequest, says)
	}
	for _, name := range []string{"", ".", ".."} {
		_, err := service.Config(t.Context(), name)
		wantCause(t, err, aem.CauseInvalidRequest, "cannot be part of a path")
		_, err = service.Execution(t.Context(), "c", name)
		wantCause(t, err, aem.CauseInvalidRequest, "cannot be part of a path")
	}
	_, err := service.Start(t.Context(), "c", &forms.BatchConfig{OutputTypes: []forms.OutputType{"x"}})
	wantCause(t, err, aem.CauseInvalidRequest, "outputTypes")
}

func TestBatchAnswersAreChecked(t *testing.T) {
	t.Parallel()
	page := reply(201, "text/html", "<html>sign in</html>")
	service, _ := serve(t, page)
	_, err := service.CreateConfig(t.Context(), batchConfig())
	wantCause(t, err, aem.CauseMalformedAnswer, "HTML page")
	for _, location := range []string{"", "/", "%zz"} {
		service, _ = serve(t, reply(202, "", "", "Location", location))
		_, err = service.Start(t.Context(), "c", nil)
		wantCause(t, err, aem.CauseMalformedAnswer, "it may run all the same")
	}
	for body, says := range map[string]string{`{}`: "no data", `{"data":{}}`: "another kind", `[]`: "not the JSON"} {
		service, _ = serve(t, reply(200, "application/json", body))
		_, err = service.Configs(t.Context())
		wantCause(t, err, aem.CauseMalformedAnswer, says)
		_, err = service.Executions(t.Context(), "c")
		wantCause(t, err, aem.CauseMalformedAnswer, says)
	}
	service, _ = serve(t, reply(200, "application/json", `{"configName":""}`))
	_, err = service.Config(t.Context(), "c")
	wantCause(t, err, aem.CauseMalformedAnswer, "no configName")
	_, err = service.Execution(t.Context(), "c", "e")
	wantCause(t, err, aem.CauseMalformedAnswer, "no status")
	service, _ = serve(t, reply(409, "application/json", `{"title":"Conflict","status":409,"detail":"there is one"}`))
	_, err = service.CreateConfig(t.Context(), batchConfig())
	wantCause(t, err, aem.CauseConflict, "there is one")
}

func TestExecutions(t *testing.T) {
	t.Parallel()
	const running = `{"configName":"c","executionId":"1","status":"PROCESSING","recordsCount":-1,"startTime":1700000000,"endTime":-1,
		"outputStatuses":[{"outputType":"PRINT","renderType":"PCL","inProgressCount":3,"successCount":2,"failureCount":1}]}`
	const failed = `{"configName":"c","executionId":"2","config":` + batchJSON + `,"status":"FAILED","recordsCount":9,"startTime":1700000000000,"endTime":1700000001,
		"errorInfo":{"code":"E","message":"m"}}`
	config := batchConfig()
	want := []forms.BatchState{
		{ConfigName: "c", ExecutionID: "1", Status: forms.BatchProcessing, Records: -1, Start: time.Unix(1700000000, 0), Outputs: []forms.OutputStatus{
			{OutputType: forms.OutputPrint, RenderType: forms.PCL, InProgress: 3, Success: 2, Failure: 1}}},
		{ConfigName: "c", ExecutionID: "2", Status: forms.BatchFailed, Records: 9, Start: time.Unix(1700000000, 0), End: time.Unix(1700000001, 0),
			Config: &config, Failure: &forms.BatchFailure{Code: "E", Message: "m"}},
	}
	service, f := serve(t, reply(200, "application/json", `{"data":[`+running+`,`+failed+`]}`))
	got, err := service.Executions(t.Context(), "c d")
	if diff := cmp.Diff(want, got); diff != "" || err != nil || f.got().line != "GET /adobe/forms/batch/output/config/c%20d/executions" {
		t.Errorf("%s, %v, states (-want +got):\n%s", f.got().line, err, diff)
	}
	service, f = serve(t, reply(200, "application/json", running))
	one, err := service.Execution(t.Context(), "c", "1/2")
	if diff := cmp.Diff(want[0], one); diff != "" || err != nil || f.got().line != "GET /adobe/forms/batch/output/config/c/execution/1%2F2" {
		t.Errorf("%s, %v, state (-want +got):\n%s", f.got().line, err, diff)
	}
	if one.Status.Over() || !got[1].Status.Over() {
		t.Error("a run that goes on is over, or the other way round")
	}
	for _, state := range want {
		raw, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		var again forms.BatchState
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(state, again); diff != "" {
			t.Errorf("written and read again (-want +got):\n%s", diff)
		}
	}
}

// scripted gives its answers one after the other, and the last one for ever, without a network.
type scripted struct {
	answers []string // "status body"
	asked   int
}

func (s *scripted) RoundTrip(*http.Request) (*http.Response, error) {
	s.asked++
	answer := s.answers[min(s.asked, len(s.answers))-1]
	body := answer[4:]
	return &http.Response{
		StatusCode: int(answer[0]-'0') * 100, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

func TestWait(t *testing.T) {
	t.Parallel()
	const running, done, failed = `200 {"status":"PROCESSING"}`, `200 {"status":"SUCCESS","recordsCount":3}`, `200 {"status":"FAILED"}`
	tests := []struct {
		name     string
		answers  []string
		deadline time.Duration
		looks    int
		want     forms.BatchStatus
		is       error
		cause    aem.Cause
	}{
		{"at once", []string{done}, 0, 1, forms.BatchSuccess, nil, ""},
		{"after some looks", []string{running, running, `200 {"status":"QUEUED"}`, failed}, 0, 4, forms.BatchFailed, nil, ""},
		{"over a fault", []string{running, "500 ", "500 ", running, "500 ", "500 ", done}, 0, 3, forms.BatchSuccess, nil, ""},
		{"three faults in a row", []string{running, "500 "}, 0, 1, forms.BatchProcessing, nil, aem.CauseServerFault},
		{"gone", []string{running, "400 "}, 0, 1, forms.BatchProcessing, nil, aem.CauseInvalidRequest},
		{"no end", []string{running}, time.Hour, 127, forms.BatchProcessing, context.DeadlineExceeded, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{answers: tt.answers}
				service := serviceAt(t, aem.Config{BaseURL: "http://localhost", MaxAttempts: 1, HTTPClient: &http.Client{Transport: s}})
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				looks := 0
				state, err := service.Wait(ctx, "c", "e", func(forms.BatchState) { looks++ })
				if looks != tt.looks || state.Status != tt.want || tt.is != nil && !errors.Is(err, tt.is) || err == nil != (tt.is == nil && tt.cause == "") {
					t.Errorf("%d looks, want %d; status %q, want %q; %v", looks, tt.looks, state.Status, tt.want, err)
				}
				if tt.cause != "" {
					wantCause(t, err, tt.cause, "")
				}
			})
		})
	}
}

// TestWhatIsSentAgain has a service with a fault of its own: what would make something twice is sent once.
func TestWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	c := forms.BatchConfig{Name: "c", DataSourceConfigURI: "/conf/x", OutputTypes: []forms.OutputType{forms.OutputPDF}, Template: "crx:///t.xdp"}
	for name, tt := range map[string]struct {
		call func(context.Context, *forms.Service) error
		want int
	}{
		"create": {func(ctx context.Context, s *forms.Service) error { _, err := s.CreateConfig(ctx, c); return err }, 1},
		"get":    {func(ctx context.Context, s *forms.Service) error { _, err := s.Config(ctx, "c"); return err }, 3},
		"update": {func(ctx context.Context, s *forms.Service) error { _, err := s.UpdateConfig(ctx, c); return err }, 3},
		"delete": {func(ctx context.Context, s *forms.Service) error { _, err := s.DeleteConfig(ctx, "c"); return err }, 1},
		"list":   {func(ctx context.Context, s *forms.Service) error { _, err := s.Configs(ctx); return err }, 3},
		"start":  {func(ctx context.Context, s *forms.Service) error { _, err := s.Start(ctx, "c", nil); return err }, 1},
		"look":   {func(ctx context.Context, s *forms.Service) error { _, err := s.Execution(ctx, "c", "e"); return err }, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &scripted{answers: []string{"500 "}}
			asked := 0
			service := serviceAt(t, aem.Config{
				BaseURL: "http://localhost", MaxAttempts: 3, HTTPClient: &http.Client{Transport: s}, Notify: func(aem.Event) { asked++ },
			})
			wantCause(t, tt.call(t.Context(), service), aem.CauseServerFault, "")
			if asked != tt.want {
				t.Errorf("%s: %d requests, want %d", name, asked, tt.want)
			}
		})
	}
}
