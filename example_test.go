package imsx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

// localAdobe starts an emulator over plain HTTP and returns the folder with its credentials.
func localAdobe() (dir, url string, stop func()) {
	dir, err := os.MkdirTemp("", "imsx-example-")
	if err != nil {
		panic(err)
	}
	e, err := emulator.New(emulator.Config{Plain: true})
	if err != nil {
		panic(err)
	}
	if err := e.Start(""); err != nil {
		panic(err)
	}
	if err := e.WriteFiles(dir); err != nil {
		panic(err)
	}
	return dir, e.URL(), func() {
		_ = e.Close()
		_ = os.RemoveAll(dir)
	}
}

// The credential file is the one that a person downloaded from the AEM Developer Console.
func ExampleOpen() {
	dir, _, stop := localAdobe()
	defer stop()

	src, err := imsx.Open(filepath.Join(dir, "service_token.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()

	tok, err := src.Token(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Origin, tok.ValidAt(time.Now().Add(23*time.Hour)))
	// Output: exchange true
}

func ExampleSource_Client() {
	dir, url, stop := localAdobe()
	defer stop()

	src, err := imsx.Open(filepath.Join(dir, "service_token.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()

	client := src.Client() // adds the token, for Adobe's hosts and loopback
	defer client.CloseIdleConnections()
	resp, err := client.Get(url + "/ims/profile/v1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}

// What IMS refuses has a cause, with a sentence that says what to do.
func ExampleNew_refused() {
	dir, _, stop := localAdobe()
	defer stop()

	set, err := credentials.Open(filepath.Join(dir, "oauth_server_to_server.json"), credentials.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	cred, err := set.Select("")
	if err != nil {
		fmt.Println(err)
		return
	}
	cred.ClientSecrets = []secret.Text{secret.New("an old secret")}

	src, err := imsx.New(imsx.Config{Credentials: cred, Timeout: 5 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	_, err = src.Token(context.Background())

	var refused *ims.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Cause, refused.Status, refused.Retryable())
		fmt.Println(refused.Cause.Remedy())
	}
	// Output:
	// wrong_secret 400 false
	// Download the credentials again, or copy the current client secret from the console.
}

// Libraries that expect golang.org/x/oauth2 get their tokens from a source.
func ExampleOAuth2TokenSource() {
	dir, url, stop := localAdobe()
	defer stop()

	src, err := imsx.Open(filepath.Join(dir, "oauth_server_to_server.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()

	ctx := context.Background()
	client := &http.Client{Transport: &oauth2.Transport{Source: imsx.OAuth2TokenSource(ctx, src)}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(url + "/ims/organizations/v6")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
