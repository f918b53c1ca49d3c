package doctor_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/emulatortest"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/internal/doctor"
)

// playAEM switches a fault of AEM on, on one of its routes or paths.
func (b *bench) playAEM(route string, effect fault.Effect) {
	b.Helper()
	b.e.Play(b.T, fault.Fault{Match: fault.Match{Service: "aem-author", Route: route}, Effect: effect})
}

func status(code int) fault.Effect { return fault.Effect{Status: &fault.Status{Code: code}} }

func replace(member, value string) fault.Effect {
	return fault.Effect{Replace: map[string]json.RawMessage{member: json.RawMessage(value)}}
}

// Each rung of AEM's, broken once.
func TestBrokenAEM(t *testing.T) {
	t.Parallel()
	const ready = "GET /systemready"
	for _, tt := range []struct {
		name    string
		prepare func(*bench)
		rung    string
		cause   string
		class   doctor.Class
		says    []string
	}{
		{"a strange host", func(b *bench) { b.cfg.AEM = "https://intranet.example" }, "aem", "host_not_allowed", doctor.ClassCredential,
			[]string{"--allow-host intranet.example"}},
		{"plain HTTP", func(b *bench) { b.cfg.AEM = "http://author-p1-e2.adobeaemcloud.com" }, "aem", "insecure", doctor.ClassCredential, nil},
		{"a path in the URL", func(b *bench) { b.cfg.AEM += "/content/dam" }, "aem", "invalid_request", doctor.ClassInput,
			[]string{"nothing was sent", "https://author-p1-e2.adobeaemcloud.com"}},
		{"nobody there", func(b *bench) { b.cfg.AEM = "https://" + nowhere(b.T) }, "aem", "network", doctor.ClassTemporary, []string{"refused"}},
		{"no answer", func(b *bench) {
			b.cfg.Timeout = 300 * time.Millisecond
			b.playAEM(ready, fault.Effect{Hang: true})
		}, "aem", "timeout", doctor.ClassTemporary, nil},
		{"a lost connection", func(b *bench) { b.playAEM(ready, fault.Effect{Reset: true}) }, "aem", "network", doctor.ClassTemporary, nil},
		{"503", func(b *bench) { b.playAEM(ready, fault.Effect{Error: "aem_unavailable", RetryAfter: 30}) }, "aem_awake", "server_fault",
			doctor.ClassTemporary, []string{"30 seconds, as the server asks", "woken up", "Cloud Manager"}},
		{"500", func(b *bench) { b.playAEM(ready, status(500)) }, "aem_awake", "server_fault", doctor.ClassTemporary, nil},
		{"hibernated", func(b *bench) { b.stand(503, "<html><body>This environment is Hibernated</body></html>") }, "aem_awake", "hibernated",
			doctor.ClassTemporary, []string{"AEM Developer Console"}},
		{"not ready", func(b *bench) { b.playAEM(ready, replace("overallResult", `"TEMPORARILY_UNAVAILABLE"`)) }, "aem_awake", "not_ready",
			doctor.ClassTemporary, nil},
		{"406", func(b *bench) { b.instance(aem.Author).SetCDNBlock(true) }, "aem_awake", "cdn_blocked", doctor.ClassAEM,
			[]string{"traffic filter rules", "imsx/test", "user agent"}},
		{"429", func(b *bench) { b.playAEM(ready, fault.Effect{Error: "aem_throttled", RetryAfter: 3}) }, "aem_awake", "throttled",
			doctor.ClassTemporary, []string{"3 seconds"}},
		{"no such environment", func(b *bench) { b.playAEM("**", fault.Effect{Error: "aem_no_host"}) }, "aem_awake", "no_such_host",
			doctor.ClassInput, []string{"404", "Check program and environment"}},
		{"404 everywhere", func(b *bench) { b.playAEM("**", status(404)) }, "aem_token", "no_such_host", doctor.ClassInput, nil},
		{"401 with a page", func(b *bench) { b.playAEM("currentuser", fault.Effect{Error: "aem_unauthorized_html"}) }, "aem_token",
			"token_refused", doctor.ClassAEM, []string{"IMS accepts the token and AEM does not", "valid until", serviceClient}},
		{"401 without a word", func(b *bench) { b.playAEM("**", fault.Effect{Error: "aem_unauthorized_empty"}) }, "aem_token",
			"token_refused", doctor.ClassAEM, nil},
		{"401 for an ended token", func(b *bench) {
			b.e.Play(b.T, fault.Fault{Match: fault.Match{Route: "validate"}, Effect: replace("valid", "false")})
			b.playAEM("currentuser", fault.Effect{Error: "aem_unauthorized_html"})
		}, "aem_token", "token_ended", doctor.ClassAEM, []string{"not valid", "Get a new token"}},
		{"anonymous", func(b *bench) { b.playAEM("currentuser", replace("authorizableId", `"anonymous"`)) }, "aem_token", "anonymous",
			doctor.ClassAEM, []string{"header Authorization"}},
		{"a page for the user", func(b *bench) { b.playAEM("currentuser", fault.Effect{HTML: true}) }, "aem_token", "malformed_answer",
			doctor.ClassCredential, []string{"currentuser.json"}},
		{"no name for the user", func(b *bench) {
			b.playAEM("currentuser", fault.Effect{Drop: []string{"authorizableId"}})
		}, "aem_token", "malformed_answer", doctor.ClassCredential, nil},
		{"503 for the user", func(b *bench) { b.playAEM("currentuser", status(503)) }, "aem_token", "server_fault", doctor.ClassTemporary, nil},
		{"no API key", func(b *bench) { b.playAEM("currentuser", fault.Effect{Error: "aem_api_key"}) }, "aem_client", "api_key", doctor.ClassAEM,
			[]string{serviceClient}},
		{"no right at all", func(b *bench) { b.playAEM("currentuser", fault.Effect{Error: "aem_forbidden"}) }, "aem_account", "group_missing",
			doctor.ClassAEM, []string{"contributors", "@techacct.adobe.com"}},
		{"no group for assets", func(b *bench) {
			b.cfg.For = doctor.ForAssets
			b.playAEM("assets", fault.Effect{Error: "aem_forbidden"})
		}, "aem_group", "group_missing", doctor.ClassAEM, []string{"dam-users"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.author()
			tt.prepare(b)
			wantBroken(t, b.climb(), tt.rung, tt.cause, tt.class, tt.says...)
		})
	}
}

