package aem_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
)

// script is a server in memory that gives its answers one after the other, and the last one for ever.
type script struct {
	answers []func() (*http.Response, error)
	asked   int
	bodies  []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		data, _ := io.ReadAll(req.Body)
		_ = req.Body.Close()
		body = string(data)
	}
	s.bodies = append(s.bodies, body)
	s.asked++
	return s.answers[min(s.asked, len(s.answers))-1]()
}

// gives is an answer with a status.
func gives(status int, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return answered(status, "content", header...), nil }
}

func fails(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

// cut is an answer whose body is shorter than announced.
func cut() (*http.Response, error) {
	resp := answered(200, "cont")
	resp.ContentLength = 7
	return resp, nil
}

// play calls the scripted server, with a fake clock, and returns what came of it and how long it took.
func play(t *testing.T, s *script, change func(*aem.Config), call func(context.Context, *aem.Client) error) (events []aem.Event, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, func(c *aem.Config) {
			c.BaseURL, c.MaxAttempts = "http://localhost", 0
			c.HTTPClient = &http.Client{Transport: s}
			c.Notify = func(e aem.Event) { events = append(events, e) }
			if change != nil {
				change(c)
			}
		})
		start := time.Now()
		err = call(t.Context(), client)
		took = time.Since(start)
	})
	return events, took, err
}

func post(body aem.Body) aem.Request {
	return aem.Request{Method: "POST", Path: "/adobe/x", Body: body, Repeatable: true}
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	content := aem.BytesBody("text/plain", []byte("request"))
	type steps = []func() (*http.Response, error)
	reset := fails(syscall.ECONNRESET)
	tests := []struct {
		name  string
		steps steps
		req   aem.Request
		asked int
		want  aem.Cause
	}{
		{"408, 429, 500, 502, 200", steps{gives(408), gives(429), gives(500), gives(502), gives(200)}, post(content), 5, ""},
		{"a lost connection", steps{reset, fails(io.ErrUnexpectedEOF), gives(200)}, post(content), 3, ""},
		{"GET without being told", steps{gives(503), gives(200)}, aem.Request{}, 2, ""},
		{"no end of 503", steps{gives(503)}, post(content), 5, aem.CauseServerFault},
		{"not repeatable", steps{gives(503), gives(200)}, aem.Request{Method: "POST", Body: content}, 1, aem.CauseServerFault},
		{"a body that is read once", steps{gives(503), gives(200)}, post(aem.ReaderBody("", strings.NewReader("request"))), 1, aem.CauseServerFault},
		{"400", steps{gives(400), gives(200)}, post(content), 1, aem.CauseInvalidRequest},
		{"403", steps{gives(403), gives(200)}, post(content), 1, aem.CauseGroupMissing},
		{"404", steps{gives(404), gives(200)}, post(content), 1, aem.CauseNotFound},
		{"501", steps{gives(501), gives(200)}, post(content), 1, aem.CauseServerFault},
		{"401 does not count", steps{gives(401), gives(503), gives(503), gives(503), gives(503), gives(200)}, post(content), 6, ""},
		{"401 twice", steps{gives(401), gives(503), gives(401), gives(200)}, post(content), 3, aem.CauseTokenRefused},
		{"503, then 404", steps{gives(503), gives(404)}, post(content), 2, aem.CauseNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: tt.steps}
			events, _, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
				got, err := do(ctx, client, tt.req)
				if err == nil && got != "content" {
					t.Errorf("content is %q", got)
				}
				return err
			})
			if s.asked != tt.asked || len(events) != tt.asked {
				t.Errorf("%d requests and %d events, want %d", s.asked, len(events), tt.asked)
			}
			for i, e := range events {
				if last := i == len(events)-1; e.Number != i+1 || e.Again == last || (e.Err == nil) != (last && tt.want == "") {
					t.Errorf("event is %+v", e)
				}
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantCause(t, err, tt.want); len(e.Attempts) != tt.asked {
				t.Errorf("%d attempts in the error, want %d", len(e.Attempts), tt.asked)
			}
		})
	}
}

func TestEveryAttemptSendsTheWholeBody(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){gives(503), gives(401), gives(503), gives(200)}}
	_, _, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
		_, err := do(ctx, client, post(aem.BytesBody("", []byte("whole"))))
		return err
	})
	if diff := cmp.Diff([]string{"whole", "whole", "whole", "whole"}, s.bodies); err != nil || diff != "" {
		t.Errorf("%v, bodies (-want +got):\n%s", err, diff)
	}
}

func TestWaitsGrow(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){gives(503)}}
	_, took, err := play(t, s, func(c *aem.Config) { c.MaxAttempts = 9 }, func(ctx context.Context, client *aem.Client) error {
		_, err := do(ctx, client, post(nil))
		return err
	})
	e := wantCause(t, err, aem.CauseServerFault)
	var sum time.Duration
	for i, a := range e.Attempts {
		mean := min(500*time.Millisecond<<i, 30*time.Second)
		if last := i == len(e.Attempts)-1; last != (a.Wait == 0) || !last && (a.Wait < mean/2 || a.Wait > mean*3/2+1) {
			t.Errorf("wait %d is %v, want %v and up to a half more or less", i, a.Wait, mean)
		}
		if a.Status != 503 || a.Cause != aem.CauseServerFault || a.Time.IsZero() {
			t.Errorf("attempt %d is %+v", i, a)
		}
		sum += a.Wait
	}
	if len(e.Attempts) != 9 || took != sum {
		t.Errorf("%d attempts took %v, their waits %v", len(e.Attempts), took, sum)
	}
	if want := "after 9 attempts in " + took.Round(time.Millisecond).String(); !strings.Contains(e.Error(), want) {
		t.Errorf("error is %q, want it to say %q", e, want)
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){gives(429, "Retry-After", "42"), gives(200)}}
	_, took, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
		_, err := do(ctx, client, post(nil))
		return err
	})
	if err != nil || took != 42*time.Second {
		t.Errorf("took %v, want 42s: %v", took, err)
	}
}

func TestNoWaitBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, retryAfter string
		says             string
	}{
		{"asked for by the server", "60", "the server asks to wait 1m0s, longer than the 20s that are left"},
		{"by the backoff", "", "too little time is left for another attempt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []func() (*http.Response, error){gives(503, "Retry-After", tt.retryAfter)}}
			_, took, err := play(t, s, func(c *aem.Config) { c.Timeout, c.MaxAttempts = 20*time.Second, 100 }, func(ctx context.Context, client *aem.Client) error {
				_, err := do(ctx, client, post(nil))
				return err
			})
			e := wantCause(t, err, aem.CauseServerFault)
			if !strings.Contains(e.Error(), tt.says) || took >= 20*time.Second || tt.retryAfter != "" && took != 0 {
				t.Errorf("after %v: %v, want %q", took, err, tt.says)
			}
		})
	}
}

func TestCancelDuringAWait(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){gives(429, "Retry-After", "60")}}
	_, took, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(5*time.Second, cancel)
		_, err := do(ctx, client, post(nil))
		return err
	})
	e := wantCause(t, err, aem.CauseCanceled)
	if !errors.Is(err, context.Canceled) || took != 5*time.Second || len(e.Attempts) != 1 || !strings.Contains(e.Description, "throttled 429") {
		t.Errorf("after %v: %v", took, err)
	}
}

func TestTimeoutOfTheSource(t *testing.T) {
	t.Parallel()
	_, took, err := play(t, &script{}, func(c *aem.Config) { c.Source, c.Timeout = stuckSource{}, 7*time.Second }, func(ctx context.Context, client *aem.Client) error {
		_, err := do(ctx, client, post(nil))
		return err
	})
	if e := wantCause(t, err, aem.CauseTimeout); took != 7*time.Second || e.Description != "no token in time" {
		t.Errorf("after %v: %v", took, err)
	}
}

func TestFetchStartsAnew(t *testing.T) {
	t.Parallel()
	own := errors.New("the caller's own")
	tests := []struct {
		name  string
		steps []func() (*http.Response, error)
		read  func(*aem.Response) error
		asked int
		want  aem.Cause
		own   bool
	}{
		{"a cut body", []func() (*http.Response, error){cut, cut, gives(200)}, nil, 3, "", false},
		{"a cut body for ever", []func() (*http.Response, error){cut}, nil, 5, aem.CauseNetwork, false},
		{"a cut body that the reader hides", []func() (*http.Response, error){cut, gives(200)}, func(r *aem.Response) error {
			if _, err := io.ReadAll(r.Body); err != nil {
				return own
			}
			return nil
		}, 2, "", false},
		{"the reader's failure", []func() (*http.Response, error){gives(200)}, func(*aem.Response) error { return own }, 1, "", true},
		{"a malformed answer", []func() (*http.Response, error){gives(200)}, func(r *aem.Response) error { return r.Malformed("not it") }, 1, aem.CauseMalformedAnswer, false},
		{"an answer that the reader finds cut", []func() (*http.Response, error){gives(200)}, func(r *aem.Response) error { return r.Cut("no end") }, 5, aem.CauseNetwork, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: tt.steps}
			events, _, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
				return client.Fetch(ctx, post(nil), func(r *aem.Response) error {
					if tt.read != nil {
						return tt.read(r)
					}
					_, err := io.ReadAll(r.Body)
					return err
				})
			})
			if s.asked != tt.asked || len(events) != tt.asked {
				t.Errorf("%d requests, %d events, want %d", s.asked, len(events), tt.asked)
			}
			switch {
			case tt.own:
				if err != own { //nolint:errorlint // as it is
					t.Errorf("error is %v, want the reader's own", err)
				}
			case tt.want != "":
				e := wantCause(t, err, tt.want)
				if e.Status != 200 || len(e.Attempts) != tt.asked || e.Attempts[0].Cause != tt.want {
					t.Errorf("error is %+v", *e)
				}
			case err != nil:
				t.Error(err)
			}
		})
	}
}

func TestDoDoesNotStartAnew(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){gives(503), cut}}
	_, _, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
		resp, err := client.Do(ctx, post(nil))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if len(resp.Attempts) != 2 || resp.Status != 200 || resp.Length != 7 {
			t.Errorf("response is %+v", *resp)
		}
		for range 2 {
			if _, err = io.ReadAll(resp.Body); err == nil {
				t.Error("a cut body ended")
			}
		}
		return err
	})
	e := wantCause(t, err, aem.CauseNetwork)
	if s.asked != 2 || len(e.Attempts) != 2 || e.Attempts[1].Cause != aem.CauseNetwork || e.Attempts[1].Status != 200 {
		t.Errorf("%d requests, want 2; attempts %+v", s.asked, e.Attempts)
	}
}

func TestSaveStartsAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	s := &script{answers: []func() (*http.Response, error){cut, gives(503), gives(200)}}
	_, _, err := play(t, s, nil, func(ctx context.Context, client *aem.Client) error {
		n, err := client.Save(ctx, post(nil), path)
		if n != 7 {
			t.Errorf("%d bytes, want 7", n)
		}
		return err
	})
	if got, _ := os.ReadFile(path); err != nil || string(got) != "content" {
		t.Errorf("content is %q, %v", got, err)
	}
	wantFiles(t, filepath.Dir(path), "file")
}
