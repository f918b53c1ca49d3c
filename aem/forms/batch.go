package forms

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/aem"
)

// pathBatch is the path of batch output. It is served by the author tier only.
const pathBatch = "/adobe/forms/batch/output"

const (
	opCreateConfig = "create batch configuration"
	opGetConfig    = "get batch configuration"
	opUpdateConfig = "update batch configuration"
	opDeleteConfig = "delete batch configuration"
	opListConfigs  = "list batch configurations"
	opStart        = "start batch"
	opExecution    = "get batch execution"
	opExecutions   = "list batch executions"
)

// OutputType is what a batch makes.
type OutputType string

// The output types.
const (
	OutputPDF   OutputType = "PDF"
	OutputPrint OutputType = "PRINT"
)

// Values returns the documented values.
func (OutputType) Values() []string { return texts(OutputPDF, OutputPrint) }

// BatchConfig is a batch configuration: from where, with what, to what.
type BatchConfig struct {
	// Name is the unique name. Required.
	Name string `json:"configName,omitzero"`
	// DataSourceConfigURI is the repository path of the data source configuration, such as
	// "/conf/global/settings/forms/usc/batch/invoices". Required.
	DataSourceConfigURI string `json:"dataSourceConfigUri,omitzero"`
	// OutputTypes are what is made. Required.
	OutputTypes []OutputType `json:"outputTypes,omitempty"`
	// Template is the repository path of the template; a relative one needs ContentRoot. Required.
	Template string `json:"template,omitzero"`
	// ContentRoot is the repository folder of what Template and its parts are relative to.
	ContentRoot string `json:"contentRoot,omitzero"`
	// XCI is a configuration of the rendering engine.
	XCI string `json:"xci,omitzero"`
	// PDFOptions are the options of PDF output, without a content root; nil means the defaults.
	PDFOptions *PDFOptions `json:"pdfOutputOptions,omitzero"`
	// PrintOptions are the options of printed output, one for each printer language. PRINT needs at least one.
	PrintOptions []PrintOptions `json:"printedOutputOptionsList,omitempty"`
	// DataSource is the data source of a run, as an answer tells it. It is not sent.
	DataSource map[string]any `json:"dataSource,omitempty"`
}

// check returns what is wrong with c, or "". Overrides of a run need not be complete.
func (c BatchConfig) check(complete bool) string {
	var problem string
	if complete {
		problem = c.missing()
	}
	for _, t := range c.OutputTypes {
		problem = firstProblem(problem, unlisted("outputTypes", t))
	}
	if o := c.PDFOptions; o != nil {
		if o.ContentRoot != "" {
			problem = firstProblem(problem, "pdfOutputOptions has a contentRoot, which belongs to the configuration itself")
		}
		problem = firstProblem(problem, unlisted("pdfOutputOptions.acrobatVersion", o.AcrobatVersion))
	}
	for _, o := range c.PrintOptions {
		if o.ContentRoot != "" {
			problem = firstProblem(problem, "printedOutputOptionsList has a contentRoot, which belongs to the configuration itself")
		}
		if p := o.check(); p != "" {
			problem = firstProblem(problem, "printedOutputOptionsList: "+p)
		}
	}
	return problem
}

// missing names a required member that is not there.
func (c BatchConfig) missing() string {
	for _, m := range []struct {
		name  string
		empty bool
	}{
		{"configName", c.Name == ""},
		{"dataSourceConfigUri", c.DataSourceConfigURI == ""},
		{"outputTypes", len(c.OutputTypes) == 0},
		{"template", c.Template == ""},
		{"printedOutputOptionsList, which PRINT needs", slices.Contains(c.OutputTypes, OutputPrint) && len(c.PrintOptions) == 0},
	} {
		if m.empty {
			return "there is no " + m.name
		}
	}
	return ""
}

// batchRequest returns a request below pathBatch. A name is one segment of the path.
func batchRequest(op, method string, segments ...string) (aem.Request, error) {
	path := pathBatch
	for _, s := range segments {
		if s == "" || s == "." || s == ".." {
			return aem.Request{}, invalid(op, "the name %s cannot be part of a path", quoted(s))
		}
		path += "/" + url.PathEscape(s)
	}
	return aem.Request{Op: op, Method: method, Path: path, Header: http.Header{"Accept": {typeJSON}}}, nil
}

