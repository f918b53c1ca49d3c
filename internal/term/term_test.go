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
		for _, got := range []string{style.Bold("x"), style.Dim("x"), style.Bad("x"), style.Good("x"), style.Warn("x")} {
			if got != "x" {
				t.Errorf("%s: painted %q", name, got)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		text                  string
		column, indent, width int
		want                  string
	}{
		{"no width", "a  b\tc", 3, 2, 0, "a  b\tc"},
		{"it fits", "one two", 0, 2, 7, "one two"},
		{"it does not", "one two three", 0, 2, 7, "one two\n  three"},
		{"the first line is shorter", "one two", 4, 2, 10, "one\n  two"},
		{"a word that is too long", "one incomprehensibilities two", 0, 1, 8, "one\n incomprehensibilities\n two"},
		{"the first word is too long", "incomprehensibilities", 4, 1, 8, "incomprehensibilities"},
		{"columns, not bytes", "für Öl 12", 0, 0, 9, "für Öl 12"},
		{"nothing", "", 5, 1, 3, ""},
	} {
		if got := term.Wrap(tt.text, tt.column, tt.indent, tt.width); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNoWidthBeyondTerminals(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if n, m := term.Width(file), term.Width(new(bytes.Buffer)); n != 0 || m != 0 {
		t.Errorf("widths %d and %d", n, m)
	}
}
