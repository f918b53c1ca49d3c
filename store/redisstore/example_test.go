//go:build unix

package redisstore_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/store/redisstore"
)

// All machines that use the server share a token. It is not run: it wants a server.
func ExampleNew() {
	store, err := redisstore.New(redisstore.Config{
		URL:      "rediss://cache.example:6379",
		Username: "tokens",
		Password: secret.New(os.Getenv("CACHE_PASSWORD")),
		CAFile:   "/etc/ssl/cache-ca.pem",
		Notify: func(e redisstore.Event) {
			log.Print("token cache: ", e.Kind, " ", e.Err)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	set, err := credentials.Open("service_token.json", credentials.Options{})
	if err != nil {
		log.Fatal(err)
	}
	cred, err := set.Select("")
	if err != nil {
		log.Fatal(err)
	}
	src, err := imsx.New(imsx.Config{Credentials: cred, Store: store})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	tok, err := src.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tok.Origin, tok.Expiry)
}
