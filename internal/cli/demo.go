package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func (a *app) demoCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Show the whole way from credentials to PDFs on a local emulator",
		Long: `Starts the emulator inside this process and goes the whole way on it, without the internet and without an Adobe
account: credentials, assertion, exchange, access token, calls with the token, what a refusal looks like, and three PDFs of
a template and data, which stay in the folder imsx-demo. With --json, each step is an object with name, title, text and
details.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFlags(); err != nil {
				return err
			}
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			return a.demo(ctx, dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "imsx-demo", "put the credentials and the documents into `DIR`")
	return cmd
}

// step is one thing that the demo shows.
type step struct {
	Name, Title, Text string
	details           []row
}

// MarshalJSON writes the details as an object.
func (s step) MarshalJSON() ([]byte, error) {
	details := make(map[string]string)
	for _, r := range s.details {
		details[strings.ReplaceAll(strings.TrimSpace(r.name), " ", "_")] = r.value
	}
	return json.Marshal(map[string]any{"name": s.Name, "title": s.Title, "text": s.Text, "details": details})
}

// show is a demo that is going on.
type show struct {
	app    *app
	dir    string
	em     *emulator.Emulator
	client *http.Client
	steps  []step
}

func (a *app) demo(ctx context.Context, dir string) error {
	start := time.Now()
	em, err := emulator.New(emulator.Config{Logger: a.logger(), Version: a.Version})
	if err != nil {
		return err
	}
	defer em.Close()
	s := &show{app: a, dir: dir, em: em}
	for _, act := range []func(context.Context) error{s.startEmulator, s.serviceAccount, s.serverToServer, s.refusal, s.documents} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return s.end(time.Since(start))
}

// add shows a step, and keeps it for the JSON.
func (s *show) add(st step) error {
	s.steps = append(s.steps, st)
	if s.app.flags.json {
		return nil
	}
	title := fmt.Sprintf("%d. %s", len(s.steps), st.Title)
	text := "  " + strings.ReplaceAll(st.Text, "\n", "\n  ")
	_, err := fmt.Fprintf(s.app.Stdout, "%s\n%s\n\n", s.app.style(s.app.Stdout).Bold(title), text)
	if err != nil {
		return err
	}
	if err := s.app.rows("", st.details); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.app.Stdout)
	return err
}

func (s *show) end(took time.Duration) error {
	if s.app.flags.json {
		return s.app.printJSON(map[string]any{"steps": s.steps, "took_ms": took.Milliseconds()})
	}
	_, err := fmt.Fprintf(s.app.Stdout, `That was the whole way, in %v. The documents are in %s. Next:
  imsx emulator --dir adobe   keeps such an Adobe running for your own programs
  imsx token -c FILE          the same with real credentials
  imsx forms pdf --help       documents with real credentials
  imsx help                   everything else
