package cli_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/youmark/pkcs8"

	"github.com/imsx/imsx/emulator"
)

// scriptCommands are the commands of the scripts in testdata beside those of testscript itself:
//
//	adobe [plain] [batch] [ttl=DURATION] starts an emulator with its files in adobe; sets $CA, $IMS_URL and $AEM
//	formsuser                          makes the emulator ready for imsx forms, see forms_commands_test.go
//	faults FILE, documents N           play faults, count requests for documents, see there
//	[!] samesize FILE FILE             compares the sizes of two files
//	ingroup GROUP                      puts the technical account of service_token.json into a group of AEM's author
//	issued N                           checks that the emulator has issued N tokens, that of the developer included
//	exit CODE PROGRAM [ARG ...]        runs a program and checks its exit code
//	within DURATION CODE PROGRAM ...   does the same and checks how long it took
//	[!] json FILE CHECK ...            checks values of a JSON file, see jsonCommand
//	edit IN OUT PATH=VALUE ... PATH-   sets and removes values of a JSON file
//	array OUT IN ...                   joins JSON files to an array
//	splitkey IN OUT KEY [PASSPHRASE]   takes the private key out of service credentials into a file of its own
//	recertify IN OUT DURATION          gives service credentials a certificate that ends so far from now
//	craft OUT NAME=VALUE ...           writes an access token that nobody issued, with these claims
//	setenv NAME FILE                   sets a variable to the content of a file, without the last newline
//	waitfile FILE                      waits until a file is there
//	signal NAME FILE                   sends INT or TERM to the process whose emulator.json this is
//	silent                             listens and never answers; sets $SILENT; makes the file accepted when called
//	names DIR                          prints the names in the certificate of the emulator of DIR; sets $LISTENING
//	empty DIR                          checks that a folder is empty
//	mode FILE MODE                     checks the permissions of a file
//	sleep DURATION
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"formsuser": formsUserCommand, "samesize": sameSizeCommand, "faults": faultsCommand, "documents": documentsCommand,
	"adobe": adobeCommand, "ingroup": inGroupCommand, "issued": issuedCommand, "exit": exitCommand, "within": withinCommand,
	"json": jsonCommand, "edit": editCommand,
	"array": arrayCommand, "splitkey": splitKeyCommand, "recertify": recertifyCommand, "craft": craftCommand,
	"setenv": setenvCommand, "waitfile": waitfileCommand, "signal": signalCommand, "silent": silentCommand,
	"names": namesCommand, "empty": emptyCommand, "mode": modeCommand, "sleep": sleepCommand,
}

// running holds the emulator of a script. It is among the script's values under its own type.
type running struct{ *emulator.Emulator }

func adobeCommand(ts *testscript.TestScript, neg bool, args []string) {
	cfg := emulator.Config{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "plain":
			cfg.Plain = true
		case "batch":
			cfg.BatchDir = ts.MkAbs("storage")
		case "ttl":
			var err error
			cfg.TokenLifetime, err = time.ParseDuration(value)
			ts.Check(err)
		default:
			ts.Fatalf("usage: adobe [plain] [batch] [ttl=DURATION]")
		}
	}
	e, err := startEmulator(ts.MkAbs("adobe"), cfg)
	ts.Check(err)
	ts.Value(running{}).(*running).Emulator = e
	ts.Defer(func() { ts.Check(e.Close()) })
	ts.Setenv("IMS_URL", e.URL())
	ts.Setenv("AEM", e.AEMAuthorURL())
	if !cfg.Plain {
		ts.Setenv("CA", ts.MkAbs("adobe/ca.pem"))
	}
}

func inGroupCommand(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(running{}).(*running).Emulator
	if neg || e == nil || len(args) != 1 {
		ts.Fatalf("usage: ingroup GROUP, after adobe")
	}
	var file struct {
		Integration struct{ ID, Email string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("adobe/service_token.json")), &file))
	author := e.AEM().Instances()[0]
	if err := author.AddUserToGroup(file.Integration.Email, args[0]); err != nil {
		ts.Check(author.AddUser(file.Integration.Email, args[0]))
	}
}

