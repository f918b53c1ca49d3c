package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/term"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

func (a *app) inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect [flags] [FILE]",
		Short: "Explain a credential file, an assertion or an access token",
		Long: `Explains what a file is, without asking anybody: a credential file in any of the formats that imsx reads, a signed
assertion, or an access token. Times are told in words, secrets as fingerprints. Without FILE it explains the
credentials that -c, --profile or the environment name, or else standard input.`,
		Example: `  imsx inspect service_token.json
  imsx token -c service_token.json | imsx inspect -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.checkFlags(); err != nil {
				return err
			}
			if len(args) == 1 {
				a.flags.credentials, a.flags.profile = args[0], ""
			}
			c, err := a.choose()
			if err != nil {
				return err
			}
			if c.none() {
				c.file = "-"
			}
			return a.inspect(c)
		},
	}
}

// inspect explains what the choice names: a token or assertion if it looks like one, credentials otherwise.
func (a *app) inspect(c choice) error {
	if c.file != "" {
		data, err := a.peek(c.file)
		if err != nil {
			return err
		}
		if text, ok := compactJWS(data); ok {
			return a.inspectJWS(text)
		}
		if c.file == "-" || len(data) > 0 && !isRegular(c.file) { // it can be read once
			c.file, c.content = "", data
		}
	}
	set, err := a.read(c)
	if err != nil {
		return err
	}
	creds := set.All()
	if c.selector != "" {
		one, err := set.Select(c.selector)
		if err != nil {
			return err
		}
		creds = []*credentials.Credentials{one}
	}
	return a.printCredentials(creds, set.Refused())
}

// peek reads standard input whole, and enough of a file to tell a token from credentials.
func (a *app) peek(file string) ([]byte, error) {
	if file == "-" {
		if term.IsTerminal(a.Stdin) {
			return nil, usagef("nothing to inspect").withHint("name a FILE, or pipe one in")
		}
		data, err := io.ReadAll(io.LimitReader(a.Stdin, maxInput+1))
		if err != nil {
			return nil, &inputError{fmt.Errorf("reading standard input: %w", err)}
		}
		if len(data) == 0 {
			data = []byte(" ") // to be told apart from no content at all
		}
		return data, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil //nolint:nilerr // reading it as credentials gives the better error
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxInput+1))
	return data, nil
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// compactJWS returns the token or assertion that data is, alone or after "Bearer ".
func compactJWS(data []byte) (secret.Text, bool) {
	text := strings.TrimSpace(string(data))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "Authorization: "), "Bearer ")
	t := secret.New(text)
	_, _, err := token.DecodeJWT(t)
	return t, err == nil
}

// inspectJWS explains an access token, or else an assertion.
func (a *app) inspectJWS(text secret.Text) error {
	claims, err := token.ParseClaims(text)
	if err == nil && (strings.HasSuffix(claims.Type, "_token") || !claims.CreatedAt.IsZero()) {
		return a.printAccessToken(text, claims)
	}
	d, err := ims.DecodeAssertion(text)
	if err != nil {
		return &inputError{fmt.Errorf("reading the JSON Web Token: %w", err)}
	}
	return a.printAssertion(text, d)
}

// row is one line of an explanation.
type row struct{ name, value string }

// rows writes an explanation under its title, if it has one, leaving out what has no value.
func (a *app) rows(title string, rows []row) error {
	const column = 21 // where values begin
	st, width := a.style(a.Stdout), term.Width(a.Stdout)
	var b bytes.Buffer
	if title != "" {
		fmt.Fprintf(&b, "%s\n", st.Bold(title))
	}
	for _, r := range rows {
		if r.value != "" {
			value := term.Wrap(r.value, max(column, len(r.name)+3), column, width)
			fmt.Fprintf(&b, "  %s %s\n", st.Dim(fmt.Sprintf("%-*s", column-3, r.name)), value)
		}
	}
	_, err := a.Stdout.Write(b.Bytes())
	return err
}

func (a *app) printAccessToken(text secret.Text, c token.Claims) error {
	if a.flags.json {
		return a.printJSON(map[string]any{
			"kind": "access_token", "fingerprint": text.Fingerprint(), "type": c.Type, "client_id": c.ClientID, "user_id": c.UserID,
			"organization": c.Organization, "server": c.Server, "scopes": c.Scopes, "created_at": jsonTime(c.CreatedAt),
			"expires_at": jsonTime(c.ExpiresAt), "expired": expired(c.ExpiresAt), "header": c.Header, "claims": c.Payload,
		})
	}
	state := "valid by its own account (IMS may have ended it: imsx validate)"
	if expired(c.ExpiresAt) {
		state = "expired"
	}
	return a.rows("IMS "+strings.ReplaceAll(orString(c.Type, "access_token"), "_", " "), []row{
		{"fingerprint", text.Fingerprint()}, {"state", state}, {"issued", when(c.CreatedAt)}, {"expires", when(c.ExpiresAt)},
		{"client id", c.ClientID}, {"acts as", c.UserID}, {"organization", c.Organization}, {"issued by", c.Server},
		{"scopes", listOrNone(c.Scopes)},
	})
}

func expired(t time.Time) bool { return !t.IsZero() && time.Now().After(t) }

func jsonTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *app) printAssertion(text secret.Text, d ims.DecodedAssertion) error {
	if a.flags.json {
		return a.printJSON(map[string]any{
			"kind": "assertion", "fingerprint": text.Fingerprint(), "algorithm": d.Algorithm, "organization": d.Organization,
			"technical_account": d.TechnicalAccount, "audience": d.Audience, "client_id": d.ClientID, "endpoint": d.Endpoint,
			"metascopes": d.Metascopes, "id": d.ID, "issued_at": jsonTime(d.IssuedAt), "expires_at": jsonTime(d.Expiry),
			"expired": expired(d.Expiry), "odd": d.Odd, "header": d.Header, "claims": d.Payload,
		})
	}
	issued := ""
	if !d.IssuedAt.IsZero() {
		issued = when(d.IssuedAt)
	}
	rows := []row{
		{"fingerprint", text.Fingerprint()}, {"signed with", d.Algorithm + " (not verified: only IMS knows the certificates)"},
		{"issued", issued}, {"expires", when(d.Expiry)}, {"organization", d.Organization}, {"technical account", d.TechnicalAccount},
		{"audience", d.Audience}, {"client id", d.ClientID}, {"metascopes", listOrNone(d.Metascopes)}, {"id (jti)", d.ID},
	}
	for _, odd := range d.Odd {
		rows = append(rows, row{"odd", odd})
	}
	return a.rows("assertion for "+orString(d.Endpoint, "an unknown IMS"), rows)
}

// credentialOutput is the JSON of one explained credential.
type credentialOutput struct {
	File             string      `json:"file,omitempty"`
	Kind             string      `json:"kind"`
	Format           string      `json:"format"`
	FormatTitle      string      `json:"format_title"`
	Console          string      `json:"console,omitempty"`
	Name             string      `json:"name,omitempty"`
	Endpoint         string      `json:"endpoint"`
	ClientID         string      `json:"client_id,omitempty"`
	ClientSecrets    []string    `json:"client_secrets,omitempty"`
	Organization     string      `json:"organization,omitempty"`
	TechnicalAccount string      `json:"technical_account,omitempty"`
	Email            string      `json:"email,omitempty"`
	Metascopes       []string    `json:"metascopes,omitempty"`
	Scopes           []string    `json:"scopes,omitempty"`
	Keys             []keyOutput `json:"keys,omitempty"`
	AccessToken      string      `json:"access_token,omitempty"` // its fingerprint
	UserID           string      `json:"user_id,omitempty"`      // whom a ready token acts as
	IssuedAt         *time.Time  `json:"issued_at,omitempty"`
	ExpiresAt        *time.Time  `json:"expires_at,omitempty"`
	Retirement       string      `json:"retirement,omitempty"`
	Findings         []finding   `json:"findings"`
}

// keyOutput is the JSON of a private key.
type keyOutput struct {
	Encoding     string     `json:"encoding"`
	PublicKey    string     `json:"public_key"`
	Certificate  string     `json:"certificate,omitempty"`
	Matches      bool       `json:"matches_certificate"`
	ValidFrom    *time.Time `json:"valid_from,omitempty"`
	ValidUntil   *time.Time `json:"valid_until,omitempty"`
	DaysLeft     *int       `json:"days_left,omitempty"`
	SubjectNamed string     `json:"certificate_subject,omitempty"`
}

func explain(c *credentials.Credentials) credentialOutput {
	out := credentialOutput{
		File: c.Source, Kind: string(c.Kind), Format: string(c.Format), FormatTitle: c.Format.Title(), Console: c.Format.Console(), Name: c.Name,
		Endpoint: c.Endpoint, ClientID: c.ClientID, Organization: c.Organization, TechnicalAccount: c.TechnicalAccountID,
		Email: c.TechnicalAccountEmail, Metascopes: c.Metascopes, Scopes: c.Scopes, Retirement: c.Retirement(),
		Findings: append([]finding{}, findingsOf(c)...),
	}
	for _, s := range c.ClientSecrets {
		out.ClientSecrets = append(out.ClientSecrets, s.Fingerprint())
	}
	for _, k := range c.Keys {
		out.Keys = append(out.Keys, explainKey(k))
	}
	if c.Kind == credentials.KindAccessToken {
		out.AccessToken = c.AccessToken.Fingerprint()
		explainToken(c, &out)
	}
	return out
}

// explainToken adds what a ready token says of itself.
func explainToken(c *credentials.Credentials, out *credentialOutput) {
	claims, err := token.ParseClaims(c.AccessToken)
	if err != nil {
		return
	}
	out.ClientID, out.Organization = orString(out.ClientID, claims.ClientID), orString(out.Organization, claims.Organization)
	out.UserID, out.Scopes = claims.UserID, claims.Scopes
	out.IssuedAt, out.ExpiresAt = jsonTime(claims.CreatedAt), jsonTime(claims.ExpiresAt)
	known := slices.ContainsFunc(out.Findings, func(f finding) bool { return strings.Contains(f.Code, "expired") })
	if expired(claims.ExpiresAt) && !known {
		out.Findings = append(out.Findings, finding{
			Severity: string(credentials.SeverityError), Code: "token_expired",
			What: fmt.Sprintf("The token expired %s.", when(claims.ExpiresAt)), Do: "Download a new one from the AEM Developer Console.",
		})
	}
}

func explainKey(k credentials.Key) keyOutput {
	out := keyOutput{Encoding: k.Encoding, PublicKey: k.PublicKeyFingerprint(), Matches: k.MatchesCertificate()}
	if k.Certificate != nil {
		out.Certificate, out.SubjectNamed = k.Fingerprint(), k.Certificate.Subject.String()
		out.ValidFrom = jsonTime(k.Certificate.NotBefore)
	}
	if !k.Expires.IsZero() {
		left := int(time.Until(k.Expires).Hours() / 24)
		out.ValidUntil, out.DaysLeft = jsonTime(k.Expires), &left
	}
	return out
}

func (a *app) printCredentials(creds []*credentials.Credentials, refused []*credentials.Error) error {
	outs := make([]credentialOutput, 0, len(creds))
	for _, c := range creds {
		outs = append(outs, explain(c))
	}
	if a.flags.json {
		return a.printJSON(map[string]any{"kind": "credentials", "credentials": outs, "refused": refusals(refused)})
	}
	var errs []error
	for i, out := range outs {
		rows := credentialRows(out)
		if len(outs) > 1 {
			rows = slices.Insert(rows, 0, row{"file", out.File})
		}
		if i > 0 {
			_, err := fmt.Fprintln(a.Stdout)
			errs = append(errs, err)
		}
		errs = append(errs, a.rows(out.FormatTitle, rows), a.printFindings(out.Findings))
	}
	for _, r := range refused {
		a.say("left out: %v", r)
	}
	return errors.Join(errs...)
}

func refusals(refused []*credentials.Error) []string {
	out := []string{}
	for _, r := range refused {
		out = append(out, r.Error())
	}
	return out
}

func credentialRows(c credentialOutput) []row {
	rows := []row{
		{"kind", credentials.Kind(c.Kind).Title()}, {"comes from", c.Console}, {"name", c.Name}, {"IMS endpoint", c.Endpoint},
		{"client id", c.ClientID}, {"client secrets", strings.Join(c.ClientSecrets, ", ")}, {"organization", c.Organization},
		{"technical account", c.TechnicalAccount}, {"AEM login name", c.Email}, {"acts as", c.UserID},
		{"metascopes", strings.Join(c.Metascopes, ", ")}, {"scopes", strings.Join(c.Scopes, ", ")}, {"access token", c.AccessToken},
	}
	if c.IssuedAt != nil {
		rows = append(rows, row{"issued", when(*c.IssuedAt)})
	}
	if c.ExpiresAt != nil {
		rows = append(rows, row{"expires", when(*c.ExpiresAt)})
	}
	for _, k := range c.Keys {
		rows = append(rows, row{"private key", k.Encoding}, row{"  public key", k.PublicKey}, row{"  certificate", k.Certificate},
			row{"  subject", k.SubjectNamed})
		if k.ValidFrom != nil {
			rows = append(rows, row{"  valid from", when(*k.ValidFrom)})
		}
		if k.ValidUntil != nil {
			rows = append(rows, row{"  valid until", when(*k.ValidUntil)})
		}
	}
	return append(rows, row{"retirement", c.Retirement})
}

func (a *app) printFindings(findings []finding) error {
	st := a.style(a.Stdout)
	paint := map[string]func(string) string{
		string(credentials.SeverityError): st.Bad, string(credentials.SeverityWarning): st.Warn,
	}
	for _, f := range findings {
		p, ok := paint[f.Severity]
		if !ok {
			continue // information stands among the rows
		}
		if _, err := fmt.Fprintf(a.Stdout, "  %s %s %s\n", p(f.Severity+":"), f.What, f.Do); err != nil {
			return err
		}
	}
	return nil
}
