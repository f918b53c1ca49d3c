package xfa_test

import "testing"

func TestPlaces(t *testing.T) {
	t.Parallel()
	run(t, []layoutCase{
		{
			name:     "stacked",
			template: stacked(text(`h="20pt"`, "a") + text(`h="20pt"`, "b")),
			want:     []string{"10,28.33 a", "10,48.33 b"},
		},
		{
			name:     "positioned, in all units",
			template: stacked(`<subform>` + text(`x="36pt" y="0.5in"`, "a") + text(`x="1.27cm" y="12.7mm"`, "b") + text(`x="1pc" y="1000mp"`, "c") + `</subform>`),
			want:     []string{"46,64.33 a", "46,64.33 b", "22,29.33 c"},
		},
		{
			name: "anchors",
			template: stacked(`<subform h="100pt">` + text(`x="90pt" y="50pt" w="20pt" h="12pt" anchorType="topRight"`, "a") +
				text(`x="90pt" y="50pt" w="20pt" h="12pt" anchorType="middleCenter"`, "b") +
				text(`x="90pt" y="50pt" w="20pt" h="12pt" anchorType="bottomLeft"`, "c") + `</subform>`),
			want: []string{"80,78.33 a", "90,72.33 b", "100,66.33 c"},
		},
		{
			name: "flowing from left to right",
			template: stacked(`<subform layout="lr-tb" w="100pt">` + text(`w="40pt" h="12pt"`, "a") + text(`w="40pt" h="20pt"`, "b") +
				text(`w="40pt" h="12pt"`, "c") + `</subform>` + text("", "d")),
			want: []string{"10,28.33 a", "50,28.33 b", "10,48.33 c", "10,60.33 d"},
		},
		{
			name:     "flowing from right to left",
			template: stacked(`<subform layout="rl-tb" w="100pt">` + text(`w="40pt"`, "a") + text(`w="40pt"`, "b") + `</subform>`),
			want:     []string{"70,28.33 a", "30,28.33 b"},
		},
		{
			name: "a table with a span and a column as wide as its text",
			template: stacked(`<subform layout="table" columnWidths="50pt -1 30pt"><subform layout="row">` +
				text("", "a") + text("", "wide") + text("", "c") + `</subform><subform layout="row">` +
				text(`colSpan="2"`, "d") + text("", "e") + `</subform></subform>`),
			want: []string{"10,28.33 a", "60,28.33 wide", "84,28.33 c", "10,39.66 d", "84,39.66 e"},
		},
		{
			name: "cells as high as their row",
			template: stacked(`<subform layout="table" columnWidths="50pt 50pt"><subform layout="row">` + text(`h="30pt"`, "a") +
				`<draw><border/></draw></subform></subform>`),
			want: []string{"10,28.33 a", "rect 60,20 50x30 fill none stroke #000000"},
		},
		{
			name: "a table from right to left",
			template: stacked(`<subform layout="table" columnWidths="50pt 50pt"><subform layout="rl-row">` + text("", "a") + text("", "b") +
				`</subform></subform>`),
			want: []string{"60,28.33 a", "10,28.33 b"},
		},
		{
			name: "margins",
			template: stacked(`<subform layout="tb"><margin topInset="5pt" leftInset="7pt" bottomInset="3pt"/>` +
				`<draw><margin topInset="1pt" leftInset="2pt"/><value><text>a</text></value></draw></subform>` + text("", "b")),
			want: []string{"19,34.33 a", "10,48.66 b"},
		},
		{
			name:     "least and greatest sizes",
			template: stacked(text(`minH="30pt"`, "a") + text(`maxH="5pt"`, "b") + text("", "c")),
			want:     []string{"10,28.33 a", "10,58.33 b", "10,63.33 c"},
		},
		{
			name: "presence",
			template: stacked(text(`presence="hidden"`, "a") + text(`presence="invisible"`, "b") + text(`presence="inactive"`, "c") +
				text("", "d")),
			want: []string{"10,39.66 d"},
		},
		{
			name: "relevant to print or not",
			template: stacked(text(`relevant="-print"`, "a") + text(`relevant="+print"`, "b") + text(`relevant="-view"`, "c") +
				text(`relevant="view"`, "d")),
			want: []string{"10,28.33 b", "10,39.66 c"},
		},
		{
			name: "rotated where it is anchored, and in a stack",
			template: stacked(`<subform h="50pt">` + text(`x="20pt" y="40pt" w="40pt" h="12pt" rotate="90"`, "up") + `</subform>` +
				text(`w="40pt" h="12pt" rotate="90"`, "in stack") + text("", "below")),
			want:  []string{"38.33,60 up @90", "18.33,110 in @90", "10,118.33 below"},
			notes: []string{"Text that is longer than its field or draw is cut off behind the last whole line."},
		},
		{
			name:     "an area",
			template: stacked(`<subform><area x="10pt" y="10pt">` + text(`x="5pt" y="5pt"`, "a") + `</area></subform>`),
			want:     []string{"25,43.33 a"},
		},
	}, items)
}

