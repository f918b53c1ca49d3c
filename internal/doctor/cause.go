package doctor

import "github.com/imsx/imsx/credentials"

// Cause is why a rung is broken or in doubt, where the tables of packages ims and aem have no word for it. Its text is
// stable and meant for programs.
type Cause string

// The causes that only the doctor sees.
const (
	CauseFileMissing      Cause = "file_missing"        // nothing at the path
	CauseFileUnreadable   Cause = "file_unreadable"     // somebody else's, or not to be opened
	CauseFileMode         Cause = "file_mode"           // others may read it
	CauseEndsSoon         Cause = "ends_soon"           // the certificate or the token ends within the warning
	CauseTokenExpired     Cause = "token_expired"       // a ready token whose time has passed
	CauseClockDiffers     Cause = "clock_differs"       // more than 30 seconds
	CauseClockWrong       Cause = "clock_wrong"         // more than 5 minutes, with assertions
	CauseClockHidesDate   Cause = "clock_hides_date"    // in date by the server's clock, not by the local one
	CausePrivateAddress   Cause = "private_address"     // a host of Adobe's at an address of a private network
	CauseProxyAddress     Cause = "proxy_address"       // the variable for the proxy is no address of one
	CauseSeveralKeys      Cause = "several_keys"        // some of the keys are not bound
	CauseSeveralSecrets   Cause = "several_secrets"     // some of the secrets are wrong
	CauseScopesFewer      Cause = "scopes_fewer"        // the token has fewer scopes than asked for
	CauseCacheUnusable    Cause = "cache_unusable"      // tokens cannot rest there
	CauseNoSuchHost       Cause = "no_such_host"        // 404 for the whole host
	CauseHibernated       Cause = "hibernated"          // the environment sleeps
	CauseNotReady         Cause = "not_ready"           // the environment says that it is not ready
	CauseOtherEnvironment Cause = "other_environment"   // 401 for a client of another environment
	CauseTokenEnded       Cause = "token_ended"         // 401, and IMS does not accept the token either
	CauseAnonymous        Cause = "anonymous"           // AEM answers as if there were no token
	CauseHidden           Cause = "current_user_hidden" // the host does not show the current user
	CauseAPIMissing       Cause = "api_missing"         // 404 behind the gate
	CauseUndecided        Cause = "undecided"           // the probe failed for another reason than the group
)

// explanation is one row of the table of causes.
type explanation struct {
	cause           Cause
	meaning, remedy string
}

