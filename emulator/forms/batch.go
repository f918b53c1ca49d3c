package forms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/imsx/imsx/emulator/aem"
)

// The bounds of batches.
const (
	maxConfigs    = 1000
	maxExecutions = 100     // of a configuration, the oldest go first
	maxRunning    = 16      // executions of all configurations
	maxBatchBody  = 1 << 20 // bytes of a body
	maxLabel      = 255     // bytes of a configuration's name
)

// batchConfig is a configuration as the API has it.
type batchConfig struct {
	Name        string               `json:"configName,omitempty"`
	DataSource  string               `json:"dataSourceConfigUri,omitempty"`
	Source      map[string]string    `json:"dataSource,omitempty"` // in answers only
	OutputTypes []string             `json:"outputTypes,omitempty"`
	Template    string               `json:"template,omitempty"`
	XCI         string               `json:"xci,omitempty"`
	ContentRoot string               `json:"contentRoot,omitempty"`
	PDF         *batchPDFOptions     `json:"pdfOutputOptions,omitempty"`
	Printed     []*batchPrintOptions `json:"printedOutputOptionsList,omitempty"`
}

// batchPDFOptions are those of generatePDFOutput without the contentRoot.
type batchPDFOptions struct {
	Locale              string `json:"locale,omitempty"`
	EmbedFonts          *bool  `json:"embedFonts,omitempty"`
	Tagged              *bool  `json:"isTagged,omitempty"`
	Linearized          *bool  `json:"linearizedPDF,omitempty"`
	RetainFormState     *bool  `json:"retainFormState,omitempty"`
	RetainUnsignedField *bool  `json:"retainUnsignedSignatureFields,omitempty"`
	AcrobatVersion      string `json:"acrobatVersion,omitempty"`
}

// options returns the options as those of generatePDFOutput.
func (o *batchPDFOptions) options() pdfOptions {
	if o == nil {
		return pdfOptions{}
	}
	return pdfOptions{
		Locale: o.Locale, EmbedFonts: o.EmbedFonts, Tagged: o.Tagged, Linearized: o.Linearized,
		RetainFormState: o.RetainFormState, RetainUnsignedField: o.RetainUnsignedField, AcrobatVersion: o.AcrobatVersion,
	}
}

// batchPrintOptions are those of generatePrintedOutput without the contentRoot.
type batchPrintOptions struct {
	Locale     string       `json:"locale,omitempty"`
	Copies     *int         `json:"copies,omitempty"`
	Pagination string       `json:"paginationOverride,omitempty"`
	Config     *printConfig `json:"printConfig,omitempty"`
}

func (o batchPrintOptions) options() printOptions {
	return printOptions{Locale: o.Locale, Copies: o.Copies, Pagination: o.Pagination, Config: o.Config}
}

// The types of output.
const (
	outputPDF   = "PDF"
	outputPrint = "PRINT"
)

// check refuses a configuration that cannot be run.
func (b batchConfig) check() *failure {
	for _, member := range []struct{ name, value string }{
		{"configName", b.Name}, {"dataSourceConfigUri", b.DataSource}, {"template", b.Template},
	} {
		if member.value == "" {
			return badRequest("config", member.name+" is missing or empty")
		}
	}
	if len(b.OutputTypes) == 0 {
		return badRequest("config", "outputTypes is missing or empty")
	}
	for _, t := range b.OutputTypes {
		if t != outputPDF && t != outputPrint {
			return badRequest("config", fmt.Sprintf("outputTypes has %q, and can have PDF and PRINT", short(t)))
		}
	}
	if f := checkConfigName(b.Name); f != nil {
		return f
	}
	if slices.Contains(b.OutputTypes, outputPrint) && len(b.Printed) == 0 {
		return badRequest("config", "outputTypes has PRINT, and printedOutputOptionsList is missing or empty")
	}
	var languages []string
	for _, o := range b.Printed {
		if f := o.options().check(); f != nil {
			return f
		}
		d, _ := o.options().device()
		if slices.Contains(languages, d.language) {
			return badRequest("config", "printedOutputOptionsList has the renderType "+d.language+" twice")
		}
		languages = append(languages, d.language)
	}
	_, f := rootOf(b.ContentRoot, b.Template)
	return cmp.Or(f, b.PDF.options().check())
}

// checkConfigName refuses what cannot stand in a path.
func checkConfigName(name string) *failure {
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?#%:[]|*"`, r) }
	if len(name) > maxLabel || name == "." || name == ".." || strings.ContainsFunc(name, odd) {
		return badRequest("config", fmt.Sprintf("the configName %q is too long or has a blank, a slash or another special character in it", short(name)))
	}
	return nil
}

// configured is a configuration with its executions, the oldest first.
type configured struct {
	config     batchConfig
	executions []*execution
}

// batches are the configurations of all authors.
type batches struct {
	mu      sync.Mutex
	configs map[*aem.Instance]map[string]*configured
	running int
}

