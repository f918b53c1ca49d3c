package clients_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/imsx/imsx/emulator/emulatortest"
)

// clientCredentials configures golang.org/x/oauth2 with the credentials of an emulator.
func clientCredentials(t *testing.T, e *emulatortest.Emulator, version string, style oauth2.AuthStyle) clientcredentials.Config {
	t.Helper()
	v := readJSON(t, e.OAuthServerToServer)
	cfg := clientcredentials.Config{
		ClientID: text(t, v, "CLIENT_ID"), ClientSecret: v["CLIENT_SECRETS"].([]any)[0].(string),
		TokenURL: e.URL() + "/ims/token/" + version, AuthStyle: style,
	}
	for _, scope := range v["SCOPES"].([]any) {
		cfg.Scopes = append(cfg.Scopes, scope.(string))
	}
	return cfg
}

func TestOAuth2ClientCredentials(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, e.Client)
	for name, style := range map[string]oauth2.AuthStyle{
		"found out": oauth2.AuthStyleAutoDetect, "parameters": oauth2.AuthStyleInParams, "header": oauth2.AuthStyleInHeader,
	} {
		for _, version := range []string{"v2", "v3", "v4"} {
			t.Run(name+" "+version, func(t *testing.T) {
				t.Parallel()
				cfg := clientCredentials(t, e, version, style)
				got, err := cfg.Token(ctx)
				if err != nil {
					t.Fatal(err)
				}
				expectToken(t, e, got.AccessToken, cfg.ClientID)
				if left := time.Until(got.Expiry); got.Type() != "Bearer" || left < 23*time.Hour || left > 24*time.Hour {
					t.Errorf("a token of type %s for %v, want Bearer and a day", got.Type(), left)
				}
			})
		}
	}
}

func TestOAuth2Errors(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, e.Client)
	for name, tt := range map[string]struct {
		change            func(*clientcredentials.Config)
		code, description string
	}{
		"wrong secret":   {func(c *clientcredentials.Config) { c.ClientSecret = "x" }, "invalid_client", "invalid client_secret parameter"},
		"unknown client": {func(c *clientcredentials.Config) { c.ClientID = "nobody" }, "invalid_client", "invalid client_id parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := clientCredentials(t, e, "v3", oauth2.AuthStyleInParams)
			tt.change(&cfg)
			_, err := cfg.Token(ctx)
			var refused *oauth2.RetrieveError
			if !errors.As(err, &refused) {
				t.Fatalf("the error is %v", err)
			}
			if refused.ErrorCode != tt.code || refused.ErrorDescription != tt.description || refused.Response.StatusCode != 400 {
				t.Errorf("%d %s %q, want 400 %s %q",
					refused.Response.StatusCode, refused.ErrorCode, refused.ErrorDescription, tt.code, tt.description)
			}
		})
	}
}