// stand puts a server of the test in AEM's place, which gives one answer.
func (b *bench) stand(code int, body string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(server.Close)
	b.cfg.AEM = server.URL
}

func TestNotAllowListed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		url, tier     string
		envType       string
		tiers, absent []string
		wantType      string
	}{
		{"the tier of the URL", "https://author-p11111-e22222.adobeaemcloud.com", "", "stage", []string{"author"}, []string{"publish"}, "stage"},
		{"publish", "https://publish-p11111-e22222.adobeaemcloud.com", "", "prod", []string{"publish"}, []string{"author"}, "prod"},
		{"the tier of the flag", "", "preview", "", []string{"preview"}, []string{"author", "publish"}, "dev"},
		{"no tier known", "", "", "", []string{"author", "publish"}, nil, "dev"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.author()
			b.use(b.e.OAuthServerToServer)
			b.cfg.Tier, b.cfg.EnvironmentType = tt.tier, tt.envType
			if tt.url != "" {
				b.atAdobe(tt.url)
			}
			id := b.credential().ClientID
			r := b.climb()
			rung := wantBroken(t, r, "aem_client", "client_not_allowlisted", doctor.ClassAEM, id, "config/api.yaml", "config pipeline",
				"aio aem:rde:install -t env-config ./config", "rde", "allowlisted")
			wantState(t, r, "aem_token", doctor.StateOK, "")
			checkAllowList(t, rung.File, id, tt.wantType, tt.tiers, tt.absent)
		})
	}
}

// checkAllowList reads the file as AEM's pipeline does.
func checkAllowList(t *testing.T, file *doctor.File, id, envType string, tiers, absent []string) {
	t.Helper()
	if file == nil || file.Path != "config/api.yaml" {
		t.Fatalf("the file is %+v", file)
	}
	var v struct {
		Kind, Version string
		Metadata      struct {
			EnvTypes []string `yaml:"envTypes"`
		}
		Data struct {
			Allowed map[string][]string `yaml:"allowedClientIDs"`
		}
	}
	if err := yaml.Unmarshal([]byte(file.Content), &v); err != nil {
		t.Fatal(err)
	}
	if v.Kind != "API" || v.Version != "1" || strings.Join(v.Metadata.EnvTypes, ",") != envType {
		t.Errorf("the file is %+v, want type %s", v, envType)
	}
	for _, tier := range tiers {
		if strings.Join(v.Data.Allowed[tier], ",") != id {
			t.Errorf("%s allows %q, want %q", tier, v.Data.Allowed[tier], id)
		}
	}
	for _, tier := range absent {
		if _, ok := v.Data.Allowed[tier]; ok {
			t.Errorf("the file names the tier %s", tier)
		}
	}
}

