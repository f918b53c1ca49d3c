package doctor_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/internal/doctor"
)

const serviceClient = "cm-p11111-e22222-integration-0"

func setSecret(v map[string]any) {
	integration(v)["technicalAccount"].(map[string]any)["clientSecret"] = "p8e-made-up-and-long-enough"
}

// Each way in which IMS refuses, for a real cause where the emulator has one.
func TestRefusedByIMS(t *testing.T) {
	t.Parallel()
	onExchange := func(name string) func(*bench) {
		return func(b *bench) {
			b.e.Play(b.T, fault.Fault{Match: fault.Match{Route: "exchange"}, Effect: fault.Effect{Error: name, RetryAfter: 9}})
		}
	}
	for _, tt := range []struct {
		name    string
		prepare func(*bench)
		cause   string
		class   doctor.Class
		says    []string
	}{
		{"wrong secret", func(b *bench) { b.edit(b.e.ServiceToken, setSecret) }, "wrong_secret", doctor.ClassCredential,
			[]string{"AEM Developer Console", "client secret 1", "sha256:", serviceClient, "debug id"}},
		{"wrong secret, server-to-server", func(b *bench) {
			b.edit(b.e.OAuthServerToServer, func(v map[string]any) { v["CLIENT_SECRETS"] = []any{"p8e-first-made-up", "p8e-second-made-up"} })
		}, "wrong_secret", doctor.ClassCredential, []string{"the Adobe Developer Console", "client secret 2", "refused"}},
		{"unknown client", func(b *bench) {
			b.edit(b.e.ServiceToken, func(v map[string]any) {
				integration(v)["technicalAccount"].(map[string]any)["clientId"] = "cm-p99999-e88888-integration-7"
			})
		}, "unknown_client", doctor.ClassCredential, []string{"cm-p99999-e88888-integration-7", "AEM Developer Console", "endpoint"}},
		{"unknown client, server-to-server", func(b *bench) {
			b.edit(b.e.OAuthServerToServer, func(v map[string]any) { v["CLIENT_ID"] = "0123456789abcdef0123456789abcdef" })
		}, "unknown_client", doctor.ClassCredential, []string{"0123456789abcdef0123456789abcdef", "the Adobe Developer Console"}},
		{"a revoked certificate", func(b *bench) {
			if err := b.e.IMS().RevokeCertificate(serviceClient, b.credential().Keys[0].Certificate); err != nil {
				b.Fatal(err)
			}
		}, "not_bound", doctor.ClassCredential, []string{
			"Could not match JWT signature to any of the bindings", "AEM Developer Console", "certificate, SHA-256", "certificate, SHA-1",
			"certificate, valid", "key, IMS says", "technical account", "organization",
		}},
		{"a migrated client", func(b *bench) {
			if err := b.e.IMS().SetMigrated(serviceClient, true); err != nil {
				b.Fatal(err)
			}
		}, "migrated", doctor.ClassCredential, []string{"500 internal_error", "OAuth Server-to-Server", "not migrated as a rule"}},
		{"a migrated client of the other console", func(b *bench) {
			b.edit(b.e.ServiceToken, func(v map[string]any) {
				integration(v)["technicalAccount"].(map[string]any)["clientId"] = "0123456789abcdef0123456789abcdef"
			})
			onExchange("migrated")(b)
		}, "migrated", doctor.ClassCredential, []string{"The client was most likely migrated", "download the OAuth Server-to-Server"}},
		{"not enabled", onExchange("exchange_not_allowed"), "not_enabled", doctor.ClassCredential, []string{"administrator", "AEM Developer Console"}},
		{"throttled", onExchange("throttled"), "throttled", doctor.ClassTemporary, []string{"9 seconds, as the server asks", "Wait"}},
		{"down", onExchange("server_error"), "server_fault", doctor.ClassTemporary, nil},
		{"a malformed claim", onExchange("malformed_claim"), "malformed_assertion", doctor.ClassCredential, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			tt.prepare(b)
			rung := wantBroken(t, b.climb(), "token", tt.cause, tt.class, tt.says...)
			if all := said(doctor.Report{Rungs: []doctor.Rung{rung}}); strings.Contains(all, "made-up") {
				t.Errorf("a client secret is shown:\n%s", all)
			}
		})
	}
}

