package emulator

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/internal/atomicfile"
	"github.com/imsx/imsx/secret"
)

// The names of the files that [Emulator.WriteFiles] writes.
const (
	ServiceTokenFile          = "service_token.json"
	OAuthServerToServerFile   = "oauth_server_to_server.json"
	LocalDevelopmentTokenFile = "local_development_token.json"
	CertificateAuthorityFile  = "ca.pem"
	StatusFile                = "emulator.json"
)

// WriteFiles writes the emulator's credentials into dir, which it makes with mode 0700 if need be: the AEM service
// credentials, the OAuth server-to-server credentials and a local development token as Adobe's consoles hand them out,
// and the certificate authority (not with [Config.Plain]). Each file is replaced as a whole and has mode 0600.
//
// The last one is emulator.json, with "ims_url", "aem_author_url", "aem_publish_url", "console_url", "ca_file", "pid" and
// "version": once it is there, the emulator answers and the others are complete. An old one is removed first, and this one
// when the emulator ends. The emulator must have been started, and one directory belongs to one emulator at a time. Errors
// wrap those of the file system.
func (e *Emulator) WriteFiles(dir string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != stageStarted {
		return errors.New("the emulator is not running")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := removeIfThere(filepath.Join(path, StatusFile)); err != nil {
		return err
	}
	if err := e.writeCredentials(path); err != nil {
		return err
	}
	e.dir = path
	if caFile := e.caFileLocked(); caFile != "" {
		if err := atomicfile.WriteFile(caFile, e.ca, 0o600); err != nil {
			return err
		}
	}
	status, err := writeStatus(path, status{
		IMSURL: e.originLocked(doorIMS), AEMAuthorURL: e.originLocked(doorAuthor), AEMPublishURL: e.originLocked(doorPublish),
		ConsoleURL: e.originLocked(doorIMS) + consolePath, CAFile: e.caFileLocked(), PID: os.Getpid(), Version: e.cfg.version(),
	})
	if err == nil {
		e.written = status
	}
	return err
}

// caFileLocked returns the path of the authority's certificate, "" if there is none or it was not written.
func (e *Emulator) caFileLocked() string {
	if e.cfg.Plain || e.dir == "" {
		return ""
	}
	return filepath.Join(e.dir, CertificateAuthorityFile)
}

func (e *Emulator) writeCredentials(dir string) error {
	development, err := e.developmentToken()
	if err != nil {
		return err
	}
	files := []struct {
		name    string
		content any
	}{
		{ServiceTokenFile, e.serviceToken()},
		{OAuthServerToServerFile, e.serverToServer()},
		{LocalDevelopmentTokenFile, development},
	}
	for _, f := range files {
		if err := writeJSON(filepath.Join(dir, f.name), f.content); err != nil {
			return err
		}
	}
	return nil
}

// endpoint is the emulator's address as credentials name it: the bare host, which stands for https, or the origin.
func (e *Emulator) endpoint() string { return strings.TrimPrefix(e.originLocked(doorIMS), "https://") }

// serviceToken is the file of the AEM developer console, with its order of members.
type serviceToken struct {
	OK          bool        `json:"ok"`
	Integration integration `json:"integration"`
	StatusCode  int         `json:"statusCode"`
}

type integration struct {
	IMSEndpoint      string `json:"imsEndpoint"`
	Metascopes       string `json:"metascopes"`
	TechnicalAccount struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
	} `json:"technicalAccount"`
	Email      string `json:"email"`
	ID         string `json:"id"`
	Org        string `json:"org"`
	PrivateKey string `json:"privateKey"`
	PublicKey  string `json:"publicKey"`
	Expiration string `json:"certificateExpirationDate"`
}

func (e *Emulator) serviceToken() serviceToken {
	p := e.people
	in := integration{
		IMSEndpoint: e.endpoint(),
		Metascopes:  strings.Join(p.service.Metascopes, ","),
		Email:       p.accounts[p.service.Account].Email,
		ID:          p.service.Account,
		Org:         p.organization.ID,
		PrivateKey:  crlfPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(p.key)),
		PublicKey:   crlfPEM("CERTIFICATE", p.certificate.Raw),
		Expiration:  p.certificate.NotAfter.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	in.TechnicalAccount.ClientID = p.service.ID
	in.TechnicalAccount.ClientSecret = p.service.Secrets[0].Reveal()
	return serviceToken{OK: true, Integration: in, StatusCode: 200}
}

// crlfPEM encodes as the console does, with CR LF at each line's end.
func crlfPEM(kind string, der []byte) string {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	return strings.ReplaceAll(string(text), "\n", "\r\n")
}

// serverToServer is the credential file of Adobe's developer console. IMS is not in every such file; without it a
// client would go to Adobe's own host.
type serverToServer struct {
	Type          string   `json:"TYPE"`
	ClientID      string   `json:"CLIENT_ID"`
	ClientSecrets []string `json:"CLIENT_SECRETS"`
	AccountID     string   `json:"TECHNICAL_ACCOUNT_ID"`
	AccountEmail  string   `json:"TECHNICAL_ACCOUNT_EMAIL"`
	OrgID         string   `json:"ORG_ID"`
	Scopes        []string `json:"SCOPES"`
	IMS           string   `json:"IMS"`
}

func (e *Emulator) serverToServer() serverToServer {
	p := e.people
	return serverToServer{
		Type:          "oauthservertoserver",
		ClientID:      p.oauth.ID,
		ClientSecrets: reveal(p.oauth.Secrets),
		AccountID:     p.oauth.Account,
		AccountEmail:  p.accounts[p.oauth.Account].Email,
		OrgID:         p.organization.ID,
		Scopes:        p.oauth.Scopes,
		IMS:           e.endpoint(),
	}
}

func reveal(secrets []secret.Text) []string {
	texts := make([]string, len(secrets))
	for i, s := range secrets {
		texts[i] = s.Reveal()
	}
	return texts
}

// developmentToken is the file that the AEM developer console gives to a developer.
type developmentToken struct {
	OK          bool   `json:"ok"`
	StatusCode  int    `json:"statusCode"`
	AccessToken string `json:"accessToken"`
}

func (e *Emulator) developmentToken() (developmentToken, error) {
	t, err := e.newDevelopmentToken()
	return developmentToken{OK: true, StatusCode: 200, AccessToken: t.Reveal()}, err
}

// status is the content of emulator.json.
type status struct {
	IMSURL        string `json:"ims_url"`
	AEMAuthorURL  string `json:"aem_author_url"`
	AEMPublishURL string `json:"aem_publish_url"`
	ConsoleURL    string `json:"console_url"`
	CAFile        string `json:"ca_file,omitempty"`
	PID           int    `json:"pid"`
	Version       string `json:"version"`
}

// statusFile is an emulator.json that was written.
type statusFile struct {
	path    string
	content []byte
}

func writeStatus(dir string, s status) (*statusFile, error) {
	content, err := encode(s)
	if err != nil {
		return nil, err
	}
	f := &statusFile{path: filepath.Join(dir, StatusFile), content: content}
	return f, atomicfile.WriteFile(f.path, content, 0o600)
}

// remove removes the file unless another emulator has replaced it. A nil f is none.
func (f *statusFile) remove() error {
	if f == nil {
		return nil
	}
	content, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(content, f.content) {
		return nil
	}
	if err != nil {
		return err
	}
	return removeIfThere(f.path)
}

func removeIfThere(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func writeJSON(path string, v any) error {
	content, err := encode(v)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, content, 0o600)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
