package credentials_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
)

// write makes files in a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func configFile(t *testing.T, change func(m)) string {
	t.Helper()
	file := m{
		"client_id": "fake32hex", "client_secret": secret1, "technical_account_id": account, "ims_org_id": org,
		"meta_scopes": []string{"ent_cloudmgr_sdk"}, "oauth_enabled": false, "env": "prod",
	}
	if change != nil {
		change(file)
	}
	return toJSON(t, file)
}

func open(t *testing.T, path string, opts credentials.Options) *credentials.Credentials {
	t.Helper()
	set, err := credentials.Open(path, opts)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return mustSelect(t, set, "")
}

func TestOpenFile(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	path := filepath.Join(write(t, map[string]string{"service_token.json": toJSON(t, aemFile(p))}), "service_token.json")
	c := open(t, path, credentials.Options{})
	if c.Source != path {
		t.Errorf("got source %q", c.Source)
	}
	for _, f := range c.Check(today) {
		if f.Code == credentials.CodeFileReadable {
			t.Errorf("got finding %v for mode 0600", f)
		}
	}
}

func TestOpenMissingFile(t *testing.T) {
	t.Parallel()
	_, err := credentials.Open(filepath.Join(t.TempDir(), "none.json"), credentials.Options{})
	e := wantError(t, err, credentials.ReasonUnreadable)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if !strings.Contains(e.Error(), "none.json") {
		t.Errorf("%q does not name the file", e)
	}
}

func TestOpenNamesFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(write(t, map[string]string{"x.json": `{"CLIENT_ID":"a"}`}), "x.json")
	_, err := credentials.Open(path, credentials.Options{})
	e := wantError(t, err, credentials.ReasonMissingFields)
	if e.Source != path || !strings.HasPrefix(e.Error(), path) {
		t.Errorf("got source %q, text %q", e.Source, e)
	}
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	p, q := validPair(t, 0), validPair(t, 1)
	pathed := func(name string) func(m) { return func(f m) { f["private_key"] = name } }
	outside := filepath.Join(write(t, map[string]string{"other.pem": q.pkcs8(t)}), "other.pem")
	tests := []struct {
		name  string
		files map[string]string
		opts  credentials.Options
		want  keyPair
	}{
		{"private.key beside it", map[string]string{"config.json": configFile(t, nil), "private.key": p.pkcs8(t)}, credentials.Options{}, p},
		{"relative path", map[string]string{"config.json": configFile(t, pathed("k.pem")), "k.pem": p.pkcs8(t)}, credentials.Options{}, p},
		{"path without a telling name", map[string]string{"config.json": configFile(t, pathed("keyfile")), "keyfile": p.pkcs8(t)}, credentials.Options{}, p},
		{"absolute path", map[string]string{"config.json": configFile(t, pathed(outside))}, credentials.Options{}, q},
		{"option", map[string]string{"config.json": configFile(t, nil), "private.key": p.pkcs8(t)}, credentials.Options{KeyFile: outside}, q},
		{"option instead of a path", map[string]string{"config.json": configFile(t, pathed("gone.pem"))}, credentials.Options{KeyFile: outside}, q},
		{"the key inside wins over the option", map[string]string{"config.json": configFile(t, pathed(p.pkcs1()))}, credentials.Options{KeyFile: outside}, p},
		{"DER", map[string]string{"config.json": configFile(t, nil), "private.key": string(p.pkcs8DER(t))}, credentials.Options{}, p},
		{"PDF Services", map[string]string{"config.json": toJSON(t, m{
			"client_credentials":          m{"client_id": "fake32hex", "client_secret": secret1},
			"service_account_credentials": m{"organization_id": org, "account_id": account, "private_key_file": "private.key"},
		}), "private.key": p.pkcs1()}, credentials.Options{}, p},
		{"imscli", map[string]string{"config.json": toJSON(t, m{
			"clientid": "x", "clientsecret": secret1, "organization": org, "account": account, "metascopes": "a", "privatekeypath": "k",
		}), "k": p.pkcs1()}, credentials.Options{}, p},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, filepath.Join(write(t, tt.files), "config.json"), tt.opts)
			if diff := cmp.Diff(viewOf(c).Keys, []string{publicFingerprint(tt.want)}); diff != "" {
				t.Errorf("keys: got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestKeyFileErrors(t *testing.T) {
	t.Parallel()
	config := configFile(t, func(f m) { f["private_key"] = "k.pem" })
	tests := []struct {
		name   string
		files  map[string]string
		opts   credentials.Options
		reason credentials.Reason
		is     error
	}{
		{"missing", map[string]string{"config.json": config}, credentials.Options{}, credentials.ReasonKeyFile, fs.ErrNotExist},
		{"option missing", map[string]string{"config.json": config}, credentials.Options{KeyFile: "none.pem"}, credentials.ReasonKeyFile, fs.ErrNotExist},
		{"too long", map[string]string{"config.json": config, "k.pem": strings.Repeat("A", 100_000)}, credentials.Options{}, credentials.ReasonKeyFile, nil},
		{"not a key", map[string]string{"config.json": config, "k.pem": "ZZZ!"}, credentials.Options{}, credentials.ReasonBadKey, nil},
		{"none at all", map[string]string{"config.json": configFile(t, nil)}, credentials.Options{}, credentials.ReasonMissingFields, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials.Open(filepath.Join(write(t, tt.files), "config.json"), tt.opts)
			wantError(t, err, tt.reason)
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
		})
	}
}

