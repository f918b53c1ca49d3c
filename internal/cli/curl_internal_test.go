package cli

import (
	"maps"
	"strings"
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

// Without a flag for one, a request has no body and so no type of one.
func TestCurlWithoutBody(t *testing.T) {
	t.Parallel()
	for name, fl := range map[string]curlFlags{
		"no flags": {}, "a header alone": {headers: []string{"Content-Type: text/plain"}}, "-G": {get: true, data: []curlData{{dataPlain, "a=1"}}},
	} {
		if body, err := (&app{}).curlBody(fl, "text/plain"); body != nil || err != nil {
			t.Errorf("%s: %v, %v; want no body", name, body, err)
		}
	}
}

func TestPartParameters(t *testing.T) {
	t.Parallel()
	type params = map[string]string
	for value, want := range map[string]struct {
		rest   string
		params params
	}{
		"a":                      {"a", params{}},
		"a;b=c;d":                {"a;b=c;d", params{}},
		"@a.pdf;type=text/plain": {"@a.pdf", params{"type": "text/plain"}},
		"@a.pdf;filename=b.pdf":  {"@a.pdf", params{"filename": "b.pdf"}},
		`@a.pdf; filename="b c.pdf" ;type=text/x`: {"@a.pdf", params{"filename": "b c.pdf", "type": "text/x"}},
		"a;type=x;type=y":                         {"a", params{"type": "y"}},
		"a;type=x;more":                           {"a;type=x;more", params{}},
	} {
		rest, got := partParameters(value)
		if rest != want.rest || !maps.Equal(got, want.params) {
			t.Errorf("%q: %q, %v; want %q, %v", value, rest, got, want.rest, want.params)
		}
	}
}

func TestShellWord(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{"a", "AZaz09", "https://a.adobe.io:443/x-y_z.json", "a=b,c%20+@d"} {
		if got := shellWord(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
	for text, want := range map[string]string{
		"": "''", "a b": "'a b'", "it's": `'it'\''s'`, "{": "'{'", "[": "'['", "`": "'`'", "~": "'~'", "a;b": "'a;b'", "$A": "'$A'", "ä": "'ä'", "?": "'?'",
	} {
		if got := shellWord(text); got != want {
			t.Errorf("%q becomes %s, want %s", text, got, want)
		}
	}
}

func TestEndOfLogs(t *testing.T) {
	t.Parallel()
	const seven = "1\n2\n3\n4\n5\n6\n7\n"
	for _, tt := range []struct {
		text    string
		verbose bool
		want    string
	}{
		{"1\n2\n3\n4\n5\n", false, "imsx: log: 1\nimsx: log: 2\nimsx: log: 3\nimsx: log: 4\nimsx: log: 5\n"},
		{seven, false, "imsx: log: 2 more lines with -v\nimsx: log: 3\nimsx: log: 4\nimsx: log: 5\nimsx: log: 6\nimsx: log: 7\n"},
		{seven, true, "imsx: log: 1\nimsx: log: 2\nimsx: log: 3\nimsx: log: 4\nimsx: log: 5\nimsx: log: 6\nimsx: log: 7\n"},
	} {
		var stderr strings.Builder
		a := &app{Program: Program{Stderr: &stderr}}
		a.flags.verbose = tt.verbose
		a.tellLogs([]serverLog{{Name: "log", Text: tt.text}})
		if stderr.String() != tt.want {
			t.Errorf("%q, verbose %v: %q, want %q", tt.text, tt.verbose, stderr.String(), tt.want)
		}
	}
}
