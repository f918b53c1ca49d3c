package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/bulk"
)

// aemCall is a command that calls AEM: its client and what the client gets its tokens from.
type aemCall struct {
	app    *app
	client *aem.Client
	forms  *forms.Service
	source *imsx.Source
}

// Close ends the token source.
func (c *aemCall) Close() {
	c.client.CloseIdleConnections()
	_ = c.source.Close()
}

// aemURL returns the AEM instance to call: that of the flag, the environment, or the profile.
func (a *app) aemURL(flag string, c choice) (string, error) {
	if url := orString(orString(flag, a.getenv("IMSX_AEM")), c.aem); url != "" {
		return url, nil
	}
	return "", usagef("no AEM instance is named").
		withHint("give its address with --aem URL, in IMSX_AEM, or as aem in the profile, such as https://author-p1-e2.adobeaemcloud.com")
}

// formsTime sets the limit for one document where the user has set none.
func (a *app) formsTime(cmd *cobra.Command) time.Duration {
	if f := cmd.Flag("timeout"); f == nil || !f.Changed {
		return formsTimeout
	}
	return a.flags.timeout
}

// openAEM returns a client of the AEM instance with a token source of the chosen credentials.
func (a *app) openAEM(cmd *cobra.Command, url string) (*aemCall, error) {
	choice, err := a.choose()
	if err != nil {
		return nil, err
	}
	base, err := a.aemURL(url, choice)
	if err != nil {
		return nil, err
	}
	src, cred, err := a.open()
	if err != nil {
		return nil, err
	}
	a.acting = cred
	client, err := a.aemClient(cmd, choice, base, src, cred)
	if err != nil {
		_ = src.Close()
		return nil, err
	}
	return &aemCall{app: a, client: client, forms: forms.New(client), source: src}, nil
}

func (a *app) aemClient(cmd *cobra.Command, c choice, base string, src *imsx.Source, cred *credentials.Credentials) (*aem.Client, error) {
	transport, err := aemTransport(c)
	if err != nil {
		return nil, err
	}
	cfg := aem.Config{
		BaseURL: base, Source: src, HTTPClient: transport, AllowHosts: c.allowHosts, UserAgent: a.userAgent(),
		Timeout: a.formsTime(cmd), Notify: a.notifyCall, APIKey: apiKeyOf(cred),
	}
	return aem.New(cfg)
}

// apiKeyOf returns the client id for credentials whose tokens Adobe's API gateway takes only together with it.
func apiKeyOf(c *credentials.Credentials) string {
	if c.Kind == credentials.KindServerToServer {
		return c.ClientID
	}
	return ""
}

// aemTransport returns a client for documents: with connections for as many as are made at once, and no limit of its own
// on the wait for an answer, because each document has one.
func aemTransport(c choice) (*http.Client, error) {
	const noLimit = 24 * time.Hour
	client, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: c.caFile, HeaderTimeout: noLimit})
	if err != nil {
		return nil, &inputError{fmt.Errorf("--ca-file: %w", err)}
	}
	if t, ok := client.Transport.(*http.Transport); ok {
		t.MaxIdleConnsPerHost = bulk.MaxParallel
		t.WriteBufferSize, t.ReadBufferSize = 64<<10, 64<<10 // a small document in one piece
	}
	return client, nil
}

// notifyCall tells of attempts that failed: all when asked, and long waits in any case.
func (a *app) notifyCall(e aem.Event) {
	if a.flags.json || e.Err == nil || !e.Again {
		return
	}
	if a.flags.verbose || e.Attempt.Wait >= tellWait && !a.quiet {
		a.say("attempt %d: %s; trying again in %v", e.Number, e.Err.Cause, e.Attempt.Wait.Round(100*time.Millisecond))
	}
}

// elsewhere adds to the error of a request whose result comes later how it is asked for. It is not asked for here: what
// AEM answers there before it has the result is not documented.
func (c *aemCall) elsewhere(err error) error {
	accepted, ok := errors.AsType[*forms.AcceptedError](err)
	if !ok || accepted.Location == "" {
		return err
	}
	base, err := url.Parse(c.client.BaseURL())
	if err != nil {
		return accepted
	}
	place, err := base.Parse(accepted.Location)
	if err != nil || place.Host != base.Host { // the token does not go there
		return accepted
	}
	return describe(accepted).withHint("the result will be at that place; ask for it with: imsx curl -f -o FILE " + shellWord(place.String()))
}

// callAEM opens the client for one command and closes it when the command is over.
func (a *app) callAEM(cmd *cobra.Command, fl *formsFlags, do func(context.Context, *aemCall) error) error {
	call, err := a.openAEM(cmd, fl.aem)
	if err != nil {
		return err
	}
	defer call.Close()
	return do(cmd.Context(), call)
}
