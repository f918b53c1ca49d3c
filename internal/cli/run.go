// Package cli is the command line of imsx: the commands, one file each, their output and their exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/term"
)

// Program is what the command line runs with. Every field is required.
type Program struct {
	Stdin io.Reader
	// Stdout and Stderr are used from several goroutines, as files can be.
	Stdout, Stderr io.Writer
	// Env is the environment, as os.Environ returns it.
	Env []string
	// Version is what "imsx version" prints.
	Version string
}

// Run runs one command line and returns its exit code. It ends soon after ctx does.
func Run(ctx context.Context, p Program, args []string) int {
	a := &app{Program: p, args: args}
	a.Stdin = &interruptible{ctx: ctx, from: p.Stdin}
	defer a.end()
	root := a.rootCommand()
	root.SetArgs(args)
	err := refuseSecrets(args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return exitOK
	}
	var child *childExit
	if errors.As(err, &child) {
		return child.code
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	a.flags.json = a.flags.json || wantsJSON(args)
	return a.report(err)
}

// atEnd has f run when the command is over.
func (a *app) atEnd(f func()) { a.cleanup = append(a.cleanup, f) }

func (a *app) end() {
	for _, f := range slices.Backward(a.cleanup) {
		f()
	}
}

// wantsJSON finds --json in a command line whose flags could not be read to their end.
func wantsJSON(args []string) bool { return slices.Contains(ours(args), "--json") }

// ours returns the arguments before "--", behind which those of another command stand.
func ours(args []string) []string {
	if end := slices.Index(args, "--"); end >= 0 {
		return args[:end]
	}
	return args
}

// refuseSecrets refuses a token, a key or credentials in the place of an argument, before any error can repeat them.
func refuseSecrets(args []string) error {
	for _, arg := range ours(args) {
		if _, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = value
		}
		arg = strings.TrimSpace(strings.TrimPrefix(arg, "-c"))
		_, isToken := compactJWS([]byte(arg))
		if isToken || looksLikeCredentials(arg) || strings.Contains(arg, "-----BEGIN") ||
			strings.HasPrefix(arg, "p8e-") || strings.HasPrefix(arg, "s8e-") {
			return usagef("an argument is a secret, not the name of a file").
				withHint("pipe it in, or name a FILE that holds it; other users of this machine can see arguments")
		}
	}
	return nil
}

// looksLikeCredentials tells credentials from other JSON, which imsx curl sends.
func looksLikeCredentials(arg string) bool {
	if !strings.HasPrefix(arg, "{") {
		return false
	}
	_, err := credentials.Parse([]byte(arg), credentials.Options{})
	return err == nil || strings.Contains(strings.ToLower(arg), "secret") || strings.Contains(arg, "token")
}

// app is one run of the program: its streams and the shared flags.
type app struct {
	Program
	args     []string // the command line
	flags    sharedFlags
	mu       sync.Mutex               // guards findings while a source works
	findings []finding                // told about the credentials in use
	acting   *credentials.Credentials // those that AEM is called with, for what is said about its refusals
	cache    *cache                   // once it is opened
	cleanup  []func()                 // when the command is over, the last first
	quiet    bool                     // waits are not told unasked: there is a progress display
}

// sharedFlags are the flags of every command.
type sharedFlags struct {
	credentials    string
	profile        string
	selector       string
	keyFile        string
	passphraseFile string
	scopes         []string
	json           bool
	timeout        time.Duration
	caFile         string
	allowHosts     []string
	noCache        bool
	refresh        bool // of the commands that get a token
	cache          string
	cacheDir       string
	minTTL         time.Duration
	verbose        bool
}