func issuedCommand(ts *testscript.TestScript, neg bool, args []string) {
	e := ts.Value(running{}).(*running).Emulator
	if e == nil || len(args) != 1 {
		ts.Fatalf("usage: issued N, after adobe")
	}
	if got := strconv.FormatInt(e.IMS().Counters().Issued, 10); (got == args[0]) == neg {
		ts.Fatalf("%s tokens were issued", got)
	}
}

func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &ended):
		got = ended.ExitCode()
	default:
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func withinCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: within DURATION CODE PROGRAM [ARG ...]")
	}
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	exitCommand(ts, false, args[1:])
	if took := time.Since(start); took > limit {
		ts.Fatalf("it took %v, the limit is %v", took, limit)
	}
}

// jsonCommand checks values of the only JSON value in FILE. A path is names and indices joined by dots. A check is
// PATH (it is there), !PATH (it is not), PATH==TEXT, PATH!=TEXT, PATH=~REGEXP, or PATH#N (the number of its items).
// Strings are compared as they are, everything else as JSON.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: json FILE CHECK ...")
	}
	v, err := decodeOne(ts.ReadFile(args[0]))
	ts.Check(err)
	for _, check := range args[1:] {
		ok, got := checkJSON(v, check)
		if ok == neg {
			ts.Fatalf("json %s: %s is %s", args[0], check, got)
		}
	}
}

var checkOperator = regexp.MustCompile(`==|!=|=~|#`)

func checkJSON(v any, check string) (ok bool, got string) {
	if path, absent := strings.CutPrefix(check, "!"); absent {
		found, there := lookup(v, path)
		return !there, text(found)
	}
	at := checkOperator.FindStringIndex(check)
	if at == nil {
		found, there := lookup(v, check)
		return there && found != nil, text(found)
	}
	path, op, want := check[:at[0]], check[at[0]:at[1]], check[at[1]:]
	found, there := lookup(v, path)
	if !there {
		return false, "not there"
	}
	switch got = text(found); op {
	case "==":
		return got == want, got
	case "!=":
		return got != want, got
	case "=~":
		return regexp.MustCompile(want).MatchString(got), got
	}
	n := 0
	switch found := found.(type) {
	case []any:
		n = len(found)
	case map[string]any:
		n = len(found)
	}
	return strconv.Itoa(n) == want, strconv.Itoa(n) + " items"
}

// decodeOne reads a text that is one JSON value and nothing else.
func decodeOne(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more than one JSON value")
	}
	return v, nil
}

func lookup(v any, path string) (found any, ok bool) {
	for _, name := range strings.Split(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			if v, ok = in[name]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func readObject(ts *testscript.TestScript, file string) map[string]any {
	v, err := decodeOne(ts.ReadFile(file))
	ts.Check(err)
	o, ok := v.(map[string]any)
	if !ok {
		ts.Fatalf("%s is not an object", file)
	}
	return o
}

func writeJSON(ts *testscript.TestScript, file string, v any) {
	out, err := json.MarshalIndent(v, "", "  ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(file), out, 0o600))
}

func editCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: edit IN OUT PATH=VALUE ... PATH-")
	}
	root := readObject(ts, args[0])
	for _, change := range args[2:] {
		path, value, set := strings.Cut(change, "=")
		path, removed := strings.CutSuffix(path, "-")
		if set == removed {
			ts.Fatalf("%q is neither PATH=VALUE nor PATH-", change)
		}
		o, name := root, path
		if i := strings.LastIndex(path, "."); i >= 0 {
			parent, _ := lookup(root, path[:i])
			o, _ = parent.(map[string]any)
			name = path[i+1:]
		}
		if o == nil {
			ts.Fatalf("%s has no %s", args[0], path)
		}
		if removed {
			delete(o, name)
			continue
		}
		o[name] = value
	}
	writeJSON(ts, args[1], root)
}

func arrayCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: array OUT IN ...")
	}
	var all []any
	for _, in := range args[1:] {
		all = append(all, readObject(ts, in))
	}
	writeJSON(ts, args[0], all)
}

