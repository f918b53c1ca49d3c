package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/ims"
)

// Every cause has an exit code, and a documented one.
func TestExitOfCall(t *testing.T) {
	t.Parallel()
	want := map[aem.Cause]int{
		aem.CauseTokenRefused: exitForbidden, aem.CauseClientNotAllowlisted: exitForbidden, aem.CauseGroupMissing: exitForbidden,
		aem.CauseAPIKey: exitForbidden, aem.CauseCDNBlocked: exitForbidden, aem.CauseUnknown: exitForbidden,
		aem.CauseNotFound: exitUsage, aem.CauseConflict: exitUsage, aem.CauseInvalidRequest: exitUsage,
		aem.CauseTimedOut: exitTemporary, aem.CauseThrottled: exitTemporary, aem.CauseServerFault: exitTemporary,
		aem.CauseProxyFault: exitTemporary, aem.CauseNameNotResolved: exitTemporary, aem.CauseNetwork: exitTemporary, aem.CauseTimeout: exitTemporary,
		aem.CauseProxyAuthentication: exitRefused, aem.CauseUntrustedCertificate: exitRefused, aem.CauseRedirected: exitRefused,
		aem.CauseHostNotAllowed: exitRefused, aem.CauseInsecure: exitRefused,
		aem.CauseMalformedAnswer: exitUnexpected, aem.CauseCanceled: exitInterrupted,
	}
	for _, c := range aem.Causes() {
		code, known := want[c]
		if got := exitOfCall(&aem.Error{Cause: c}); !known || got != code {
			t.Errorf("%s: exit code %d, want %d (listed: %v)", c, got, code, known)
		}
		delete(want, c)
	}
	for c := range want {
		t.Errorf("%s is no cause", c)
	}
}

func TestOutputName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, input, want string }{
		{"", "data/a.xml", "a.pdf"}, {"", "a", "a.pdf"}, {"", "data/a.b.xml", "a.b.pdf"}, {"", ".xml", ".xml.pdf"},
		{"%n-final.pdf", "data/a.xml", "a-final.pdf"}, {"%f.pdf", "data/a.xml", "a.xml.pdf"}, {"%p.pdf", "data/a.xml", "data/a.pdf"},
		{"100%%-%n", "a.xml", "100%-a"}, {"%%n%n", "a.xml", "%na"},
		{"%p.pdf", "/abs/a.xml", ""}, {"%p.pdf", "../a.xml", ""},
	} {
		got, err := outputName(tt.pattern, tt.input, ".pdf")
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("outputName(%q, %q) = %q, %v; want %q", tt.pattern, tt.input, got, err, tt.want)
		}
	}
}

func TestCheckNamePattern(t *testing.T) {
	t.Parallel()
	for pattern, ok := range map[string]bool{
		"": true, "%n": true, "%n.pdf": true, "x-%f": true, "%p/%n%%": true, "x": false, "%%": false, "%": false, "%n%": false, "%x%n": false, "%%n": false,
	} {
		if err := checkNamePattern(pattern); (err == nil) != ok {
			t.Errorf("checkNamePattern(%q) = %v", pattern, err)
		}
	}
}

func TestDecodeOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		into any
		want string // of the fault; "" if it is none
	}{
		{`{}`, &forms.PDFOptions{}, ""},
		{"\n {\"locale\": \"de\"} \n", &forms.PDFOptions{}, ""},
		{`{"printConfig": {"renderType": "PCL", "xdcUri": "x"}}`, &forms.PrintOptions{}, ""},
		{`{"reason": "r", "permissions": "NO_CHANGES", "unlock": {"encryption": "PASSWORD_BASED_ENCRYPT", "unlockWith": "x"}}`, &forms.CertifyOptions{}, ""},
		{``, &forms.PDFOptions{}, "it is not a JSON object"},
		{`"locale"`, &forms.PDFOptions{}, "it is not a JSON object"},
		{`{"locale": "de"`, &forms.PDFOptions{}, "it is not valid JSON"},
		{`{"locale": "de"} x`, &forms.PDFOptions{}, "more follows the JSON object"},
		{`{"embedFonts": "yes"}`, &forms.PDFOptions{}, `"embedFonts" must not be a JSON string`},
		{`{"printConfig": {"rendertypes": "PCL"}}`, &forms.PrintOptions{}, `unknown member "rendertypes", did you mean "renderType"?`},
		{`{"appearance": {"logo": {"opacit": 1}}}`, &forms.SignOptions{}, `unknown member "opacit", did you mean "opacity"?`},
		{`{"legalAttestion": ""}`, &forms.CertifyOptions{}, `unknown member "legalAttestion", did you mean "legalAttestation"?`},
		{`{"frist": 1}`, &forms.DDXOptions{}, `unknown member "frist"; there are defaultStyle, validateOnly, failOnError, firstBatesNumber`},
	} {
		got := decodeOptions([]byte(tt.text), tt.into)
		if got != tt.want && !(tt.want != "" && strings.Contains(got, tt.want)) {
			t.Errorf("%s: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// What concerns one document alone does not count towards the end of a run.
func TestCommonKind(t *testing.T) {
	t.Parallel()
	alone := []aem.Cause{
		aem.CauseInvalidRequest, aem.CauseConflict, aem.CauseTimedOut, aem.CauseTimeout, aem.CauseMalformedAnswer, aem.CauseCanceled, aem.CauseUnknown,
	}
	for _, c := range aem.Causes() {
		want := string(c)
		if slices.Contains(alone, c) {
			want = ""
		}
		if got := commonKind(fmt.Errorf("wrapped: %w", &aem.Error{Cause: c, Status: 503})); got != want {
			t.Errorf("%s: %q, want %q", c, got, want)
		}
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&aem.Error{Cause: aem.CauseServerFault, Status: 500}, ""},
		{&ims.Error{Cause: ims.CauseWrongSecret}, "credentials"},
		{imsx.ErrTokenExpired, "credentials"},
		{fmt.Errorf("writing: %w", syscall.ENOSPC), "disk"},
		{errors.New("something"), ""},
	} {
		if got := commonKind(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestParseRectangle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*forms.Rectangle{
		"": nil, "1,2,3,4": {LowerLeftX: 1, LowerLeftY: 2, Width: 3, Height: 4}, " 1, 0 ,3,4": {LowerLeftX: 1, Width: 3, Height: 4},
	} {
		got, err := parseRectangle(text)
		if err != nil || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("parseRectangle(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"1", "1,2,3", "1,2,3,4,5", "a,2,3,4", "-1,2,3,4", "1.5,2,3,4"} {
		if r, err := parseRectangle(text); err == nil {
			t.Errorf("parseRectangle(%q) = %v", text, r)
		}
	}
}
