package pdfa_test

import (
	"fmt"

	"github.com/imsx/imsx/emulator/forms/pdfa"
)

func Example() {
	doc := page{content: "BT /F1 12 Tf 72 720 Td (Hello) Tj ET"}.bytes()
	before, err := pdfa.Validate(doc, pdfa.ValidateOptions{ResultLevel: pdfa.Summary})
	if err != nil {
		panic(err)
	}
	for _, f := range before.Findings {
		if f.Clause == "6.7.2" {
			fmt.Println(f)
		}
	}
	archived, report, err := pdfa.Convert(doc, pdfa.ConvertOptions{Time: now})
	if err != nil {
		panic(err)
	}
	after, err := pdfa.Validate(archived, pdfa.ValidateOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println(before.IsPDFA, report.IsPDFA, after.IsPDFA)
	// Output:
	// 6.7.2: the document has no readable metadata
	// false true true
}
