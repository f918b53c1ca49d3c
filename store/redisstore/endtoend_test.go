//go:build unix

package redisstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/token"
	"github.com/imsx/imsx/tokencache"
)

// The tests of this file and of sealed_test.go use stores as programs do: by the library, against an emulator.

// places are where tokens can rest beyond a process. Each call of open gives a store as a further process has it.
var places = map[string]func(*testing.T) (open func() tokencache.Store){
	"redis": func(t *testing.T) func() tokencache.Store {
		server := redistest.Start(t)
		return func() tokencache.Store { return newStore(t, redisstore.Config{URL: server.URL()}) }
	},
	"files": func(t *testing.T) func() tokencache.Store {
		dir := t.TempDir()
		return func() tokencache.Store { return newFileStore(t, dir) }
	},
}

func newFileStore(t *testing.T, dir string) *filestore.Store {
	t.Helper()
	s, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newEmulator(t *testing.T) *emulatortest.Emulator {
	t.Helper()
	return emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
}

func openCredentials(t *testing.T, path string) *credentials.Credentials {
	t.Helper()
	set, err := credentials.Open(path, credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := set.Select("")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// process is a source as a process of its own would have it, and what it was told about the store.
type process struct {
	*imsx.Source
	t *testing.T

	mu     sync.Mutex
	events []string
}

func newProcess(t *testing.T, e *emulatortest.Emulator, path string, store tokencache.Store) *process {
	t.Helper()
	p := &process{t: t}
	src, err := imsx.New(imsx.Config{
		Credentials: openCredentials(t, path), HTTPClient: e.Client, Store: store, StoreTimeout: 10 * time.Second, Notify: p.note,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	p.Source = src
	return p
}

func (p *process) note(e tokencache.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Kind == tokencache.EventStoreFailed || e.Kind == tokencache.EventStoreRecovered {
		p.events = append(p.events, string(e.Kind))
	}
}

func (p *process) wantEvents(want ...tokencache.EventKind) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	got := strings.Join(p.events, " ")
	var text []string
	for _, k := range want {
		text = append(text, string(k))
	}
	if got != strings.Join(text, " ") {
		p.t.Errorf("told %q of the store, want %q", got, text)
	}
}

func (p *process) token() token.Token {
	p.t.Helper()
	tok, err := p.Token(p.t.Context())
	if err != nil {
		p.t.Fatalf("Token: %v", err)
	}
	return tok
}

// another drops the token and gets another one.
func (p *process) another() token.Token {
	p.t.Helper()
	_ = p.Invalidate(p.t.Context(), p.token()) // tells when the store cannot be had
	return p.token()
}

// wantShared asks two new processes: the second gets what the first one left.
func wantShared(t *testing.T, e *emulatortest.Emulator, open func() tokencache.Store) {
	t.Helper()
	first := newProcess(t, e, e.ServiceToken, open()).token()
	before := e.Tokens()
	second := newProcess(t, e, e.ServiceToken, open()).token()
	if !second.AccessToken.Equal(first.AccessToken) || second.Origin != token.OriginCache || e.Tokens() != before {
		t.Errorf("a further process has %v from %s, want %v from the cache", second.AccessToken, second.Origin, first.AccessToken)
	}
}

func TestProcessesShareOneExchange(t *testing.T) {
	for name, start := range places {
		t.Run(name, func(t *testing.T) {
			for kind, path := range map[string]func(*emulatortest.Emulator) string{
				"service account":  func(e *emulatortest.Emulator) string { return e.ServiceToken },
				"server to server": func(e *emulatortest.Emulator) string { return e.OAuthServerToServer },
			} {
				t.Run(kind, func(t *testing.T) {
					e, open := newEmulator(t), start(t)
					var processes []*process
					for range 20 {
						processes = append(processes, newProcess(t, e, path(e), open()))
					}
					tokens := askAll(processes)
					if len(tokens) != 1 || e.Tokens() != 1 {
						t.Errorf("%d processes have %d tokens, of %d that were issued; want one", len(processes), len(tokens), e.Tokens())
					}
				})
			}
		})
	}
}

// askAll asks all processes at once and returns the tokens that they have.
func askAll(processes []*process) map[string]int {
	var mu sync.Mutex
	tokens := map[string]int{}
	var callers sync.WaitGroup
	for _, p := range processes {
		callers.Go(func() {
			tok, err := p.Token(p.t.Context())
			if err != nil {
				p.t.Errorf("Token: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			tokens[tok.AccessToken.Reveal()]++
		})
	}
	callers.Wait()
	return tokens
}

// TestManyAtExpiry lets a day pass for the issuer, so that the token that rests ends soon, or has ended.
func TestManyAtExpiry(t *testing.T) {
	const lifetime = 24 * time.Hour
	tests := map[string]struct {
		left      time.Duration // of the token that rests, when the others begin
		exchanges int64
	}{
		"hours left":          {5 * time.Hour, 0},
		"in the last hour":    {30 * time.Minute, 1}, // beside the callers
		"in the last minute":  {40 * time.Second, 1},
		"over since a moment": {-time.Second, 1},
		"over since an hour":  {-time.Hour, 1},
	}
	for place, start := range places {
		for name, tt := range tests {
			t.Run(place+"/"+name, func(t *testing.T) {
				e, open := newEmulator(t), start(t)
				e.Clock().Set(tt.left - lifetime)
				old := newProcess(t, e, e.OAuthServerToServer, open()).token()
				e.Clock().Set(0)
				before := e.Tokens()
				var processes []*process
				for range 20 {
					processes = append(processes, newProcess(t, e, e.OAuthServerToServer, open()))
				}
				_ = askAll(processes)
				_ = askAll(processes) // those that have got the old token renew it beside their callers
				for _, p := range processes {
					eventually(t, "refreshes have ended", func() bool { return !p.Status().Refreshing })
				}
				tokens := askAll(processes)
				if got := e.Tokens() - before; got != tt.exchanges || len(tokens) != 1 {
					t.Errorf("%d exchanges and %d tokens, want %d and one", got, len(tokens), tt.exchanges)
				}
				if _, isOld := tokens[old.AccessToken.Reveal()]; isOld != (tt.exchanges == 0) {
					t.Errorf("the processes have the old token: %t", isOld)
				}
			})
		}
	}
}

func TestRedisGoesAway(t *testing.T) {
	e, server := newEmulator(t), redistest.Start(t)
	open := func() tokencache.Store { return newStore(t, redisstore.Config{URL: server.URL(), Timeout: bound}) }
	old := newProcess(t, e, e.ServiceToken, open())
	first := old.token()
	server.Stop()
	if tok := old.token(); !tok.AccessToken.Equal(first.AccessToken) {
		t.Error("a process lost its token with the server")
	}
	started := newProcess(t, e, e.ServiceToken, open())
	start := time.Now()
	started.token()
	if took := time.Since(start); took > 2*bound+tolerance {
		t.Errorf("the first token without the server took %v, want little more than %v", took, bound)
	}
	for range 3 {
		old.another()
		started.another()
	}
	for _, p := range []*process{old, started} {
		p.wantEvents(tokencache.EventStoreFailed)
	}
	server.Restart()
	for _, p := range []*process{old, started} {
		eventually(t, "the server is used again", func() bool {
			p.another()
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.events) > 1
		})
		p.another()
		p.wantEvents(tokencache.EventStoreFailed, tokencache.EventStoreRecovered)
	}
	wantShared(t, e, open)
}

func TestRedisWithWrongPassword(t *testing.T) {
	e, server := newEmulator(t), redistest.Start(t, "--requirepass", "the-right-password")
	open := func(password string) func() tokencache.Store {
		return func() tokencache.Store {
			return newStore(t, redisstore.Config{URL: server.URL(), Password: secret.New(password), Timeout: bound})
		}
	}
	p := newProcess(t, e, e.ServiceToken, open("a-wrong-password")())
	start := time.Now()
	p.token()
	if took := time.Since(start); took > 2*bound+tolerance {
		t.Errorf("the token took %v, want little more than %v", took, bound)
	}
	p.another()
	p.wantEvents(tokencache.EventStoreFailed)
	wantShared(t, e, open("the-right-password"))
}

// What is no entry is replaced, and is no failure of the store.
func TestAnotherTypeUnderTheKeyIsReplaced(t *testing.T) {
	e, server := newEmulator(t), redistest.Start(t)
	open := func() tokencache.Store { return newStore(t, redisstore.Config{URL: server.URL()}) }
	p := newProcess(t, e, e.ServiceToken, open())
	server.Do("LPUSH", "imsx:{"+p.Names()[0]+"}", "a list")
	p.token()
	p.wantEvents()
	before := e.Tokens()
	wantShared(t, e, open)
	if e.Tokens() != before {
		t.Error("the list was not replaced")
	}
}

// A store of files that cannot be used is told once, and used again when it can be.
func TestFolderCannotBeUsed(t *testing.T) {
	tests := map[string]func(t *testing.T, dir, entry string) (repair func()){
		"a file in the folder's place": func(t *testing.T, dir, _ string) func() {
			must(t, os.WriteFile(dir, nil, 0o600))
			return func() { must(t, os.Remove(dir)) }
		},
		"others can write to it": func(t *testing.T, dir, _ string) func() {
			must(t, os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777))
			return func() { must(t, os.Chmod(dir, 0o700)) }
		},
		"a folder in the entry's place": func(t *testing.T, _, entry string) func() {
			must(t, os.MkdirAll(filepath.Join(entry, "full"), 0o700))
			return func() { must(t, os.RemoveAll(entry)) }
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			e, dir := newEmulator(t), filepath.Join(t.TempDir(), "cache")
			open := func() tokencache.Store { return newFileStore(t, dir) }
			p := newProcess(t, e, e.ServiceToken, open())
			repair := spoil(t, dir, filepath.Join(dir, p.Names()[0][:2], p.Names()[0]+".entry"))
			p.token()
			p.another()
			p.wantEvents(tokencache.EventStoreFailed)
			repair()
			p.another()
			p.wantEvents(tokencache.EventStoreFailed, tokencache.EventStoreRecovered)
			wantShared(t, e, open)
		})
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
