package forms

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
)

// The states of an execution. It succeeds when it has gone through all records, also if some of them failed.
const (
	statusProcessing = "PROCESSING"
	statusSuccess    = "SUCCESS"
	statusFailed     = "FAILED"
)

// batchState is an execution as the API has it. Times are seconds since 1970, -1 for what has not come.
type batchState struct {
	Name     string         `json:"configName"`
	ID       string         `json:"executionId"`
	Config   batchConfig    `json:"config"`
	Status   string         `json:"status"`
	Outputs  []outputStatus `json:"outputStatuses"`
	Records  int64          `json:"recordsCount"` // -1 until all are read
	Start    int64          `json:"startTime"`
	End      int64          `json:"endTime"`
	ErrorsOf *errorInfo     `json:"errorInfo,omitempty"`
}

// outputStatus is how far one kind of output has come. A PDF has no renderType; the API's own enumeration knows none.
type outputStatus struct {
	Type       string `json:"outputType"`
	RenderType string `json:"renderType,omitempty"`
	InProgress int64  `json:"inProgressCount"`
	Success    int64  `json:"successCount"`
	Failure    int64  `json:"failureCount"`
}

type errorInfo struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// execution is a run of a batch.
type execution struct {
	cancel context.CancelFunc

	mu    sync.Mutex
	state batchState
}

// snapshot returns a copy of the state.
func (e *execution) snapshot() batchState {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state
	s.Outputs = slices.Clone(s.Outputs)
	return s
}

func (e *execution) change(do func(*batchState)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	do(&e.state)
}

// output is one kind of output of an execution.
type output struct {
	folder string // below the destination
	make   func(g *rendering, data []byte, now time.Time) (produced, error)
	status outputStatus
	g      *rendering
}

// outputs returns what a configuration asks for.
func (b batchConfig) outputs() []output {
	var all []output
	if slices.Contains(b.OutputTypes, outputPDF) {
		all = append(all, output{folder: "pdf", status: outputStatus{Type: outputPDF}, make: (*rendering).pdf})
	}
	if !slices.Contains(b.OutputTypes, outputPrint) {
		return all
	}
	for _, p := range b.Printed {
		o := p.options()
		d, _ := o.device()
		all = append(all, output{
			folder: extensionOf(d.language), status: outputStatus{Type: outputPrint, RenderType: d.language},
			make: func(g *rendering, data []byte, now time.Time) (produced, error) { return g.print(data, o, now) },
		})
	}
	return all
}

// with returns the configuration with the members that another one has in the place of its own. The name stays.
func (b batchConfig) with(o batchConfig) batchConfig {
	b.DataSource, b.Template = cmp.Or(o.DataSource, b.DataSource), cmp.Or(o.Template, b.Template)
	b.XCI, b.ContentRoot = cmp.Or(o.XCI, b.XCI), cmp.Or(o.ContentRoot, b.ContentRoot)
	b.PDF = cmp.Or(o.PDF, b.PDF)
	if o.OutputTypes != nil {
		b.OutputTypes = o.OutputTypes
	}
	if o.Printed != nil {
		b.Printed = o.Printed
	}
	return b
}

// startExecution starts a batch, with members of its configuration replaced by those in the body.
func (c *call) startExecution() *failure {
	stored, f := c.config()
	if f != nil {
		return f
	}
	var request struct {
		Config batchConfig `json:"config,omitzero"`
	}
	if f := c.readBatchJSON(&request); f != nil {
		return f
	}
	config := stored.with(request.Config)
	if f := config.check(); f != nil {
		return f
	}
	if c.batchDir == "" {
		return badRequest("no_storage", "no batch data store is configured: start the emulator with --batch-dir DIR, the folder that stands for the cloud storage")
	}
	id := newExecutionID()
	store, err := openStorage(c.batchDir, config.DataSource, id)
	if err != nil {
		return badRequest("data_source", err.Error())
	}
	config.Source = map[string]string{"cloudConfigPath": config.DataSource}
	ctx, e, f := c.enlist(config, id)
	if f != nil {
		_ = store.close()
		return f
	}
	h := c.w.Header()
	h.Set("Location", c.configURL(config.Name)+"/execution/"+id)
	h.Set("Content-Length", "0")
	c.launch(ctx, e, store)
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}

