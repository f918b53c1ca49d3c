package xfa_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imsx/imsx/emulator/forms/xfa"
)

func TestParseErrors(t *testing.T) {
	t.Parallel()
	deep := func(levels int) string {
		return templateHead + strings.Repeat("<subform>", levels) + strings.Repeat("</subform>", levels) + "</template>"
	}
	for _, c := range []struct {
		name, template string
		line           int
		want           string
	}{
		{"empty", "", 0, "the template has no element"},
		{"no XML", "%PDF-1.7", 0, "the template has no element"},
		{"cut off", "<template>\n<subform>", 2, "the template is no XML: unexpected EOF"},
		{"a wrong end", "<template>\n<a></b></template>", 2, "the template is no XML: element <a> closed by </b>"},
		{"another root", "<html/>", 1, `the root element is "html", and no XFA template is within it`},
		{"a package without a template", `<xdp xmlns="http://ns.adobe.com/xdp/"/>`, 1, `the root element is "xdp", and no XFA template is within it`},
		{"no subform", templateHead + "</template>", 1, "the template has no subform"},
		{"two roots", "<template><subform/></template>\n<template/>", 2, "the template has more than one root element"},
		{"a document type", "<!DOCTYPE t [<!ENTITY a \"b\">]>\n<t/>", 1, "the template has a document type declaration, which is refused"},
		{"an entity", "<template>&a;</template>", 1, "the template is no XML: invalid character entity &a;"},
		{"an encoding", `<?xml version="1.0" encoding="EBCDIC"?><t/>`, 1, `the encoding "EBCDIC" of the template is not supported`},
		{"nested too deep", deep(100), 1, "the template is nested deeper than 100 elements"},
		{"too many nodes", templateHead + "<subform>" + strings.Repeat("<a/>", xfa.MaxNodes) + "</subform></template>", 1, "the template has more than 200,000 nodes"},
		{"too many attributes", "<template" + repeat(1001, func(i int) string { return fmt.Sprintf(` a%d="1"`, i) }) + "/>", 1, "an element of the template has more than 1,000 attributes"},
		{"too large", strings.Repeat(" ", xfa.MaxSize+1), 0, "the template is larger than 10 MiB"},
		{"a prototype of itself", stacked(`<draw id="a" use="#a"/>`), 2, `prototype "a" uses itself`},
		{"prototypes of each other", stacked(`<proto><draw id="a" use="#b"/><draw id="b" use="#a"/></proto>`), 2, `prototype "b" uses itself`},
		{"a prototype within itself", stacked(`<proto><subform id="a"><subform use="#a"/></subform></proto><subform use="#a"/>`), 2, `prototype "a" uses itself`},
		{"prototypes that double", doubling(20), 1, "the template has more than 200,000 nodes with its prototypes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := xfa.Parse([]byte(c.template))
			checkError(t, err, c.line, c.want)
		})
	}
	if _, err := xfa.Parse([]byte(deep(99))); err != nil {
		t.Errorf("99 subforms: %v", err)
	}
}

// doubling makes prototypes each of which uses the next twice.
func doubling(n int) string {
	name := func(i int) string { return "p" + string(rune('a'+i)) }
	return templateHead + `<subform><proto>` + repeat(n, func(i int) string {
		return `<subform id="` + name(i) + `"><subform use="#` + name(i+1) + `"/><subform use="#` + name(i+1) + `"/></subform>`
	}) + `<subform id="` + name(n) + `"/></proto><subform use="#pa"/></subform></template>`
}

func checkError(t *testing.T, err error, line int, want string) {
	t.Helper()
	var got *xfa.Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want an *xfa.Error", err)
	}
	if got.Line != line || got.What != want {
		t.Errorf("got line %d, %q; want line %d, %q", got.Line, got.What, line, want)
	}
}

