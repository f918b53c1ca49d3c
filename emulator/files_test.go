package emulator_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

func TestServiceTokenFile(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	var f serviceFile
	readJSON(t, e.ServiceToken, &f)
	in := f.Integration
	if !f.OK || f.StatusCode != 200 || "https://"+in.IMSEndpoint != e.URL() || in.Metascopes != "ent_aem_cloud_api" {
		t.Errorf("ok %v, statusCode %d, imsEndpoint %q, metascopes %q", f.OK, f.StatusCode, in.IMSEndpoint, in.Metascopes)
	}
	for _, text := range []string{in.PrivateKey, in.PublicKey} {
		if n := strings.Count(text, "\n"); n != strings.Count(text, "\r\n") || !strings.HasSuffix(text, "-----\r\n") {
			t.Error("a PEM text does not have CR LF at all of its lines")
		}
	}
	block, _ := pem.Decode([]byte(in.PublicKey))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !parseKey(t, in.PrivateKey).PublicKey.Equal(cert.PublicKey) {
		t.Error("the private key does not belong to the certificate")
	}
	if err := cert.CheckSignatureFrom(cert); err != nil {
		t.Errorf("not self-signed: %v", err)
	}
	if cert.Subject.CommonName != in.TechnicalAccount.ClientID || cert.NotAfter.Sub(cert.NotBefore) < 365*24*time.Hour {
		t.Errorf("CN %q, %v to %v", cert.Subject.CommonName, cert.NotBefore, cert.NotAfter)
	}
	if expiry, err := time.Parse("2006-01-02T15:04:05.000Z", in.Expiration); err != nil || !expiry.Equal(cert.NotAfter) {
		t.Errorf("certificateExpirationDate = %q, certificate ends %v", in.Expiration, cert.NotAfter)
	}
}

func TestLocalDevelopmentTokenWorks(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t)
	var f struct {
		OK          bool   `json:"ok"`
		StatusCode  int    `json:"statusCode"`
		AccessToken string `json:"accessToken"`
	}
	readJSON(t, e.LocalDevelopmentToken, &f)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL()+"/ims/profile/v1", nil)
	req.Header.Set("Authorization", "bearer "+f.AccessToken)
	resp, err := e.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var profile struct{ Email string }
	if err := json.NewDecoder(resp.Body).Decode(&profile); err != nil || profile.Email != "developer@example.com" {
		t.Errorf("status %d, email %q, %v", resp.StatusCode, profile.Email, err)
	}
}

func TestWriteFilesModes(t *testing.T) {
	t.Parallel()
	e, dir := start(t, emulator.Config{Version: "1.2.3"}), filepath.Join(t.TempDir(), "new", "adobe")
	if err := e.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, err := entry.Info()
		if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", entry.Name(), info.Mode(), err)
		}
	}
	want := []string{"ca.pem", "emulator.json", "local_development_token.json", "oauth_server_to_server.json", "service_token.json"}
	if !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("directory mode %v, %v, want 0700", info.Mode(), err)
	}
	var status map[string]any
	readJSON(t, filepath.Join(dir, "emulator.json"), &status)
	if status["ims_url"] != e.URL() || status["version"] != "1.2.3" || status["pid"] != float64(os.Getpid()) ||
		status["ca_file"] != filepath.Join(dir, "ca.pem") {
		t.Errorf("emulator.json = %v", status)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "emulator.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("emulator.json is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "service_token.json")); err != nil {
		t.Errorf("the credentials went with it: %v", err)
	}
}

func TestWriteFilesPlain(t *testing.T) {
	t.Parallel()
	e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = true })
	var f serviceFile
	readJSON(t, e.ServiceToken, &f)
	if f.Integration.IMSEndpoint != e.URL() || !strings.HasPrefix(e.URL(), "http://127.0.0.1:") {
		t.Errorf("imsEndpoint = %q, URL = %q", f.Integration.IMSEndpoint, e.URL())
	}
	if _, err := os.Stat(filepath.Join(e.Dir, "ca.pem")); !errors.Is(err, fs.ErrNotExist) || e.CAFile != "" {
		t.Errorf("ca.pem: %v, CAFile = %q", err, e.CAFile)
	}
}

// TestTwoEmulatorsOneDirectory: an emulator that ends leaves the emulator.json of its successor alone.
func TestTwoEmulatorsOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := start(t, emulator.Config{}), start(t, emulator.Config{})
	for _, e := range []*emulator.Emulator{first, second} {
		if err := e.WriteFiles(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	var status struct {
		URL string `json:"ims_url"`
	}
	readJSON(t, filepath.Join(dir, "emulator.json"), &status)
	if status.URL != second.URL() {
		t.Errorf("ims_url = %q, want the second emulator's", status.URL)
	}
}
