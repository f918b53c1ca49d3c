package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// assertionOutput is the JSON of a signed assertion.
type assertionOutput struct {
	Assertion string    `json:"assertion"`
	ExpiresAt string    `json:"expires_at"` // RFC 3339
	Warnings  []finding `json:"warnings,omitempty"`
}

func (a *app) jwtCommand() *cobra.Command {
	var (
		decode   bool
		withID   bool
		lifetime time.Duration
	)
	cmd := &cobra.Command{
		Use:   "jwt [flags]",
		Short: "Print the signed assertion",
		Long: `Builds and signs the assertion for a service account and prints it, without asking IMS. Whoever holds it and the
client secret can get a token until it expires: keep it short, and do not store it.`,
		Example: `  imsx jwt -c service_token.json --decode
  imsx jwt -c service_token.json | imsx exchange -c service_token.json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			as, key, err := a.assertion(lifetime, withID)
			if err != nil {
				return err
			}
			if decode {
				return a.printClaims(as)
			}
			signed, err := as.Sign(key.Signer)
			if err != nil {
				return err
			}
			if !a.flags.json {
				_, err = fmt.Fprintln(a.Stdout, signed.Reveal())
				return err
			}
			return a.printJSON(assertionOutput{Assertion: signed.Reveal(), ExpiresAt: expiryOf(as), Warnings: a.findings})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&decode, "decode", false, "print the claims as JSON instead of the signed assertion")
	f.BoolVar(&withID, "jti", false, "include an id (the claim jti), for accounts that require one")
	f.DurationVar(&lifetime, "lifetime", 5*time.Minute, "how long the assertion is valid, as a `DURATION` up to 24h")
	return cmd
}

// assertion returns the assertion of the chosen service account and the key to sign it with.
func (a *app) assertion(lifetime time.Duration, withID bool) (ims.Assertion, credentials.Key, error) {
	if err := a.checkFlags(); err != nil {
		return ims.Assertion{}, credentials.Key{}, err
	}
	if lifetime <= 0 || lifetime > 24*time.Hour {
		return ims.Assertion{}, credentials.Key{}, usagef("--lifetime must be more than 0 and at most 24h")
	}
	c, err := a.choose()
	if err != nil {
		return ims.Assertion{}, credentials.Key{}, err
	}
	cred, err := a.credential(c)
	if err != nil {
		return ims.Assertion{}, credentials.Key{}, err
	}
	if cred.Kind != credentials.KindServiceAccount {
		return ims.Assertion{}, credentials.Key{}, usagef("these credentials need no assertion: they are %s", cred.Kind.Title()).
			withHint("imsx token gets a token with them")
	}
	return assertionOf(cred, c.scopes, lifetime, withID), cred.Keys[0], nil
}

func assertionOf(cred *credentials.Credentials, metascopes []string, lifetime time.Duration, withID bool) ims.Assertion {
	if metascopes == nil {
		metascopes = cred.Metascopes
	}
	now := time.Now()
	as := ims.Assertion{
		Endpoint: cred.Endpoint, ClientID: cred.ClientID, Organization: cred.Organization,
		TechnicalAccount: cred.TechnicalAccountID, Metascopes: metascopes, Lifetime: lifetime, Now: now,
	}
	if withID {
		as.ID = now.UnixNano()
	}
	return as
}

func expiryOf(as ims.Assertion) string { return as.Now.Add(as.Lifetime).UTC().Format(time.RFC3339) }

func (a *app) printClaims(as ims.Assertion) error {
	claims, err := as.Claims()
	if err != nil {
		return err
	}
	return a.printJSON(json.RawMessage(claims))
}

func (a *app) exchangeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "exchange [flags] [FILE]",
		Short: "Exchange an assertion made elsewhere",
		Long: `Reads a signed assertion from FILE or standard input, exchanges it at IMS with the client secret of the
credentials, and prints the access token as "imsx token" does. A refusal is not tried again, except with the other client secret if
there are two: an assertion that is refused does not become better.`,
		Example: `  ./sign-in-hsm | imsx exchange -c service_token.json --json`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.flags.credentials == "-" && fileArg(args) == "-" {
				return usagef("standard input cannot be both the credentials and the assertion").withHint("name a file for one of them")
			}
			text, err := a.readSecret(fileArg(args), "the assertion")
			if err != nil {
				return err
			}
			if _, _, err := token.DecodeJWT(text); err != nil {
				return &inputError{fmt.Errorf("the assertion is unreadable: %w", err)}
			}
			client, cred, err := a.imsClient("")
			if err != nil {
				return err
			}
			if cred == nil || len(cred.ClientSecrets) == 0 {
				return usagef("exchanging needs credentials with a client secret").withHint("name their file with -c FILE")
			}
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			var resp ims.Response
			err = withSecrets(cred, func(s secret.Text) error {
				resp, err = client.ExchangeJWT(ctx, ims.ExchangeRequest{ClientID: cred.ClientID, ClientSecret: s, Assertion: text})
				return err
			})
			if err != nil {
				return err
			}
			a.tellClock(resp.ClockDifference)
			return a.printToken(resp.Token)
		},
	}
}

// fileArg returns the FILE argument, or "-" if there is none.
func fileArg(args []string) string {
	if len(args) == 0 {
		return "-"
	}
	return args[0]
}
