// Package sample has templates, and data for them, to try the emulator with: an invoice whose table goes over as many pages
// as it needs, a letter of flowing text, a certificate across the page, and a label for parcels. They are made up; so are
// all names in them. [Template] and [Data] are the names to start with:
//
//	template, _ := sample.Template("invoice.xdp")
//	data, _ := sample.Data("invoice-1.xml")
//
// # Locales
//
// The templates leave the locale to the request. The data "invoice-3.xml" is German and is meant for the locale de_DE; the
// other data is English.
package sample

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed files/*.xdp files/*.xml
var files embed.FS

// Names returns the names of all samples, sorted: templates such as "invoice.xdp", and data such as "invoice-1.xml".
func Names() []string {
	entries, err := files.ReadDir("files")
	if err != nil {
		panic("sample: " + err.Error()) // the files are in the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names
}

// Template returns a template by its name, such as "invoice.xdp" or "invoice", and reports whether there is one. The
// caller owns the bytes.
func Template(name string) ([]byte, bool) { return read(name, ".xdp") }

// Data returns data by its name, such as "invoice-1.xml" or "invoice-1", and reports whether there is such. The caller owns
// the bytes.
func Data(name string) ([]byte, bool) { return read(name, ".xml") }

// DataFor returns the names of the data made for a template, sorted: "invoice-1.xml" and its like for "invoice.xdp".
func DataFor(template string) []string {
	prefix := strings.TrimSuffix(template, ".xdp") + "-"
	return slices.DeleteFunc(Names(), func(name string) bool {
		return !strings.HasPrefix(name, prefix) || path.Ext(name) != ".xml"
	})
}

// read returns a file by its name, with or without its extension. It goes by the list of the files, so that no name leads
// anywhere else.
func read(name, extension string) ([]byte, bool) {
	name = strings.TrimSuffix(name, extension) + extension
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	content, err := files.ReadFile("files/" + name)
	return content, err == nil
}
