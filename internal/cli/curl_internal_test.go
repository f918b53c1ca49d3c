package cli

import (
	"testing"
)

// A query is sent as it was written: nothing of it is sorted, completed or left out.
func TestCurlQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		address string
		data    []curlData // of -G
		want    string
	}{
		{"https://a.adobe.io/x?b&a=1&b=%zz;c", nil, "b&a=1&b=%zz;c"},
		{"https://a.adobe.io/x?b", []curlData{{dataPlain, "a=1;2"}, {dataEncoded, "c=x y"}}, "b&a=1;2&c=x+y"},
		{"https://a.adobe.io/x", []curlData{{dataPlain, "a"}}, "a"},
		{"https://a.adobe.io/x?b", []curlData{{dataPlain, ""}}, "b"},
	} {
		u, err := curlURL(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		req, err := (&app{}).curlRequest(curlFlags{get: tt.data != nil, data: tt.data}, u)
		if err != nil || req.RawQuery != tt.want || len(req.Query) > 0 {
			t.Errorf("%s: %q, %v, %v; want %q", tt.address, req.RawQuery, req.Query, err, tt.want)
		}
	}
}