// atAdobe makes the emulator answer under a name of Adobe's.
func (b *bench) atAdobe(origin string) {
	b.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		b.Fatal(err)
	}
	e := emulatortest.New(b.T, func(c *emulator.Config) { c.Hosts = []string{u.Hostname()} })
	b.e = e
	b.use(e.OAuthServerToServer)
	b.cfg.AEM = origin
	b.cfg.HTTPClient = e.Client
	ims := strings.TrimPrefix(e.URL(), "https://")
	author := strings.TrimPrefix(e.AEMAuthorURL(), "https://")
	b.resolved(func(_ context.Context, addr string) (string, error) {
		if addr == ims {
			return ims, nil
		}
		return author, nil
	})
}

func TestTokenOfAnotherEnvironment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.atAdobe("https://author-p33333-e44444.adobeaemcloud.com")
	if err := b.e.AEM().AddEnvironment("p33333-e44444", ""); err != nil {
		t.Fatal(err)
	}
	b.use(b.e.ServiceToken)
	wantBroken(t, b.climb(), "aem_token", "other_environment", doctor.ClassAEM, "the token is of p11111-e22222, the URL of p33333-e44444",
		"AEM Developer Console")
}

func TestGroupMissing(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]func(*bench) string{"service": (*bench).service, "server-to-server": (*bench).oauth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.author()
			b.use(file(b))
			b.allow()
			b.cfg.For = doctor.ForForms
			login := b.credential().TechnicalAccountEmail
			r := b.climb()
			wantState(t, r, "aem_account", doctor.StateOK, "", login, "contributors")
			wantBroken(t, r, "aem_group", "group_missing", doctor.ClassAEM, login, "forms-users", "Tools, Security, Groups", "Admin Console",
				b.credential().TechnicalAccountID, "403")
		})
	}
}

// What the probe of an API finds besides the group.
func TestProbes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		api   doctor.API
		route string
		play  fault.Effect
		state doctor.State
		cause string
	}{
		{"assets", doctor.ForAssets, "", fault.Effect{}, doctor.StateOK, ""},
		{"none", doctor.ForNone, "", fault.Effect{}, doctor.StateSkipped, ""},
		{"forms that want a template", doctor.ForForms, "forms", status(400), doctor.StateOK, ""},
		{"forms that take everything", doctor.ForForms, "forms", status(200), doctor.StateOK, ""},
		{"no forms", doctor.ForForms, "forms", status(404), doctor.StateWarning, "api_missing"},
		{"forms that fail", doctor.ForForms, "forms", status(500), doctor.StateWarning, "undecided"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.author()
			b.join(aem.FormsUsers)
			b.cfg.For = tt.api
			if tt.route != "" {
				b.playAEM(tt.route, tt.play)
			}
			r := b.climb()
			wantState(t, r, "aem_group", tt.state, tt.cause)
			if r.Verdict.State == doctor.StateBroken {
				t.Errorf("the verdict is %+v", r.Verdict)
			}
		})
	}
}

// A publish instance may hide who the user is. The API is asked all the same.
func TestHiddenUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.author()
	b.cfg.For = doctor.ForForms
	b.playAEM("currentuser", status(404))
	r := b.climb()
	wantState(t, r, "aem_token", doctor.StateWarning, "current_user_hidden")
	wantState(t, r, "aem_account", doctor.StateSkipped, "")
	wantBroken(t, r, "aem_group", "group_missing", doctor.ClassAEM, b.credential().TechnicalAccountEmail)
}

// The clock of a ready token is compared with AEM's.
func TestClockOfAReadyToken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.author()
	b.use(b.e.LocalDevelopmentToken)
	wantState(t, b.climb(), "clock", doctor.StateOK, "", "agree")
	b.cfg.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	r := b.climb()
	wantState(t, r, "clock", doctor.StateWarning, "clock_differs", "ahead of the server's")
	wantState(t, r, "aem_account", doctor.StateOK, "", "developer@example.com")
}

// A proxy that stands before AEM only.
func TestProxyBeforeAEM(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.author()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	t.Cleanup(server.Close)
	u := &url.URL{Scheme: "http", Host: server.Listener.Addr().String(), User: url.UserPassword("me", "proxy-passphrase")}
	transport := b.e.Client.Transport.(*http.Transport).Clone()
	ims := strings.TrimPrefix(b.e.URL(), "https://")
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Host == ims {
			return nil, nil
		}
		return u, nil
	}
	b.cfg.HTTPClient = &http.Client{Transport: transport}
	r := b.climb()
	wantBroken(t, r, "aem", "proxy_authentication", doctor.ClassCredential, "This came from your proxy, not from Adobe", u.Host)
	if strings.Contains(said(r), "proxy-passphrase") {
		t.Errorf("the password of the proxy is shown:\n%s", said(r))
	}
}
