package emulatortest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/journal"
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

// TestParallel runs a hundred tests with an emulator each, side by side: faults, clock and journal of one are its own.
func TestParallel(t *testing.T) {
	t.Parallel()
	for i := range 100 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t)
			e.Play(t, fault.Fault{Effect: fault.Effect{Status: &fault.Status{Code: 400 + i}}, When: fault.When{Count: 1}})
			e.Clock().Move(time.Duration(i+1) * time.Hour)
			for _, want := range []int{400 + i, http.StatusOK} {
				resp, err := e.Client.Get(e.URL() + "/ims/keys")
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				date, err := http.ParseTime(resp.Header.Get("Date"))
				if ahead := time.Until(date).Round(30 * time.Minute); resp.StatusCode != want || err != nil || ahead != time.Duration(i+1)*time.Hour {
					t.Errorf("status %d, want %d; the clock is %v ahead", resp.StatusCode, want, ahead)
				}
			}
			e.WantRequests(t, 2, journal.Filter{})
			e.WantRequests(t, 1, journal.Filter{Status: 400 + i})
		})
	}
}

// TestScenario: a scenario without a seed needs no keys of its own.
func TestScenario(t *testing.T) {
	t.Parallel()
	scenario, err := fault.ParseScenario([]byte("clock: +1 day"))
	if err != nil {
		t.Fatal(err)
	}
	seeded, err := fault.ParseScenario([]byte("seed: 7"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(s *fault.Scenario) func(*emulator.Config) { return func(c *emulator.Config) { c.Scenario = s } }
	plain, first, second := emulatortest.New(t), emulatortest.New(t, with(scenario)), emulatortest.New(t, with(seeded))
	if first.Clock().Difference() != 24*time.Hour {
		t.Errorf("the clock is %v ahead", first.Clock().Difference())
	}
	if key(t, first) != key(t, plain) || key(t, second) == key(t, plain) {
		t.Error("a scenario has keys of its own, or one with a seed has none")
	}
}

// key returns the private key in an emulator's service credentials.
func key(t *testing.T, e *emulatortest.Emulator) string {
	t.Helper()
	data, err := os.ReadFile(e.ServiceToken)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Integration struct {
			PrivateKey string `json:"privateKey"`
		} `json:"integration"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Integration.PrivateKey
}
