package clients_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/ims"
)

// hook is what leads the hosts that are built into the clients to the emulator.
const hook = "../../examples/node/adobe-is-local.cjs"

// failure is an error as a program in this folder prints it.
type failure struct{ Name, Code, Message string }

// runNode runs one of the programs in this folder and returns its result or its error.
func runNode(t *testing.T, e *emulatortest.Emulator, script string, args ...string) (map[string]any, *failure) {
	t.Helper()
	node := program(t, "node")
	if _, err := os.Stat("node_modules/@adobe/jwt-auth/package.json"); err != nil {
		t.Skip("the npm packages in package-lock.json are not installed; scripts/test-setup does it")
	}
	env := []string{"NODE_EXTRA_CA_CERTS=" + e.CAFile, "IMSX_EMULATOR_DIR=" + e.Dir}
	out := mustRun(t, env, node, append([]string{"--require", absolute(t, hook), script}, args...)...)
	var report struct {
		Result map[string]any
		Error  *failure
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return report.Result, report.Error
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// expectToken checks that the emulator has issued an access token for a client. It may have been ended since.
func expectToken(t *testing.T, e *emulatortest.Emulator, token, client string) {
	t.Helper()
	got, err := e.IMS().CheckToken(token)
	if err != nil && !errors.Is(err, ims.ErrTokenRevoked) {
		t.Fatalf("the emulator refuses the token: %v", err)
	}
	if got.ClientID != client {
		t.Errorf("the token is for client %q, want %q", got.ClientID, client)
	}
}

func serviceClient(t *testing.T, e *emulatortest.Emulator) string {
	t.Helper()
	return text(t, object(t, readJSON(t, e.ServiceToken), "integration", "technicalAccount"), "clientId")
}

func TestJWTAuth(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	got, failed := runNode(t, e, "jwt-auth.cjs", e.ServiceToken)
	if failed != nil {
		t.Fatal(*failed)
	}
	expectToken(t, e, text(t, got, "token"), serviceClient(t, e))
	if got["token_type"] != "bearer" {
		t.Errorf("token_type is %v", got["token_type"])
	}
	if ms, _ := got["expires_in"].(float64); ms < 86e6 || ms > 864e5 {
		t.Errorf("expires_in is %v, want somewhat less than a day in milliseconds", got["expires_in"])
	}
	if n := e.Tokens(); n != 1 {
		t.Errorf("the emulator gave %d tokens, want 1", n)
	}
}

func TestJWTAuthErrors(t *testing.T) {
	t.Parallel()
	integration := func(v map[string]any) map[string]any { return v["integration"].(map[string]any) }
	account := func(v map[string]any) map[string]any { return integration(v)["technicalAccount"].(map[string]any) }
	e := newAdobe(t)
	other := emulatortest.New(t)
	for name, tt := range map[string]struct {
		change func(map[string]any)
		want   failure
	}{
		"wrong secret": {
			func(v map[string]any) { account(v)["clientSecret"] = "p8e-wrong" },
			failure{"Error", "invalid_client", "invalid client_secret parameter"},
		},
		"unknown client": {
			func(v map[string]any) { account(v)["clientId"] = "nobody" },
			failure{"Error", "invalid_client", "invalid client_id parameter"},
		},
		"metascope that the binding lacks": {
			func(v map[string]any) { integration(v)["metascopes"] = "ent_user_sdk" },
			failure{"Error", "invalid_scope", "The metascopes in the JWT are not a subset of the metascopes in the binding."},
		},
		"another account's identity": {
			func(v map[string]any) { integration(v)["id"] = integration(readJSON(t, other.ServiceToken))["id"] },
			failure{"Error", "invalid_token", "Could not match JWT signature to any of the bindings"},
		},
		"nothing sent": {
			func(v map[string]any) { integration(v)["org"] = "" },
			failure{"Error", "missing_params", "Required parameter(s) orgId are missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failed := runNode(t, e, "jwt-auth.cjs", edited(t, e.ServiceToken, tt.change))
			if diff := cmp.Diff(&tt.want, failed); diff != "" {
				t.Errorf("the client reports (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAIOClientCredentials(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"prod", "stage"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			e := newAdobe(t)
			got, failed := runNode(t, e, "aio-lib-ims.cjs", environment, "clientCredentials", e.OAuthServerToServer)
			if failed != nil {
				t.Fatal(*failed)
			}
			expectToken(t, e, text(t, got, "token"), text(t, readJSON(t, e.OAuthServerToServer), "CLIENT_ID"))
			expiry, _ := got["expiry"].(float64)
			if left := time.Until(time.UnixMilli(int64(expiry))); left < 23*time.Hour || left > 24*time.Hour {
				t.Errorf("the client reads an expiry in %v, want a day", left)
			}
			if s, _ := got["expires_in"].(float64); s < 86000 || s > 86400 {
				t.Errorf("expires_in is %v, want somewhat less than a day in seconds", got["expires_in"])
			}
		})
	}
}

func TestAIOTokenLife(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	got, failed := runNode(t, e, "aio-lib-ims.cjs", "prod", "life", e.OAuthServerToServer)
	if failed != nil {
		t.Fatal(*failed)
	}
	valid := map[string]any{}
	for _, name := range []string{"before", "listed", "after"} {
		valid[name] = object(t, got, name)["valid"]
	}
	if diff := cmp.Diff(map[string]any{"before": true, "listed": true, "after": false}, valid); diff != "" {
		t.Errorf("validity (-want +got):\n%s", diff)
	}
	if claims := object(t, got, "before", "token"); claims["type"] != "access_token" || claims["as"] != "ims-na1" {
		t.Errorf("validation shows the claims %v", claims)
	}
	if got["invalidated"] != "" {
		t.Errorf("invalidation answers %q, want nothing", got["invalidated"])
	}
	ident, _, _ := strings.Cut(text(t, readJSON(t, e.OAuthServerToServer), "ORG_ID"), "@")
	organizations, _ := got["organizations"].([]any)
	if !slices.ContainsFunc(organizations, func(o any) bool {
		data, err := json.Marshal(o)
		return err == nil && strings.Contains(string(data), ident)
	}) {
		t.Errorf("the organizations are %v, want one with %s", organizations, ident)
	}
}

func TestAIOForgedToken(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	got, failed := runNode(t, e, "aio-lib-ims.cjs", "prod", "forged", e.OAuthServerToServer)
	if failed != nil || got["valid"] != false || got["reason"] != "bad_signature" {
		t.Errorf("validation of a forged token: %v, %v", got, failed)
	}
}

// TestAIOFromToken: the client finds by a token whether it is one of production or of stage.
func TestAIOFromToken(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	want := text(t, readJSON(t, e.OAuthServerToServer), "TECHNICAL_ACCOUNT_ID")
	for _, environment := range []string{"prod", "stage"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			got, failed := runNode(t, e, "aio-lib-ims.cjs", environment, "fromToken", e.OAuthServerToServer)
			if failed != nil {
				t.Fatal(*failed)
			}
			if got["env"] != environment || object(t, got, "profile")["userId"] != want {
				t.Errorf("the environment is %v, the profile %v; want the account %s", got["env"], got["profile"], want)
			}
		})
	}
}

func TestAIOErrors(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	web := addWebClient(t, e)
	for name, tt := range map[string]struct {
		call   string
		change func(map[string]any)
		want   string
	}{
		"wrong secret": {
			"clientCredentials", func(v map[string]any) { v["CLIENT_SECRETS"] = []string{"p8e-wrong"} },
			`400 (Bad Request): {"error_description":"invalid client_secret parameter","error":"invalid_client"}`,
		},
		"unknown client": {
			"clientCredentials", func(v map[string]any) { v["CLIENT_ID"] = "nobody" },
			`400 (Bad Request): {"error_description":"invalid client_id parameter","error":"invalid_client"}`,
		},
		"unknown code": {
			"unknownCode", web,
			`400 (Bad Request): {"error_description":"…","error":"access_denied"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failed := runNode(t, e, "aio-lib-ims.cjs", "prod", tt.call, edited(t, e.OAuthServerToServer, tt.change))
			if failed == nil || !wildcard(tt.want).MatchString(failed.Message) {
				t.Errorf("the client reports %v, want %s", failed, tt.want)
			}
		})
	}
}

// wildcard returns an expression for a text in which "…" stands for anything.
func wildcard(text string) *regexp.Regexp {
	return regexp.MustCompile(`\A` + strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".+") + `\z`)
}

func TestAIOContext(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"prod", "stage"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			e := newAdobe(t)
			got, failed := runNode(t, e, "aio-lib-ims-jwt.cjs", environment, e.ServiceToken)
			if failed != nil {
				t.Fatal(*failed)
			}
			client := serviceClient(t, e)
			expectToken(t, e, text(t, got, "token"), client)
			expectToken(t, e, text(t, got, "direct"), client)
			if got["kept"] != true || object(t, got, "ended")["valid"] != false {
				t.Errorf("kept in the client's store: %v; validated after its end: %v", got["kept"], got["ended"])
			}
			if n := e.Tokens(); n != 2 {
				t.Errorf("the emulator gave %d tokens, want 2", n)
			}
		})
	}
}

func TestAIOContextErrors(t *testing.T) {
	t.Parallel()
	e := newAdobe(t)
	for name, tt := range map[string]struct {
		member, value, want string
	}{
		"metascope that the binding lacks": {
			"metascopes", "ent_user_sdk",
			`400 (Bad Request): {"error_description":"The metascopes in the JWT are not a subset of the metascopes in the binding.","error":"invalid_scope"}`,
		},
		"another account's identity": {
			"id", "0123456789ABCDEF01234567@techacct.adobe.com",
			`400 (Bad Request): {"error_description":"Could not match JWT signature to any of the bindings","error":"invalid_token"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := edited(t, e.ServiceToken, func(v map[string]any) { v["integration"].(map[string]any)[tt.member] = tt.value })
			_, failed := runNode(t, e, "aio-lib-ims-jwt.cjs", "prod", file)
			if failed == nil || failed.Message != tt.want {
				t.Errorf("the client reports %v, want %s", failed, tt.want)
			}
		})
	}
}
