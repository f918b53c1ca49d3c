package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/token"
)

// tokenOutput is the JSON of a token.
type tokenOutput struct {
	AccessToken string     `json:"access_token"`
	TokenType   string     `json:"token_type"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	ExpiresIn   *int64     `json:"expires_in,omitempty"` // seconds
	Source      string     `json:"source"`
	Warnings    []finding  `json:"warnings,omitempty"`
}

func (a *app) tokenCommand() *cobra.Command {
	return a.refreshable(&cobra.Command{
		Use:   "token [flags]",
		Short: "Print a valid access token",
		Long: `Prints a valid access token and a newline. It comes from the cache if one rests there: see imsx cache.

With --json: access_token, token_type, expires_at (RFC 3339), expires_in (seconds) and source, which is exchange,
client_credentials, cache, or file.`,
		Example: `  imsx token -c service_token.json
  TOKEN=$(imsx token -c oauth_server_to_server.json)
  pass adobe/credentials | imsx token -c - --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tok, err := a.accessToken(cmd.Context())
			if err != nil {
				return err
			}
			return a.printToken(tok)
		},
	})
}

// refreshable gives a command that gets a token the flag --refresh.
func (a *app) refreshable(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.flags.refresh, "refresh", false, "ask IMS for a new token, and put it into the cache in the old one's place")
	return cmd
}

// accessToken gets a token of the chosen credential.
func (a *app) accessToken(ctx context.Context) (token.Token, error) {
	src, _, err := a.open()
	if err != nil {
		return token.Token{}, err
	}
	defer src.Close()
	tok, err := src.Token(ctx)
	if err == nil && a.flags.refresh && tok.Origin == token.OriginCache {
		_ = src.Invalidate(ctx, tok) // that the cache fails is told anyway
		tok, err = src.Token(ctx)
	}
	a.tellClock(src.ClockDifference())
	return tok, err
}

func (a *app) printToken(tok token.Token) error {
	if !a.flags.json {
		_, err := fmt.Fprintln(a.Stdout, tok.AccessToken.Reveal())
		return err
	}
	out := tokenOutput{
		AccessToken: tok.AccessToken.Reveal(), TokenType: "bearer", Source: string(tok.Origin), Warnings: a.findings,
	}
	if !tok.Expiry.IsZero() {
		at, in := tok.Expiry.UTC().Truncate(time.Second), int64(tok.Remaining(time.Now())/time.Second)
		out.ExpiresAt, out.ExpiresIn = &at, &in
	}
	return a.printJSON(out)
}

func (a *app) headerCommand() *cobra.Command {
	return a.refreshable(&cobra.Command{
		Use:   "header [flags]",
		Short: "Print the Authorization header for curl and others",
		Long: `Prints "Authorization: Bearer " and a valid access token, for programs that read headers from a file, so that the
token stands in no argument list.`,
		Example: `  curl -H @<(imsx header -c service_token.json) https://author-p1-e2.adobeaemcloud.com/api/assets.json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tok, err := a.accessToken(cmd.Context())
			if err != nil {
				return err
			}
			if a.flags.json {
				return a.printJSON(map[string]string{"Authorization": tok.Authorization()})
			}
			_, err = fmt.Fprintln(a.Stdout, "Authorization: "+tok.Authorization())
			return err
		},
	})
}