const rootHelp = `imsx gets access tokens for AEM as a Cloud Service and other Adobe APIs.

It reads the credentials that Adobe's consoles hand out as they are, signs the assertion, and exchanges it for an access
token at Adobe's identity service, IMS. "imsx demo" shows the whole way without an Adobe account, on a local emulator.

Standard output carries the result and nothing else. No secret is taken as an argument: credentials come from a file
(-c FILE), standard input (-c -), a profile (--profile NAME) or the environment (IMSX_CREDENTIALS).

Exit codes:
  0    done
  1    unexpected failure
  2    wrong usage, or input that cannot be read
  3    the credential is refused or unusable: a person must act
  4    temporary: network, throttling, IMS or AEM down; try again later
  5    AEM refused the call
  130  interrupted

Environment:
  IMSX_CREDENTIALS  path of the credentials, or their JSON
  IMSX_PROFILE      profile of the configuration file to use
  IMSX_CONFIG       configuration file (default imsx/config.yaml in the user's folder for configuration)
  IMSX_PASSPHRASE   passphrase of the private key
  IMSX_AEM          URL of the AEM instance
  IMSX_CACHE        where tokens rest between processes, as --cache says it
  HTTPS_PROXY       proxy, as a URL; NO_PROXY has the hosts that are reached without it
  NO_COLOR          no colour if it is set

imsx is independent of Adobe.`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "imsx",
		Short:         "Access tokens for AEM as a Cloud Service and other Adobe APIs",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usagef("no command given").withHint("imsx help lists the commands; imsx demo shows what they do")
		},
	}
	a.addSharedFlags(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v", err).withHint(cmd.CommandPath() + " --help shows the flags")
	})
	a.addCommands(root)
	for _, cmd := range root.Commands() {
		cmd.DisableFlagsInUseLine = true
		if !cmd.HasSubCommands() && cmd.Args(cmd, []string{"argument"}) != nil {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		wrapArgs(cmd)
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetHelpCommand(helpCommand())
	if alone := len(root.Commands()) == 1; alone {
		root.CompletionOptions.DisableDefaultCmd = true
	} else {
		addCompletion(root)
	}
	if a.completing() {
		a.completeFlags(root)
	}
	return root
}

// The groups of the commands in the help, in its order. What is in none comes last.
var groups = []*cobra.Group{
	{ID: "token", Title: "Get a token and use it:"},
	{ID: "aem", Title: "Call AEM:"},
	{ID: "repair", Title: "Understand and repair:"},
	{ID: "steps", Title: "Step by step:"},
	{ID: "local", Title: "Without Adobe:"},
}

// addCommands adds the command that the first argument names, and all of them where it names none: making them all takes
// as long as "imsx version" works.
func (a *app) addCommands(root *cobra.Command) {
	makers := []struct {
		name, group string
		make        func() *cobra.Command
	}{
		{"token", "token", a.tokenCommand},
		{"header", "token", a.headerCommand},
		{"exec", "token", a.execCommand},
		{"jwt", "steps", a.jwtCommand},
		{"exchange", "steps", a.exchangeCommand},
		{"inspect", "repair", a.inspectCommand},
		{"validate", "repair", a.validateCommand},
		{"invalidate", "repair", a.invalidateCommand},
		{"forms", "aem", a.formsCommand},
		{"curl", "aem", a.curlCommand},
		{"doctor", "repair", a.doctorCommand},
		{"cache", "repair", a.cacheCommand},
		{"emulator", "local", a.emulatorCommand},
		{"demo", "local", a.demoCommand},
		{"version", "", a.versionCommand},
	}
	root.AddGroup(groups...)
	for i, m := range makers {
		if len(a.args) > 0 && a.args[0] == m.name {
			makers = makers[i : i+1]
			break
		}
	}
	for _, m := range makers {
		cmd := m.make()
		cmd.GroupID = m.group
		root.AddCommand(cmd)
	}
}

// unknownCommand refuses what is no command, and names those that are spelt alike.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "imsx help lists the commands"
	root.SuggestionsMinimumDistance = 2
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("unknown command %q", args[0]).withHint(hint)
}

// wrapArgs makes a wrong number of arguments a usage error that shows the right one.
func wrapArgs(cmd *cobra.Command) {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return usagef("wrong number of arguments: %d", len(args)).withHint("usage: " + cmd.UseLine())
		}
		return nil
	}
}

func (a *app) addSharedFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	fl := &a.flags
	f.StringVarP(&fl.credentials, "credentials", "c", "", "credential `FILE`, - for standard input (default $IMSX_CREDENTIALS)")
	f.StringVar(&fl.profile, "profile", "", "use the credentials of profile `NAME` from the configuration file")
	f.StringVar(&fl.selector, "select", "", "which of several credentials: a `NAME`, client id, account, kind or key fingerprint")
	f.StringVar(&fl.keyFile, "key-file", "", "private key `FILE` for credentials that come without one")
	f.StringVar(&fl.passphraseFile, "passphrase-file", "", "`FILE` with the private key's passphrase (default $IMSX_PASSPHRASE)")
	f.StringSliceVar(&fl.scopes, "scope", nil, "ask for these `SCOPES` or metascopes instead of those of the credentials")
	f.BoolVar(&fl.json, "json", false, "print results and errors as JSON")
	f.DurationVar(&fl.timeout, "timeout", 30*time.Second, "limit for all attempts together, as a `DURATION` such as 10s")
	f.StringVar(&fl.caFile, "ca-file", "", "also trust the certificate authorities in `FILE` (PEM)")
	f.StringSliceVar(&fl.allowHosts, "allow-host", nil, "also send secrets to `HOST`, which is not one of Adobe's")
	f.StringVar(&fl.cache, "cache", "", "`WHERE` tokens rest between processes: none, memory, file or the URL of a Redis server (default $IMSX_CACHE, else file)")
	f.StringVar(&fl.cacheDir, "cache-dir", "", "the `DIR` of the file cache (default $IMSX_CACHE_DIR, else imsx in the user's folder for caches)")
	f.BoolVar(&fl.noCache, "no-cache", false, "neither take a token from the cache nor put one there, like --cache none")
	f.DurationVar(&fl.minTTL, "min-ttl", 0, "the least time that the token must have left, as a `DURATION` such as 2h")
	f.BoolVarP(&fl.verbose, "verbose", "v", false, "tell on standard error what happens")
}

// checkFlags refuses values that no command can work with.
func (a *app) checkFlags() error {
	switch {
	case a.flags.timeout <= 0:
		return usagef("--timeout must be positive")
	case a.flags.minTTL < 0:
		return usagef("--min-ttl must not be negative")
	}
	return nil
}

// getenv returns the last value of a variable, or "".
func (a *app) getenv(name string) string {
	for i := len(a.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(a.Env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// say writes a line for a person.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.Stderr, "imsx: "+format+"\n", args...)
}

// style returns the colours for one of the program's outputs.
func (a *app) style(w io.Writer) term.Style { return term.StyleFor(w, a.getenv) }
