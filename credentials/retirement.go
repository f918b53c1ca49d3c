package credentials

import (
	"strings"
	"time"
)

// The dates of the retirement of JWT credentials in the Adobe Developer Console ("Migrating from Service Account (JWT)
// credential to OAuth Server-to-Server credential").
const retirementDates = "deprecated on 1 May 2023, not created after 3 June 2024, not renewed after 30 June 2025, " +
	"and converted to OAuth server-to-server when the certificate ends or on 1 March 2026, whichever comes first"

var retired = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

// Retirement says in one or two sentences what the retirement of JWT credentials means for c. It is empty for an
// access token.
func (c *Credentials) Retirement() string {
	switch {
	case c.Kind == KindAccessToken:
		return ""
	case c.Kind == KindServerToServer:
		return "The retirement of JWT credentials does not affect OAuth server-to-server credentials: they are the replacement."
	case c.fromAEM():
		return "The retirement of JWT credentials concerns the Adobe Developer Console. " +
			"Service credentials of the AEM Developer Console, like these, are not affected."
	}
	return "JWT credentials of the Adobe Developer Console are retired: " + retirementDates + "."
}

// fromAEM reports whether the AEM Developer Console made the credentials. Its clients are named after program and
// environment ("cm-p1-e2-integration-0"), and keep that name in other formats.
func (c *Credentials) fromAEM() bool {
	return c.Format.Console() == aemConsole || strings.HasPrefix(c.ClientID, "cm-p")
}

func (c *Credentials) checkRetirement(now time.Time) []Finding {
	if c.Kind != KindServiceAccount {
		return nil
	}
	f := Finding{SeverityInfo, CodeRetirement, c.Retirement(), "Nothing has to be done."}
	if !c.fromAEM() {
		f.Severity, f.Do = SeverityWarning, "Add an OAuth server-to-server credential to the project and use it instead."
		if now.Before(retired) {
			f.Severity = SeverityInfo
		}
	}
	return []Finding{f}
}
