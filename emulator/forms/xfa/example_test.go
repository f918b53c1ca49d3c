package xfa_test

import (
	"fmt"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

func ExampleTemplate_Layout() {
	source, _ := sample.Template("label.xdp")
	data, _ := sample.Data("label-1.xml")
	template, err := xfa.Parse(source)
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := template.Layout(data, xfa.Options{Locale: "de_DE"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range document.Pages[0].Items {
		if text, ok := item.(page.Text); ok && text.Font.Size > 14 {
			fmt.Println(text.Text)
		}
	}
	// Output:
	// Tern Island Ferries Ltd
	// Ms A. Winters
	// Pier 3, Quayside
	// Tern Island TI4 7QX
	// EXPRESS
	// 12,40
	// 7400 1234 5678
}
