// Package adobe_test starts the emulator in a container by testcontainers-go. Build its image first:
//
//	docker build -t imsx https://github.com/imsx/imsx.git
//
// Go programs do not need a container: package emulatortest starts an emulator inside the test.
package adobe_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// adobe is a running emulator.
type adobe struct {
	URL          string
	Client       *http.Client // trusts the emulator and nothing else
	ServiceToken []byte       // its imsEndpoint is the one inside the container: use URL
}

func startAdobe(ctx context.Context, t *testing.T) adobe {
	t.Helper()
	container, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image:        "imsx",
			Cmd:          []string{"emulator", "--dir", "/adobe", "--listen", "0.0.0.0:8443"},
			ExposedPorts: []string{"8443/tcp"},
			WaitingFor:   wait.ForLog("emulator ready at ").WithStartupTimeout(30 * time.Second),
		},
		Started: true,
	})
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	url, err := container.PortEndpoint(ctx, "8443/tcp", "https")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(read(ctx, t, container, "/adobe/ca.pem"))
	return adobe{
		URL:          url,
		Client:       &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
		ServiceToken: read(ctx, t, container, "/adobe/service_token.json"),
	}
}

func read(ctx context.Context, t *testing.T, container testcontainers.Container, path string) []byte {
	t.Helper()
	file, err := container.CopyFileFromContainer(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestIntegration(t *testing.T) {
	a := startAdobe(t.Context(), t)
	resp, err := a.Client.Get(a.URL + "/ims/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the emulator answers %s", resp.Status)
	}
}
