package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

const aboutEndpoint = `IMS is the one of the credentials if some are given, otherwise the one that issued the token by its own account.`

func (a *app) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [flags] [FILE]",
		Short: "Ask IMS whether a token is valid",
		Long: `Reads an access token from FILE or standard input and asks IMS about it. The exit code is 0 for a valid token and 3
for another one.

` + aboutEndpoint,
		Example: `  imsx token -c service_token.json | imsx validate -c service_token.json`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, cred, text, err := a.clientAndToken(args)
			if err != nil {
				return err
			}
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			req := ims.ValidateRequest{Token: text}
			if claims, _ := token.ParseClaims(text); claims.ClientID == "" && cred != nil {
				req.ClientID = cred.ClientID
			}
			v, err := client.Validate(ctx, req)
			if err != nil {
				return err
			}
			return a.printValidation(v)
		},
	}
}

// validationOutput is the JSON of a validation.
type validationOutput struct {
	Valid     bool       `json:"valid"`
	Reason    string     `json:"reason,omitempty"`
	ClientID  string     `json:"client_id,omitempty"`
	UserID    string     `json:"user_id,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	DebugID   string     `json:"debug_id,omitempty"`
}

func (a *app) printValidation(v ims.Validation) error {
	out := validationOutput{Valid: v.Valid, Reason: v.Reason, ClientID: v.Claims.ClientID, UserID: v.Claims.UserID, DebugID: v.DebugID}
	if !v.Claims.ExpiresAt.IsZero() {
		at := v.Claims.ExpiresAt.UTC()
		out.ExpiresAt = &at
	}
	switch {
	case a.flags.json:
		if err := a.printJSON(out); err != nil {
			return err
		}
	case v.Valid:
		fmt.Fprintf(a.Stdout, "valid until %s\n", when(v.Claims.ExpiresAt))
	default:
		fmt.Fprintln(a.Stdout, "not valid")
	}
	if v.Valid {
		return nil
	}
	p := unusablef("token_not_valid", "IMS says that the token is not valid: %s", orString(v.Reason, "it gives no reason")).
		withHint("get a new one with imsx token")
	p.DebugID = v.DebugID
	return p
}

func (a *app) invalidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "invalidate [flags] [FILE]",
		Short: "End a token at IMS before its time",
		Long: `Reads an access token from FILE or standard input and tells IMS to end it, for example after it was shown to the
wrong eyes. The client secret of the credentials is sent along if there is one, and the token is removed from their cache.

` + aboutEndpoint,
		Example: `  imsx invalidate -c service_token.json token.txt`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, cred, text, err := a.clientAndToken(args)
			if err != nil {
				return err
			}
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			req := ims.InvalidateRequest{Token: text}
			end := func(s secret.Text) error {
				req.ClientSecret = s
				return client.Invalidate(ctx, req)
			}
			if cred != nil && len(cred.ClientSecrets) > 0 {
				req.ClientID = cred.ClientID
				err = withSecrets(cred, end)
			} else {
				err = end(secret.Text{})
			}
			if err != nil {
				return err
			}
			if err := a.forget(ctx, cred, text); err != nil {
				return err
			}
			if a.flags.json {
				return a.printJSON(map[string]any{"invalidated": true})
			}
			a.say("the token %v is ended", text)
			return nil
		},
	}
}

// withSecrets calls ask with each of the client secrets, of which there must be one, until one is not the wrong one.
func withSecrets(cred *credentials.Credentials, ask func(secret.Text) error) (err error) {
	for _, s := range cred.ClientSecrets {
		err = ask(s)
		if e, ok := errors.AsType[*ims.Error](err); !ok || e.Cause != ims.CauseWrongSecret {
			break
		}
	}
	return err
}

// forget removes a token that has ended from the cache, so that nobody gets it from there.
func (a *app) forget(ctx context.Context, cred *credentials.Credentials, text secret.Text) error {
	kept, err := a.openCache()
	if err != nil || cred == nil || kept.store == nil {
		return err
	}
	c, err := a.choose()
	if err != nil {
		return err
	}
	src, err := imsx.New(imsx.Config{
		Credentials: cred, Scopes: c.scopes, AllowHosts: c.allowHosts, Store: kept.store, StoreTimeout: kept.limit, Timeout: a.flags.timeout, Notify: a.notify,
	})
	if err != nil {
		return err
	}
	defer src.Close()
	if err := src.Invalidate(ctx, token.Token{AccessToken: text}); err != nil {
		a.addFinding(finding{
			Severity: "warning", Code: "cache_unusable", What: fmt.Sprintf("the token may still be in the cache: %v.", err),
			Do: "Remove it with imsx cache clear.",
		})
	}
	return nil
}

// limit applies --timeout to a command that makes one request.
func (a *app) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.flags.timeout)
}

// clientAndToken reads the token that a command is about and finds the IMS to ask.
func (a *app) clientAndToken(args []string) (*ims.Client, *credentials.Credentials, secret.Text, error) {
	fail := func(err error) (*ims.Client, *credentials.Credentials, secret.Text, error) {
		return nil, nil, secret.Text{}, err
	}
	if a.flags.credentials == "-" && fileArg(args) == "-" {
		return fail(usagef("standard input cannot be both the credentials and the token").withHint("name a file for one of them"))
	}
	text, err := a.readSecret(fileArg(args), "the token")
	if err != nil {
		return fail(err)
	}
	endpoint := ""
	if claims, err := token.ParseClaims(text); err == nil && claims.Server != "" {
		endpoint = "https://" + claims.Server + ".adobelogin.com"
	}
	client, cred, err := a.imsClient(endpoint)
	if err != nil {
		return fail(err)
	}
	return client, cred, text, nil
}

// readSecret reads a token or assertion, alone or after "Bearer ".
func (a *app) readSecret(file, what string) (secret.Text, error) {
	data, err := a.readInput(file, what)
	if err != nil {
		return secret.Text{}, err
	}
	text := strings.TrimSpace(string(data))
	text = strings.TrimPrefix(text, "Authorization: ")
	text = strings.TrimPrefix(text, "Bearer ")
	if strings.ContainsAny(text, " \t\r\n") {
		return secret.Text{}, &inputError{fmt.Errorf("%s must be one word, and the input has several", what)}
	}
	return secret.New(text), nil
}

// imsClient returns a client for the IMS of the chosen credentials and those credentials, or for endpoint and nil if
// none are given.
func (a *app) imsClient(endpoint string) (*ims.Client, *credentials.Credentials, error) {
	if err := a.checkFlags(); err != nil {
		return nil, nil, err
	}
	c, err := a.choose()
	if err != nil {
		return nil, nil, err
	}
	var cred *credentials.Credentials
	if !c.none() {
		if cred, err = a.credential(c); err != nil {
			return nil, nil, err
		}
		endpoint = cred.Endpoint
	}
	if endpoint == "" {
		return nil, nil, usagef("it is not clear which IMS to ask").withHint("name credentials with -c FILE")
	}
	hc, err := httpClient(c)
	if err != nil {
		return nil, nil, err
	}
	client, err := ims.New(ims.Config{
		Endpoint: endpoint, HTTPClient: hc, AllowHosts: c.allowHosts, UserAgent: a.userAgent(), Timeout: a.flags.timeout,
	})
	return client, cred, err
}
