package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/fault"
)

// TestDoctorPageExamples runs every example of the page of the doctor, each block in a folder and a shell of its own.
func TestDoctorPageExamples(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the examples are for a Unix shell")
	}
	found := 0
	for _, b := range blocksOf(readFile(t, "../../docs/doctor.md")) {
		if b.kind != "console" {
			continue
		}
		found++
		t.Run(strings.SplitN(b.text, "\n", 2)[0], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e, err := startEmulator(filepath.Join(dir, "adobe"), emulator.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			runConsole(t, dir, b.text)
		})
	}
	if found < 3 {
		t.Errorf("the page has %d examples", found)
	}
}

// TestDoctorPageHasEveryFlag compares the page with the help.
func TestDoctorPageHasEveryFlag(t *testing.T) {
	t.Parallel()
	page, shared := readFile(t, "../../docs/doctor.md"), flagsOf(helpOf(t))
	for _, flag := range flagsOf(helpOf(t, "doctor")) {
		if !slices.Contains(shared, flag) && flag != "--help" && !strings.Contains(page, "| `"+flag+" ") {
			t.Errorf("the page lacks %s", flag)
		}
	}
}

// doctorPlace is an emulator with its files, and the doctor's flags for it.
type doctorPlace struct {
	e        *emulator.Emulator
	dir      string
	ca       string
	env      []string
	file     func(name string) string
	ofDoctor func(credentials string, more ...string) []string
}

func newDoctorPlace(t *testing.T) doctorPlace {
	t.Helper()
	dir := t.TempDir()
	e, err := startEmulator(dir, emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	p := doctorPlace{e: e, dir: dir, ca: filepath.Join(dir, emulator.CertificateAuthorityFile), env: homeVars(dir)}
	p.file = func(name string) string { return filepath.Join(dir, name) }
	p.ofDoctor = func(credentials string, more ...string) []string {
		return append([]string{"doctor", "-c", p.file(credentials), "--ca-file", p.ca, "--aem", e.AEMAuthorURL()}, more...)
	}
	return p
}

// The exit codes of AEM's rungs, and where the address may come from.
func TestDoctorOfAEM(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	oauth, service := emulator.OAuthServerToServerFile, emulator.ServiceTokenFile
	profile := writeFile(t, p.file("config.yaml"),
		"profiles: {author: {credentials: "+service+", ca_file: ca.pem, aem: "+p.e.AEMAuthorURL()+"}}\n")
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		code int
		says []string
	}{
		{"not on the list", nil, p.ofDoctor(oauth, "--tier", "publish"), 5, []string{
			"\nkind: \"API\"\n", "    publish:\n      - \"", "aio aem:rde:install", "Broken: client on AEM's allow-list.",
		}},
		{"no group", nil, p.ofDoctor(service, "--for", "forms"), 5, []string{"login name to look for", "@techacct.adobe.com", "forms-users"}},
		{"assets", nil, p.ofDoctor(service, "--for", "assets"), 0, []string{"AEM lets the account use the Assets HTTP API", "All rungs hold."}},
		{"a strange host", nil, p.ofDoctor(service, "--aem", "https://intranet.example"), 3, []string{"host not allowed"}},
		{"no origin", nil, p.ofDoctor(service, "--aem", "https://author-p1-e2.adobeaemcloud.com/x"), 2, []string{"Give the origin"}},
		{"the variable", []string{"IMSX_AEM=" + p.e.AEMAuthorURL()}, p.ofDoctor(service, "--aem", ""), 0, []string{"AEM takes it"}},
		{"a profile", []string{"IMSX_CONFIG=" + profile}, []string{"doctor", "--profile", "author"}, 0, []string{"AEM takes it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := run(t.Context(), "", append(slices.Clone(p.env), tt.env...), tt.args...)
			if got.code != tt.code || got.stderr != "" {
				t.Errorf("exit code %d, want %d; standard error %q\n%s", got.code, tt.code, got.stderr, got.stdout)
			}
			for _, want := range tt.says {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("it does not say %q:\n%s", want, got.stdout)
				}
			}
		})
	}
}

// Whatever the outcome and the verbosity, no secret is on a stream or in the file for everybody.
func TestDoctorShowsNoSecrets(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	secrets := hiddenIn(t, p.dir)
	refused := writeFile(t, p.file("refused.json"), strings.Replace(readFile(t, p.file(emulator.ServiceTokenFile)),
		`"clientSecret": "p8e-`, `"clientSecret": "p8e-X`, 1))
	half := writeFile(t, p.file("half.json"), readFile(t, p.file(emulator.ServiceTokenFile))[:1500])
	for name, args := range map[string][]string{
		"to a group":       p.ofDoctor(emulator.ServiceTokenFile, "--for", "forms"),
		"to the list":      p.ofDoctor(emulator.OAuthServerToServerFile),
		"with a token":     p.ofDoctor(emulator.LocalDevelopmentTokenFile),
		"a refused secret": {"doctor", "-c", refused, "--ca-file", p.ca},
		"half a file":      {"doctor", "-c", half},
		"no trust":         {"doctor", "-c", p.file(emulator.ServiceTokenFile)},
	} {
		for _, flags := range [][]string{nil, {"-v"}, {"--json"}, {"-v", "--json"}} {
			t.Run(strings.Join(append([]string{name}, flags...), " "), func(t *testing.T) {
				t.Parallel()
				bundle := filepath.Join(t.TempDir(), "report.md")
				got := run(t.Context(), "", p.env, slices.Concat(args, flags, []string{"--bundle", bundle})...)
				shown := got.stdout + got.stderr + readFile(t, bundle)
				if !strings.Contains(readFile(t, bundle), "# imsx doctor") {
					t.Errorf("the report is %q", readFile(t, bundle))
				}
				for _, s := range secrets {
					if strings.Contains(shown, s.text) {
						t.Errorf("it shows %s:\n%s", s.what, shown)
					}
				}
				if token := anyToken.FindString(shown); token != "" {
					t.Errorf("it shows a token:\n%s", shown)
				}
			})
		}
	}
}

// An interrupted climb ends at once, with what was seen until then.
func TestDoctorInterrupted(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	if _, err := p.e.Faults().Add(fault.Fault{Match: fault.Match{Route: "exchange"}, Effect: fault.Effect{Hang: true}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan ran)
	go func() { ended <- run(ctx, "", p.env, p.ofDoctor(emulator.ServiceTokenFile, "--timeout", "10m")...) }()
	err := waitFor("the exchange", func() bool {
		return slices.ContainsFunc(p.e.Faults().List(), func(s fault.State) bool { return s.Played > 0 })
	})
	if err != nil {
		t.Error(err)
	}
	cancel()
	got := <-ended
	if got.code != 130 || !strings.Contains(got.stdout, "broken   Access token issued: the caller gave up") {
		t.Errorf("exit code %d:\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestDoctorBundleIsPrivate(t *testing.T) {
	t.Parallel()
	p := newDoctorPlace(t)
	bundle := p.file("report.md")
	if got := run(t.Context(), "", p.env, p.ofDoctor(emulator.ServiceTokenFile, "--bundle", bundle)...); got.code != 0 {
		t.Fatal(got.stdout, got.stderr)
	}
	info, err := os.Stat(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("the report has mode %v", mode)
	}
	text := readFile(t, bundle)
	for _, private := range []string{p.dir, "p11111", "e22222", "service_token"} {
		if strings.Contains(text, private) {
			t.Errorf("the report shows %q:\n%s", private, text)
		}
	}
	for _, want := range []string{"- version: imsx test, go", "- flags: --credentials --ca-file --aem", "(`aem_group`)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}
