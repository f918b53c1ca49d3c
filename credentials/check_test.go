package credentials_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/credentials"
)

// codes lists findings as "severity code".
func codes(found []credentials.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Severity)+" "+f.Code)
	}
	return out
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p, q := validPair(t, 0), validPair(t, 1)
	at := func(from, to time.Time) func(m) {
		pair := newPair(t, 0, from, to)
		return func(i m) {
			i["publicKey"], i["certificateExpirationDate"] = pair.cert(), to.Format(time.RFC3339)
		}
	}
	set := func(name string, v any) func(m) { return func(i m) { i[name] = v } }
	client := func(name string, v any) func(m) { return func(i m) { i["technicalAccount"].(m)[name] = v } }
	all := func(changes ...func(m)) func(m) {
		return func(i m) {
			for _, change := range changes {
				change(i)
			}
		}
	}
	tests := []struct {
		name   string
		change func(m)
		opts   credentials.Options
		want   []string
		says   string
	}{
		{"in order", func(m) {}, credentials.Options{}, nil, ""},
		{"another certificate", all(set("publicKey", q.cert()), func(i m) { delete(i, "certificateExpirationDate") }),
			credentials.Options{}, []string{"error key_certificate_mismatch"}, "does not belong"},
		{"expired", at(today.AddDate(-1, 0, 0), today.AddDate(0, 0, -3)), credentials.Options{}, []string{"error certificate_expired"}, "expired on 3 May 2025, 3 days ago"},
		{"expires now", at(today.AddDate(-1, 0, 0), today), credentials.Options{}, []string{"error certificate_expired"}, "less than a day ago"},
		{"expires soon", at(today.AddDate(-1, 0, 0), today.AddDate(0, 0, 20)), credentials.Options{}, []string{"warning certificate_expires_soon"}, "expires on 26 May 2025, in 20 days"},
		{"expires tomorrow", at(today.AddDate(-1, 0, 0), today.Add(30*time.Hour)), credentials.Options{}, []string{"warning certificate_expires_soon"}, "in 1 day."},
		{"expires in 31 days", at(today.AddDate(-1, 0, 0), today.AddDate(0, 0, 31)), credentials.Options{}, nil, ""},
		{"not yet valid", at(today.AddDate(0, 0, 2), today.AddDate(1, 0, 0)), credentials.Options{}, []string{"error certificate_not_yet_valid"}, "not valid before 8 May 2025"},
		{"the file says another date", set("certificateExpirationDate", "2026-01-02T03:04:05.000Z"), credentials.Options{},
			[]string{"warning certificate_date_differs"}, "2 January 2026"},
		{"only the file says a date", all(set("publicKey", nil), set("certificateExpirationDate", "2025-05-01T00:00:00Z")), credentials.Options{},
			[]string{"error certificate_expired"}, "1 May 2025"},
		{"no date at all", all(set("publicKey", nil), set("certificateExpirationDate", nil)), credentials.Options{}, nil, ""},
		{"date that is none", set("certificateExpirationDate", "soon"), credentials.Options{}, []string{"warning certificate_unreadable"}, "not a date"},
		{"damaged certificate", all(set("publicKey", p.cert()[:200]), set("certificateExpirationDate", nil)), credentials.Options{}, []string{"warning certificate_unreadable"}, "cannot be read"},
		{"e-mail as subject", set("id", email), credentials.Options{}, []string{"error subject_is_email"}, "e-mail"},
		{"another e-mail as subject", set("id", "11111111-0000-4000-8000-00000000ABCD@techacct.adobe.com"), credentials.Options{}, []string{"error subject_is_email"}, ""},
		{"unusual subject", set("id", "0123@AdobeID"), credentials.Options{}, []string{"warning subject_unusual"}, ""},
		{"unusual id", set("id", "someone@techacct.adobe.com"), credentials.Options{}, []string{"warning subject_unusual"}, "24 hexadecimal digits"},
		{"organization", set("org", "89ABCDEF"), credentials.Options{}, []string{"error issuer_not_organization"}, "@AdobeOrg"},
		{"foreign host", set("imsEndpoint", "adobelogin.com.evil.example"), credentials.Options{}, []string{"error endpoint_not_adobe"}, "evil.example"},
		{"similar host", set("imsEndpoint", "evil-adobelogin.com"), credentials.Options{}, []string{"error endpoint_not_adobe"}, ""},
		{"allowed address", set("imsEndpoint", "[fd00::1]:8443"), credentials.Options{AllowHosts: []string{"[FD00:0::1]"}}, nil, ""},
		{"allowed host", set("imsEndpoint", "ims.example:8443"), credentials.Options{AllowHosts: []string{"IMS.example"}}, nil, ""},
		{"loopback", set("imsEndpoint", "http://127.0.0.1:8080"), credentials.Options{}, nil, ""},
		{"plain HTTP", set("imsEndpoint", "http://ims-na1.adobelogin.com"), credentials.Options{}, []string{"error endpoint_plain_http"}, ""},
		{"stage secret", client("clientSecret", "s8e-ZZZ"), credentials.Options{}, []string{"error stage_secret_production_host"}, ""},
		{"production secret", set("imsEndpoint", "ims-na1-stg1.adobelogin.com"), credentials.Options{}, []string{"error production_secret_stage_host"}, ""},
		{"everything at once", all(set("publicKey", q.cert()), set("id", email), set("org", "x"), set("imsEndpoint", "http://evil.example")), credentials.Options{}, []string{
			"error key_certificate_mismatch", "error subject_is_email", "error issuer_not_organization", "error endpoint_not_adobe",
			"error endpoint_plain_http", "warning certificate_date_differs"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := aemFile(p)
			tt.change(file["integration"].(m))
			found := mustParse(t, toJSON(t, file), tt.opts).Check(today)
			if diff := cmp.Diff(codes(found), append(slices.Clone(tt.want), "info jwt_retirement")); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
			if !slices.ContainsFunc(found, func(f credentials.Finding) bool { return strings.Contains(f.What, tt.says) }) {
				t.Errorf("no finding says %q: %v", tt.says, found)
			}
			for _, f := range found {
				noSecret(t, f.What+f.Do)
				if !strings.HasSuffix(f.What, ".") || f.Do == "" {
					t.Errorf("not a sentence: %q, %q", f.What, f.Do)
				}
			}
		})
	}
}