// TestSecretInPlaceOfPath: a secret that was pasted where a path belongs must not come back in a message.
func TestSecretInPlaceOfPath(t *testing.T) {
	t.Parallel()
	text := configFile(t, func(f m) { f["private_key"] = "p8e-SecretOneZZZ!" })
	_, err := credentials.Open(filepath.Join(write(t, map[string]string{"config.json": text}), "config.json"), credentials.Options{})
	wantError(t, err, credentials.ReasonKeyFile)
	for ; err != nil; err = errors.Unwrap(err) {
		noSecret(t, err.Error())
	}
}

func TestKeyFileIsADevice(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no /dev/zero")
	}
	text := configFile(t, func(f m) { f["private_key"] = "/dev/zero" })
	_, err := credentials.Open(filepath.Join(write(t, map[string]string{"config.json": text}), "config.json"), credentials.Options{})
	if e := wantError(t, err, credentials.ReasonKeyFile); !strings.Contains(e.Error(), "not a regular file") {
		t.Errorf("got %q: a device was opened", e) // a pipe would block
	}
	_, err = credentials.Open("/dev/zero", credentials.Options{})
	wantError(t, err, credentials.ReasonTooLarge)
}

func TestOpenFolder(t *testing.T) {
	t.Parallel()
	p, q := validPair(t, 0), validPair(t, 1)
	dir := write(t, map[string]string{
		"a.json": toJSON(t, aemFile(p)), "b.json": toJSON(t, aemFile(q)), "oauth.json": toJSON(t, oauthFile()),
		"emulator.json": `{"ims_url":"https://localhost"}`, "oauth.json.bak": toJSON(t, m{"CLIENT_ID": "x", "CLIENT_SECRETS": []string{secret1}, "SCOPES": []string{"a"}}),
		"page.json": "<html>", "cut.json": "{", "local.env": "PATH=/bin\n",
	})
	set, err := credentials.Open(dir, credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(set.All()); got != 2 {
		t.Fatalf("got %d credentials, want 2:\n%s", got, dump(set))
	}
	if set.Format != credentials.FormatAEMServiceCredentials {
		t.Errorf("got format %s, want that of the first file", set.Format)
	}
	if c := mustSelect(t, set, ""); c.Kind != credentials.KindServerToServer {
		t.Errorf("got %s", c.Kind)
	}
	if c := mustSelect(t, set, "service_account"); len(c.Keys) != 2 {
		t.Errorf("got %d keys, want those of both files", len(c.Keys))
	}
	if len(set.Refused()) != 0 {
		t.Errorf("got refused %v", set.Refused())
	}
}

func TestOpenFolderWithPrivateKey(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	dir := write(t, map[string]string{"config.json": configFile(t, nil), "private.key": p.pkcs8(t), "certificate_pub.crt": p.cert()})
	c := open(t, dir, credentials.Options{})
	if len(c.Keys) != 1 || c.Keys[0].Certificate == nil {
		t.Fatalf("got keys %v", c.Keys)
	}
	second := configFile(t, func(f m) { f["client_id"] = "another" })
	if err := os.WriteFile(filepath.Join(dir, "second.json"), []byte(second), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := credentials.Open(dir, credentials.Options{})
	wantError(t, err, credentials.ReasonMissingFields) // whose key it is would be a guess
}

func TestOpenEmptyFolder(t *testing.T) {
	t.Parallel()
	_, err := credentials.Open(t.TempDir(), credentials.Options{})
	wantError(t, err, credentials.ReasonNoMatch)
}

func TestLooseMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits mean nothing there")
	}
	tests := []struct {
		mode fs.FileMode
		want []credentials.Severity
	}{
		{0o600, nil},
		{0o400, nil},
		{0o640, []credentials.Severity{credentials.SeverityInfo}},
		{0o644, []credentials.Severity{credentials.SeverityWarning}},
	}
	for _, tt := range tests {
		t.Run(tt.mode.String(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(write(t, map[string]string{"the x.json": toJSON(t, oauthFile())}), "the x.json")
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			var got []credentials.Severity
			for _, f := range open(t, path, credentials.Options{}).Check(today) {
				if f.Code == credentials.CodeFileReadable {
					if command := "chmod 600 '" + path + "'"; !strings.HasSuffix(f.Do, command) {
						t.Errorf("got %q, want it to end with %s", f.Do, command)
					}
					got = append(got, f.Severity)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
