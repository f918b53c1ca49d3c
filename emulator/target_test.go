package emulator_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

const serviceClient = "cm-p11111-e22222-integration-0"

// world is an emulator whose scenario makes one change.
type world struct {
	*emulatortest.Emulator
	t *testing.T
}

func (w world) client(id string) ims.ClientState {
	w.t.Helper()
	c, ok := w.IMS().Client(id)
	if !ok {
		w.t.Fatalf("there is no client %q", id)
	}
	return c
}

func (w world) certificate() ims.CertificateState {
	w.t.Helper()
	for _, b := range w.IMS().Bindings() {
		if b.ClientID == serviceClient && len(b.Certificates) > 0 {
			return b.Certificates[0]
		}
	}
	w.t.Fatal("the service account has no certificate")
	return ims.CertificateState{}
}

func (w world) author() aem.Snapshot {
	w.t.Helper()
	i, ok := w.AEM().Instance("p11111-e22222", aem.Author)
	if !ok {
		w.t.Fatal("there is no author")
	}
	return i.Snapshot()
}

// TestEveryChange makes each kind of change that a scenario can make, and looks for what it changed.
func TestEveryChange(t *testing.T) {
	t.Parallel()
	const org, account = "0123456789ABCDEF01234567@AdobeOrg", "0123456789ABCDEF01234567@techacct.adobe.com"
	tests := []struct {
		changes []fault.Change
		check   func(w world) bool
	}{
		{[]fault.Change{fault.MoveClock{By: time.Hour}}, func(w world) bool { return w.Clock().Difference() == time.Hour }},
		{[]fault.Change{fault.SetClock{Offset: -time.Hour}}, func(w world) bool { return w.Clock().Difference() == -time.Hour }},
		{[]fault.Change{fault.SetTokenLifetime{Lifetime: time.Minute}}, func(w world) bool { return w.IMS().TokenLifetime() == time.Minute }},
		{[]fault.Change{fault.RevokeCertificate{ClientID: serviceClient}}, func(w world) bool { return w.certificate().Revoked }},
		{[]fault.Change{fault.ExpireCertificate{ClientID: serviceClient}}, func(w world) bool { return w.certificate().NotAfter.Before(time.Now()) }},
		{[]fault.Change{fault.RotateKey{}}, func(w world) bool { return len(w.IMS().KeyIDs()) == 2 }},
		{[]fault.Change{fault.RotateKey{Forget: true}}, func(w world) bool { return len(w.IMS().KeyIDs()) == 1 }},
		{[]fault.Change{fault.Throttle{Rate: 2, Burst: 3}}, func(w world) bool { return w.IMS().DefaultRate() == ims.Rate{PerSecond: 2, Burst: 3} }},
		{[]fault.Change{fault.Throttle{ClientID: serviceClient, Rate: 1, Burst: 1}}, func(w world) bool { return w.client(serviceClient).Rate.Burst == 1 }},
		{[]fault.Change{fault.AddSecret{ClientID: serviceClient}}, func(w world) bool { return len(w.client(serviceClient).Secrets) == 2 }},
		{[]fault.Change{fault.AddSecret{ClientID: serviceClient, Secret: secret.New("p8e-known")}}, func(w world) bool {
			return w.client(serviceClient).Secrets[1].Fingerprint == secret.New("p8e-known").Fingerprint()
		}},
		{[]fault.Change{fault.RemoveSecret{ClientID: serviceClient, Which: "oldest"}}, func(w world) bool { return len(w.client(serviceClient).Secrets) == 0 }},
		{[]fault.Change{
			fault.AddSecret{ClientID: serviceClient, Secret: secret.New("p8e-known")},
			fault.RemoveSecret{ClientID: serviceClient, Secret: secret.New("p8e-known")},
		}, func(w world) bool { return len(w.client(serviceClient).Secrets) == 1 }},
		{[]fault.Change{fault.AddOrganization{ID: org, Name: "Second"}, fault.AddAccount{ID: account, Organization: org, Email: "a@techacct.adobe.com"}}, func(w world) bool {
			a, ok := w.IMS().Account(account)
			return ok && a.Organization == org && len(w.IMS().Organizations()) == 2
		}},
		{[]fault.Change{fault.AddClient{ID: "c", Secrets: []secret.Text{secret.New("s")}, Scopes: []string{"openid"}, ClientCredentials: true, Migrated: true}}, func(w world) bool {
			c := w.client("c")
			return c.Migrated && c.ClientCredentials && c.Account != ""
		}},
		{[]fault.Change{fault.AddClient{ID: "j", Secrets: []secret.Text{secret.New("s")}, Metascopes: []string{"ent_aem_cloud_api"}, ExchangeJWT: true, Certificates: []string{certificatePEM(t)}}}, func(w world) bool {
			for _, b := range w.IMS().Bindings() {
				if b.ClientID == "j" {
					return len(b.Certificates) == 1 && w.client("j").ExchangeJWT && !w.client("j").ClientCredentials
				}
			}
			return false
		}},
		{[]fault.Change{fault.AddEnvironment{ID: "p1-e2"}}, func(w world) bool { return len(w.AEM().Instances()) == 4 }},
		{[]fault.Change{fault.AddToGroup{Account: "new@techacct.adobe.com", Group: aem.FormsUsers}}, func(w world) bool {
			users := w.author().Users
			return len(users) == 1 && strings.Contains(strings.Join(users[0].Groups, " "), aem.FormsUsers)
		}},
		{[]fault.Change{
			fault.AddToGroup{Account: "new@techacct.adobe.com", Group: aem.FormsUsers},
			fault.RemoveFromGroup{Account: "new@techacct.adobe.com", Group: aem.FormsUsers},
		}, func(w world) bool {
			return !strings.Contains(strings.Join(w.author().Users[0].Groups, " "), aem.FormsUsers)
		}},
		{[]fault.Change{
			fault.AddAccount{ID: "0123456789ABCDEF01234567@AdobeID", Email: "ada@example.com"},
			fault.AddToGroup{Account: "0123456789ABCDEF01234567@AdobeID", Group: aem.FormsUsers},
		}, func(w world) bool {
			return len(w.author().Users) == 1 && w.author().Users[0].Login == "ada@example.com"
		}},
		{[]fault.Change{fault.AllowClient{ClientID: "c", Tier: "author"}}, func(w world) bool {
			publish, ok := w.AEM().Instance("p11111-e22222", aem.Publish)
			return len(w.author().AllowedClients) == 1 && ok && len(publish.Snapshot().AllowedClients) == 0
		}},
		{[]fault.Change{fault.AllowClient{ClientID: "c"}, fault.DisallowClient{ClientID: "c"}}, func(w world) bool { return len(w.author().AllowedClients) == 0 }},
	}
	for _, tt := range tests {
		last := tt.changes[len(tt.changes)-1]
		t.Run(last.Kind(), func(t *testing.T) {
			t.Parallel()
			w := world{emulatortest.New(t, func(c *emulator.Config) {
				c.Keys = testKeys(t)
				c.Scenario = &fault.Scenario{Changes: tt.changes}
			}), t}
			if !tt.check(w) {
				t.Errorf("%#v changed nothing", last)
			}
		})
	}
}

