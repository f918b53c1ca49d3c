package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

// population is who lives in an emulator. The identifiers are made up in Adobe's forms; secrets and accounts are new
// in each emulator.
type population struct {
	organization ims.Organization
	service      ims.Client // the AEM service credentials, for the JWT exchange
	oauth        ims.Client // the OAuth server-to-server credentials
	console      ims.Client // the AEM developer console, whose tokens a developer gets
	accounts     map[string]ims.Account
	developer    string
	certificate  *x509.Certificate
	key          *rsa.PrivateKey
}

const (
	serviceClient = "cm-p11111-e22222-integration-0"
	consoleClient = "cm-p11111-e22222"
	metascope     = "ent_aem_cloud_api"
)

// The scopes of the clients. Those of the OAuth client are what Adobe's guide for AEM Forms lists.
var (
	serviceScopes = []string{
		"openid", "AdobeID", "read_organizations", "additional_info.projectedProductContext", "read_pc.dma_aem_cloud",
	}
	oauthScopes = append(serviceScopes[:len(serviceScopes):len(serviceScopes)], "aem.document")
)

// populate adds an organization, two technical accounts, a developer and their clients to server.
func populate(server *ims.Server, key *rsa.PrivateKey, r io.Reader, now time.Time) (population, error) {
	p := population{
		organization: ims.Organization{ID: ident(r, "AdobeOrg"), Name: "Emulated Organization"},
		accounts:     map[string]ims.Account{},
		key:          key,
	}
	account := func(domain, email, name string) string {
		a := ims.Account{ID: ident(r, domain), Organization: p.organization.ID, Email: email, Name: name}
		p.accounts[a.ID] = a
		return a.ID
	}
	technical := "techacct.adobe.com"
	p.service = ims.Client{
		ID: serviceClient, Name: "AEM service credentials", Secrets: newSecrets(r), Organization: p.organization.ID, Scopes: serviceScopes,
		Account: account(technical, uuid(r)+"@"+technical, "Emulated ServiceAccount"), Metascopes: []string{metascope}, ExchangeJWT: true,
	}
	p.oauth = ims.Client{
		ID: hex.EncodeToString(random(r, 16)), Name: "OAuth server-to-server", Secrets: newSecrets(r), Organization: p.organization.ID, Scopes: oauthScopes,
		Account: account(technical, uuid(r)+"@"+technical, "Emulated ServerToServer"), ClientCredentials: true,
	}
	p.console = ims.Client{ID: consoleClient, Name: "AEM Developer Console", Organization: p.organization.ID, Scopes: serviceScopes}
	p.developer = account("AdobeID", "developer@example.com", "Emulated Developer")
	var err error
	if p.certificate, err = accountCertificate(serviceClient, key, now); err != nil {
		return population{}, err
	}
	return p, p.register(server)
}

func (p population) register(server *ims.Server) error {
	if err := server.AddOrganization(p.organization); err != nil {
		return err
	}
	for _, a := range p.accounts {
		if err := server.AddAccount(a); err != nil {
			return err
		}
	}
	for _, c := range []ims.Client{p.service, p.oauth, p.console} {
		if err := server.AddClient(c); err != nil {
			return err
		}
	}
	err := server.AddBinding(ims.Binding{
		Organization: p.organization.ID, Account: p.service.Account, ClientID: p.service.ID, Metascopes: p.service.Metascopes,
	})
	if err != nil {
		return err
	}
	return server.AddCertificate(p.service.ID, p.certificate)
}

// newSecrets returns one client secret in the form of those for production.
func newSecrets(r io.Reader) []secret.Text {
	return []secret.Text{secret.New("p8e-" + base64.RawURLEncoding.EncodeToString(random(r, 24)))}
}

// ident returns 24 upper-case hexadecimal digits at a source, the form of IMS identifiers.
func ident(r io.Reader, source string) string {
	return strings.ToUpper(hex.EncodeToString(random(r, 12))) + "@" + source
}

// uuid returns a random UUID (RFC 9562, section 5.4).
func uuid(r io.Reader) string {
	b := random(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// random returns n bytes of r, or of the system if r has none left.
func random(r io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		_, _ = rand.Read(b)
	}
	return b
}
