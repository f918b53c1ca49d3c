package cleantext_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/imsx/imsx/internal/cleantext"
)

const (
	clientSecret = "p8e-Qw3rTy/UiOp+AsDfGh"
	password     = "correct horse battery"
)

func TestLines(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, one, several string }{
		{"plain", "Could not match", "Could not match", "Could not match"},
		{"empty", "", "", ""},
		{"lines", " a\r\nb\tc  d\n", "a b c d", " a\nb\tc  d\n"},
		{"terminal", "\x1b[31mred\x1b[0m\x07", "[31mred[0m", "[31mred[0m"},
		{"direction", "a\u202eb\u200bc\u2028d", "abc d", "abc d"},
		{"no UTF-8", "a\xffb\xc3", "ab", "ab"},
	}
	for _, tt := range tests {
		if got := cleantext.OneLine(tt.text); got != tt.one {
			t.Errorf("%s: OneLine gives %q, want %q", tt.name, got, tt.one)
		}
		if got := cleantext.SeveralLines(tt.text); got != tt.several {
			t.Errorf("%s: SeveralLines gives %q, want %q", tt.name, got, tt.several)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	c := cleantext.New("", clientSecret, "Kx7")
	c.HidePassword(password)
	long := strings.Repeat("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4) + strings.Repeat("=+-*/", 40)
	c.HidePassword(long)
	tests := []struct{ name, text, want string }{
		{"whole", "the secret " + clientSecret + " is wrong", "the secret [redacted] is wrong"},
		{"in capitals", strings.ToUpper(clientSecret), "[redacted]"},
		{"escaped", "client_secret=" + url.QueryEscape(clientSecret) + "&x", "client_secret=[redacted]&x"},
		{"eight bytes", "starts with p8e-Qw3r.", "starts with [redacted]."},
		{"seven bytes", "starts with p8e-Qw3.", "starts with p8e-Qw3."},
		{"over a line end", "p8e-Qw3rTy/\nUiOp+AsDfGh", "[redacted] [redacted]"},
		{"a short one", "the pair a/Kx7", "the pair a/[redacted]"},
		{"part of a short one", "the pair a/Kx", "the pair a/Kx"},
		{"a password", "not " + password + "!", "not [redacted]!"},
		{"most of a password", "correct horse batt", "[redacted]"},
		{"64 bytes of a long password", long[9:73], "[redacted]"},
		{"63 bytes of a long password", long[9:72], long[9:72]},
		{"a word of a password", "that is correct horse riding", "that is correct horse riding"},
	}
	for _, tt := range tests {
		if got := c.Description(tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got, want := c.Mask("a\n"+clientSecret+"\tb"), "a\n[redacted]\tb"; got != want {
		t.Errorf("Mask gives %q, want %q", got, want)
	}
	if got := (cleantext.Cleaner{}).Label(clientSecret); got != clientSecret {
		t.Errorf("a Cleaner without secrets gives %q", got)
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	var c cleantext.Cleaner
	for _, text := range []string{strings.Repeat("ä", 300), strings.Repeat("ä ", 100_000)} {
		if got := utf8.RuneCountInString(c.Description(text)); got != 300 {
			t.Errorf("a description has %d characters", got)
		}
		if got := c.Label(text); utf8.RuneCountInString(got) != 128 || !strings.HasSuffix(got, "…") {
			t.Errorf("a label is %q", got)
		}
	}
}

// FuzzClean looks for a secret that shows, and for a text that breaks a line or a terminal.
func FuzzClean(f *testing.F) {
	f.Add("p8e-secret-one", "the secret P8E-SECRET-ONE\x1b[2J is\r\nwrong")
	f.Add("\xff\x00abcdefgh", "abcdefgh\xff")
	f.Add("a b\u202ec", "a b\u202ec")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) > 4<<10 {
			t.Skip("longer than any secret of a request")
		}
		c := cleantext.New(secret)
		got := c.Description(text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 300 || cleantext.OneLine(got) != got {
			t.Fatalf("not clean: %q", got)
		}
		if got := c.Mask(secret); secret != "" && got != "[redacted]" {
			t.Fatalf("Mask gives %q for the secret itself", got)
		}
		if got := c.Description(secret); cleantext.OneLine(secret) != "" && got != "[redacted]" {
			t.Fatalf("Description gives %q for the secret itself", got)
		}
	})
}
