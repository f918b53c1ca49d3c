package console

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/ims"
)

// holder is everything that a credential file can say about a client.
type holder struct {
	ims.ClientState
	organization ims.Organization
	account      ims.Account
	metascopes   []string
	secrets      []string
	key          *madeKey
	origin       string // of IMS
}

// endpoint is the address of IMS as credentials name it: the bare host, which stands for https, or the origin.
func (h holder) endpoint() string { return strings.TrimPrefix(h.origin, "https://") }

func (h holder) keyPEM() string         { return h.key.keyPEM() }
func (h holder) certificatePEM() string { return h.key.certificatePEM() }

// shape is one form in which credentials are kept.
type shape struct {
	name, file, title, about string
	fits                     func(holder) bool
	content                  func(holder) ([]byte, error)
}

func hasKey(h holder) bool    { return h.ExchangeJWT && h.key != nil && len(h.secrets) > 0 }
func hasSecret(h holder) bool { return h.ClientCredentials && len(h.secrets) > 0 }

// shapesOf are the forms in the order of the page. Names are parts of addresses.
var shapesOf = []shape{
	{"aem", "service_token.json", "AEM service credentials", "As the AEM Developer Console hands them out, with the key.", hasKey, aemFile},
	{"jwt-auth", "jwt-auth.json", "jwt-auth settings", "What JavaScript programs give to @adobe/jwt-auth.", hasKey, jwtAuthFile},
	{"aio", "aio.json", "aio context", "Settings of the aio command line, for a service account.", hasKey, aioJWTFile},
	{"env", "service.env", ".env file", "Variables AEM_SERVICECREDENTIALS_… for programs that read no file.", hasKey, serviceEnvFile},
	{"key", "private.key", "Private key", "PEM, PKCS#8.", hasKey, keyFile},
	{"certificate", "certificate_pub.crt", "Certificate", "PEM, as it is registered here.", hasKey, certificateFile},

	{"oauth", "oauth_server_to_server.json", "OAuth server-to-server", "The credential's JSON of the Adobe Developer Console.", hasSecret, oauthFile},
	{"project", "project.json", "Developer Console project", "The download of a workspace. It names no IMS host: the client must be pointed here.", hasSecret, projectFile},
	{"aio-oauth", "aio.json", "aio context", "Settings of the aio command line, for OAuth server-to-server.", hasSecret, aioOAuthFile},
	{"env-oauth", "oauth.env", ".env file", "CLIENT_ID, CLIENT_SECRET, SCOPES and their neighbours.", hasSecret, oauthEnvFile},
}

// The one download that belongs to no client.
const (
	developer        = "developer"
	developmentShape = "local-token"
	developmentFile  = "local_development_token.json"
)

// registry is what a look-up for many clients is made in.
type registry struct {
	origin        string
	bindings      map[string]ims.BindingState // the first of each client
	organizations map[string]ims.Organization
}

func (s *Server) registry(r *http.Request) registry {
	reg := registry{s.addresses(r).IMS, map[string]ims.BindingState{}, map[string]ims.Organization{}}
	for _, b := range slices.Backward(s.cfg.IMS.Bindings()) {
		reg.bindings[b.ClientID] = b
	}
	for _, o := range s.cfg.IMS.Organizations() {
		reg.organizations[o.ID] = o
	}
	return reg
}

// holderOf gathers what is known about a client.
func (s *Server) holderOf(reg registry, c ims.ClientState) holder {
	h := holder{ClientState: c, origin: reg.origin, metascopes: c.Metascopes}
	account, organization := c.Account, c.Organization
	if b, ok := reg.bindings[c.ID]; ok {
		account, organization, h.metascopes = b.Account, b.Organization, b.Metascopes
	}
	h.account, _ = s.cfg.IMS.Account(account)
	h.account.ID = account
	h.organization = reg.organizations[organization]
	h.organization.ID = organization
	for _, text := range s.cfg.IMS.ClientSecrets(c.ID) {
		h.secrets = append(h.secrets, text.Reveal()) // for the file of who asked for it
	}
	h.key = s.keyOf(c.ID)
	return h
}

