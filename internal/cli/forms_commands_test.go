package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/journal"
)

// formsUserCommand makes an emulator ready for scripts about Forms: the technical accounts are in the group forms-users,
// the client of server-to-server credentials is allowed, the samples are in the working folder, and a configuration has
// the profiles service, which is the default, and oauth.
func formsUserCommand(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(running{}).(*running).Emulator
	if neg || e == nil || len(args) != 0 {
		ts.Fatalf("usage: formsuser, after adobe")
	}
	ts.Check(makeFormsUsers(e, ts.MkAbs("adobe")))
	ts.Check(writeSamples(ts.MkAbs(".")))
	path := ts.MkAbs("forms.yaml")
	ts.Check(os.WriteFile(path, []byte(formsProfiles(ts.MkAbs("adobe"), e.AEMAuthorURL())), 0o600))
	ts.Setenv("IMSX_CONFIG", path)
	ts.Setenv("IMSX_CREDENTIALS", "")
	ts.Setenv("IMSX_AEM", "")
}

// makeFormsUsers lets the accounts of the credentials in dir use Forms on all instances.
func makeFormsUsers(e *emulator.Emulator, dir string) error {
	var service struct {
		Integration struct{ Email string }
	}
	var oauth struct {
		Email    string `json:"TECHNICAL_ACCOUNT_EMAIL"`
		ClientID string `json:"CLIENT_ID"`
	}
	for name, v := range map[string]any{emulator.ServiceTokenFile: &service, emulator.OAuthServerToServerFile: &oauth} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(data, v)
		}
		if err != nil {
			return err
		}
	}
	for _, i := range e.AEM().Instances() {
		for _, login := range []string{service.Integration.Email, oauth.Email} {
			if i.AddUserToGroup(login, aem.FormsUsers) == nil { // there already
				continue
			}
			if err := i.AddUser(login, aem.FormsUsers); err != nil {
				return err
			}
		}
		if err := i.AllowClient(oauth.ClientID); err != nil {
			return err
		}
	}
	return nil
}

func writeSamples(dir string) error {
	for _, name := range sample.Names() {
		content, ok := sample.Template(name)
		if !ok {
			content, _ = sample.Data(name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// formsProfiles is a configuration for the credentials in dir.
func formsProfiles(dir, url string) string {
	profile := func(name, file string) string {
		return "  " + name + ": {credentials: " + quoted(filepath.Join(dir, file)) +
			", ca_file: " + quoted(filepath.Join(dir, "ca.pem")) + ", aem: " + quoted(url) + "}\n"
	}
	return "default: service\nprofiles:\n" + profile("service", emulator.ServiceTokenFile) + profile("oauth", emulator.OAuthServerToServerFile)
}

// quoted is a text in YAML.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// faultsCommand lifts all faults and plays those of a scenario file; without a file it only lifts.
func faultsCommand(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(running{}).(*running).Emulator
	if neg || e == nil || len(args) > 1 {
		ts.Fatalf("usage: faults [FILE], after adobe")
	}
	e.Faults().Clear()
	if len(args) == 0 {
		return
	}
	s, err := fault.ParseScenario([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	for _, f := range s.Faults {
		_, err := e.Faults().Add(f)
		ts.Check(err)
	}
}

// documentsCommand checks how many requests for PDFs the emulator has got.
func documentsCommand(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(running{}).(*running).Emulator
	if e == nil || len(args) != 1 {
		ts.Fatalf("usage: documents N, after adobe")
	}
	if got := strconv.Itoa(requestsForPDFs(e)); (got == args[0]) == neg {
		ts.Fatalf("there were %s requests", got)
	}
}

func requestsForPDFs(e *emulator.Emulator) int {
	return e.Journal().Count(journal.Filter{Route: "POST /adobe/forms/doc/v1/generatePDFOutput"})
}

// sameSizeCommand compares sizes: two renderings differ in their identifiers only.
func sameSizeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] samesize FILE FILE")
	}
	if a, b := len(ts.ReadFile(args[0])), len(ts.ReadFile(args[1])); (a == b) == neg {
		ts.Fatalf("%s has %d bytes, %s has %d", args[0], a, args[1], b)
	}
}
