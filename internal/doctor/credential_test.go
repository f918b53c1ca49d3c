package doctor_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/doctor"
)

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// brokenCredential is a real cause for which the climb ends before IMS is asked for a token.
type brokenCredential struct {
	name    string
	prepare func(*bench)
	rung    string
	cause   string
	class   doctor.Class
	says    []string
}

var brokenCredentials = []brokenCredential{
	{"no file", func(b *bench) { b.use(b.e.Dir + "/nothing.json") }, "file", "file_missing", doctor.ClassInput,
		[]string{"nothing.json", "Check the path"}},
	{"a folder without credentials", func(b *bench) { b.use(b.TempDir()) }, "complete", "no_match", doctor.ClassInput,
		[]string{"holds no file with credentials"}},
	{"several credentials of a kind", func(b *bench) {
		one := b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["id"] = "000000000000000000000000@techacct.adobe.com" })
		b.write("both.json", "["+readText(b.T, one)+","+readText(b.T, b.e.ServiceToken)+"]")
	}, "complete", "ambiguous", doctor.ClassInput, []string{"there are 2 credentials"}},
	{"words", func(b *bench) { b.write("words.json", "two confidential words") }, "format", "unknown_format", doctor.ClassInput, nil},
	{"wrong JSON", func(b *bench) { b.write("wrong.json", `{"ok": true, "integration": 7, }`) }, "format", "malformed",
		doctor.ClassInput, []string{"line 1"}},
	{"half a file", func(b *bench) { b.write("half.json", readText(b.T, b.e.ServiceToken)[:600]) }, "format", "truncated",
		doctor.ClassInput, nil},
	{"nothing in it", func(b *bench) { b.write("empty.json", " \n") }, "format", "empty", doctor.ClassInput, nil},
	{"a web page", func(b *bench) { b.write("page.json", "<!DOCTYPE html><html><body>Sign in</body></html>") }, "format", "html",
		doctor.ClassInput, []string{"sign-in had run out"}},
	{"a bare token", func(b *bench) { b.write("token.txt", b.credentialOf(b.e.LocalDevelopmentToken).AccessToken.Reveal()) }, "format",
		"bare_token", doctor.ClassInput, nil},
	{"no secret", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) { delete(integration(v)["technicalAccount"].(map[string]any), "clientSecret") })
	}, "complete", "missing_fields", doctor.ClassCredential, []string{"clientSecret", "AEM Developer Console"}},
	{"another organization's form", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["org"] = "0123456789ABCDEF01234567" })
	}, "complete", credentials.CodeIssuerNotOrganization, doctor.ClassCredential, []string{"@AdobeOrg"}},
	{"a strange host", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = "ims.attacker.example" })
	}, "complete", credentials.CodeEndpointNotAdobe, doctor.ClassCredential, []string{"--allow-host ims.attacker.example"}},
	{"plain HTTP", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) { integration(v)["imsEndpoint"] = "http://ims-na1.adobelogin.com" })
	}, "complete", credentials.CodeEndpointPlainHTTP, doctor.ClassCredential, nil},
	{"half a key", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) {
			key := integration(v)["privateKey"].(string)
			integration(v)["privateKey"] = key[:len(key)/2] + "\r\n-----END RSA PRIVATE KEY-----\r\n"
		})
	}, "key", "bad_key", doctor.ClassCredential, nil},
	{"the key of another certificate", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) {
			integration(v)["privateKey"], _ = b.pairOf(time.Now(), time.Now().AddDate(1, 0, 0))
		})
	}, "key_match", credentials.CodeKeyMismatch, doctor.ClassCredential, []string{"SHA-256", "SHA-1", "sha1:", "Download"}},
	{"an expired certificate", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) {
			end := time.Now().Add(-50 * time.Hour)
			integration(v)["privateKey"], integration(v)["publicKey"] = b.pairOf(end.AddDate(-1, 0, 0), end)
			delete(integration(v), "certificateExpirationDate")
		})
	}, "in_date", credentials.CodeCertificateExpired, doctor.ClassCredential, []string{"2 days ago", "AEM Developer Console", "SHA-256"}},
	{"a certificate of tomorrow", func(b *bench) {
		b.edit(b.e.ServiceToken, func(v map[string]any) {
			integration(v)["privateKey"], integration(v)["publicKey"] = b.pairOf(time.Now().Add(30*time.Hour), time.Now().AddDate(1, 0, 0))
			delete(integration(v), "certificateExpirationDate")
		})
	}, "in_date", credentials.CodeCertificateNotYetValid, doctor.ClassCredential, []string{"from that day on", "SHA-256"}},
	{"an expired development token", func(b *bench) {
		text, err := b.e.IMS().MintToken(map[string]any{
			"type": "access_token", "client_id": "cm-p11111-e22222", "user_id": "A@AdobeID",
			"created_at": "1700000000000", "expires_in": "86400000",
		})
		if err != nil {
			b.Fatal(err)
		}
		b.edit(b.e.LocalDevelopmentToken, func(v map[string]any) { v["accessToken"] = text.Reveal() })
	}, "in_date", "token_expired", doctor.ClassCredential, []string{"days ago", "2023-11-15 22:13:20 UTC", "new local development token"}},
}

// Each rung of the credentials, broken once for a real cause.
func TestBrokenCredentials(t *testing.T) {
	t.Parallel()
	for _, tt := range brokenCredentials {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			tt.prepare(b)
			wantBroken(t, b.climb(), tt.rung, tt.cause, tt.class, tt.says...)
			if n := b.e.Tokens(); n != 0 {
				t.Errorf("%d tokens were asked for", n)
			}
		})
	}
}

func (b *bench) credentialOf(path string) *credentials.Credentials {
	b.use(path)
	return b.credential()
}

func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := b.write("mine.json", readText(t, b.e.ServiceToken))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		_ = f.Close()
		// The superuser reads everything: the error comes from a reader then.
		b.cfg.Input.Read = func() (*credentials.Set, error) { return nil, os.ErrPermission }
	}
	wantBroken(t, b.climb(), "readable", "file_unreadable", doctor.ClassInput, "permission denied")
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps permissions elsewhere")
	}
	for mode, want := range map[os.FileMode]doctor.State{0o644: doctor.StateWarning, 0o640: doctor.StateOK, 0o600: doctor.StateOK} {
		b := newBench(t)
		if err := os.Chmod(b.e.ServiceToken, mode); err != nil {
			t.Fatal(err)
		}
		r := b.climb()
		if want == doctor.StateWarning {
			wantState(t, r, "mode", want, "file_mode", "chmod 600 "+b.e.ServiceToken, "0644")
		} else {
			wantState(t, r, "mode", want, "")
		}
		if r.Verdict.State != want {
			t.Errorf("mode %v: the verdict is %+v", mode, r.Verdict)
		}
	}
}

// The clock of this machine makes a good certificate look expired: the server's clock tells that it is not.
func TestExpiredByTheLocalClockOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) }
	r := b.climb()
	wantState(t, r, "in_date", doctor.StateWarning, "clock_hides_date")
	wantBroken(t, r, "clock", "clock_wrong", doctor.ClassCredential, "ahead of the server's", "time service")
}

func TestFolder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.use(b.e.Dir)
	b.cfg.Input.Selector = "service_account"
	r := b.climb()
	wantState(t, r, "file", doctor.StateOK, "", "a folder")
	wantState(t, r, "mode", doctor.StateOK, "", "0600")
	if rung := rungOf(t, r, "complete"); !strings.Contains(rung.Seen, "service account") {
		t.Errorf("it is %q", rung.Seen)
	}
}
