package assure_test

import (
	"bytes"
	"fmt"

	"github.com/imsx/imsx/emulator/forms/assure"
)

func Example() {
	doc, err := assure.AddSignatureField(plainDoc(), assure.FieldOptions{
		Field: "Approval", Rectangle: assure.Rectangle{LowerLeftX: 72, LowerLeftY: 72, Width: 240, Height: 80},
	})
	if err != nil {
		panic(err)
	}
	signed, err := assure.Sign(doc, assure.SignOptions{
		Field: "Approval", Credential: credential(), Time: signedAt,
		Signature: assure.Signature{Reason: "I approve", Location: "Berlin"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("unchanged before the signature:", bytes.HasPrefix(signed, doc))

	_, err = assure.Encrypt(signed, assure.EncryptOptions{OpenPassword: "open"})
	fmt.Println(err)
	// Output:
	// unchanged before the signature: true
	// assure: the document is signed, and cannot be encrypted without breaking its signatures
}
