package doctor_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/internal/doctor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is the limit of a step where nothing is to time out.
const patience = time.Minute

// bench is one climb on an emulator of its own.
type bench struct {
	*testing.T
	e   *emulatortest.Emulator
	cfg doctor.Config
}

// newBench returns a climb with the service credentials, which would reach the top.
func newBench(t *testing.T) *bench {
	t.Helper()
	e := emulatortest.New(t)
	b := &bench{T: t, e: e, cfg: doctor.Config{HTTPClient: e.Client, Timeout: patience, UserAgent: "imsx/test"}}
	b.use(e.ServiceToken)
	return b
}

// use takes the credentials in a file.
func (b *bench) use(path string) {
	b.cfg.Input.Path = path
	b.cfg.Input.Read = func() (*credentials.Set, error) {
		return credentials.Open(path, credentials.Options{AllowHosts: b.cfg.AllowHosts})
	}
}

// author looks at the author instance.
func (b *bench) author() *aem.Instance {
	b.cfg.AEM = b.e.AEMAuthorURL()
	return b.instance(aem.Author)
}

func (b *bench) instance(tier aem.Tier) *aem.Instance {
	i, ok := b.e.AEM().Instance("p11111-e22222", tier)
	if !ok {
		b.Fatalf("there is no %s instance", tier)
	}
	return i
}

func (b *bench) climb() doctor.Report { return doctor.Climb(b.Context(), b.cfg) }

// edit changes the JSON of a credential file into one of its own, and uses that.
func (b *bench) edit(from string, change func(map[string]any)) string {
	b.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		b.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		b.Fatal(err)
	}
	change(v)
	if data, err = json.Marshal(v); err != nil {
		b.Fatal(err)
	}
	return b.write("edited.json", string(data))
}

// write makes a file and uses it as the credentials.
func (b *bench) write(name, text string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	b.use(path)
	return path
}

func (b *bench) credential() *credentials.Credentials {
	b.Helper()
	set, err := b.cfg.Input.Read()
	if err != nil {
		b.Fatal(err)
	}
	c, err := set.Select("")
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func integration(v map[string]any) map[string]any { return v["integration"].(map[string]any) }

// otherKey is a key that no emulator knows.
var otherKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// pairOf returns a private key and a certificate for it in PEM, valid between two instants.
func (b *bench) pairOf(from, until time.Time) (key, cert string) {
	b.Helper()
	k, err := otherKey()
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "another one"}, NotBefore: from, NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		b.Fatal(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return text("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k)), text("CERTIFICATE", der)
}

// said is everything that a report says.
func said(r doctor.Report) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(r); err != nil {
		return err.Error()
	}
	out := b.String()
	for _, rung := range r.Rungs {
		if rung.File != nil {
			out += rung.File.Content
		}
	}
	return out
}

func ids(r doctor.Report) []string {
	var out []string
	for _, rung := range r.Rungs {
		out = append(out, rung.ID)
	}
	return out
}

func rungOf(t *testing.T, r doctor.Report, id string) doctor.Rung {
	t.Helper()
	i := slices.IndexFunc(r.Rungs, func(r doctor.Rung) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("there is no rung %q among %q:\n%s", id, ids(r), said(r))
	}
	return r.Rungs[i]
}

// wantBroken checks where a climb ended and why, and that the report says all of the texts.
func wantBroken(t *testing.T, r doctor.Report, id, cause string, class doctor.Class, says ...string) doctor.Rung {
	t.Helper()
	last := r.Rungs[len(r.Rungs)-1]
	v := r.Verdict
	if last.ID != id || last.State != doctor.StateBroken || last.Cause != cause || last.Class != class {
		t.Fatalf("it ends at %s: %s, %q, class %q; want %s, broken, %q, class %q\n%s", last.ID, last.State, last.Cause, last.Class, id, cause,
			class, said(r))
	}
	if v.State != doctor.StateBroken || v.Rung != id || v.Cause != cause || v.Class != class {
		t.Errorf("the verdict is %+v", v)
	}
	if last.Seen == "" || last.Meaning == "" || last.Remedy == "" {
		t.Errorf("it does not say what was seen, what that means or what to do: %+v", last)
	}
	wantSays(t, last, says...)
	return last
}

// wantSays checks that a rung has texts, in any of its parts.
func wantSays(t *testing.T, r doctor.Rung, says ...string) {
	t.Helper()
	all := said(doctor.Report{Rungs: []doctor.Rung{r}})
	for _, s := range says {
		if !strings.Contains(all, s) {
			t.Errorf("rung %s does not say %q:\n%s", r.ID, s, all)
		}
	}
}

// wantState checks a rung that does not end the climb.
func wantState(t *testing.T, r doctor.Report, id string, state doctor.State, cause string, says ...string) {
	t.Helper()
	rung := rungOf(t, r, id)
	if rung.State != state || rung.Cause != cause {
		t.Errorf("rung %s is %s, %q; want %s, %q\n%s", id, rung.State, rung.Cause, state, cause, said(r))
	}
	wantSays(t, rung, says...)
}

// closeIdle ends the connections that a test made by itself.
func closeIdle(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	t.Cleanup(func() { rt.(*http.Transport).CloseIdleConnections() })
}
