package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/doctor"
)

// doctorFlags are the flags of the doctor.
type doctorFlags struct {
	aem, api, tier, envType, bundle string
	warn                            days
}

func (a *app) doctorCommand() *cobra.Command {
	var fl doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor [flags]",
		Short: "Find out why a credential does not lead to an answer of AEM",
		Long: `Climbs a ladder, from the credential file over key, certificate, clock, proxy, TLS and IMS to AEM's list of allowed
clients and its groups, and stops at the first broken rung. Each rung tells what was seen, what it means, and who must do
what. IMS is asked for a new token, whatever the cache has; in AEM nothing is changed, and nothing is generated.

AEM is looked at if --aem, the variable IMSX_AEM or the key aem of the profile names an instance.

The exit code is 0 if all rungs hold, with or without warnings, and otherwise that of the broken one: 2 input that cannot
be read, 3 the credential, 4 temporary, 5 AEM. With --warn it is 3, too, if the certificate or the token ends soon.`,
		Example: `  imsx doctor -c service_token.json
  imsx doctor -c service_token.json --aem https://author-p1-e2.adobeaemcloud.com --for forms
  imsx doctor --warn 30d --json
  imsx doctor --bundle report.md`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fl.check(); err != nil {
				return err
			}
			return a.doctor(cmd.Context(), fl, givenFlags(cmd.Flags().Changed))
		},
	}
	f := cmd.Flags()
	f.StringVar(&fl.aem, "aem", "", "look at the AEM instance at `URL` as well (default $IMSX_AEM)")
	f.StringVar(&fl.api, "for", string(doctor.ForNone), "look at the group for an `API` of AEM: forms, assets or none")
	f.StringVar(&fl.tier, "tier", "",
		"the `TIER` for the list of allowed clients: author, publish or preview (default: by the URL)")
	f.StringVar(&fl.envType, "env-type", "", "the `TYPE` of the environment for that list: dev, stage, prod or rde")
	f.Var(&fl.warn, "warn", "exit with 3 if the certificate or the token ends within `DURATION`, such as 30d")
	f.StringVar(&fl.bundle, "bundle", "", "also write a report that can be shown to everybody into `FILE` (Markdown)")
	return cmd
}

// tellingFlags are the flags whose presence a report tells; their values are nobody's business.
var tellingFlags = []string{
	"credentials", "profile", "select", "key-file", "passphrase-file", "scope", "timeout", "ca-file", "allow-host",
	"verbose",
	"aem", "for", "tier", "env-type", "warn",
}