func TestBordersAndShapes(t *testing.T) {
	t.Parallel()
	shape := func(value string) string {
		return stacked(`<draw w="40pt" h="20pt"><value>` + value + `</value></draw>`)
	}
	run(t, []layoutCase{
		{
			name:     "a border is a rectangle",
			template: stacked(`<draw w="40pt" h="20pt"><border><edge thickness="2pt"><color value="255,0,0"/></edge><fill><color value="0,255,0"/></fill></border></draw>`),
			want:     []string{"rect 10,20 40x20 fill #00ff00 stroke #ff0000"},
		},
		{
			name:     "edges that differ are lines",
			template: stacked(`<draw w="40pt" h="20pt"><border><edge/><edge presence="hidden"/><edge stroke="dashed"/><edge presence="hidden"/></border></draw>`),
			want:     []string{"line 10,20 50,20", "line 50,40 10,40"},
		},
		{
			name:     "a border within its margin",
			template: stacked(`<draw w="40pt" h="20pt"><border><edge/><margin topInset="2pt" leftInset="3pt"/></border></draw>`),
			want:     []string{"rect 13,22 37x18 fill none stroke #000000"},
		},
		{
			name:     "a lowered edge is dark where the light comes from",
			template: stacked(`<draw w="40pt" h="20pt"><border><edge stroke="lowered"/></border></draw>`),
			want: []string{
				"line 10,20 50,20 #707070", "line 50,20 50,40 #d4d4d4", "line 50,40 10,40 #d4d4d4", "line 10,40 10,20 #707070",
			},
		},
		{
			name:     "a raised edge is light there",
			template: stacked(`<draw w="40pt" h="20pt"><border><edge stroke="raised"/></border></draw>`),
			want: []string{
				"line 10,20 50,20 #d4d4d4", "line 50,20 50,40 #707070", "line 50,40 10,40 #707070", "line 10,40 10,20 #d4d4d4",
			},
		},
		{
			name:     "round corners",
			template: stacked(`<draw w="40pt" h="20pt"><border><corner join="round" radius="4pt"/></border></draw>`),
			want:     []string{"rect 10,20 40x20 fill none stroke #000000 radius 4"},
		},
		{
			name:     "corners are square if they do not say that they are round",
			template: stacked(`<draw w="40pt" h="20pt"><border><corner radius="4pt"/></border></draw>`),
			want:     []string{"rect 10,20 40x20 fill none stroke #000000"},
		},
		{name: "a rectangle", template: shape(`<rectangle><edge/></rectangle>`), want: []string{"rect 10,20 40x20 fill none stroke #000000"}},
		{name: "a line down", template: shape(`<line><edge/></line>`), want: []string{"line 10,20 50,40"}},
		{name: "a line up", template: shape(`<line slope="/"><edge/></line>`), want: []string{"line 10,40 50,20"}},
		{
			name:     "a circle",
			template: shape(`<arc circular="1"><edge/><fill><color value="0,0,255"/></fill></arc>`),
			want:     []string{"rect 20,20 20x20 fill #0000ff stroke #000000"},
		},
		{
			name:     "an ellipse is filled in strips",
			template: stacked(`<draw w="40pt" h="8pt"><value><arc><edge presence="hidden"/><fill><color value="0,0,255"/></fill></arc></value></draw>`),
			want: []string{
				"rect 20.32,20 19.36x1 fill #0000ff stroke none", "rect 14.39,21 31.22x1 fill #0000ff stroke none",
				"rect 11.46,22 37.08x1 fill #0000ff stroke none", "rect 10.16,23 39.69x1 fill #0000ff stroke none",
				"rect 10.16,24 39.69x1 fill #0000ff stroke none", "rect 11.46,25 37.08x1 fill #0000ff stroke none",
				"rect 14.39,26 31.22x1 fill #0000ff stroke none", "rect 20.32,27 19.36x1 fill #0000ff stroke none",
			},
		},
		{
			name:     "a border at an odd angle",
			template: stacked(`<subform><draw x="50pt" y="50pt" w="10pt" h="10pt" rotate="45"><border><edge/></border></draw></subform>`),
			want:     []string{"line 60,70 67.07,62.93", "line 67.07,62.93 74.14,70", "line 74.14,70 67.07,77.07", "line 67.07,77.07 60,70"},
		},
		{
			name:     "an arc",
			template: shape(`<arc startAngle="0" sweepAngle="12"><edge/></arc>`),
			want:     []string{"line 50,30 49.89,28.95", "line 49.89,28.95 49.56,27.92"},
		},
		{
			name:     "a gradient",
			template: shape(`<rectangle><edge presence="hidden"/><fill><color value="0,0,0"/><linear><color value="100,200,50"/></linear></fill></rectangle>`),
			want:     []string{"rect 10,20 40x20 fill #326419 stroke none"},
			notes:    []string{"Gradients and patterns are approximated by a single color."},
		},
	}, items)
}
