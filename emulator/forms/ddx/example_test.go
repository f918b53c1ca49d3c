package ddx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"github.com/imsx/imsx/emulator/forms/ddx"
)

func Example() {
	page := fpdf.New("P", "pt", "A4", "")
	page.AddPage()
	var source bytes.Buffer
	if err := page.Output(&source); err != nil {
		fmt.Println(err)
		return
	}
	job, err := ddx.Parse([]byte(`<DDX xmlns="http://ns.adobe.com/DDX/1.0/">
  <PDF result="both.pdf">
    <Footer><Right><StyledText><p><_PageNumber/> / <_LastPageNumber/></p></StyledText></Right></Footer>
    <PDF source="one.pdf"/>
    <PDF source="two.pdf"/>
  </PDF>
</DDX>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(job.Sources(), job.Results())
	outcome, err := job.Run(context.Background(), map[string][]byte{"one.pdf": source.Bytes(), "two.pdf": source.Bytes()},
		ddx.Options{FailOnError: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(outcome.Results[0].Name, outcome.Results[0].ContentType)
	// Output:
	// [one.pdf two.pdf] [both.pdf]
	// both.pdf application/pdf
}

func ExampleError() {
	_, err := ddx.Parse([]byte(`<DDX xmlns="http://ns.adobe.com/DDX/1.0/">
  <PDF result="r.pdf">
    <Portfolio/>
    <PDF source="a.pdf"/>
  </PDF>
</DDX>`))
	var e *ddx.Error
	if errors.As(err, &e) {
		fmt.Println(e.What)
	}
	// Output: the DDX element <Portfolio> is not emulated
}
