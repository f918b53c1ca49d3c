package aem_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// tokens stands for a source made by the root package.
var tokens = token.Static(token.Token{AccessToken: secret.New("eyJhbGciOiJSUzI1NiJ9")})

func ExampleClient_Do() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello from ", r.URL.Path) }))
	defer server.Close()

	client, err := aem.New(aem.Config{BaseURL: server.URL, Source: tokens})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	resp, err := client.Do(context.Background(), aem.Request{Path: "/content/dam"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	// Output: hello from /content/dam <nil>
}

func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "IMS Client ID not allowlisted.", http.StatusForbidden)
	}))
	defer server.Close()

	client, err := aem.New(aem.Config{BaseURL: server.URL, Source: tokens})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	_, err = client.Do(context.Background(), aem.Request{Path: "/adobe/forms/doc/v1/generatePDFOutput", Method: http.MethodPost})
	if refused, ok := errors.AsType[*aem.Error](err); ok {
		fmt.Println(refused.Cause, refused.Status)
		fmt.Println(refused.Description)
		fmt.Println(refused.Cause.Meaning())
	}
	// Output:
	// client_not_allowlisted 403
	// IMS Client ID not allowlisted.
	// The environment does not know the client id: it is not on the list of clients that may call this tier.
}
