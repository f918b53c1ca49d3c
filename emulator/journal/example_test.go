package journal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/imsx/imsx/emulator/journal"
)

func Example() {
	j := journal.New(0, nil)
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := journal.From(r.Context())
		rec.Route("exchange")
		rec.Client("nightly-build")
		rec.Pass("client exists", "")
		rec.Fail("client secret", "none of the client's two secrets")
		w.WriteHeader(http.StatusUnauthorized)
	})
	handler := j.Middleware("ims")(service)
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/ims/exchange/jwt", nil))

	fmt.Println(j.Count(journal.Filter{Route: "exchange", ClientID: "nightly-build"}))
	for _, e := range j.Query(journal.Filter{Status: 401}) {
		last := e.Checks[len(e.Checks)-1]
		fmt.Println(e.Method, e.Path, e.Status, last.Name, last.Passed)
	}
	// Output:
	// 1
	// POST /ims/exchange/jwt 401 client secret false
}
