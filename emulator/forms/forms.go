// Package forms plays the Communications APIs of AEM Forms as a Cloud Service: it generates documents from templates and
// data, assembles and protects PDF documents, and runs batches with a folder as the storage. It is not for production.
//
// Start with [New], and mount what it returns in an emulated AEM, which checks the callers:
//
//	f, err := forms.New(forms.Config{Clock: &c})
//	...
//	defer f.Close()
//	a, err := aem.New(aem.Config{Clock: &c, Verify: verify, Mount: f.Mount(), Assets: forms.Samples()})
//
// The engines are packages below this one; here are the requests and answers: parts, options, references, the four forms
// of errors ([aem.FormsError]), what runs at a time, batches, and the latest documents for a person to look at.
//
// # Requests
//
// A request is taken as Adobe's OpenAPI files describe it, with what clients are known to send besides: parts of type
// application/octet-stream or without a type. Members of options that are not known are ignored and named in the journal;
// a value of another type or out of its enumeration is refused with 400.
//
// # Limits
//
// A request has at most [MaxParts] parts and [MaxRequest] bytes; all requests that are served at a time have 256 MiB
// together, and a further one gets 503. As many documents are made at a time as there are processors; the others wait.
// What takes longer than [Config.Timeout] gets 408.
//
// # Trust
//
// Everything in a request is taken as hostile. A reference leads to the repository of the host that was asked, or by HTTP
// to loopback and nowhere else; it is not followed to the emulator's own control API. Batches read and write below
// [Config.BatchDir] only.
package forms

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/clock"
	"github.com/imsx/imsx/emulator/forms/assure"
)

// The limits of a request.
const (
	MaxParts   = 100
	MaxRequest = 64 << 20 // bytes of the body
)

// maxBusy bounds the bytes of all requests that are served at a time.
const maxBusy = 256 << 20

// Config configures a [Server]. The zero value is good.
type Config struct {
	// Clock tells the time, which the documents carry. Nil means the machine's.
	Clock *clock.Clock
	// Credential returns what signs documents, for every alias. It is called when it is first needed, once. Nil means that
	// signing is answered with 500.
	Credential func() (assure.Credential, error)
	// BatchDir is the folder that stands for the cloud storage of batches. Empty means that there is none: batches can be
	// configured, and starting one fails.
	BatchDir string
	// Timeout is how long the making of a document may take. 0 means 20 seconds.
	Timeout time.Duration
	// HTTPClient fetches references by HTTP, from loopback only. Nil means one with the machine's trust. Redirects are not
	// followed in either case.
	HTTPClient *http.Client
	// Logger gets warnings, without content of documents. Nil means silence.
	Logger *slog.Logger
}

func (c Config) clock() *clock.Clock {
	if c.Clock == nil {
		return new(clock.Clock)
	}
	return c.Clock
}

func (c Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return 20 * time.Second
	}
	return c.Timeout
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// credential returns a function that asks for the credential once.
func (c Config) credential() func() (assure.Credential, error) {
	if c.Credential == nil {
		return func() (assure.Credential, error) {
			return assure.Credential{}, errors.New("the emulator has no credential to sign with")
		}
	}
	return sync.OnceValues(c.Credential)
}

// Server is the Forms services of all hosts. All methods are safe for concurrent use. It has goroutines, which
// [Server.Close] ends.
type Server struct {
	clock      *clock.Clock
	credential func() (assure.Credential, error)
	batchDir   string
	timeout    time.Duration
	client     *http.Client
	logger     *slog.Logger

	slots   chan struct{} // one for each document that is being made
	busy    atomic.Int64  // bytes of the requests that are served
	life    sync.Mutex    // held to begin, and to close
	working sync.WaitGroup
	ending  context.Context
	end     context.CancelFunc

	gallery gallery
	results results
	batches batches
}

// New returns a server. It fails if a value of cfg is out of its bounds.
func New(cfg Config) (*Server, error) {
	if cfg.Timeout < 0 {
		return nil, errors.New("the timeout of the Forms services is negative")
	}
	s := &Server{
		clock: cfg.clock(), credential: cfg.credential(), batchDir: cfg.BatchDir, timeout: cfg.timeout(),
		client: loopbackClient(cfg.HTTPClient), logger: cfg.logger(), slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	s.ending, s.end = context.WithCancel(context.Background())
	s.gallery.changed = make(chan struct{})
	return s, nil
}

// Mount returns what an emulated AEM calls for the paths of the Forms services.
func (s *Server) Mount() *aem.Mount { return &aem.Mount{Route: Route, Serve: s.serve} }

// Close ends the batches that run, which fail, and waits for the documents that are being made. Requests that come later
// get 500.
func (s *Server) Close() {
	s.life.Lock()
	s.end()
	s.life.Unlock()
	s.working.Wait()
	s.client.CloseIdleConnections()
}

// Reset forgets all documents, results and batch configurations, and ends the batches that run. Files of batches stay.
func (s *Server) Reset() {
	s.batches.reset()
	s.results.reset()
	s.gallery.reset()
}
