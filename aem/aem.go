// Package aem calls one host of AEM as a Cloud Service: it adds the access token, streams both ways, tries again what
// can pass, and says of every failure why, as one [Cause] of a closed list. Start with [New], then [Client.Do] for a
// stream, or [Client.Save] for a file.
//
//	client, err := aem.New(aem.Config{BaseURL: "https://author-p1-e2.adobeaemcloud.com", Source: src})
//	if err != nil {
//		return err
//	}
//	_, err = client.Save(ctx, aem.Request{Path: "/content/dam/invoice.pdf"}, "invoice.pdf")
//	var refused *aem.Error
//	if errors.As(err, &refused) && refused.Cause == aem.CauseGroupMissing {
//		// the technical account lacks a right
//	}
//
// The Communications APIs, typed, are in package [github.com/imsx/imsx/aem/forms].
//
// # Where the token goes
//
// The token goes to *.adobeaemcloud.com, *.adobe.io, loopback, and the hosts of Config.AllowHosts, by https; plain HTTP is
// accepted on loopback only. Redirects are not followed. No error shows the token, even if the server sends it back.
//
// # What is tried again
//
// A request that may be sent twice (Request.Repeatable, GET and HEAD) and whose body can be read again is retried with
// exponential backoff and jitter after 408, 429, 5xx, a lost connection and a name that did not resolve, within the
// deadline; Retry-After is obeyed. After 401 the token is invalidated at its source, and any request whose body can be
// read again is sent once more. [Client.Do] retries until the head of a successful answer is there; [Client.Fetch] and
// [Client.Save] retry the whole, the reading of the answer included.
//
// # Limits
//
// Bodies are streamed and have no limit; a request body of a known length of up to 128 KiB is read before it is sent. The
// body of an error is read to 1 MiB; a text taken from it has at most 300 characters, a log at most 64 KiB.
package aem
