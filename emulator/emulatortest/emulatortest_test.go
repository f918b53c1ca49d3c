package emulatortest_test

import (
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNew(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"TLS": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t, func(c *emulator.Config) { c.Plain = plain })
			resp, err := e.Client.Get(e.URL() + "/ims/keys")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK || e.Tokens() != 0 {
				t.Errorf("status %d, %d tokens", resp.StatusCode, e.Tokens())
			}
			for _, path := range []string{e.ServiceToken, e.OAuthServerToServer, e.LocalDevelopmentToken} {
				if _, err := os.Stat(path); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(e.CAFile); (err == nil) == plain {
				t.Errorf("CAFile %q: %v", e.CAFile, err)
			}
		})
	}
}

// TestEndsWithTheTest: after its test an emulator no longer answers, and another test's is not touched.
func TestEndsWithTheTest(t *testing.T) {
	t.Parallel()
	other := emulatortest.New(t)
	var url string
	t.Run("inner", func(t *testing.T) {
		e := emulatortest.New(t)
		url = e.URL()
		if other.URL() == url || other.ServiceToken == e.ServiceToken {
			t.Error("two emulators share an address or a file")
		}
	})
	if resp, err := other.Client.Get(url + "/ims/keys"); err == nil {
		resp.Body.Close()
		t.Error("the emulator answers after its test")
	}
	resp, err := other.Client.Get(other.URL() + "/ims/keys")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
