package credentials

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx/internal/adobehost"
)

// Severity tells how bad a [Finding] is.
type Severity string

// The severities of a Finding.
const (
	// SeverityError means that no token will be given.
	SeverityError Severity = "error"
	// SeverityWarning means that it works and should be looked at.
	SeverityWarning Severity = "warning"
	// SeverityInfo means that there is nothing to do.
	SeverityInfo Severity = "info"
)

// Finding is one thing that [Credentials.Check] noticed. What and Do are sentences for people; they hold no secret.
type Finding struct {
	Severity Severity
	// Code is one of the Code constants; it is stable.
	Code string
	// What says what was found.
	What string
	// Do says what to do about it.
	Do string
}

// The codes of findings.
const (
	CodeKeyMismatch            = "key_certificate_mismatch"
	CodeCertificateExpired     = "certificate_expired"
	CodeCertificateExpiresSoon = "certificate_expires_soon"
	CodeCertificateNotYetValid = "certificate_not_yet_valid"
	CodeCertificateDateDiffers = "certificate_date_differs"
	CodeCertificateUnreadable  = "certificate_unreadable"
	CodeSubjectIsEmail         = "subject_is_email"
	CodeSubjectUnusual         = "subject_unusual"
	CodeIssuerNotOrganization  = "issuer_not_organization"
	CodeEndpointNotAdobe       = "endpoint_not_adobe"
	CodeEndpointPlainHTTP      = "endpoint_plain_http"
	CodeStageSecret            = "stage_secret_production_host"
	CodeProductionSecret       = "production_secret_stage_host"
	CodeFileReadable           = "file_readable_by_others"
	CodeRetirement             = "jwt_retirement"
)

// expiryWarning is how long before its end a certificate is reported: Adobe's own alerts begin 30 days out.
const expiryWarning = 30 * 24 * time.Hour

// Check looks for everything that can be seen without the network, at the time now. It returns all findings at once,
// errors first, and nil if there are none. It is safe for concurrent use.
func (c *Credentials) Check(now time.Time) []Finding {
	found := slices.Clone(c.notes)
	found = append(found, c.checkKeys(now)...)
	found = append(found, c.checkNames()...)
	found = append(found, c.checkEndpoint()...)
	found = append(found, c.checkRetirement(now)...)
	rank := map[Severity]int{SeverityError: 0, SeverityWarning: 1, SeverityInfo: 2}
	slices.SortStableFunc(found, func(a, b Finding) int { return rank[a.Severity] - rank[b.Severity] })
	return found
}

// checkKeys reports on every key. What makes one key useless is a warning as long as another is in order.
func (c *Credentials) checkKeys(now time.Time) []Finding {
	var found []Finding
	usable := 0
	for _, k := range c.Keys {
		of := k.check(now)
		if !slices.ContainsFunc(of, func(f Finding) bool { return f.Severity == SeverityError }) {
			usable++
		}
		found = append(found, of...)
	}
	if usable > 0 {
		for i := range found {
			found[i].Severity = SeverityWarning
		}
	}
	return found
}

