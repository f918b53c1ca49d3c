package term_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/imsx/imsx/internal/term"
)

func TestNoColourBeyondTerminals(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	none := func(string) string { return "" }
	for name, style := range map[string]term.Style{
		"a buffer":       term.StyleFor(new(bytes.Buffer), none),
		"a file":         term.StyleFor(file, none),
		"the zero value": {},
	} {
		for _, got := range []string{style.Bold("x"), style.Dim("x"), style.Bad("x"), style.Good("x"), style.Warn("x"), style.Name("x")} {
			if got != "x" {
				t.Errorf("%s: painted %q", name, got)
			}
		}
	}
}
