// Package credentials reads what Adobe hands out: the file that a person downloaded from a console, or the settings
// that another tool keeps. [Open] and [Parse] find out which of the known formats it is and give a [Set]; most files
// hold one [Credentials], which [Set.Select] returns.
//
//	set, err := credentials.Open("service_token.json", credentials.Options{})
//	if err != nil {
//		return err
//	}
//	c, err := set.Select("")
//	if err != nil {
//		return err
//	}
//	for _, f := range c.Check(time.Now()) {
//		fmt.Println(f.Severity, f.What, f.Do)
//	}
//
// Nothing here uses the network, and nothing is guessed: where a file holds two credentials of the same kind, the
// caller must choose. [Credentials.Check] reports what is wrong or about to become wrong before any request is made.
//
// # Safety
//
// Input is read to a limit of 1 MiB, nesting is bounded, and encrypted keys that ask for an excessive amount of work or
// memory, alone or together, are refused before the work starts. No [Error] holds a part of a secret. Secrets and keys print as
// fingerprints.
package credentials

import "github.com/imsx/imsx/secret"

// Kind is what a credential is used for.
type Kind string

// The kinds of credentials.
const (
	// KindServiceAccount signs an assertion with a private key and exchanges it (the JWT credentials of the AEM
	// Developer Console, and the retired ones of the Adobe Developer Console).
	KindServiceAccount Kind = "service_account"
	// KindServerToServer presents a client secret (OAuth server-to-server credentials).
	KindServerToServer Kind = "server_to_server"
	// KindAccessToken is a ready access token, such as the local development token of the AEM Developer Console.
	KindAccessToken Kind = "access_token"
)

// Title returns what people call the kind, or the name itself if it is not one of the constants.
func (k Kind) Title() string {
	switch k {
	case KindServiceAccount:
		return "service account (JWT)"
	case KindServerToServer:
		return "OAuth server-to-server"
	case KindAccessToken:
		return "access token"
	}
	return string(k)
}

// Credentials is one usable credential. Its secrets print as fingerprints and its keys not at all.
type Credentials struct {
	// Kind tells which of the fields below are set.
	Kind Kind
	// Format is the shape that the credential was read from.
	Format Format
	// Name is what the file calls it: a context, a credential's name. Often empty.
	Name string
	// Endpoint is the origin of IMS, "https://ims-na1.adobelogin.com" where the file does not say.
	Endpoint string
	// ClientID is the client, also called API key.
	ClientID string
	// ClientSecrets are the client's secrets, in the order of the file. There can be two while one is being replaced.
	ClientSecrets []secret.Text
	// Organization is the IMS organization, "…@AdobeOrg"; the assertion's issuer.
	Organization string
	// TechnicalAccountID is the account that the credential acts as, "…@techacct.adobe.com"; the assertion's subject.
	TechnicalAccountID string
	// TechnicalAccountEmail is the account's login name in AEM. It is not a claim.
	TechnicalAccountEmail string
	// Metascopes are the rights that the assertion claims, as bare names ("ent_aem_cloud_api").
	Metascopes []string
	// Scopes are the OAuth scopes to ask for.
	Scopes []string
	// Keys are the private keys, the one to try first in front.
	Keys []Key
	// AccessToken is set for KindAccessToken only.
	AccessToken secret.Text
	// Source is the path that the credential was read from; empty for bytes and standard input.
	Source string

	allowHosts []string
	notes      []Finding // what was noticed while reading
}
