package forms

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms/assure"
	"github.com/imsx/imsx/emulator/forms/ddx"
	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/pdfa"
	"github.com/imsx/imsx/emulator/forms/printer"
	"github.com/imsx/imsx/emulator/forms/xfa"
	"github.com/imsx/imsx/emulator/journal"
)

// call is one request.
type call struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	caller aem.Caller
	record *journal.Record
	names  map[string]string // what stands in the path for the names in braces
	op     operation
	held   int64 // bytes of the request that are kept
}

func newCall(s *Server, w http.ResponseWriter, r *http.Request, caller aem.Caller) *call {
	return &call{Server: s, w: w, r: r, caller: caller, record: journal.From(r.Context())}
}

// failure is an error answer.
type failure struct {
	status int
	code   string
	text   string
	log    string // of a job of the assembler
	allow  string
	retry  int // seconds, for the header Retry-After
}

func (f *failure) write(w http.ResponseWriter, r *http.Request) {
	if f.allow != "" {
		w.Header().Set("Allow", f.allow)
	}
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	aem.FormsError{Status: f.status, Code: f.code, Message: f.text, JobLog: f.log}.Write(w, r)
}

func badRequest(code, text string) *failure {
	return &failure{status: http.StatusBadRequest, code: code, text: text}
}

func notFound(text string) *failure {
	return &failure{status: http.StatusNotFound, code: "not_found", text: text}
}

func internal(text string) *failure {
	return &failure{status: http.StatusInternalServerError, code: "internal", text: text}
}

// handle finds the operation and serves it.
func (c *call) handle() *failure {
	rt, names, ok := find("/" + strings.Join(c.caller.Names, "/"))
	if !ok || rt.authorOnly && c.caller.Instance.Tier() != aem.Author {
		return notFound("there is no such service on the " + string(c.caller.Instance.Tier()) + " instance")
	}
	c.names = names
	if c.op, ok = rt.operation(c.r.Method); !ok {
		return &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed", allow: rt.allowed(), text: "the service takes " + rt.allowed()}
	}
	defer c.release()
	return c.op.serve(c)
}

// now is the emulator's time.
func (c *call) now() time.Time { return c.clock.Now() }

// failureOf says what an error of the making of a document means for the client: a request that was wrong, a time that was
// up, or a fault of the emulator's own.
func failureOf(err error) *failure {
	var (
		own      *failureError
		template *xfa.Error
		document *pdf.Error
		job      *ddx.Error
		secured  *assure.Error
		archived *pdfa.Error
		printed  *printer.Error
	)
	switch {
	case errors.As(err, &own):
		return own.failure
	case errors.Is(err, errTimeout):
		return &failure{status: http.StatusRequestTimeout, code: "timeout", text: errTimeout.Error()}
	case errors.Is(err, pdf.ErrPassword):
		return badRequest("password", pdf.ErrPassword.Error())
	case errors.As(err, &template):
		return badRequest("template", template.Error())
	case errors.As(err, &job) && job.Job:
		return &failure{status: http.StatusInternalServerError, code: "job_failed", text: job.Error()}
	case errors.As(err, &job):
		return badRequest("ddx", job.Error())
	case errors.As(err, &secured):
		return badRequest("document", secured.What)
	case errors.As(err, &archived):
		return badRequest("document", archived.What)
	case errors.As(err, &printed):
		return badRequest("print", printed.What)
	case errors.As(err, &document):
		return badRequest("document", document.What)
	}
	return internal(err.Error())
}

// failureError is a failure on its way through functions that return errors.
type failureError struct{ *failure }

func (f *failureError) Error() string { return f.text }

// send answers 200 with a whole body.
func (c *call) send(contentType string, body []byte) {
	h := c.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body)
	}
}
