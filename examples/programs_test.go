package examples_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/emulatortest"
)

// client is an example in one language: how to run it with a credential file, so that it trusts an emulator.
type client struct {
	file    func(*emulatortest.Emulator) string
	command func(t *testing.T, e *emulatortest.Emulator, credentials string) *exec.Cmd
	// id and account are where the credential file has the client id and the technical account.
	id, account []string
	status      string // of the answer to an unknown client
}

func serviceToken(e *emulatortest.Emulator) string { return e.ServiceToken }

func oauth(e *emulatortest.Emulator) string { return e.OAuthServerToServer }

var clients = map[string]client{
	"node": {
		serviceToken,
		func(t *testing.T, e *emulatortest.Emulator, credentials string) *exec.Cmd {
			return command(t, []string{"NODE_EXTRA_CA_CERTS=" + e.CAFile}, program(t, "node"), "node/token.mjs", credentials)
		},
		[]string{"integration", "technicalAccount", "clientId"}, []string{"integration", "id"}, "400",
	},
	"java": {
		serviceToken, java,
		[]string{"integration", "technicalAccount", "clientId"}, []string{"integration", "id"}, "400",
	},
	"python": {
		oauth,
		func(t *testing.T, e *emulatortest.Emulator, credentials string) *exec.Cmd {
			return command(t, []string{"SSL_CERT_FILE=" + e.CAFile}, program(t, "python3"), "python/s2s.py", credentials)
		},
		[]string{"CLIENT_ID"}, []string{"TECHNICAL_ACCOUNT_ID"}, "400",
	},
	"curl": {
		oauth,
		func(t *testing.T, e *emulatortest.Emulator, credentials string) *exec.Cmd {
			program(t, "curl")
			program(t, "jq")
			return command(t, []string{"CURL_CA_BUNDLE=" + e.CAFile}, program(t, "sh"), "curl.sh", credentials)
		},
		[]string{"CLIENT_ID"}, []string{"TECHNICAL_ACCOUNT_ID"}, "invalid_client",
	},
}

// java makes a trust store, as the comment in the program says.
func java(t *testing.T, e *emulatortest.Emulator, credentials string) *exec.Cmd {
	t.Helper()
	path, keytool := program(t, "java"), program(t, "keytool")
	store := filepath.Join(t.TempDir(), "trust.p12")
	_, stderr, err := run(t, command(t, nil, keytool, "-importcert", "-noprompt", "-alias", "emulator",
		"-file", e.CAFile, "-keystore", store, "-storepass", "changeit"))
	if err != nil {
		t.Fatalf("keytool: %v: %s", err, stderr)
	}
	return command(t, nil, path, "-Djavax.net.ssl.trustStore="+store, "-Djavax.net.ssl.trustStorePassword=changeit",
		"java/Exchange.java", credentials)
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t)
			stdout, stderr, err := run(t, c.command(t, e, c.file(e)))
			if err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			want := "a token for " + member(t, decode(t, readFile(t, c.file(e))), c.account)
			if !strings.HasPrefix(stdout, want) || stderr != "" {
				t.Errorf("it says %.300q and %.300q, want %q", stdout, stderr, want)
			}
			if n := e.Tokens(); n != 1 {
				t.Errorf("the emulator gave %d tokens, want 1", n)
			}
		})
	}
}

// TestProgramsRefused: each program tells what IMS says, and ends with 1.
func TestProgramsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t)
			file := readFile(t, c.file(e))
			id := member(t, decode(t, file), c.id)
			changed := writeFile(t, filepath.Join(t.TempDir(), "changed.json"), strings.ReplaceAll(file, `"`+id+`"`, `"nobody"`))
			stdout, stderr, err := run(t, c.command(t, e, changed))
			if err == nil || stdout != "" {
				t.Errorf("it ends with %v and says %q", err, stdout)
			}
			if !strings.Contains(stderr, "IMS answers "+c.status) || !strings.Contains(stderr, "invalid client_id parameter") {
				t.Errorf("it says %.300q", stderr)
			}
		})
	}
}

// TestProgramsCheckCertificates: without the authority of the emulator no program talks to it.
func TestProgramsCheckCertificates(t *testing.T) {
	t.Parallel()
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := emulatortest.New(t)
			other := emulatortest.New(t)
			if _, _, err := run(t, c.command(t, other, c.file(e))); err == nil || e.Tokens() != 0 {
				t.Errorf("it ends with %v, and %d tokens were given", err, e.Tokens())
			}
		})
	}
}

// TestHook: a program whose host is fixed comes to the emulator by the hook, by fetch as well as by node:https, and not
// without the name in the certificate.
func TestHook(t *testing.T) {
	t.Parallel()
	node := program(t, "node")
	const ask = `
const url = 'https://ims-na1.adobelogin.com/ims/.well-known/openid-configuration'
const ways = {
  fetch: () => fetch(url).then(r => console.log(r.status)).catch(e => console.log(e.cause.code)),
  https: () => require('node:https').get(url, r => { console.log(r.statusCode); r.resume() }).on('error', e => console.log(e.code)),
  tls: () => {
    const s = require('node:tls').connect(443, 'ims-na1.adobelogin.com', { servername: 'ims-na1.adobelogin.com' },
      () => { console.log(200); s.end() }).on('error', e => console.log(e.code))
  }
}
ways[process.argv[1]]()`
	with := func(c *emulator.Config) { c.Hosts = []string{"ims-na1.adobelogin.com"} }
	without := func(*emulator.Config) {}
	for _, way := range []string{"fetch", "https", "tls"} {
		for name, tt := range map[string]struct {
			option func(*emulator.Config)
			want   string
		}{"with the name": {with, "200"}, "without": {without, "ERR_TLS_CERT_ALTNAME_INVALID"}} {
			t.Run(way+" "+name, func(t *testing.T) {
				t.Parallel()
				e := emulatortest.New(t, tt.option)
				env := []string{"NODE_EXTRA_CA_CERTS=" + e.CAFile, "IMSX_EMULATOR_DIR=" + e.Dir}
				stdout, stderr, err := run(t, command(t, env, node, "--require", "./node/adobe-is-local.cjs", "--eval", ask, way))
				if err != nil || strings.TrimSpace(stdout) != tt.want {
					t.Errorf("%v: %q and %q, want %s", err, stdout, stderr, tt.want)
				}
			})
		}
	}
}

func decode(t *testing.T, data string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// member returns the text at a path of names.
func member(t *testing.T, v map[string]any, path []string) string {
	t.Helper()
	for _, name := range path[:len(path)-1] {
		v, _ = v[name].(map[string]any)
	}
	s, ok := v[path[len(path)-1]].(string)
	if !ok {
		t.Fatalf("there is no text %s", strings.Join(path, "."))
	}
	return s
}