// keyOf returns the private key of service credentials.
func keyOf(ts *testscript.TestScript, root map[string]any) (*rsa.PrivateKey, map[string]any) {
	integration, ok := root["integration"].(map[string]any)
	if !ok {
		ts.Fatalf("these are no service credentials")
	}
	block, _ := pem.Decode([]byte(text(integration["privateKey"])))
	if block == nil {
		ts.Fatalf("there is no private key")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	ts.Check(err)
	return key, integration
}

func splitKeyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: splitkey IN OUT KEY [PASSPHRASE]")
	}
	root := readObject(ts, args[0])
	key, in := keyOf(ts, root)
	account, _ := in["technicalAccount"].(map[string]any)
	kind, passphrase := "PRIVATE KEY", []byte(nil)
	if len(args) == 4 {
		kind, passphrase = "ENCRYPTED PRIVATE KEY", []byte(args[3])
	}
	der, err := pkcs8.MarshalPrivateKey(key, passphrase, nil)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	writeJSON(ts, args[1], map[string]any{
		"clientId": account["clientId"], "clientSecret": account["clientSecret"], "technicalAccountId": in["id"],
		"orgId": in["org"], "metaScopes": []any{in["metascopes"]}, "ims": ts.Getenv("IMS_URL"),
	})
}

func recertifyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: recertify IN OUT DURATION")
	}
	left, err := time.ParseDuration(args[2])
	ts.Check(err)
	root := readObject(ts, args[0])
	key, integration := keyOf(ts, root)
	end := time.Now().Add(left).Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "script"}, NotBefore: end.AddDate(-1, 0, 0), NotAfter: end,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	integration["publicKey"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	integration["certificateExpirationDate"] = end.UTC().Format("2006-01-02T15:04:05.000Z")
	writeJSON(ts, args[1], root)
}

func craftCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: craft OUT NAME=VALUE ...")
	}
	claims := map[string]string{"type": "access_token"}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	ts.Check(err)
	part := base64.RawURLEncoding.EncodeToString
	jws := part([]byte(`{"alg":"RS256"}`)) + "." + part(payload) + "." + part([]byte("nobody's signature"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(jws+"\n"), 0o600))
}

func setenvCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
}

// patience bounds every wait in a script. It is long, because many scripts share the machine.
const patience = 30 * time.Second

// waitFor waits until done returns true.
func waitFor(what string, done func() bool) error {
	for end := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("%s: not after %v", what, patience)
		}
	}
	return nil
}

func isThere(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func waitfileCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	ts.Check(waitFor(args[0], func() bool { return isThere(ts.MkAbs(args[0])) }))
}

func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME FILE")
	}
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}
	pid, err := strconv.Atoi(text(readObject(ts, args[1])["pid"]))
	ts.Check(err)
	for _, cmd := range ts.BackgroundCmds() {
		if cmd.Process.Pid == pid {
			ts.Check(cmd.Process.Signal(signals[args[0]]))
			return
		}
	}
	ts.Fatalf("%s names process %d, which this script did not start", args[1], pid)
}

func silentCommand(ts *testscript.TestScript, neg bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	accepted := ts.MkAbs("accepted")
	done := make(chan struct{})
	go func() {
		defer close(done)
		var conns []net.Conn
		for {
			conn, err := listener.Accept()
			if err != nil {
				break
			}
			conns = append(conns, conn)
			_ = os.WriteFile(accepted, nil, 0o600) // its absence fails the script
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	ts.Defer(func() {
		_ = listener.Close()
		<-done
	})
	ts.Setenv("SILENT", "http://"+listener.Addr().String())
}

func namesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: names DIR")
	}
	status := readObject(ts, args[0]+"/emulator.json")
	address := strings.TrimPrefix(text(status["ims_url"]), "https://")
	ts.Setenv("LISTENING", address)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(ts.ReadFile(text(status["ca_file"]))))
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	ts.Check(err)
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	for _, name := range leaf.DNSNames {
		fmt.Fprintln(ts.Stdout(), name)
	}
	for _, ip := range leaf.IPAddresses {
		fmt.Fprintln(ts.Stdout(), ip)
	}
}

func emptyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: empty DIR")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(entries) > 0 {
		ts.Fatalf("%s holds %v", args[0], entries)
	}
}

func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE MODE")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s", args[0], got)
	}
}

func sleepCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sleep DURATION")
	}
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	time.Sleep(d)
}
