//go:build unix

package redisstore_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/internal/redistest"
	"github.com/imsx/imsx/store/redisstore"
	"github.com/imsx/imsx/tokencache"
)

// forms returns the forms in which a text may stand in something else: plain, hexadecimal, and the part of its base64
// that does not depend on what stands before and after it.
func forms(text string) map[string][]byte {
	all := map[string][]byte{
		"plain":       []byte(text),
		"escaped":     []byte(url.QueryEscape(text)),
		"hexadecimal": []byte(hex.EncodeToString([]byte(text))),
		"HEXADECIMAL": []byte(strings.ToUpper(hex.EncodeToString([]byte(text)))),
	}
	for before := range 3 {
		// Up to two characters on each side share bits with the neighbours.
		padded := append(bytes.Repeat([]byte{0}, before), text...)
		first, last := (before*8+5)/6, len(padded)*8/6
		all[fmt.Sprintf("base64 after %d bytes", before)] = []byte(base64.RawStdEncoding.EncodeToString(padded)[first:last])
		all[fmt.Sprintf("base64url after %d bytes", before)] = []byte(base64.RawURLEncoding.EncodeToString(padded)[first:last])
	}
	return all
}

// found returns which of the secrets stand in data, in any form.
func found(data []byte, secrets map[string]string) []string {
	var all []string
	for what, text := range secrets {
		for form, bytesOfIt := range forms(text) {
			if bytes.Contains(data, bytesOfIt) {
				all = append(all, what+", "+form)
			}
		}
	}
	return all
}

func TestFoundFindsEveryForm(t *testing.T) {
	secrets := map[string]string{"text": "cm-p1-e2-integration-3?"}
	for form, data := range forms(secrets["text"]) {
		if len(found(data, secrets)) == 0 {
			t.Errorf("%s is not found", form)
		}
	}
	for before := range 3 {
		for after := range 3 {
			whole := strings.Repeat("x", before) + secrets["text"] + strings.Repeat("y", after)
			if len(found([]byte("..."+base64.StdEncoding.EncodeToString([]byte(whole))), secrets)) == 0 {
				t.Errorf("base64 of %q is not found", whole)
			}
		}
	}
	if got := found([]byte("cm-p1-e2-integration-4?"), secrets); len(got) != 0 {
		t.Errorf("found %q in another text", got)
	}
}

// secretsOf returns what nobody may learn from a store who has got a token by c.
func secretsOf(t *testing.T, e *emulatortest.Emulator, c *credentials.Credentials, p *process) map[string]string {
	t.Helper()
	tok := p.token()
	endpoint, err := url.Parse(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"access token": tok.AccessToken.Reveal(), "client id": c.ClientID, "organization": c.Organization,
		"account": c.TechnicalAccountID, "client secret": c.ClientSecrets[0].Reveal(), "endpoint": endpoint.Host,
	}
	for i, part := range strings.Split(tok.AccessToken.Reveal(), ".") {
		secrets[fmt.Sprintf("part %d of the access token", i)] = part
	}
	for i, scope := range p.Identity().Scopes {
		secrets[fmt.Sprintf("scope %d", i)] = scope
	}
	for what, text := range secrets {
		if len(text) < 6 { // too short to be told from chance, or not there
			delete(secrets, what)
		}
	}
	for _, what := range []string{"access token", "part 1 of the access token", "client id", "organization", "client secret", "endpoint", "scope 0"} {
		if secrets[what] == "" {
			t.Fatalf("the credentials give no %s to look for", what)
		}
	}
	return secrets
}

// dumps read everything that a store holds.
var dumps = map[string]func(*testing.T) (open func() tokencache.Store, dump func() []byte){
	"redis": func(t *testing.T) (func() tokencache.Store, func() []byte) {
		dir := t.TempDir()
		server := redistest.Start(t, "--dir", dir, "--rdbcompression", "no", "--slowlog-log-slower-than", "0", "--slowlog-max-len", "10000")
		n := -1
		open := func() tokencache.Store {
			n++
			return newStore(t, redisstore.Config{URL: fmt.Sprintf("%s/%d", server.URL(), 7*(n%2))})
		}
		return open, func() []byte {
			var all bytes.Buffer
			dumpKeys(t, server, &all)
			if got := server.Do("SAVE"); got != "+OK" {
				t.Fatalf("SAVE: %s", got)
			}
			dumpFiles(t, dir, &all)
			return all.Bytes()
		}
	},
	"files": func(t *testing.T) (func() tokencache.Store, func() []byte) {
		dir := t.TempDir()
		return func() tokencache.Store { return newFileStore(t, dir) }, func() []byte {
			var all bytes.Buffer
			dumpFiles(t, dir, &all)
			return all.Bytes()
		}
	},
}

// dumpKeys writes down the keys and values of all databases, and what the server remembers of clients, scripts and
// commands.
func dumpKeys(t *testing.T, server *redistest.Server, to *bytes.Buffer) {
	t.Helper()
	for database := range 16 {
		c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr}, SelectDB: database})
		if err != nil {
			t.Fatal(err)
		}
		do := func(args ...string) rueidis.RedisMessage {
			m, err := c.Do(t.Context(), c.B().Arbitrary(args...).Build()).ToMessage()
			if err != nil {
				t.Fatalf("%q: %v", args, err)
			}
			return m
		}
		for cursor := uint64(0); ; {
			message := do("SCAN", fmt.Sprint(cursor))
			step, err := message.AsScanEntry()
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range step.Elements {
				value := do("GET", key)
				text, err := value.ToString()
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(to, "%s\n%s\n", key, text)
			}
			if cursor = step.Cursor; cursor == 0 {
				break
			}
		}
		if database == 0 {
			for _, command := range []string{"SLOWLOG GET -1", "CLIENT LIST", "INFO everything"} {
				message := do(strings.Fields(command)...)
				to.WriteString(message.String())
			}
		}
		c.Close()
	}
}

// dumpFiles writes down the names and contents of all files.
func dumpFiles(t *testing.T, dir string, to *bytes.Buffer) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		to.WriteString(d.Name() + "\n")
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		to.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStoresHoldNothingUseful reads everything that a store holds after tokens of two credentials were shared, one renewed
// and one lock held, and finds no token, and nothing that says whose it is.
func TestStoresHoldNothingUseful(t *testing.T) {
	for name, start := range dumps {
		t.Run(name, func(t *testing.T) {
			e := newEmulator(t)
			open, dump := start(t)
			secrets := map[string]map[string]string{}
			var names []string
			for _, path := range []string{e.ServiceToken, e.OAuthServerToServer} {
				store := open()
				p := newProcess(t, e, path, store)
				first := p.token().AccessToken.Reveal()
				p.another()
				secrets[path] = secretsOf(t, e, openCredentials(t, path), p)
				secrets[path]["first access token"] = first
				names = append(names, p.Names()...)
				unlock, err := store.Lock(t.Context(), p.Names()[0])
				if err != nil {
					t.Fatal(err)
				}
				defer unlock()
			}
			all := dump()
			for _, name := range names {
				if n := bytes.Count(all, []byte(name)); n < 2 {
					t.Errorf("the name of an entry is there %d times, want that of the entry and that of the lock at least", n)
				}
			}
			for path, texts := range secrets {
				if got := found(all, texts); len(got) > 0 {
					t.Errorf("of %s the store shows %q", filepath.Base(path), got)
				}
			}
			t.Logf("%d bytes were searched", len(all))
		})
	}
}