// explanations holds every cause, in the order of [Causes].
var explanations = [...]explanation{
	{CauseFileMissing,
		"There is nothing at the path of the credentials.",
		"Check the path and where it is named; a path that is not absolute begins at the current folder, one of a profile at the configuration file."},
	{CauseFileUnreadable,
		"The credentials are there, but this user may not read them, or they are no file.",
		"The owner of the file gives this user the right to read it, or you name another file."},
	{CauseFileMode,
		"Other users of this machine can read the file, and with it get tokens.",
		"The owner of the file runs chmod 600 on it."},
	{CauseEndsSoon,
		"What the access depends on ends soon; no token comes after that.",
		"Somebody with access to the console makes a new one, and you switch over before that day."},
	{CauseTokenExpired,
		"The access token is a ready one whose time has passed; nothing can renew it.",
		"Get a new local development token in the AEM Developer Console, or use service credentials, which renew themselves."},
	{CauseClockDiffers,
		"The clock of this machine is not that of the server; it still works, but expiry times are off by as much.",
		"Set the clock of this machine, preferably by a time service."},
	{CauseClockWrong,
		"The clock of this machine is so wrong that an assertion has ended before it arrives, or begins in the future.",
		"Set the clock of this machine, preferably by a time service."},
	{CauseClockHidesDate,
		"By the clock of this machine the certificate is out of date, by that of the server it is not.",
		"Set the clock of this machine, preferably by a time service."},
	{CausePrivateAddress,
		"The name of a host of Adobe's leads to an address of a private network or of this machine, so a hosts file, a VPN or a name service of your own answers for Adobe.",
		"If nobody set this up on purpose, remove the entry from the hosts file or ask the network's administrator."},
	{CauseProxyAddress,
		"The variable that names the proxy cannot be understood, so the proxy is not used, or a part of its password is taken for its host.",
		"Write it as http://user:password@host:port, with %23 for a #, %2F for a /, %3A for a :, %3F for a ? and %40 for an @ in the user name or the password."},
	{CauseSeveralKeys,
		"IMS accepts one of the keys of the credentials, and not the others.",
		"Remove the keys that IMS does not accept, so that no request is made with them."},
	{CauseSeveralSecrets,
		"IMS accepts one of the client secrets of the credentials, and not the others.",
		"Remove the client secrets that IMS does not accept, so that no request is made with them."},
	{CauseScopesFewer,
		"The token was issued with fewer scopes than were asked for, so some calls will be refused.",
		"A developer of the organization adds the API that the scope belongs to, to the project in the Adobe Developer Console, or you ask for fewer."},
	{CauseCacheUnusable,
		"Tokens cannot rest where they are to, so that every process asks IMS for one of its own.",
		"Make the cache usable or name another one; without a cache on purpose, say --cache none."},
	{CauseNoSuchHost,
		"The content delivery network knows no AEM environment of this name.",
		"Check program and environment in the URL; both stand in Cloud Manager and in the address of the environment's own pages."},
	{CauseHibernated,
		"The environment is hibernated, as sandboxes and development environments are after some time without use.",
		"A person with access wakes it up in the AEM Developer Console or in Cloud Manager, and waits for some minutes."},
	{CauseNotReady,
		"The environment is there and says that it is not ready: it is starting, or a deployment is going on.",
		"Wait for some minutes; if it lasts, look at the environment in Cloud Manager."},
	{CauseOtherEnvironment,
		"The token belongs to another AEM environment than the one that the URL names.",
		"Download the service credentials from the AEM Developer Console of the environment in the URL, or correct the URL."},
	{CauseTokenEnded,
		"IMS itself does not accept the token any more: it was invalidated or has expired.",
		"Get a new token; if it was not you who ended it, ask who else has the credentials."},
	{CauseAnonymous,
		"AEM answers as if the request had no token: it did not arrive, or this host does not look at it.",
		"Check that the URL is that of the instance itself and not of a site or a proxy that removes the header Authorization."},
	{CauseHidden,
		"The host does not show who the token's user is, as publish instances behind a dispatcher may do; the token cannot be judged by it.",
		"Name the API that you want to use, so that it is asked instead."},
	{CauseAPIMissing,
		"The account may use the API, or nobody was asked, but there is nothing at its path on this host.",
		"Check the tier, and whether the program has the add-on that the API belongs to; a product owner sees it in Cloud Manager."},
	{CauseUndecided,
		"AEM could not answer the probe, for a reason that has nothing to do with the account's rights.",
		"Try the real call; if it fails in the same way, give Adobe's support the request id."},
}

// Causes returns every cause. The caller owns the slice.
func Causes() []Cause {
	all := make([]Cause, len(explanations))
	for i, e := range explanations {
		all[i] = e.cause
	}
	return all
}

// Meaning returns one sentence that says what c means; empty for a cause that is not listed.
func (c Cause) Meaning() string { return c.explain().meaning }

// Remedy returns one sentence that says who must do what; empty for a cause that is not listed.
func (c Cause) Remedy() string { return c.explain().remedy }

func (c Cause) explain() explanation {
	for _, e := range explanations {
		if e.cause == c {
			return e
		}
	}
	return explanation{}
}

