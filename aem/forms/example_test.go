package forms_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
)

// exampleService is a service in front of a server that answers every request with a PDF.
func exampleService() (service *forms.Service, end func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, pdf)
	}))
	client, err := aem.New(aem.Config{BaseURL: server.URL, Source: tokens})
	if err != nil {
		panic(err)
	}
	return forms.New(client), func() { client.CloseIdleConnections(); server.Close() }
}

func ExampleService_Save() {
	service, end := exampleService()
	defer end()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	saved, err := service.Save(context.Background(), forms.PDFRequest{
		Template: forms.FromPath("crx:///content/dam/formsanddocuments/invoice.xdp"),
		Data:     forms.FromBytes([]byte(`<invoice><total>42</total></invoice>`)),
		Options:  forms.PDFOptions{Locale: "de_DE", EmbedFonts: true},
	}, filepath.Join(dir, "invoice.pdf"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filepath.Base(saved.Path), saved.ContentType, saved.Bytes > 0)
	// Output: invoice.pdf application/pdf true
}

func ExampleService_GeneratePDFOutput() {
	service, end := exampleService()
	defer end()

	_, err := service.GeneratePDFOutput(context.Background(), forms.PDFRequest{
		Template: forms.FromPath("crx:///content/dam/formsanddocuments/invoice.xdp"),
		Options:  forms.PDFOptions{AcrobatVersion: "11"},
	})
	fmt.Println(err)
	// Output: generate pdf: invalid request: acrobatVersion is "11", not one of Acrobat_10, Acrobat_10_1, Acrobat_11
}
