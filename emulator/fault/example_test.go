package fault_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/imsx/imsx/emulator/fault"
)

func Example() {
	faults := fault.NewSet(fault.Config{})
	defer faults.Close()
	_, err := faults.Add(fault.Fault{
		Match:  fault.Match{Route: "exchange"},
		Effect: fault.Effect{Error: "throttled", RetryAfter: 2},
		When:   fault.When{Count: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	handler := faults.Middleware("ims")(service)
	for range 2 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ims/exchange/jwt", nil))
		fmt.Println(w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	// Output:
	// 429 2 {"error_description":"too many requests","error":"too_many_requests"}
	// 200
}

func ExampleParseScenario() {
	_, err := fault.ParseScenario([]byte(`
token_ttl: 10
faults:
  - efect: {error: throttled}
`))
	fmt.Println(err)
	// Output:
	// line 2: token_ttl: has no unit: write "10 seconds" or "10s", not "10"
	// line 4: faults[0]: unknown member "efect"; did you mean "effect"?
}