// reset ends what runs and forgets all.
func (b *batches) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, byName := range b.configs {
		for _, c := range byName {
			c.cancel()
		}
	}
	b.configs = nil
}

func (c *configured) cancel() {
	for _, e := range c.executions {
		e.cancel()
	}
}

// of returns the configurations of a host. The mutex is held.
func (b *batches) of(i *aem.Instance) map[string]*configured {
	if b.configs == nil {
		b.configs = map[*aem.Instance]map[string]*configured{}
	}
	if b.configs[i] == nil {
		b.configs[i] = map[string]*configured{}
	}
	return b.configs[i]
}

// readBatchJSON reads a body that is a JSON object.
func (c *call) readBatchJSON(v any) *failure {
	mediaType, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return &failure{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", text: "the body must be application/json"}
	}
	content, err := io.ReadAll(io.LimitReader(c.r.Body, maxBatchBody+1))
	if err != nil {
		return badRequest("malformed_body", "the body cannot be read")
	}
	if len(content) > maxBatchBody {
		return &failure{status: http.StatusRequestEntityTooLarge, code: "too_large", text: fmt.Sprintf("the body has more than %d bytes", maxBatchBody)}
	}
	ignored, err := decodeJSON(content, v)
	if err != nil {
		return badRequest("malformed_body", "the body: "+err.Error())
	}
	for _, name := range ignored {
		c.record.Field("ignored member", name)
	}
	return nil
}

// readConfig reads a configuration. What only answers have is dropped.
func (c *call) readConfig() (batchConfig, *failure) {
	var b batchConfig
	if f := c.readBatchJSON(&b); f != nil {
		return b, f
	}
	b.Source = nil
	return b, b.check()
}

// createConfig adds a configuration.
func (c *call) createConfig() *failure {
	b, f := c.readConfig()
	if f != nil {
		return f
	}
	c.batches.mu.Lock()
	all := c.batches.of(c.caller.Instance)
	_, exists := all[b.Name]
	full := len(all) >= maxConfigs
	if !exists && !full {
		all[b.Name] = &configured{config: b}
	}
	c.batches.mu.Unlock()
	switch {
	case exists:
		return &failure{status: http.StatusConflict, code: "exists", text: fmt.Sprintf("there is a configuration %q already", short(b.Name))}
	case full:
		return badRequest("config", fmt.Sprintf("there are %d configurations already", maxConfigs))
	}
	h := c.w.Header()
	h.Set("Location", c.configURL(b.Name))
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

func (c *call) configURL(name string) string {
	return c.origin() + batchPath + "config/" + url.PathEscape(name)
}

// errNoConfig is the answer about a configuration that is not there.
func (c *call) errNoConfig() *failure {
	return notFound(fmt.Sprintf("there is no configuration %q", short(c.names["configName"])))
}

// config returns the configuration that the path names.
func (c *call) config() (batchConfig, *failure) {
	c.batches.mu.Lock()
	defer c.batches.mu.Unlock()
	found, ok := c.batches.of(c.caller.Instance)[c.names["configName"]]
	if !ok {
		return batchConfig{}, c.errNoConfig()
	}
	return found.config, nil
}

func (c *call) getConfig() *failure {
	b, f := c.config()
	if f != nil {
		return f
	}
	return c.sendJSON(b)
}

// updateConfig replaces a configuration, whose name stays.
func (c *call) updateConfig() *failure {
	if _, f := c.config(); f != nil {
		return f
	}
	b, f := c.readConfig()
	if f != nil {
		return f
	}
	if b.Name != c.names["configName"] {
		return badRequest("config", fmt.Sprintf("the configName %q is not that of the path; it cannot be changed", short(b.Name)))
	}
	c.batches.mu.Lock()
	found, ok := c.batches.of(c.caller.Instance)[b.Name]
	if ok {
		found.config = b
	}
	c.batches.mu.Unlock()
	if !ok {
		return c.errNoConfig()
	}
	return c.sendJSON(b)
}

// deleteConfig removes a configuration and ends its executions.
func (c *call) deleteConfig() *failure {
	name := c.names["configName"]
	c.batches.mu.Lock()
	all := c.batches.of(c.caller.Instance)
	found, ok := all[name]
	if ok {
		delete(all, name)
		found.cancel()
	}
	c.batches.mu.Unlock()
	if !ok {
		return c.errNoConfig()
	}
	return c.sendJSON(found.config)
}

func (c *call) listConfigs() *failure {
	data := []batchConfig{}
	c.batches.mu.Lock()
	for _, found := range c.batches.of(c.caller.Instance) {
		data = append(data, found.config)
	}
	c.batches.mu.Unlock()
	slices.SortFunc(data, func(a, b batchConfig) int { return strings.Compare(a.Name, b.Name) })
	return c.sendJSON(map[string]any{"data": data})
}

func (c *call) sendJSON(v any) *failure {
	text, err := json.Marshal(v)
	if err != nil {
		return internal(err.Error())
	}
	c.send("application/json", text)
	return nil
}