func (k Key) check(now time.Time) []Finding {
	var found []Finding
	add := func(s Severity, code, what, do string) { found = append(found, Finding{s, code, what, do}) }
	if !k.MatchesCertificate() {
		add(SeverityError, CodeKeyMismatch, "The private key does not belong to the certificate beside it.",
			"Download the credentials again from the console, and do not mix the parts of two files.")
	}
	if k.Certificate != nil && now.Before(k.Certificate.NotBefore) {
		add(SeverityError, CodeCertificateNotYetValid, fmt.Sprintf("The certificate is not valid before %s, %s.",
			day(k.Certificate.NotBefore), away(k.Certificate.NotBefore.Sub(now))), "Check the clock of this machine.")
	}
	switch left := k.Expires.Sub(now); {
	case k.Expires.IsZero():
	case left <= 0:
		add(SeverityError, CodeCertificateExpired, fmt.Sprintf("The certificate expired on %s, %s ago.", day(k.Expires), days(-left)),
			"Add a new private key to the technical account in the console, download it and use it instead.")
	case left <= expiryWarning:
		add(SeverityWarning, CodeCertificateExpiresSoon, fmt.Sprintf("The certificate expires on %s, %s.", day(k.Expires), away(left)),
			"Add a new private key to the technical account in the console and switch over before that day.")
	}
	if k.Certificate != nil && !k.declared.IsZero() && k.declared.Sub(k.Certificate.NotAfter).Abs() >= time.Second {
		add(SeverityWarning, CodeCertificateDateDiffers, fmt.Sprintf(
			"The file says that the certificate ends on %s, the certificate itself says %s.", day(k.declared), day(k.Certificate.NotAfter)),
			"Go by the date of the certificate, and download the file again from the console.")
	}
	return found
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// days says a duration in words, rounded down.
func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); {
	case n == 0:
		return "less than a day"
	case n == 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

func away(d time.Duration) string { return "in " + days(d) }

func (c *Credentials) checkNames() []Finding {
	var found []Finding
	local, domain, _ := strings.Cut(c.TechnicalAccountID, "@")
	switch {
	case c.TechnicalAccountID == "":
	case strings.EqualFold(c.TechnicalAccountID, c.TechnicalAccountEmail) || isUUID(local):
		severity := SeverityWarning // a server-to-server request does not carry the account
		if c.Kind == KindServiceAccount {
			severity = SeverityError
		}
		found = append(found, Finding{severity, CodeSubjectIsEmail,
			"The technical account id is the e-mail address of the account.",
			"Use the id that the console shows: 24 hexadecimal digits, then @techacct.adobe.com."})
	case c.Kind == KindServiceAccount && (domain != "techacct.adobe.com" || !isAccountID(local)):
		found = append(found, Finding{SeverityWarning, CodeSubjectUnusual,
			"The technical account id is not 24 hexadecimal digits and @techacct.adobe.com.",
			"Compare it with the technical account id that the console shows."})
	}
	if c.Organization != "" && !strings.HasSuffix(c.Organization, "@AdobeOrg") {
		found = append(found, Finding{SeverityError, CodeIssuerNotOrganization,
			"The organization id does not end in @AdobeOrg.",
			"Use the organization id that the console shows: 24 hexadecimal digits, then @AdobeOrg."})
	}
	return found
}

// isUUID reports whether s has the form of a UUID (RFC 9562, section 4).
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return false
		}
	}
	return true
}

// isAccountID reports whether s has the form of the ids that IMS gives to accounts: 24 hexadecimal digits.
func isAccountID(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return len(s) == 24
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// The beginnings of client secrets that name their environment.
const (
	stagePrefix      = "s8e-"
	productionPrefix = "p8e-"
)

func (c *Credentials) checkEndpoint() []Finding {
	if c.Kind == KindAccessToken {
		return nil
	}
	var found []Finding
	host := endpointHost(c.Endpoint)
	if !c.trustedHost(host) {
		found = append(found, Finding{SeverityError, CodeEndpointNotAdobe,
			fmt.Sprintf("The credentials would be sent to %q, which is not a host of Adobe's.", clip(host)),
			"Check where the file comes from, and allow the host by name only if you know it."})
	}
	if strings.HasPrefix(c.Endpoint, "http://") && !adobehost.IsLoopback(host) {
		found = append(found, Finding{SeverityError, CodeEndpointPlainHTTP,
			"The endpoint is plain HTTP, where everybody on the way can read the secret.", "Use https."})
	}
	hasPrefix := func(prefix string) bool {
		for _, s := range c.ClientSecrets {
			if strings.HasPrefix(s.Reveal(), prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case c.Endpoint == productionOrigin && hasPrefix(stagePrefix):
		found = append(found, Finding{SeverityError, CodeStageSecret,
			"The client secret is for Adobe's stage environment, and the endpoint is production.",
			"Use the credentials of production, or set the endpoint to ims-na1-stg1.adobelogin.com."})
	case c.Endpoint == stageOrigin && hasPrefix(productionPrefix):
		found = append(found, Finding{SeverityError, CodeProductionSecret,
			"The client secret is for production, and the endpoint is Adobe's stage environment.",
			"Use the credentials of stage, or set the endpoint to ims-na1.adobelogin.com."})
	}
	return found
}
