// Package forms calls the Communications APIs of AEM Forms as a Cloud Service: documents from a template and data, the
// assembler, PDF/A, encryption and signatures, and batches. Start with [New]; [Service.Save] writes the document of any
// request to a file, and one method per API gives it as a stream.
//
//	client, err := aem.New(aem.Config{BaseURL: "https://publish-p1-e2.adobeaemcloud.com", Source: src})
//	if err != nil {
//		return err
//	}
//	saved, err := forms.New(client).Save(ctx, forms.PDFRequest{
//		Template: forms.FromFile("invoice.xdp"),
//		Data:     forms.FromFile("invoice.xml"),
//	}, "invoice.pdf")
//
// The names of requests, options and values follow Adobe's "AEM Forms as a Cloud Service Communications APIs" reference.
// An option that has its zero value is not sent; the service's default then applies.
//
// # Where
//
// Output and assembler are documented for the publish tier, batch for the author tier. With tokens of OAuth
// server-to-server credentials, aem.Config.APIKey is the client ID. The technical account must be in the group
// forms-users; its first call makes it known to AEM and ends with [aem.CauseGroupMissing].
//
// # Checks
//
// A request is checked before it is sent: required parts, and the values that are documented. An answer is checked
// before it is handed out: a PDF begins with %PDF-, PostScript with %!, and no document is empty or an HTML page. What
// fails a check is an [*aem.Error] with [aem.CauseInvalidRequest] or [aem.CauseMalformedAnswer].
//
// # Trust
//
// File names in answers are reduced to their last element. Passwords of documents are secret texts; they go on the wire
// and nowhere else.
package forms