// The fingerprints are those that openssl and the consoles show.
func TestFingerprintsToCompare(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.credential().Keys[0]
	if err := b.e.IMS().RevokeCertificate(serviceClient, key.Certificate); err != nil {
		t.Fatal(err)
	}
	r := b.climb()
	for _, state := range b.e.IMS().Bindings() {
		for _, c := range state.Certificates {
			wantBroken(t, r, "token", "not_bound", doctor.ClassCredential, "sha256:"+c.Fingerprint,
				c.NotAfter.UTC().Format("2006-01-02 15:04:05"))
		}
	}
}

// twoKeys makes credentials whose first key nobody knows, and whose second one is bound.
func (b *bench) twoKeys() {
	b.Helper()
	first := b.edit(b.e.ServiceToken, func(v map[string]any) {
		integration(v)["privateKey"], integration(v)["publicKey"] = b.pairOf(time.Now().Add(-time.Hour), time.Now().AddDate(2, 0, 0))
		delete(integration(v), "certificateExpirationDate")
	})
	b.write("both.json", "["+readText(b.T, first)+","+readText(b.T, b.e.ServiceToken)+"]")
	if n := len(b.credential().Keys); n != 2 {
		b.Fatalf("the credential has %d keys", n)
	}
}

func TestSeveralKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.twoKeys()
	r := b.climb()
	wantState(t, r, "key", doctor.StateOK, "", "2 keys", "key 1, public key", "key 2, public key")
	wantState(t, r, "token", doctor.StateWarning, "several_keys", "accepts key 2 and refuses key 1", "certificate 1, SHA-256", "key 2, IMS says")
}

func TestNoneOfSeveralKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bound := b.credential().Keys[0].Certificate
	b.twoKeys()
	if err := b.e.IMS().RevokeCertificate(serviceClient, bound); err != nil {
		t.Fatal(err)
	}
	wantBroken(t, b.climb(), "token", "not_bound", doctor.ClassCredential, "all 2 keys", "key 1, IMS says", "key 2, IMS says",
		"certificate 2, SHA-1")
}

func TestSeveralSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.edit(b.e.OAuthServerToServer, func(v map[string]any) {
		v["CLIENT_SECRETS"] = append([]any{"p8e-an-old-one"}, v["CLIENT_SECRETS"].([]any)...)
	})
	wantState(t, b.climb(), "token", doctor.StateWarning, "several_secrets", "accepts client secret 2")
}

// An id is sent only when the account demands one.
func TestRequiredID(t *testing.T) {
	t.Parallel()
	for _, required := range []bool{false, true} {
		b := newBench(t)
		if err := b.e.IMS().SetJTIRequired(serviceClient, required); err != nil {
			t.Fatal(err)
		}
		wantState(t, b.climb(), "token", doctor.StateOK, "")
		if last := b.e.IMS().Bindings()[0].LastJTI; (last > 0) != required {
			t.Errorf("required %v: the last id is %d", required, last)
		}
	}
}

func TestFewerScopes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.use(b.e.OAuthServerToServer)
	b.e.Play(t, fault.Fault{Match: fault.Match{Route: "token"}, Effect: fault.Effect{Replace: map[string]json.RawMessage{
		"scope": json.RawMessage(`"openid,AdobeID"`),
	}}})
	r := b.climb()
	wantState(t, r, "scopes", doctor.StateWarning, "scopes_fewer", "aem.document", "openid, AdobeID", "Adobe Developer Console")
	if r.Verdict.State != doctor.StateWarning {
		t.Errorf("the verdict is %+v", r.Verdict)
	}
}

// Both clocks agree that the certificate has ended.
func TestExpiredByBothClocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const years = 2 * 365 * 24 * time.Hour
	b.e.Clock().Set(years)
	b.cfg.Now = func() time.Time { return time.Now().Add(years) }
	b.e.Play(t, fault.Fault{Match: fault.Match{Route: "validate"}, Effect: fault.Effect{Status: &fault.Status{
		Code: 400, Headers: map[string]string{"Date": time.Now().Add(years).UTC().Format(http.TimeFormat)},
	}}})
	wantBroken(t, b.climb(), "in_date", "certificate_expired", doctor.ClassCredential, "days ago", "certificate, SHA-256")
}
