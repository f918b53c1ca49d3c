package ims_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

// The claims of an assertion can be looked at before it is signed.
func ExampleAssertion_Claims() {
	claims, err := ims.Assertion{
		Endpoint:         "https://ims-na1.adobelogin.com",
		ClientID:         "cm-p1-e2-integration",
		Organization:     "0123456789ABCDEF01234567@AdobeOrg",
		TechnicalAccount: "89ABCDEF0123456789ABCDEF@techacct.adobe.com",
		Metascopes:       []string{"ent_aem_cloud_api"},
		Now:              time.Unix(1_700_000_000, 0),
	}.Claims()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(claims))
	// Output:
	// {"aud":"https://ims-na1.adobelogin.com/c/cm-p1-e2-integration","exp":1700000300,"https://ims-na1.adobelogin.com/s/ent_aem_cloud_api":true,"iss":"0123456789ABCDEF01234567@AdobeOrg","sub":"89ABCDEF0123456789ABCDEF@techacct.adobe.com"}
}

// An error knows its cause, and each cause knows what it means and who must do what.
func ExampleError() {
	_, err := ims.New(ims.Config{Endpoint: "https://ims.example.org"})
	if e, ok := errors.AsType[*ims.Error](err); ok {
		fmt.Println(e)
		fmt.Println(e.Cause.Meaning())
		fmt.Println(e.Cause.Remedy())
	}
	// Output:
	// configure at ims.example.org: host not allowed
	// The endpoint is outside Adobe's domains, so it does not get the secret.
	// Check where the credentials came from; if the host is meant, allow it by name.
}

// One method sends one request; a token source above decides when.
func ExampleClient_ClientCredentials() {
	adobe := startEmulator()
	defer adobe.Close()

	client, err := ims.New(ims.Config{Endpoint: adobe.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	resp, err := client.ClientCredentials(ctx, ims.ClientCredentialsRequest{
		ClientID: "demo", ClientSecret: secret.New("p8e-demo-secret"), Scopes: []string{"openid"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Token.Lifetime().Round(time.Minute), resp.Scopes)

	_, err = client.ClientCredentials(ctx, ims.ClientCredentialsRequest{
		ClientID: "demo", ClientSecret: secret.New("p8e-other-secret"), Scopes: []string{"openid"},
	})
	if e, ok := errors.AsType[*ims.Error](err); ok {
		fmt.Println(e.Cause, e.Status, e.Code)
	}
	// Output:
	// 24h0m0s [openid]
	// wrong_secret 400 invalid_client
}
