package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// parseConfig is internal: the scripts see it only through files.
func TestParseConfigWithoutContent(t *testing.T) {
	for _, text := range []string{"", " \n", "# nothing yet\n", "---\n", "profiles:\n"} {
		if cfg, err := parseConfig([]byte(text)); err != nil || cfg.Default != "" || len(cfg.Profiles) != 0 {
			t.Errorf("parseConfig(%q) = %+v, %v; want an empty configuration", text, cfg, err)
		}
	}
}

// The guess at a misspelt key knows the keys of every part of the file.
func TestMisspeltKeys(t *testing.T) {
	for text, want := range map[string]string{
		"defualt: a":                            "default",
		"profiles: {a: {allow_host: [x]}}":      "allow_hosts",
		"cache: {password_fil: x}":              "password_file",
		"cache: {sentinel_password_filee: x}":   "sentinel_password_file",
		"a: 1":                                  "",
		"profiles: {a: {credentials_file: x}}":  "",
		"profiles: {a: {credentials: x, b: y}}": "",
	} {
		_, err := parseConfig([]byte(text))
		if err == nil || strings.Contains(err.Error(), "did you mean") != (want != "") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a guess at %q", text, err, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("default: a\nprofiles:\n  a: {credentials: x.json, scopes: [openid, AdobeID], allow_hosts: [ims.example]}\n")
	f.Add("profiles: [1, 2]")
	f.Add("profiles:\n  a:\n    credential: p8e-secret\n")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := parseConfig([]byte(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("the error has several lines: %v", err)
			}
			return
		}
		out, err := yaml.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseConfig(out)
		if err != nil {
			t.Fatalf("what was accepted is refused when written again: %v", err)
		}
		if diff := cmp.Diff(cfg, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("read again it differs:\n%s", diff)
		}
	})
}
