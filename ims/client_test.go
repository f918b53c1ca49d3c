package ims_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imsx/imsx/ims"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		endpoint string
		allow    []string
		want     string    // the origin; empty: refused
		cause    ims.Cause // of the refusal
	}{
		{"https://ims-na1.adobelogin.com", nil, "https://ims-na1.adobelogin.com", ""},
		{"ims-na1.adobelogin.com", nil, "https://ims-na1.adobelogin.com", ""},
		{"https://IMS-NA1.AdobeLogin.com:443/", nil, "https://ims-na1.adobelogin.com", ""},
		{"https://ims-na1-stg1.adobelogin.com:8443", nil, "https://ims-na1-stg1.adobelogin.com:8443", ""},
		{"http://127.0.0.1:8080", nil, "http://127.0.0.1:8080", ""},
		{"http://[::1]:80", nil, "http://[::1]", ""},
		{"http://localhost", nil, "http://localhost", ""},
		{"https://ims.example.org", []string{"ims.example.org"}, "https://ims.example.org", ""},
		{"https://ims.example.org:9443", []string{"IMS.example.ORG"}, "https://ims.example.org:9443", ""},

		{"https://ims.example.org", nil, "", ims.CauseHostNotAllowed},
		{"https://ims.example.org", []string{"example.org", "example"}, "", ims.CauseHostNotAllowed},
		{"https://adobelogin.com.evil.example", nil, "", ims.CauseHostNotAllowed},
		{"https://evil-adobelogin.com", nil, "", ims.CauseHostNotAllowed},
		{"http://ims.example.org", nil, "", ims.CauseHostNotAllowed},
		{"http://ims-na1.adobelogin.com", nil, "", ims.CauseInsecure},
		{"http://ims.example.org", []string{"ims.example.org"}, "", ims.CauseInsecure},
		{"http://192.168.1.1", []string{"192.168.1.1"}, "", ims.CauseInsecure},

		{"", nil, "", ims.CauseInvalidRequest},
		{"https://", nil, "", ims.CauseInvalidRequest},
		{"https://:443", nil, "", ims.CauseInvalidRequest},
		{"ftp://ims-na1.adobelogin.com", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com/ims", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com?x=1", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com?", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com#x", nil, "", ims.CauseInvalidRequest},
		{"https://user:password@ims-na1.adobelogin.com", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com@evil.example", nil, "", ims.CauseInvalidRequest},
		{"https://ims na1.adobelogin.com", nil, "", ims.CauseInvalidRequest},
		{"https://ims-na1.adobelogin.com\n", nil, "", ims.CauseInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			t.Parallel()
			client, err := ims.New(ims.Config{Endpoint: tt.endpoint, AllowHosts: tt.allow, HTTPClient: http.DefaultClient})
			if tt.want == "" {
				if e := wantCause(t, err, tt.cause); e.Op != "configure" || e.Retryable() || tt.cause == ims.CauseInvalidRequest && e.Description == "" {
					t.Errorf("error is %+v", *e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := client.Endpoint(); got != tt.want {
				t.Errorf("endpoint is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	transport := roundTripper(func(req *http.Request) (*http.Response, error) {
		if got := req.Header.Get("User-Agent"); got != "tool/1.2" {
			t.Errorf("User-Agent is %q", got)
		}
		return nil, http.ErrHandlerTimeout
	})
	client := newClient(t, ims.Config{Endpoint: prod, UserAgent: "tool/1.2", HTTPClient: &http.Client{Transport: transport}})
	_, err := client.ExchangeJWT(t.Context(), exchangeRequest())
	wantCause(t, err, ims.CauseNetwork)
}

// TestTimeoutOfItsOwn asks a server that never answers, without a limit by the caller.
func TestTimeoutOfItsOwn(t *testing.T) {
	t.Parallel()
	for limit, want := range map[time.Duration]time.Duration{0: 30 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			silent := roundTripper(func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			})
			client := newClient(t, ims.Config{Endpoint: prod, Timeout: limit, HTTPClient: &http.Client{Transport: silent}})
			req, start := exchangeRequest(), time.Now()
			_, err := client.ExchangeJWT(t.Context(), req)
			wantCause(t, err, ims.CauseTimeout)
			if d := time.Since(start); d != want {
				t.Errorf("took %v, want %v", d, want)
			}
		})
	}
}

// closeCounter is a body that counts how often it is closed.
type closeCounter struct {
	io.Reader
	n *int
}

func (c closeCounter) Close() error { *c.n++; return nil }

func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 503} {
		closed := 0
		transport := roundTripper(func(req *http.Request) (*http.Response, error) {
			body := closeCounter{strings.NewReader(`{"access_token":"abc","expires_in":86399000}`), &closed}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: body, Request: req}, nil
		})
		client := newClient(t, ims.Config{Endpoint: prod, HTTPClient: &http.Client{Transport: transport}})
		if _, err := client.ExchangeJWT(t.Context(), exchangeRequest()); (err == nil) != (status == 200) || closed == 0 {
			t.Errorf("%d: %v, closed %d times", status, err, closed)
		}
	}
}

func TestOneRequestPerCall(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 503} {
		n := 0
		_, err := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; reply(status, "")(w, r) }).ExchangeJWT(t.Context(), exchangeRequest())
		if asError(t, err); n != 1 {
			t.Errorf("%d: %d requests, want 1", status, n)
		}
	}
}

func TestClientOfItsOwn(t *testing.T) {
	t.Parallel()
	if _, err := ims.New(ims.Config{Endpoint: prod}); err != nil {
		t.Error(err)
	}
}