`, took.Round(10*time.Millisecond), s.dir)
	return err
}

func (s *show) startEmulator(context.Context) error {
	if err := s.em.Start(""); err != nil {
		return err
	}
	if err := s.em.WriteFiles(s.dir); err != nil {
		return &inputError{fmt.Errorf("--dir: %w", err)}
	}
	var err error
	s.client, err = ims.NewHTTPClient(ims.HTTPConfig{CAFile: filepath.Join(s.dir, emulator.CertificateAuthorityFile)})
	if err != nil {
		return err
	}
	return s.add(step{
		Name: "emulator", Title: "A local Adobe",
		Text: "The emulator plays Adobe's identity service, IMS, with real cryptography. Nothing leaves this machine.",
		details: []row{
			{"IMS", s.em.URL()}, {"files", s.dir},
		},
	})
}

// openFile reads a credential file of the emulator and returns its source.
func (s *show) openFile(name string) (*credentials.Credentials, *imsx.Source, error) {
	set, err := credentials.Open(filepath.Join(s.dir, name), credentials.Options{})
	if err != nil {
		return nil, nil, err
	}
	c, err := set.Select("")
	if err != nil {
		return nil, nil, err
	}
	src, err := imsx.New(imsx.Config{Credentials: c, HTTPClient: s.client, UserAgent: s.app.userAgent()})
	return c, src, err
}

// serviceAccount goes from service credentials to an answer: the way of Adobe's tutorial.
func (s *show) serviceAccount(ctx context.Context) error {
	c, src, err := s.openFile(emulator.ServiceTokenFile)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := s.showCredentials(c); err != nil {
		return err
	}
	if err := s.showAssertion(c); err != nil {
		return err
	}
	tok, err := src.Token(ctx)
	if err != nil {
		return err
	}
	if err := s.showExchange(c, tok); err != nil {
		return err
	}
	if err := s.showClaims(tok); err != nil {
		return err
	}
	return s.showCalls(ctx, src)
}

func (s *show) showCredentials(c *credentials.Credentials) error {
	rows := []row{{"file", emulator.ServiceTokenFile}, {"format", c.Format.Title()}}
	return s.add(step{
		Name: "credentials", Title: "The credentials that a person downloads",
		Text:    "Secrets are shown as fingerprints, here and everywhere.",
		details: append(rows, credentialRows(explain(c))...),
	})
}

func (s *show) showAssertion(c *credentials.Credentials) error {
	as := assertionOf(c, nil, 5*time.Minute, false)
	claims, err := as.Claims()
	if err != nil {
		return err
	}
	signed, err := as.Sign(c.Keys[0].Signer)
	if err != nil {
		return err
	}
	var pretty map[string]any
	if err := json.Unmarshal(claims, &pretty); err != nil {
		return err
	}
	indented, err := json.MarshalIndent(pretty, "", "  ")
	if err != nil {
		return err
	}
	return s.add(step{
		Name: "assertion", Title: "The assertion: a signed statement of who asks for what",
		Text:    "A JSON Web Token, signed with the private key (RS256), valid for 5 minutes. Its claims:\n" + string(indented),
		details: []row{{"signed", fmt.Sprintf("%d bytes, %v", signed.Len(), signed)}},
	})
}

func (s *show) showExchange(c *credentials.Credentials, tok token.Token) error {
	return s.add(step{
		Name: "exchange", Title: "The exchange: the assertion becomes an access token",
		Text: "IMS checks the client, its secret, the claims, and the signature against the account's certificates.",
		details: []row{
			{"request", "POST " + s.em.URL() + "/ims/exchange/jwt"},
			{"client_id", c.ClientID}, {"client_secret", c.ClientSecrets[0].String()}, {"jwt_token", "the assertion"},
			{"access token", tok.AccessToken.String()}, {"expires", when(tok.Expiry)},
		},
	})
}

func (s *show) showClaims(tok token.Token) error {
	c, err := token.ParseClaims(tok.AccessToken)
	if err != nil {
		return err
	}
	return s.add(step{
		Name: "token", Title: "What the access token says",
		Text: "IMS's tokens carry created_at and expires_in, in milliseconds and as strings, instead of exp.",
		details: []row{
			{"type", c.Type}, {"client_id", c.ClientID}, {"user_id", c.UserID}, {"org", c.Organization}, {"issued by", c.Server},
			{"created_at", when(c.CreatedAt)}, {"expires", when(c.ExpiresAt)}, {"scope", listOrNone(c.Scopes)},
		},
	})
}

// showCalls uses the token twice, to show that it is asked for once.
func (s *show) showCalls(ctx context.Context, src *imsx.Source) error {
	client := &http.Client{Transport: &imsx.Transport{Source: src, Base: s.client.Transport}}
	url := s.em.URL() + "/ims/profile/v1"
	var answer string
	for range 2 {
		var err error
		if answer, err = get(ctx, client, url); err != nil {
			return err
		}
	}
	return s.add(step{
		Name: "call", Title: "Calls with the token",
		Text: "imsx's HTTP client adds the header, and only for hosts that may see the token. AEM is called the same way.",
		details: []row{
			{"request", "GET " + url}, {"header", "Authorization: Bearer …"}, {"answer", answer},
			{"calls", "2"}, {"tokens asked for", fmt.Sprint(src.Status().Fetches)},
		},
	})
}

// get returns the status and the body of a small answer.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", url, resp.Status)
	}
	return resp.Status + " " + strings.TrimSpace(string(body)), nil
}

func (s *show) serverToServer(ctx context.Context) error {
	c, src, err := s.openFile(emulator.OAuthServerToServerFile)
	if err != nil {
		return err
	}
	defer src.Close()
	tok, err := src.Token(ctx)
	if err != nil {
		return err
	}
	return s.add(step{
		Name: "server_to_server", Title: "The newer credentials: OAuth server-to-server",
		Text: "No key and no assertion: the client secret is enough. imsx tells the two kinds apart by the file.",
		details: []row{
			{"file", emulator.OAuthServerToServerFile}, {"request", "POST " + s.em.URL() + "/ims/token/v3"},
			{"grant_type", "client_credentials"}, {"client_id", c.ClientID}, {"client_secret", c.ClientSecrets[0].String()},
			{"scope", listOrNone(c.Scopes)}, {"access token", tok.AccessToken.String()}, {"expires", when(tok.Expiry)},
		},
	})
}

// refusal shows what a wrong secret looks like.
func (s *show) refusal(ctx context.Context) error {
	c, src, err := s.openFile(emulator.OAuthServerToServerFile)
	if err != nil {
		return err
	}
	_ = src.Close()
	wrong := *c
	wrong.ClientSecrets = []secret.Text{secret.New("not the secret")}
	src, err = imsx.New(imsx.Config{Credentials: &wrong, HTTPClient: s.client, UserAgent: s.app.userAgent()})
	if err != nil {
		return err
	}
	defer src.Close()
	_, err = src.Token(ctx)
	var refused *ims.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("the emulator did not refuse a wrong secret: %w", err)
	}
	return s.add(step{
		Name: "refusal", Title: "When it goes wrong: here, on purpose, with a wrong client secret",
		Text: "Every failure has one cause of a closed list, with what it means and who must do what.",
		details: []row{
			{"error", refused.Error()}, {"cause", string(refused.Cause)}, {"what it means", refused.Cause.Meaning()},
			{"what to do", refused.Cause.Remedy()}, {"exit code", fmt.Sprint(exitOfCause(refused.Cause))},
		},
	})
}
