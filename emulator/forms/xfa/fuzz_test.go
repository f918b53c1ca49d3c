package xfa_test

import (
	"errors"
	"testing"

	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// onlyOwn fails a test if an error is of another type than the package's own.
func onlyOwn(t *testing.T, err error) {
	t.Helper()
	var own *xfa.Error
	if err != nil && !errors.As(err, &own) {
		t.Fatalf("error is a %T: %v", err, err)
	}
}

// seed adds small templates with data to a fuzz target; large ones would be mutated too slowly.
func seed(add func(template, data []byte)) {
	label, _ := sample.Template("label")
	data, _ := sample.Data("label-1")
	add(label, data)
	for _, body := range []string{
		`<subform layout="table" columnWidths="-1 1in"><subform layout="row"><draw colSpan="2"><value><text>a</text></value></draw></subform></subform>`,
		`<subform layout="lr-tb"><field name="a" rotate="90"><ui><checkButton/></ui><caption placement="top"/></field></subform>`,
		`<subform layout="tb"><occur max="-1"/><overflow leader="a"/><subform name="a" layout="tb"><breakBefore targetType="pageArea" startNew="1"/>` +
			`<draw h="9in"/><draw h="9in"/></subform></subform>`,
		`<subform><proto><font id="f" size="9pt"/></proto><field name="a"><font use="#f"/><format><picture>num{zz9.99}</picture></format></field></subform>`,
		`<subform layout="tb"><draw w="1in"><para hAlign="justify" widows="2"/><value><exData contentType="text/html"><body><p>a <b>b</b><br/>c</p>` +
			`</body></exData></value></draw></subform>`,
		`<subform layout="tb"><pageSet relation="simplexPaginated"><pageArea pagePosition="last"><medium stock="a4"/><contentArea w="3in" h="1in"/>` +
			`</pageArea></pageSet><subformSet relation="choice"><subform name="a"><bind match="dataRef" ref="$.a[*]"/></subform></subformSet></subform>`,
	} {
		add([]byte(`<template>`+body+`</template>`), []byte(`<r><a>1</a><a><b c="2"/></a></r>`))
	}
}

// FuzzParse looks for panics, and for errors of other types than the package's own.
func FuzzParse(f *testing.F) {
	seed(func(template, _ []byte) { f.Add(template) })
	f.Fuzz(func(t *testing.T, template []byte) {
		_, err := xfa.Parse(template)
		onlyOwn(t, err)
	})
}

// FuzzLayout looks for panics in the layout, and for layouts that do not end.
func FuzzLayout(f *testing.F) {
	seed(func(template, data []byte) { f.Add(template, data) })
	f.Fuzz(func(t *testing.T, template, data []byte) {
		parsed, err := xfa.Parse(template)
		onlyOwn(t, err)
		if err != nil {
			return
		}
		document, err := parsed.Layout(data, xfa.Options{})
		onlyOwn(t, err)
		if err == nil && (len(document.Pages) == 0 || len(document.Pages) > xfa.MaxPages) {
			t.Errorf("got %d pages", len(document.Pages))
		}
	})
}
