package xfa_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/xfa"
)

// The templates of these tests have pages of 200 by 300 points, with a content area at 10, 20 that is 180 wide and 250 high.
// Text is in Courier of 10 points unless the template says otherwise: a character is 6 points wide, a line is 11.33 high, and
// its baseline is 8.33 below its top.
const (
	templateHead = `<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/">`
	pageSet      = `<pageSet><pageArea name="P"><medium short="200pt" long="300pt"/>
		<contentArea x="10pt" y="20pt" w="180pt" h="250pt"/></pageArea></pageSet>`
)

// stacked makes a template whose outermost subform stacks what is in it.
func stacked(body string) string {
	return templateHead + `<subform name="root" layout="tb">` + pageSet + body + `</subform></template>`
}

// text makes a draw with a text.
func text(attributes, value string) string {
	return `<draw ` + attributes + `><value><text>` + value + `</text></value></draw>`
}

// field makes a field of plain text.
func field(name, attributes, inner string) string {
	return `<field name="` + name + `" ` + attributes + `><ui><textEdit/></ui>` + inner + `</field>`
}

func layout(t *testing.T, template, data string, o xfa.Options) *page.Document {
	t.Helper()
	parsed, err := xfa.Parse([]byte(template))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	document, err := parsed.Layout([]byte(data), o)
	if err != nil {
		t.Fatalf("Layout: %v", err)
	}
	return document
}

func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100+0, 'f', -1, 64)
}

func hexColor(c *page.Color) string {
	if c == nil {
		return "none"
	}
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// show writes an item in short.
func show(item page.Item) string {
	switch i := item.(type) {
	case page.Text:
		s := fmt.Sprintf("%s,%s %s", number(i.X), number(i.Y), i.Text)
		if i.Angle != 0 {
			s += " @" + number(i.Angle)
		}
		if i.Underline {
			s += " underlined"
		}
		return s
	case page.Line:
		s := fmt.Sprintf("line %s,%s %s,%s", number(i.X1), number(i.Y1), number(i.X2), number(i.Y2))
		if i.Color != (page.Color{}) {
			s += " " + hexColor(&i.Color)
		}
		return s
	case page.Rect:
		s := fmt.Sprintf("rect %s,%s %sx%s fill %s stroke %s", number(i.X), number(i.Y), number(i.W), number(i.H), hexColor(i.Fill), hexColor(i.Stroke))
		if i.Radius > 0 && i.Radius < i.W/2 {
			s += " radius " + number(i.Radius)
		}
		return s
	case page.Image:
		return fmt.Sprintf("image %s,%s %sx%s %s", number(i.X), number(i.Y), number(i.W), number(i.H), i.Format)
	}
	return "?"
}

// items writes what is on the pages; a page after the first begins with a line "page".
func items(d *page.Document) []string {
	var all []string
	for i, p := range d.Pages {
		if i > 0 {
			all = append(all, "page")
		}
		for _, item := range p.Items {
			all = append(all, show(item))
		}
	}
	return all
}

// words writes the texts on the pages without their places.
func words(d *page.Document) []string {
	var all []string
	for i, p := range d.Pages {
		if i > 0 {
			all = append(all, "page")
		}
		for _, item := range p.Items {
			if text, ok := item.(page.Text); ok {
				all = append(all, text.Text)
			}
		}
	}
	return all
}

// layoutCase is a template with data, and what is to be on the pages.
type layoutCase struct {
	name     string
	template string
	data     string
	options  xfa.Options
	want     []string
	notes    []string
}

// run lays out each case and compares what got makes of the document.
func run(t *testing.T, cases []layoutCase, got func(*page.Document) []string) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			document := layout(t, c.template, c.data, c.options)
			if diff := cmp.Diff(got(document), c.want); diff != "" {
				t.Errorf("items (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(document.Notes, c.notes); diff != "" {
				t.Errorf("notes (-got +want):\n%s", diff)
			}
		})
	}
}

func repeat(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

var optionsNone xfa.Options

func diffStrings(t *testing.T, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}
