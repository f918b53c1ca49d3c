package pdf

import (
	"bytes"
	"io"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// smallest is the smallest document that pdfcpu reads.
const smallest = `%PDF-1.7
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/Resources<<>>>>
endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
0000000123 00000 n 
trailer
<</Size 4/Root 1 0 R>>
startxref
180
%%EOF
`

// borrowEncryption prepares ctx for an encryption that pdfcpu refuses for PDF 2.0, which write pretends to write: the
// smallest document is encrypted as PDF 1.7 with the same passwords and the same identifier, on which the key depends,
// and lends its key and its encryption dictionary.
func borrowEncryption(ctx *model.Context) error {
	conf := *ctx.Configuration
	small, err := api.ReadAndValidate(bytes.NewReader([]byte(smallest)), &conf)
	if err != nil {
		return err
	}
	small.ID = ctx.ID.Clone().(types.Array)
	if err := api.WriteContext(small, io.Discard); err != nil {
		return err
	}
	d, err := small.EncryptDict()
	if err != nil {
		return err
	}
	ref, err := ctx.IndRefForNewObject(d)
	if err != nil {
		return err
	}
	ctx.Encrypt, ctx.E, ctx.EncKey = ref, small.E, small.EncKey
	ctx.AES4Strings, ctx.AES4Streams, ctx.AES4EmbeddedStreams = small.AES4Strings, small.AES4Streams, small.AES4EmbeddedStreams
	ctx.Cmd = model.VALIDATE
	return nil
}