// keyOf returns the private key of a client: the one that the control API made, or else the emulator's own.
func (s *Server) keyOf(client string) *madeKey {
	if k, ok := s.keys.get(client); ok {
		return &k
	}
	if s.cfg.PrivateKey == nil {
		return nil
	}
	key, certificate := s.cfg.PrivateKey(client)
	if key == nil || certificate == nil {
		return nil
	}
	return &madeKey{key, certificate}
}

type downloadsPage struct {
	Page   page
	Find   string
	Groups []downloadGroup
}

type downloadGroup struct {
	ID           int
	Title, About string
	Shapes       []shapeView
}

type shapeView struct{ Path, File, Title, About string }

func (s *Server) downloadsPage(w http.ResponseWriter, r *http.Request) {
	find, reg := strings.TrimSpace(r.URL.Query().Get("find")), s.registry(r)
	p := downloadsPage{Page: s.newPage(r, "Downloads"), Find: find}
	for _, c := range s.cfg.IMS.Clients() {
		if len(p.Groups) == shownClients {
			break
		}
		if !strings.Contains(c.ID+" "+c.Name, find) {
			continue
		}
		h := s.holderOf(reg, c)
		g := downloadGroup{ID: len(p.Groups) + 1, Title: h.title(), About: c.ID}
		for _, sh := range shapesOf {
			if sh.fits(h) {
				path := downloadsPrefix + url.PathEscape(c.ID) + "/" + sh.name
				g.Shapes = append(g.Shapes, shapeView{path, sh.file, sh.title, sh.about})
			}
		}
		if len(g.Shapes) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	if s.cfg.DevelopmentToken != nil {
		p.Groups = append(p.Groups, downloadGroup{ID: len(p.Groups) + 1, Title: "A developer", About: "A ready token, for trying things out.", Shapes: []shapeView{{
			downloadsPrefix + developer + "/" + developmentShape, developmentFile, "Local development token",
			"As the AEM Developer Console hands it out. Each download is a new token.",
		}}})
	}
	s.render(w, http.StatusOK, "downloads", p)
}

func (h holder) title() string {
	switch {
	case h.Name != "":
		return h.Name
	case h.account.Name != "":
		return h.account.Name
	case h.ExchangeJWT:
		return "Service account"
	}
	return "OAuth server-to-server"
}

// download sends one file.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	client, name := r.PathValue("client"), r.PathValue("shape")
	file, content, err := s.downloadFile(r, client, name)
	switch {
	case err != nil:
		s.logger.Warn("a download cannot be made", "client", client, "cause", err)
		http.Error(w, "the file cannot be made", http.StatusInternalServerError)
	case content == nil:
		s.noPage(w, r)
	default:
		kind := "text/plain; charset=utf-8"
		if strings.HasSuffix(file, ".json") {
			kind = "application/json"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
		_, _ = w.Write(content)
	}
}

// downloadFile makes a file, nil if there is none of that name.
func (s *Server) downloadFile(r *http.Request, client, name string) (file string, content []byte, err error) {
	if client == developer && name == developmentShape && s.cfg.DevelopmentToken != nil {
		token, err := s.cfg.DevelopmentToken()
		if err != nil {
			return "", nil, err
		}
		content, err = indented(struct {
			OK          bool   `json:"ok"`
			StatusCode  int    `json:"statusCode"`
			AccessToken string `json:"accessToken"`
		}{true, http.StatusOK, token.Reveal()})
		return developmentFile, content, err
	}
	c, ok := s.cfg.IMS.Client(client)
	if !ok {
		return "", nil, nil
	}
	h := s.holderOf(s.registry(r), c)
	for _, sh := range shapesOf {
		if sh.name == name && sh.fits(h) {
			content, err = sh.content(h)
			return sh.file, content, err
		}
	}
	return "", nil, nil
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

func keyFile(h holder) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(h.key.key)
	if err != nil {
		return nil, fmt.Errorf("private key: %v", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func certificateFile(h holder) ([]byte, error) { return []byte(h.certificatePEM()), nil }
