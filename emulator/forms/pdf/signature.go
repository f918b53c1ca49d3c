package pdf

import "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

// DropSignatures takes the signatures out of a document's signature fields, which stay, and returns how many there were.
// A document that is written anew would break them. The error is an [*Error].
func DropSignatures(ctx *model.Context) (dropped int, err error) {
	err = Guard("the signatures cannot be removed", func() error {
		form, err := acroForm(ctx)
		if err != nil || form == nil {
			return err
		}
		fields, err := form.fields()
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.kind != FieldSignature || !f.dict.HasEntry("V") {
				continue
			}
			f.dict.Delete("V")
			dropped++
		}
		if dropped > 0 {
			form.dict.Delete("SigFlags")
			ctx.RootDict.Delete("Perms")
			ctx.RootDict.Delete("DSS")
		}
		return nil
	})
	return dropped, err
}
