package page_test

import (
	"fmt"

	"github.com/imsx/imsx/emulator/forms/page"
)

func ExampleFonts_Width() {
	fonts := page.NewFonts(false)
	font := page.Font{Family: page.Mono, Size: 10}
	fmt.Println(fonts.Width(font, "imsx"))
	// Output: 24
}
