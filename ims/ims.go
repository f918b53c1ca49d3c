// Package ims speaks the protocol of Adobe's identity service, IMS: it builds and signs an assertion ([Assertion]) and
// sends one request per method ([Client]).
//
//	client, err := ims.New(ims.Config{Endpoint: "https://ims-na1.adobelogin.com"})
//	...
//	assertion, err := ims.Assertion{
//		Endpoint: "https://ims-na1.adobelogin.com", ClientID: id, Organization: org,
//		TechnicalAccount: account, Metascopes: []string{"ent_aem_cloud_api"},
//	}.Sign(key)
//	...
//	resp, err := client.ExchangeJWT(ctx, ims.ExchangeRequest{ClientID: id, ClientSecret: clientSecret, Assertion: assertion})
//
// The package keeps no tokens, makes no second attempt and never decides when to ask: that is for a token source above
// it. What goes wrong is an [*Error] with one [Cause] of a closed list; each cause knows what it means and who must do
// what.
//
// # Security
//
// Requests go only to hosts below Adobe's domains, to loopback, and to hosts that the configuration names; plain HTTP
// is for loopback alone. Redirects are not followed. Answers are read to 1 MiB. Errors carry parsed fields only, bounded
// in length and cleared of the request's own secrets.
//
// # Time
//
// IMS counts the lifetime of a token in milliseconds on the JWT exchange and in seconds elsewhere. This package turns it
// into an instant by the local clock, once; nothing outside it sees the number.
package ims
