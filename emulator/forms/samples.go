package forms

import (
	"strings"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms/sample"
)

// SamplesPath is the folder of the sample templates and their data in the repositories.
const SamplesPath = "/content/dam/formsanddocuments/imsx-samples"

// Samples returns the sample templates and their data as assets below [SamplesPath], for the repositories of an emulated
// AEM: crx:///content/dam/formsanddocuments/imsx-samples/invoice.xdp is one of them.
func Samples() []aem.Asset {
	var all []aem.Asset
	for _, name := range sample.Names() {
		content, ok := sample.Template(name)
		if !strings.HasSuffix(name, ".xdp") {
			content, ok = sample.Data(name)
		}
		if ok {
			all = append(all, aem.Asset{Path: SamplesPath + "/" + name, Content: content})
		}
	}
	return all
}