// givenFlags returns those of the telling flags that were given.
func givenFlags(changed func(name string) bool) []string {
	var given []string
	for _, name := range tellingFlags {
		if changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

// doctorValues are the values of the flags that know them, by flag.
var doctorValues = map[string][]string{
	"for":      {string(doctor.ForForms), string(doctor.ForAssets), string(doctor.ForNone)},
	"tier":     {"author", "publish", "preview"},
	"env-type": {"dev", "stage", "prod", "rde"},
}

// check refuses values that mean nothing.
func (fl doctorFlags) check() error {
	for _, v := range []struct {
		flag, value string
		may         bool // be empty
	}{{"for", fl.api, false}, {"tier", fl.tier, true}, {"env-type", fl.envType, true}} {
		if known := doctorValues[v.flag]; !slices.Contains(known, v.value) && (v.value != "" || !v.may) {
			return usagef("--%s is one of %s, not %q", v.flag, strings.Join(known, ", "), v.value)
		}
	}
	if fl.bundle == "-" {
		return usagef("--bundle needs the name of a file: standard output carries the ladder")
	}
	return nil
}

// doctor climbs the ladder, shows it, and ends with the exit code that fits.
func (a *app) doctor(ctx context.Context, fl doctorFlags, given []string) error {
	if err := a.checkFlags(); err != nil {
		return err
	}
	chosen, choosing := a.choose()
	instance := orString(orString(fl.aem, a.getenv("IMSX_AEM")), chosen.aem)
	if instance == "" && fl.api != string(doctor.ForNone) {
		return usagef("--for needs an AEM instance").withHint("give its address with --aem URL, in IMSX_AEM, or as " +
			"aem in the profile")
	}
	client, err := httpClient(chosen)
	if err != nil {
		return err
	}
	show := a.newLadder()
	report := doctor.Climb(ctx, doctor.Config{
		Input: a.doctorInput(chosen, choosing), AEM: instance, For: doctor.API(fl.api), Tier: fl.tier,
		EnvironmentType: fl.envType,
		Warn:            time.Duration(fl.warn), Scopes: chosen.scopes, HTTPClient: client, Environment: a.wayVariables(),
		AllowHosts: chosen.allowHosts, UserAgent: a.userAgent(), Timeout: a.flags.timeout,
		Private: a.privateTexts(chosen), Cache: a.doctorCache(ctx),
		Begin: show.begin, End: show.end,
	})
	code := doctorExit(report.Verdict)
	if err := show.verdict(report, code); err != nil {
		return err
	}
	if fl.bundle != "" {
		text := report.Bundle(doctor.About{
			Version: "imsx " + a.Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
			Flags: given,
		})
		if err := os.WriteFile(fl.bundle, []byte(text), 0o600); err != nil {
			return &inputError{fmt.Errorf("--bundle: %w", err)}
		}
		if !a.flags.json {
			a.say("the report is in %s; it holds no secrets, and identifiers are shortened", fl.bundle)
		}
	}
	if code == exitOK {
		return nil
	}
	return &childExit{code: code}
}

// doctorExit returns the exit code of a verdict.
func doctorExit(v doctor.Verdict) int {
	switch v.Class {
	case doctor.ClassInput:
		return exitUsage
	case doctor.ClassCredential:
		return exitRefused
	case doctor.ClassTemporary:
		return exitTemporary
	case doctor.ClassAEM:
		return exitForbidden
	case doctor.ClassCanceled:
		return exitInterrupted
	}
	if v.EndsSoon {
		return exitRefused
	}
	return exitOK
}

// doctorInput says where the credentials are, or why that is not known.
func (a *app) doctorInput(c choice, choosing error) doctor.Input {
	in := doctor.Input{From: a.namedBy(c), Err: choosing, Selector: c.selector}
	if choosing == nil && c.none() {
		in.Err = a.noCredentials(credentials.Options{})
	}
	if in.Err != nil {
		in.Hint = describe(in.Err).Hint
		return in
	}
	if c.file != "-" {
		in.Path = c.file
	}
	in.Read = func() (*credentials.Set, error) { return a.read(c) }
	return in
}

// namedBy says what named the credentials, in the order of choose.
func (a *app) namedBy(c choice) string {
	switch {
	case a.flags.credentials == "-":
		return "-c -, standard input"
	case a.flags.credentials != "":
		return "-c"
	case a.flags.profile != "":
		return "the profile of --profile"
	case a.getenv("IMSX_CREDENTIALS") != "":
		return "the variable IMSX_CREDENTIALS"
	case a.getenv("IMSX_PROFILE") != "":
		return "the profile of the variable IMSX_PROFILE"
	case c.environ:
		return "the variables of another tool"
	case c.file != "":
		return "the default profile of the configuration file"
	}
	return ""
}

// wayVariables returns the variables that are set and have a say in how servers are reached and trusted.
func (a *app) wayVariables() []doctor.Variable {
	var set []doctor.Variable
	for _, name := range []string{
		"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE",
		"SSL_CERT_DIR",
	} {
		if value := a.getenv(name); value != "" {
			set = append(set, doctor.Variable{Name: name, Value: value})
		}
	}
	return set
}

// privateTexts returns what a report for everybody must not show besides what the doctor finds out itself.
func (a *app) privateTexts(c choice) []string {
	texts := []string{c.keyFile, c.caFile, a.flags.passphraseFile, a.flags.profile}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		texts = append(texts, a.getenv(name))
	}
	return texts
}

// days is a duration that may count days: "30d", "36h", "1d12h".
type days time.Duration

// Set reads a duration.
func (d *days) Set(text string) error {
	head, rest, ok := strings.Cut(text, "d")
	if !ok {
		head, rest = "0", text
	}
	n, err := strconv.ParseUint(head, 10, 16)
	var part time.Duration
	if err == nil && rest != "" {
		part, err = time.ParseDuration(rest)
	}
	total := time.Duration(n)*24*time.Hour + part
	if err != nil || total <= 0 || part < 0 {
		return fmt.Errorf("%q is not a duration such as 30d or 36h", text)
	}
	*d = days(total)
	return nil
}

// String returns the duration, "" for none.
func (d *days) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type names the kind of value in the help.
func (d *days) Type() string { return "duration" }
