package aem_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/imsx/imsx/emulator/aem"
)

// A host whose only good token is "good". The first call creates the account's user; the Forms services stay closed until
// somebody puts it into their group.
func ExampleServer() {
	s, err := aem.New(aem.Config{Verify: func(token string) (aem.Bearer, error) {
		if token != "good" {
			return aem.Bearer{}, aem.ErrSignature
		}
		return aem.Bearer{ClientID: "cm-p1-e2-integration-0", Email: "some-uuid@techacct.adobe.com", Kind: aem.KindExchange}, nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.AddEnvironment("p1-e2", ""); err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(s.Handler(aem.Author))
	defer server.Close()

	ask := func(path, token string) {
		req, _ := http.NewRequest(http.MethodGet, server.URL+path, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		fmt.Println(resp.StatusCode, path)
	}
	ask("/api/assets.json", "forged")
	ask("/api/assets.json", "good")
	ask("/adobe/forms/doc/v1/generatePDFOutput", "good")
	author, _ := s.Instance("p1-e2", aem.Author)
	for _, u := range author.Snapshot().Users {
		fmt.Println(u.Login, u.Groups)
	}
	// Output:
	// 401 /api/assets.json
	// 200 /api/assets.json
	// 403 /adobe/forms/doc/v1/generatePDFOutput
	// some-uuid@techacct.adobe.com [contributors]
}
