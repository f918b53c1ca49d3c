package emulator_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"github.com/imsx/imsx/emulator"
)

func Example() {
	e, err := emulator.New(emulator.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := e.Start(""); err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()

	dir, _ := os.MkdirTemp("", "adobe")
	defer os.RemoveAll(dir)
	if err := e.WriteFiles(dir); err != nil {
		fmt.Println(err)
		return
	}

	authority := x509.NewCertPool()
	authority.AppendCertsFromPEM(e.CertificateAuthority())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority}}}
	defer client.CloseIdleConnections()
	resp, err := client.Post(e.URL()+"/ims/exchange/jwt?client_id=nobody", "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 400 Bad Request
}