// withConfig adds c as the body.
func withConfig(req aem.Request, c BatchConfig) (aem.Request, error) {
	if problem := c.check(true); problem != "" {
		return aem.Request{}, invalid(req.Op, "%s", problem)
	}
	c.DataSource = nil
	body, err := aem.JSONBody(c)
	if err != nil {
		return aem.Request{}, invalid(req.Op, "%v", err)
	}
	req.Body = body
	return req, nil
}

// CreateConfig creates a batch configuration and returns its place, as the service names it. A name that is taken is
// [aem.CauseConflict]. The request is sent once: whether it arrived before a connection broke cannot be known.
func (s *Service) CreateConfig(ctx context.Context, c BatchConfig) (location string, err error) {
	req, err := batchRequest(opCreateConfig, http.MethodPost, "config")
	if err == nil {
		req, err = withConfig(req, c)
	}
	if err != nil {
		return "", err
	}
	return s.location(ctx, req)
}

// location sends a request that is answered by a place.
func (s *Service) location(ctx context.Context, req aem.Request) (string, error) {
	resp, err := s.client.Do(ctx, req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	location := resp.Header.Get("Location")
	if location != "" {
		return location, nil
	}
	head := make([]byte, peeked)
	n, _ := io.ReadFull(resp.Body, head)
	if isPage(resp.ContentType(), head[:n]) {
		return "", resp.Malformed("the answer is an HTML page where a Location was asked for")
	}
	return "", nil
}

// Config returns a batch configuration.
func (s *Service) Config(ctx context.Context, name string) (BatchConfig, error) {
	req, err := batchRequest(opGetConfig, http.MethodGet, "config", name)
	return s.config(ctx, req, err)
}

// UpdateConfig replaces the batch configuration of c's name and returns it as the service has it then.
func (s *Service) UpdateConfig(ctx context.Context, c BatchConfig) (BatchConfig, error) {
	req, err := batchRequest(opUpdateConfig, http.MethodPut, "config", c.Name)
	if err == nil {
		req.Repeatable = true
		req, err = withConfig(req, c)
	}
	return s.config(ctx, req, err)
}

// DeleteConfig deletes a batch configuration and returns what it was. The request is sent once.
func (s *Service) DeleteConfig(ctx context.Context, name string) (BatchConfig, error) {
	req, err := batchRequest(opDeleteConfig, http.MethodDelete, "config", name)
	return s.config(ctx, req, err)
}

func (s *Service) config(ctx context.Context, req aem.Request, err error) (BatchConfig, error) {
	if err != nil {
		return BatchConfig{}, err
	}
	var c BatchConfig
	err = s.getJSON(ctx, req, &c, func() string {
		if c.Name == "" {
			return "configName"
		}
		return ""
	})
	if err != nil {
		return BatchConfig{}, err
	}
	return c, nil
}

// list is how the service answers with several things.
type list[T any] struct {
	Data *[]T `json:"data"`
}

func (l *list[T]) lacking() string {
	if l.Data == nil {
		return "data"
	}
	return ""
}

// Configs returns all batch configurations.
func (s *Service) Configs(ctx context.Context) ([]BatchConfig, error) {
	req, err := batchRequest(opListConfigs, http.MethodGet, "configs")
	if err != nil {
		return nil, err
	}
	var l list[BatchConfig]
	if err := s.getJSON(ctx, req, &l, l.lacking); err != nil {
		return nil, err
	}
	return *l.Data, nil
}

// Start starts a run of a batch configuration and returns the run's execution ID, which is the last element of the place
// that the service names. overrides replace members of the configuration for this run; nil means none. The request is
// sent once: whether it arrived before a connection broke cannot be known.
func (s *Service) Start(ctx context.Context, name string, overrides *BatchConfig) (executionID string, err error) {
	req, err := batchRequest(opStart, http.MethodPost, "config", name, "execution")
	if err != nil {
		return "", err
	}
	start := struct {
		Config *BatchConfig `json:"config,omitzero"`
	}{}
	if overrides != nil {
		if problem := overrides.check(false); problem != "" {
			return "", invalid(opStart, "%s", problem)
		}
		c := *overrides
		c.DataSource = nil
		start.Config = &c
	}
	if req.Body, err = aem.JSONBody(start); err != nil {
		return "", invalid(opStart, "%v", err)
	}
	location, err := s.location(ctx, req)
	if err != nil {
		return "", err
	}
	executionID = lastSegment(location)
	if executionID == "" {
		return "", &aem.Error{
			Op: opStart, Cause: aem.CauseMalformedAnswer, Description: "the answer does not say what the run is called; it may run all the same",
		}
	}
	return executionID, nil
}

// lastSegment returns the last element of a URL's path, or "" if there is none.
func lastSegment(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	segment, err := url.PathUnescape(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		return ""
	}
	return segment
}

// BatchStatus is how far a run is. A service may give others than the documented ones.
type BatchStatus string

// The states of a run.
const (
	BatchProcessing BatchStatus = "PROCESSING"
	BatchSuccess    BatchStatus = "SUCCESS"
	BatchFailed     BatchStatus = "FAILED"
)

// Values returns the documented values.
func (BatchStatus) Values() []string { return texts(BatchProcessing, BatchSuccess, BatchFailed) }

// Over reports whether a run in this state has ended.
func (s BatchStatus) Over() bool { return s == BatchSuccess || s == BatchFailed }

// BatchState is the state of a run.
type BatchState struct {
	// ConfigName and ExecutionID name the run.
	ConfigName  string `json:"configName"`
	ExecutionID string `json:"executionId"`
	// Config is the configuration that the run uses; nil if the answer has none.
	Config *BatchConfig `json:"config,omitzero"`
	// Status is how far the run is.
	Status BatchStatus `json:"status"`
	// Outputs are the counts of each kind of output.
	Outputs []OutputStatus `json:"outputStatuses"`
	// Records is the number of records; -1 until all have been read.
	Records int64 `json:"recordsCount"`
	// Start and End are when the run began and ended; zero if it has not.
	Start time.Time `json:"startTime,omitzero"`
	End   time.Time `json:"endTime,omitzero"`
	// Failure is why the run failed; nil if it did not.
	Failure *BatchFailure `json:"errorInfo,omitzero"`
}

// OutputStatus are the counts of one kind of output.
type OutputStatus struct {
	OutputType OutputType `json:"outputType"`
	RenderType RenderType `json:"renderType"` // of printed output
	InProgress int64      `json:"inProgressCount"`
	Success    int64      `json:"successCount"`
	Failure    int64      `json:"failureCount"`
}

// BatchFailure is why a run failed, in the service's own words.
type BatchFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// UnmarshalJSON reads a state as the API writes it: the times are numbers of seconds since 1970, and -1 for none. Numbers
// that would lie thousands of years ahead are taken as milliseconds. Times as text (RFC 3339), which MarshalJSON of this
// type writes, are read, too.
func (s *BatchState) UnmarshalJSON(data []byte) error {
	type plain BatchState
	wire := struct {
		*plain

		Start instant `json:"startTime"`
		End   instant `json:"endTime"`
	}{plain: (*plain)(s)}
	s.Records = -1
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	s.Start, s.End = time.Time(wire.Start), time.Time(wire.End)
	return nil
}

// instant is a time on the wire.
type instant time.Time

// firstMillis is the first number that is taken as milliseconds: as seconds it is the year 5138.
const firstMillis = 100_000_000_000

func (i *instant) UnmarshalJSON(data []byte) error {
	*i = instant{}
	var n *int64
	if err := json.Unmarshal(data, &n); err != nil {
		var t time.Time
		if json.Unmarshal(data, &t) != nil {
			return err
		}
		*i = instant(t)
		return nil
	}
	switch {
	case n == nil || *n <= 0:
	case *n >= firstMillis:
		*i = instant(time.UnixMilli(*n))
	default:
		*i = instant(time.Unix(*n, 0))
	}
	return nil
}

// Execution returns the state of a run.
func (s *Service) Execution(ctx context.Context, configName, executionID string) (BatchState, error) {
	req, err := batchRequest(opExecution, http.MethodGet, "config", configName, "execution", executionID)
	if err != nil {
		return BatchState{}, err
	}
	var state BatchState
	err = s.getJSON(ctx, req, &state, func() string {
		if state.Status == "" {
			return "status"
		}
		return ""
	})
	if err != nil {
		return BatchState{}, err
	}
	return state, nil
}

// Executions returns the states of all runs of a batch configuration.
func (s *Service) Executions(ctx context.Context, configName string) ([]BatchState, error) {
	req, err := batchRequest(opExecutions, http.MethodGet, "config", configName, "executions")
	if err != nil {
		return nil, err
	}
	var l list[BatchState]
	if err := s.getJSON(ctx, req, &l, l.lacking); err != nil {
		return nil, err
	}
	return *l.Data, nil
}