// TestChangesThatCannotBe starts emulators with scenarios that name what is not there.
func TestChangesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []fault.Change{
		fault.RevokeCertificate{ClientID: "nobody"}, fault.RevokeCertificate{ClientID: serviceClient, Fingerprint: "00000000"},
		fault.AddSecret{ClientID: "nobody"}, fault.RemoveSecret{ClientID: "nobody", Which: "oldest"},
		fault.RemoveSecret{ClientID: serviceClient, Secret: secret.New("another")},
		fault.AllowClient{ClientID: "c", Environment: "p9-e9"}, fault.AddToGroup{Account: "a@b", Group: "form-users"},
		fault.AllowClient{}, fault.AddClient{ID: "a\nb"}, fault.AddClient{ID: "c", ExchangeJWT: true, Certificates: []string{"no certificate"}},
		fault.AddAccount{ID: "a@b", Organization: "none@AdobeOrg"}, fault.AddOrganization{}, fault.Throttle{ClientID: "nobody", Rate: 1},
		fault.Throttle{Rate: -1}, fault.ExpireCertificate{ClientID: "nobody"}, fault.RemoveFromGroup{Account: "a@b", Group: aem.FormsUsers},
		fault.DisallowClient{ClientID: "c", Environment: "p9-e9"},
		fault.AddEnvironment{ID: "nonsense"}, fault.SetTokenLifetime{Lifetime: -1},
	} {
		e, err := emulator.New(emulator.Config{Keys: testKeys(t), Scenario: &fault.Scenario{Changes: []fault.Change{c}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(""); err == nil {
			t.Errorf("%#v was made", c)
		}
		if url := e.URL(); url != "" {
			t.Errorf("%#v cannot be made, and the emulator still listens on %s", c, url)
		}
		if err := e.Shutdown(context.Background()); err != nil {
			t.Errorf("ending after it: %v", err)
		}
	}
}

// certificatePEM is the certificate that an emulator gave to its service account.
func certificatePEM(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(emulatortest.New(t).ServiceToken)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Integration struct {
			PublicKey string `json:"publicKey"`
		} `json:"integration"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(bytes.TrimSpace([]byte(file.Integration.PublicKey)))
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	return file.Integration.PublicKey
}
