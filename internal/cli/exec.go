package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/token"
)

// childExit says that a program that was run in our place ended with this code.
type childExit struct{ code int }

func (e *childExit) Error() string { return fmt.Sprintf("the command ended with code %d", e.code) }

// defaultVariable is where exec puts the token.
const defaultVariable = "IMS_ACCESS_TOKEN"

// expirySuffix makes the name of the variable that tells the token's expiry.
const expirySuffix = "_EXPIRES_AT"

func (a *app) execCommand() *cobra.Command {
	variable := defaultVariable
	cmd := &cobra.Command{
		Use:   "exec [flags] -- CMD [ARG ...]",
		Short: "Run a command with the token in its environment",
		Long: `Runs CMD with the access token in the variable IMS_ACCESS_TOKEN (another name by --var) and its expiry, in RFC 3339,
in IMS_ACCESS_TOKEN_EXPIRES_AT. Old values of these variables are removed first, and with them what is secret:
IMSX_PASSPHRASE, IMSX_CACHE_PASSWORD, IMSX_CACHE_SENTINEL_PASSWORD, IMSX_CACHE with a password in its URL, and
IMSX_CREDENTIALS if it holds the credentials themselves. Signals reach CMD, and its exit code is that of imsx (128 + n if
signal n ended it). Use --min-ttl for commands that run long.`,
		Example: `  imsx exec -c service_token.json -- ./nightly-export.sh
  imsx exec -c service_token.json --var AEM_TOKEN --min-ttl 2h -- node migrate.js`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(variable) {
				return usagef("%q is no name of a variable", variable)
			}
			path, err := exec.LookPath(args[0])
			if err != nil {
				return usagef("cannot run %q: %s", args[0], lookFault(err)).withHint("check the name and the PATH")
			}
			tok, err := a.accessToken(cmd.Context())
			if err != nil {
				return err
			}
			return a.replace(path, args, a.childEnv(variable, tok))
		},
	}
	cmd.Flags().StringVar(&variable, "var", variable, "the `NAME` of the variable")
	return a.refreshable(cmd)
}

func lookFault(err error) string {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "it is not found"
	case errors.Is(err, fs.ErrPermission):
		return "it is not executable"
	}
	return "it is not a program"
}

// childEnv returns the environment of the command: ours without stale and secret variables, with the token.
func (a *app) childEnv(variable string, tok token.Token) []string {
	drop := []string{
		defaultVariable, defaultVariable + expirySuffix, variable, variable + expirySuffix,
		"IMSX_PASSPHRASE", "IMSX_CACHE_PASSWORD", "IMSX_CACHE_SENTINEL_PASSWORD",
	}
	if isContent(a.getenv("IMSX_CREDENTIALS")) {
		drop = append(drop, "IMSX_CREDENTIALS")
	}
	if hasPassword(a.getenv("IMSX_CACHE")) {
		drop = append(drop, "IMSX_CACHE")
	}
	env := slices.DeleteFunc(slices.Clone(a.Env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(drop, name)
	})
	env = append(env, variable+"="+tok.AccessToken.Reveal())
	if !tok.Expiry.IsZero() {
		env = append(env, variable+expirySuffix+"="+tok.Expiry.UTC().Format(time.RFC3339))
	}
	return env
}