func TestLayoutErrors(t *testing.T) {
	t.Parallel()
	rows := func(n int) string { return "<r>" + strings.Repeat("<i><n>1</n></i>", n) + "</r>" }
	repeated := `<subform name="i" layout="tb"><occur min="0" max="-1"/>` + field("n", `h="200pt"`, "") + `</subform>`
	many := `<subform name="i" layout="lr-tb"><occur min="0" max="-1"/>` + strings.Repeat("<draw/>", 20) + `</subform>`
	for _, c := range []struct {
		name, template, data string
		line                 int
		want                 string
	}{
		{"data that is no XML", stacked(""), "\n<r>", 2, "the data is no XML: unexpected EOF"},
		{"data with a document type", stacked(""), "<!DOCTYPE r><r/>", 1, "the data has a document type declaration, which is refused"},
		{"data nested too deep", stacked(""), strings.Repeat("<a>", 101), 1, "the data is nested deeper than 100 elements"},
		{"too many pages", stacked(repeated), rows(xfa.MaxPages + 1), 0, "template and data together make more than 2,000 pages"},
		{"too many objects", stacked(many), rows(20_000), 2, "template and data together make more than 200,000 objects"},
		{"so many instances", stacked(`<subform><occur min="2000000000"/></subform>`), "", 2, "template and data together make more than 200,000 objects"},
		{
			"references to too much", stacked(repeat(200, func(int) string { return field("a", "", `<bind match="dataRef" ref="$record.i[*].n"/>`) })),
			rows(30_000), 2, "template and data refer to each other too often",
		},
		{
			"too many objects on the pages",
			paged(`<pageSet><pageArea>`+area+strings.Repeat("<draw/>", 20_000)+`</pageArea></pageSet>`, repeated), rows(60),
			0, "template and data together make more than 1,000,000 objects, counted on each page",
		},
		{
			"too many elements for each object",
			stacked(`<subform name="i" layout="tb"><occur min="0" max="-1"/>` + strings.Repeat("<x/>", 20_000) + `</subform>`), rows(600),
			2, "template and data refer to each other too often",
		},
		{
			"too much text", stacked(`<subform><occur min="100"/>` + text("", strings.Repeat("long text ", 50_000)) + `</subform>`), "",
			0, "template and data together make more than 32 MiB of text",
		},
		{
			"too much on the pages",
			paged(`<pageSet><pageArea>`+area+strings.Repeat(`<draw><border/><value><text>x</text></value></draw>`, 1000)+`</pageArea></pageSet>`, repeated), rows(600),
			0, "template and data together make more than 1,000,000 texts, lines and images",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := xfa.Parse([]byte(c.template))
			if err != nil {
				t.Fatal(err)
			}
			_, err = parsed.Layout([]byte(c.data), xfa.Options{})
			checkError(t, err, c.line, c.want)
		})
	}
}

// TestHostileTemplates lays out templates that could lead a layout astray. That they end is the test.
func TestHostileTemplates(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200_000)
	for name, template := range map[string]string{
		"nothing ever fits":          paged(`<pageSet><pageArea><contentArea w="0pt" h="0pt"/></pageArea></pageSet>`, strings.Repeat(text("", "x"), 50)),
		"a leader as high as a page": stacked(`<subform layout="tb"><overflow leader="H"/><subform name="H" layout="tb">` + text(`h="250pt"`, "h") + `</subform>` + strings.Repeat(text(`h="90pt"`, "x"), 9) + `</subform>`),
		"a leader that leads itself": stacked(`<subform layout="tb"><overflow leader="H"/><subform name="H" layout="tb"><overflow leader="H"/><bookend leader="H"/>` + strings.Repeat(text(`h="90pt"`, "x"), 9) + `</subform></subform>`),
		"pages that break forever":   paged(`<pageSet><pageArea name="A"><occur max="1"/>`+area+`</pageArea></pageSet>`, strings.Repeat(`<subform layout="tb"><breakBefore targetType="pageArea" target="A" startNew="1"/>`+text("", "x")+`</subform>`, 30)),
		"a text of a million":        stacked(text(`w="150pt" h="20pt"`, long)),
		"on a line of its own":       stacked(text("", long)),
		"without a place to break":   stacked(text(`w="50pt" h="20pt"`, strings.Repeat("x", 300_000))),
		"negative measures":          stacked(`<subform layout="table" columnWidths="-5pt -1 0"><subform layout="row">` + text(`w="-10pt" h="-10pt" x="-5in"`, "x") + `</subform></subform>`),
		"measures that are none":     stacked(text(`w="NaN" h="Infin" x="1e400in" y="--1mm" rotate="Inf"`, "x")),
		"a table in each cell":       stacked(strings.Repeat(`<subform layout="table" columnWidths="-1 -1"><subform layout="row">`, 45) + text("", "x") + strings.Repeat(`</subform></subform>`, 45)),
		"all kept together":          stacked(strings.Repeat(`<draw h="0pt"><keep next="contentArea"/><value><text>x</text></value></draw>`, 5000)),
		"a line that is too thin":    stacked(`<draw w="9pt" h="9pt"><para lineHeight="0.001pt"/><value><text>` + strings.Repeat("x\n", 5000) + `</text></value></draw>`),
		"a list of many": stacked(`<field name="a" w="9pt" h="9pt"><ui><choiceList/></ui><items>` + strings.Repeat("<text>x</text>", 90_000) +
			`</items><value><text>` + strings.Repeat("y\n", 90_000) + `</text></value></field>`),
		"comb of a billion": stacked(`<field name="a" w="9pt" h="9pt"><ui><textEdit><comb numberOfCells="1000000000"/></textEdit></ui><value><text>x</text></value></field>`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := xfa.Parse([]byte(template))
			if err != nil {
				t.Fatal(err)
			}
			document, err := parsed.Layout(nil, xfa.Options{})
			onlyOwn(t, err)
			if err == nil && len(document.Pages) == 0 {
				t.Error("no page")
			}
		})
	}
}