// reasonMeans says what the reasons of package credentials mean. An unreadable file has causes of the doctor's own.
var reasonMeans = map[credentials.Reason]string{
	credentials.ReasonUnknownFormat:    "The text is none of the shapes in which Adobe hands credentials out.",
	credentials.ReasonMalformed:        "The file breaks the rules of its own format, as after an edit by hand.",
	credentials.ReasonTruncated:        "The file stops in the middle, as after a download or a copy that was cut.",
	credentials.ReasonEmpty:            "There is nothing in it, as after a secret that was not set.",
	credentials.ReasonNotUTF8:          "It is not text in UTF-8, as after a conversion by an editor, or when another file was named.",
	credentials.ReasonTooLarge:         "Credentials take some thousand bytes, so another file was named.",
	credentials.ReasonHTML:             "A web page was saved in place of the credentials, usually because the sign-in had run out.",
	credentials.ReasonSavedError:       "An error of the console was saved in place of the credentials.",
	credentials.ReasonSavedTokenAnswer: "An answer of IMS with a token was saved; it is no credential.",
	credentials.ReasonBareToken:        "A token alone does not say what it is for, and nothing can renew it.",
	credentials.ReasonCertificateOnly:  "A certificate is the public part; nothing can be signed with it.",
	credentials.ReasonKeyOnly:          "A key alone does not say which client and account it belongs to.",
	credentials.ReasonMissingFields:    "The format is known, and something that is needed for a token is missing.",
	credentials.ReasonBadField:         "The format is known, and the value of a field cannot be what Adobe handed out.",
	credentials.ReasonBadKey:           "The private key was damaged, for example by an editor or a shell that changed its line ends.",
	credentials.ReasonNotRSA:           "IMS knows RSA keys only, so the key belongs to something else.",
	credentials.ReasonPassphraseNeeded: "The private key is encrypted.",
	credentials.ReasonWrongPassphrase:  "The private key is encrypted with another passphrase.",
	credentials.ReasonKeyFile:          "The private key is to stand in a file of its own, which cannot be read.",
	credentials.ReasonAmbiguous:        "There are several credentials of one kind, and nothing says which is meant.",
	credentials.ReasonNoMatch:          "Nothing that was read is the credential that was asked for.",
}

// findingMeans says what the findings of package credentials mean that stand on a rung of their own.
var findingMeans = map[string]string{
	credentials.CodeKeyMismatch: "The key and the certificate are of two different pairs, so they were mixed from two files; IMS " +
		"will not know the key.",
	credentials.CodeCertificateExpired: "IMS refuses every assertion that only this certificate can verify. (A key whose " +
		"certificate was renewed in the console may still work.)",
	credentials.CodeCertificateNotYetValid: "IMS refuses every assertion that only this certificate can verify, until that day.",
	credentials.CodeCertificateDateDiffers: "One of the two was edited, or they are of two downloads.",
	credentials.CodeCertificateUnreadable:  "Whether the key belongs to the certificate, and until when, cannot be seen.",
	credentials.CodeSubjectIsEmail:         "IMS knows the account by its id; an assertion in the name of the e-mail address is refused.",
	credentials.CodeSubjectUnusual:         "Technical accounts have such an id; one that is of another kind gets no token.",
	credentials.CodeIssuerNotOrganization:  "IMS knows organizations by such an id; for another one it gives no token.",
	credentials.CodeEndpointNotAdobe:       "The file names who gets its secrets. A file that was tampered with would name somebody else.",
	credentials.CodeEndpointPlainHTTP:      "Nothing is sent in the clear, except on this machine.",
	credentials.CodeStageSecret:            "The two environments do not know each other's clients, so the secret is refused.",
	credentials.CodeProductionSecret:       "The two environments do not know each other's clients, so the secret is refused.",
	credentials.CodeFileReadable:           "Other users of this machine can read the key, and with it get tokens.",
	credentials.CodeRetirement:             "Credentials of this kind are being turned off, so this one stops working or has stopped.",
}