// TestCheckOneGoodKey: an expired key beside a good one is no reason to stop.
func TestCheckOneGoodKey(t *testing.T) {
	t.Parallel()
	expired := newPair(t, 1, today.AddDate(-2, 0, 0), today.AddDate(0, 0, -1))
	set, err := credentials.Parse([]byte(toJSON(t, []m{aemFile(expired), aemFile(validPair(t, 0))})), credentials.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := codes(mustSelect(t, set, "").Check(today))
	if diff := cmp.Diff(got, []string{"warning certificate_expired", "info jwt_retirement"}); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func TestRetirement(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	adobe := configFile(t, func(f m) { f["private_key"] = p.pkcs1() })
	moved := configFile(t, func(f m) { f["private_key"], f["client_id"] = p.pkcs1(), "cm-p1-e2-integration-0" })
	tests := []struct {
		name, text string
		at         time.Time
		severity   credentials.Severity
		says       string
	}{
		{"AEM", toJSON(t, aemFile(p)), today, credentials.SeverityInfo, "not affected"},
		{"an AEM client in another format", moved, today, credentials.SeverityInfo, "not affected"},
		{"Adobe Developer Console, before", adobe, today, credentials.SeverityInfo, "1 March 2026"},
		{"Adobe Developer Console, after", adobe, today.AddDate(1, 0, 0), credentials.SeverityWarning, "30 June 2025"},
		{"server-to-server", toJSON(t, oauthFile()), today, "", "replacement"},
		{"access token", `{"accessToken":"a.b.c"}`, today, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, tt.text, credentials.Options{})
			if got := c.Retirement(); !strings.Contains(got, tt.says) || (tt.says == "") != (got == "") {
				t.Errorf("got %q, want it to say %q", got, tt.says)
			}
			var got credentials.Severity
			for _, f := range c.Check(tt.at) {
				if f.Code == credentials.CodeRetirement {
					got = f.Severity
				}
			}
			if got != tt.severity {
				t.Errorf("got severity %q, want %q", got, tt.severity)
			}
		})
	}
}

// TestNothingPrints sends credentials through everything that prints.
func TestNothingPrints(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	c := mustParse(t, toJSON(t, aemFile(p)), credentials.Options{})
	wrapped := struct {
		hidden  *credentials.Credentials
		hiddenV credentials.Credentials
		key     credentials.Key
	}{c, *c, c.Keys[0]}
	var logs bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&logs, nil), slog.NewJSONHandler(&logs, nil)} {
		slog.New(h).Info("x", "credentials", c, "value", *c, "key", c.Keys[0], "signer", c.Keys[0].Signer)
	}
	out := []string{logs.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{c, *c, c.Keys, c.Keys[0], &c.Keys[0], c.Keys[0].Signer, wrapped} {
			out = append(out, fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{c, *c, c.Keys, c.Keys[0], c.Keys[0].Signer} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	hex := fmt.Sprintf("%x", p.key.D.Bytes())[:24]
	for _, s := range out {
		noSecret(t, strings.ReplaceAll(s, "-----BEGIN", ""))
		if strings.Contains(s, hex) || strings.Contains(s, fmt.Sprintf("%x", secret1)) {
			t.Errorf("%.200q shows a secret in hexadecimal", s)
		}
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	p := validPair(t, 0)
	k := mustParse(t, toJSON(t, aemFile(p)), credentials.Options{}).Keys[0]
	if got := k.Fingerprint(); len(got) != 71 || got == k.PublicKeyFingerprint() {
		t.Errorf("got %q and %q", got, k.PublicKeyFingerprint())
	}
	renewed := newPair(t, 0, today, today.AddDate(2, 0, 0))
	l := mustParse(t, toJSON(t, aemFile(renewed)), credentials.Options{}).Keys[0]
	if k.PublicKeyFingerprint() != l.PublicKeyFingerprint() || k.Fingerprint() == l.Fingerprint() {
		t.Error("a renewed certificate must change the fingerprint of the certificate only")
	}
	if got := (credentials.Key{}).Fingerprint(); got != "" {
		t.Errorf("got %q for no key", got)
	}
}
