package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/imsx/imsx/secret"
)

const content = "p8e-very-secret-content"

type holder struct {
	Public  secret.Text
	private secret.Text
	Pointer *secret.Text
	List    []secret.Text
	Map     map[string]secret.Text
	Any     any
}

func newHolder() holder {
	t := secret.New(content)
	return holder{t, t, &t, []secret.Text{t}, map[string]secret.Text{"k": t}, t}
}

// TestNeverShown prints a secret in every way that a program prints things by accident.
func TestNeverShown(t *testing.T) {
	h := newHolder()
	_ = h.private
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T %v"} {
		args := []any{h}
		if verb == "%T %v" {
			args = []any{h, h}
		}
		for _, out := range []string{
			fmt.Sprintf(verb, args...), fmt.Sprintf(verb, &h), fmt.Sprintf(verb, h.Public), fmt.Sprintf(verb, h.Pointer),
			fmt.Sprintf(verb, h.List), fmt.Sprintf(verb, h.Map), fmt.Errorf("error: "+verb, h.Public).Error(),
		} {
			wantHidden(t, verb, out)
		}
	}
	wantHidden(t, "Print", fmt.Sprint(h, h.Public))
	out, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	wantHidden(t, "json", string(out))
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("message", "public", h.Public, "pointer", h.Pointer, "holder", h, "list", h.List)
		wantHidden(t, "slog", b.String())
	}
}

func wantHidden(t *testing.T, how, out string) {
	t.Helper()
	hex := fmt.Sprintf("%x", content)
	for _, leak := range []string{content, hex, strings.ToUpper(hex), content[:6]} {
		if strings.Contains(out, leak) {
			t.Errorf("%s shows the secret: %s", how, out)
		}
	}
}

func TestText(t *testing.T) {
	a, b, other, empty := secret.New(content), secret.New(content), secret.New("other"), secret.New("")
	if a.Reveal() != content || a.Len() != len(content) || a.IsZero() {
		t.Errorf("Reveal = %q, Len = %d, IsZero = %v", a.Reveal(), a.Len(), a.IsZero())
	}
	if !a.Equal(b) || a.Equal(other) || a.Equal(empty) || !empty.Equal(secret.Text{}) {
		t.Error("Equal does not compare contents")
	}
	if !strings.HasPrefix(a.String(), "sha256:") || a.String() != b.String() || a.String() == other.String() {
		t.Errorf("fingerprints %v, %v, %v: equal contents must have equal ones, others not", a, b, other)
	}
	if !empty.IsZero() || empty.Reveal() != "" || empty.String() != "(empty)" || empty.Fingerprint() != "" {
		t.Errorf("the empty text: IsZero %v, Reveal %q, String %q", empty.IsZero(), empty.Reveal(), empty.String())
	}
}

func Example() {
	t := secret.New("p8e-not-a-real-secret")
	fmt.Println(t)
	fmt.Printf("%+v\n", struct{ Secret secret.Text }{t})
	fmt.Println(t.Equal(secret.New("p8e-not-a-real-secret")), len(t.Reveal()))
	// Output:
	// sha256:1a591b09bbb6
	// {Secret:sha256:1a591b09bbb6}
	// true 21
}