func newExecutionID() string {
	var id [12]byte
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// enlist adds an execution to its configuration. Its context ends with the configuration, the server, and the execution.
func (c *call) enlist(config batchConfig, id string) (context.Context, *execution, *failure) {
	ctx, cancel := context.WithCancel(c.ending)
	e := &execution{cancel: cancel, state: batchState{
		Name: config.Name, ID: id, Config: config, Status: statusProcessing, Records: -1,
		Start: c.now().Unix(), End: -1,
	}}
	for _, o := range config.outputs() {
		e.state.Outputs = append(e.state.Outputs, o.status)
	}
	c.batches.mu.Lock()
	defer c.batches.mu.Unlock()
	found, ok := c.batches.of(c.caller.Instance)[config.Name]
	switch {
	case !ok:
		cancel()
		return nil, nil, c.errNoConfig()
	case c.batches.running >= maxRunning:
		cancel()
		return nil, nil, &failure{status: http.StatusServiceUnavailable, code: "busy", text: fmt.Sprintf("there are %d executions running", maxRunning), retry: 1}
	}
	c.batches.running++
	found.executions = append(found.executions, e)
	if len(found.executions) > maxExecutions {
		found.executions[0].cancel()
		found.executions = slices.Delete(found.executions, 0, 1)
	}
	return ctx, e, nil
}

// launch runs an execution beside the request.
func (c *call) launch(ctx context.Context, e *execution, store *storage) {
	finish := func(err error) {
		e.cancel()
		_ = store.close()
		c.batches.mu.Lock()
		c.batches.running--
		c.batches.mu.Unlock()
		e.change(func(s *batchState) { s.end(err, c.now()) })
	}
	if !c.begin(func() { finish(c.run(ctx, e, store)) }) {
		finish(errEnding)
	}
}

// end says how an execution ended.
func (s *batchState) end(err error, now time.Time) {
	s.Status, s.End = statusSuccess, now.Unix()
	for i := range s.Outputs {
		s.Outputs[i].InProgress = 0
	}
	if err == nil {
		return
	}
	f := failureOf(err)
	if errors.Is(err, context.Canceled) {
		f = &failure{code: "canceled", text: "the execution was ended before it was done"}
	}
	s.Status, s.ErrorsOf = statusFailed, &errorInfo{f.code, f.text}
}

// run makes all documents of an execution. Its error is what keeps the whole from being made.
func (c *call) run(ctx context.Context, e *execution, store *storage) error {
	config := e.snapshot().Config
	outputs, err := c.prepareOutputs(ctx, config)
	if err != nil {
		return err
	}
	records, err := store.records()
	if err != nil {
		return err
	}
	e.change(func(s *batchState) { s.Records = int64(len(records)) })
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	next := make(chan string)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(records)) {
		workers.Go(func() {
			for record := range next {
				for i, o := range outputs {
					if err := c.runRecord(ctx, e, store, record, i, o); err != nil {
						abort(err)
					}
				}
			}
		})
	}
	for _, record := range records {
		select {
		case next <- record:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	workers.Wait()
	return errors.Join(context.Cause(ctx), store.finish())
}

// prepareOutputs reads the template for each kind of output.
func (c *call) prepareOutputs(ctx context.Context, config batchConfig) ([]output, error) {
	root, f := rootOf(config.ContentRoot, config.Template)
	if f != nil {
		return nil, &failureError{f}
	}
	from := source{server: c.Server, ctx: ctx, instance: c.caller.Instance, root: root}
	template, err := from.read(config.Template)
	if err != nil {
		return nil, err
	}
	var xci []byte
	if config.XCI != "" {
		if xci, err = from.read(config.XCI); err != nil {
			return nil, err
		}
	}
	outputs := config.outputs()
	printed := 0
	for i := range outputs {
		g := &rendering{source: from, template: template, base: baseName(config.Template)}
		if xci != nil {
			if err := g.configure(xci); err != nil {
				return nil, &failureError{badRequest("xci", "the XCI configuration: "+err.Error())}
			}
		}
		if outputs[i].status.Type == outputPDF {
			o := config.PDF.options()
			g.locale, g.notes = o.Locale, append(g.notes, o.apply(&g.settings)...)
		} else {
			g.locale = config.Printed[printed].Locale
			printed++
		}
		if _, err := work(ctx, c.Server, func() (struct{}, error) { return struct{}{}, g.prepare() }); err != nil {
			return nil, err
		}
		outputs[i].g = g
	}
	return outputs, nil
}

// runRecord makes one document of a record. Its error says that the storage does not even take why there is none.
func (c *call) runRecord(ctx context.Context, e *execution, store *storage, record string, i int, o output) error {
	if ctx.Err() != nil {
		return nil
	}
	e.change(func(s *batchState) { s.Outputs[i].InProgress++ })
	made, err := work(ctx, c.Server, func() (produced, error) {
		data, err := store.read(record)
		if err != nil {
			return produced{}, err
		}
		return o.make(o.g, data, c.now())
	})
	if err == nil {
		err = store.succeed(o.folder, record, made)
	}
	if ctx.Err() != nil && err != nil {
		return nil
	}
	var broken error
	if err == nil {
		c.keep(made, record+"."+made.extension, o.g.base)
	} else {
		broken = store.fail(o.folder, record, failureOf(err).text)
	}
	e.change(func(s *batchState) {
		s.Outputs[i].InProgress--
		if err == nil {
			s.Outputs[i].Success++
		} else {
			s.Outputs[i].Failure++
		}
	})
	return broken
}

// states returns the states of all executions of the configuration that the path names, the oldest first.
func (c *call) states() ([]batchState, *failure) {
	c.batches.mu.Lock()
	defer c.batches.mu.Unlock()
	found, ok := c.batches.of(c.caller.Instance)[c.names["configName"]]
	if !ok {
		return nil, c.errNoConfig()
	}
	all := []batchState{}
	for _, e := range found.executions {
		all = append(all, e.snapshot())
	}
	return all, nil
}

func (c *call) getExecution() *failure {
	all, f := c.states()
	if f != nil {
		return f
	}
	for _, s := range all {
		if s.ID == c.names["executionId"] {
			return c.sendJSON(s)
		}
	}
	return notFound(fmt.Sprintf("the configuration %q has no execution %q", short(c.names["configName"]), short(c.names["executionId"])))
}

func (c *call) listExecutions() *failure {
	all, f := c.states()
	if f != nil {
		return f
	}
	return c.sendJSON(map[string]any{"data": all})
}
