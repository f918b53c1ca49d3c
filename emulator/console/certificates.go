package console

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator/ims"
)

// certificateJSON is one certificate of a client.
type certificateJSON struct {
	ClientID    string    `json:"client_id"`
	Account     string    `json:"account"`
	Fingerprint string    `json:"fingerprint"` // SHA-256
	Subject     string    `json:"subject"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	DaysLeft    int       `json:"days_left"` // by the emulator's clock; negative once it has ended
	Revoked     bool      `json:"revoked"`
	Usable      bool      `json:"usable"` // now
}

// certificateList returns the certificates of a client, or of all if it is empty, those that end first at the head.
func (s *Server) certificateList(client string) []certificateJSON {
	now := s.cfg.Clock.Now()
	list := []certificateJSON{}
	for _, b := range s.cfg.IMS.Bindings() {
		if client != "" && b.ClientID != client {
			continue
		}
		for _, c := range b.Certificates {
			list = append(list, newCertificateJSON(b, c, now))
		}
	}
	slices.SortStableFunc(list, func(a, b certificateJSON) int { return a.NotAfter.Compare(b.NotAfter) })
	return list
}

func newCertificateJSON(b ims.BindingState, c ims.CertificateState, now time.Time) certificateJSON {
	left := c.NotAfter.Sub(now)
	days := int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return certificateJSON{
		ClientID: b.ClientID, Account: b.Account, Fingerprint: c.Fingerprint, Subject: c.Subject,
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), DaysLeft: days, Revoked: c.Revoked,
		Usable: !c.Revoked && !now.Before(c.NotBefore) && !now.After(c.NotAfter),
	}
}

func (c *call) certificates() (any, *problem) {
	return map[string]any{"certificates": c.certificateList(c.r.URL.Query().Get("client_id"))}, nil
}

// addCertificate adds certificates that are given in PEM, or makes a key and a certificate for it, as Adobe's console
// does: the answer has the key, which is told this once.
func (c *call) addCertificate() (any, *problem) {
	var in struct {
		ClientID string `json:"client_id"`
		PEM      string `json:"pem"`
		Generate bool   `json:"generate"`
		Days     int    `json:"days"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if (in.PEM == "") == !in.Generate {
		return nil, badRequest(`"generate": true makes a new key pair`, `give either "pem" or "generate"`)
	}
	if !in.Generate {
		if err := c.cfg.IMS.AddCertificatePEM(in.ClientID, []byte(in.PEM)); err != nil {
			return nil, refused(err)
		}
		return map[string]any{"certificates": c.certificateList(in.ClientID)}, nil
	}
	made, err := c.makeCertificate(in.ClientID, in.Days)
	if err != nil {
		return nil, refused(err)
	}
	return map[string]any{
		"certificates": c.certificateList(in.ClientID), "fingerprint": made.fingerprint(),
		"private_key": made.keyPEM(), "certificate": made.certificatePEM(),
	}, nil
}

// onCertificate does f with the certificate that the path names, and answers with the client's certificates.
func (c *call) onCertificate(f func(client, fingerprint string) error) (any, *problem) {
	client, fingerprint := c.r.PathValue("client"), c.r.PathValue("fingerprint")
	if err := f(client, fingerprint); err != nil {
		return nil, &problem{http.StatusNotFound, "not_found", err.Error(), "GET " + Prefix + "certificates lists what there is"}
	}
	return map[string]any{"certificates": c.certificateList(client)}, nil
}

func (c *call) revokeCertificate() (any, *problem) {
	return c.onCertificate(func(client, fingerprint string) error {
		return c.cfg.IMS.SetCertificateRevoked(client, fingerprint, true)
	})
}

func (c *call) restoreCertificate() (any, *problem) {
	return c.onCertificate(func(client, fingerprint string) error {
		return c.cfg.IMS.SetCertificateRevoked(client, fingerprint, false)
	})
}

func (c *call) expireCertificate() (any, *problem) {
	return c.onCertificate(c.cfg.IMS.ExpireCertificate)
}

func (c *call) removeCertificate() (any, *problem) {
	return c.onCertificate(c.cfg.IMS.RemoveCertificate)
}

// madeKey is a key pair that the control API made.
type madeKey struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

// madeKeys remembers the newest key pair of each client, for the downloads. The zero value is empty.
type madeKeys struct {
	mu   sync.Mutex
	keys map[string]madeKey
}

func (m *madeKeys) put(client string, k madeKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil {
		m.keys = map[string]madeKey{}
	}
	m.keys[client] = k
}

func (m *madeKeys) get(client string) (madeKey, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[client]
	return k, ok
}

func (m *madeKeys) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys = nil
}

// maxDays bounds the life of a certificate that is made.
const maxDays = 3650

// makeCertificate makes a key and a certificate for it, as Adobe's console does: self-signed, for a year unless days
// says otherwise.
func (s *Server) makeCertificate(client string, days int) (madeKey, error) {
	if days = cmp.Or(days, 365); days < 1 || days > maxDays {
		return madeKey{}, errors.New("a certificate lives from 1 to 3650 days")
	}
	if _, ok := s.cfg.IMS.Client(client); !ok {
		return madeKey{}, errors.New("there is no such client")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return madeKey{}, err
	}
	now := s.cfg.Clock.Now().Truncate(time.Second)
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return madeKey{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: client},
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(0, 0, days),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return madeKey{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return madeKey{}, err
	}
	if err := s.cfg.IMS.AddCertificate(client, cert); err != nil {
		return madeKey{}, err
	}
	made := madeKey{key, cert}
	s.keys.put(client, made)
	return made, nil
}

func (k madeKey) fingerprint() string {
	sum := sha256.Sum256(k.certificate.Raw)
	return hex.EncodeToString(sum[:])
}

func (k madeKey) keyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.key)}))
}

func (k madeKey) certificatePEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.certificate.Raw}))
}
