package credentials_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imsx/imsx/credentials"
)

// TestDocumentedExamples parses every example of the page on formats. The line that opens an example names the format
// and the kind that come out.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "credential-formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := validPair(t, 0)
	inJSON := func(s string) string {
		b, _ := json.Marshal(crlf(s))
		return strings.Trim(string(b), `"`)
	}
	fill := strings.NewReplacer("{{private key}}", inJSON(p.pkcs1()), "{{certificate}}", inJSON(p.cert()),
		"{{base64 of the PKCS#8 key}}", base64.StdEncoding.EncodeToString(p.pkcs8DER(t)))
	seen := map[string]bool{}
	for _, part := range strings.Split(strings.ReplaceAll(string(page), "\r\n", "\n"), "\n```")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		words := strings.Fields(head)
		if len(words) == 0 {
			continue // the end of an example
		}
		if len(words) != 3 {
			t.Errorf("an example opens with %q, want language, format and kind", head)
			continue
		}
		seen[words[1]] = true
		t.Run(words[1]+" in "+words[0], func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, fill.Replace(body), credentials.Options{})
			if string(c.Format) != words[1] || string(c.Kind) != words[2] {
				t.Errorf("got %s, %s; the page says %s, %s", c.Format, c.Kind, words[1], words[2])
			}
		})
	}
	if len(seen) != 12 {
		t.Errorf("the page has examples of %d formats, want all 12", len(seen))
	}
}
