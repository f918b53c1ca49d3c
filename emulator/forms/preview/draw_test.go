package preview_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPaths looks at the elements that content draws, as name, path or text, and the attributes that a case names.
func TestPaths(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, content, attributes, want string }{
		{"fill", "1 0 0 rg 10 10 20 30 re f", "fill", "M10 90 L30 90 L30 60 L10 60 Z #ff0000"},
		{"old fill", "10 10 20 30 re F", "fill", "M10 90 L30 90 L30 60 L10 60 Z #000000"},
		{"fill by the even-odd rule", "0 0 m 9 0 l 9 9 l f*", "fill-rule", "M0 100 L9 100 L9 91 evenodd"},
		{"stroke", "0 1 0 RG 3 w 0 0 m 9 9 l S", "fill stroke stroke-width", "M0 100 L9 91 none #00ff00 3"},
		{"closed stroke", "0 0 m 9 9 l 9 0 l s", "fill", "M0 100 L9 91 L9 100 Z none"},
		{"both", "0 0 1 rg 0 0 m 9 9 l 9 0 l b", "fill stroke", "M0 100 L9 91 L9 100 Z #0000ff #000000"},
		{"both by the even-odd rule", "0 0 m 9 9 l B*", "fill-rule stroke", "M0 100 L9 91 evenodd #000000"},
		{"curves", "0 0 m 1 1 2 2 3 3 c 4 4 5 5 v 6 6 7 7 y S", "stroke",
			"M0 100 C1 99 2 98 3 97 C3 97 4 96 5 95 C6 94 7 93 7 93 #000000"},
		{"after closing, the point is the first", "5 5 m 9 9 l h 1 1 2 2 v S", "stroke", "M5 95 L9 91 ZC5 95 1 99 2 98 #000000"},
		{"matrix", "2 0 0 3 10 20 cm 0 0 5 5 re f", "fill", "M10 80 L20 80 L20 65 L10 65 Z #000000"},
		{"matrices multiply, and are restored", "q 1 0 0 1 10 0 cm 2 0 0 2 0 0 cm 1 0 m 2 0 l S Q 1 0 m 2 0 l S", "stroke-width",
			"M12 100 L14 100 2|M1 100 L2 100 1"},
		{"line style", "4 w 1 J 2 j [6 2] 1 d 0 0 m 9 9 l S", "stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset",
			"M0 100 L9 91 round bevel 6 2 1"},
		{"dashes scale", "2 0 0 2 0 0 cm 2 J 1 j [3] 0 d 0 0 m 9 9 l S", "stroke-dasharray stroke-linecap stroke-linejoin",
			"M0 100 L18 82 6 square round"},
		{"no dashes", "[0 0] 0 d 0 0 m 9 9 l S", "stroke-dasharray", "M0 100 L9 91"},
		{"thinnest line", "0 w 0 0 m 9 9 l S", "stroke-width stroke-miterlimit", "M0 100 L9 91 0.3 10"},
		{"gray", "0.5 g 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #808080"},
		{"ink", "0 0 0 1 k 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #000000"},
		{"no ink", "0 0 0 0 k 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #ffffff"},
		{"color spaces", "/DeviceRGB cs 0 1 1 sc /DeviceGray CS 1 SC 0 0 9 9 re B", "fill stroke", "M0 100 L9 100 L9 91 L0 91 Z #00ffff #ffffff"},
		{"first color of a space", "1 0 0 rg /DeviceCMYK cs 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #000000"},
		{"colors out of range", "9 -9 0 rg 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #ff0000"},
		{"pattern", "/Pattern cs /P scn 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #c0c0c0"},
		{"nothing", "0 0 9 9 re n", "fill", ""},
		{"path without a first point", "5 5 l 9 9 l S", "stroke", "M5 95 L9 91 #000000"},
		{"missing operands", "5 m l 1 2 c 3 re f S", "fill", ""},
		{"operands that are no numbers", "/a (b) m [1] 2 l S", "fill", ""},
		{"broken numbers", "--5 1.2.3 m 4- .5e9 l . - m S", "stroke", "M-5 98.8 L4 99.5 M0 100 #000000"},
		{"unknown operators", "1 2 xyzzy 0 0 9 9 re f foo", "fill", "M0 100 L9 100 L9 91 L0 91 Z #000000"},
		{"too many restores", "Q Q Q 0 0 9 9 re f", "fill", "M0 100 L9 100 L9 91 L0 91 Z #000000"},
		{"huge numbers", "1e99 0 m 99999999999999999999 5 l 9 9 l S", "stroke", "M1 100 L10000000 95 L9 91 #000000"},
		{"comment", "0 0 9 9 re % S\nf", "fill", "M0 100 L9 100 L9 91 L0 91 Z #000000"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range elements(t, withContent(c.content, ""), "path") {
				parts := []string{e.attributes["d"]}
				for _, a := range strings.Fields(c.attributes) {
					if v, ok := e.attributes[a]; ok {
						parts = append(parts, v)
					}
				}
				got = append(got, strings.Join(parts, " "))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "|")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	at := func(e element) string {
		var a, b, c, d, x, y float64
		if _, err := fmt.Sscanf(e.attributes["transform"], "matrix(%g %g %g %g %g %g)", &a, &b, &c, &d, &x, &y); err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%s at %g,%g size %s", e.text, x, y, e.attributes["font-size"])
	}
	cases := []struct{ name, content, want string }{
		{"plain", "BT /F 10 Tf 20 30 Td (Hi) Tj ET", "Hi at 20,70 size 10"},
		{"matrix", "BT /F 1 Tf 12 0 0 12 20 30 Tm (Hi) Tj ET", "Hi at 20,70 size 12"},
		{"lines", "BT /F 10 Tf 12 TL 20 80 Td (a) Tj T* (b) Tj (c) ' 0 0 (d) \" ET", "a at 20,20 size 10|b at 20,32 size 10|c at 20,44 size 10|d at 20,56 size 10"},
		{"TD sets the leading", "BT /F 10 Tf 20 80 TD 0 -15 TD (a) Tj T* (b) Tj ET", "a at 20,35 size 10|b at 20,50 size 10"},
		{"kerning stays in one piece", "BT /F 10 Tf 20 30 Td [(A) 80 (V) -100 (E)] TJ ET", "AVE at 20,70 size 10"},
		{"a wide gap begins another", "BT /F 10 Tf 20 30 Td [(A) -2000 (B)] TJ ET", "A at 20,70 size 10|B at 46.67,70 size 10"},
		{"each string goes on", "BT /F 10 Tf 20 30 Td (A) Tj (B) Tj ET", "A at 20,70 size 10|B at 26.67,70 size 10"},
		{"character spacing", "BT /F 10 Tf 5 Tc 20 30 Td (A) Tj (B) Tj ET", "A at 20,70 size 10|B at 31.67,70 size 10"},
		{"word spacing", "BT /F 10 Tf 5 Tw 20 30 Td ( ) Tj (B) Tj ET", "B at 27.78,70 size 10"},
		{"scaling", "BT /F 10 Tf 50 Tz 20 30 Td (A) Tj (B) Tj ET", "A at 20,70 size 10|B at 23.335,70 size 10"},
		{"rise", "BT /F 10 Tf 5 Ts 20 30 Td (A) Tj ET", "A at 20,65 size 10"},
		{"spaces at both ends", "BT /F 10 Tf 20 30 Td (  A  ) Tj ET", "A at 25.56,70 size 10"},
		{"invisible", "BT /F 10 Tf 3 Tr 20 30 Td (A) Tj ET", ""},
		{"escapes", `BT /F 10 Tf 20 30 Td (\(\101\12\\b\)` + "\\\n" + `) Tj <4142> Tj ET`, `(A\b) at 20,70 size 10|AB at 41.67,70 size 10`},
		{"no font", "BT 20 30 Td (A) Tj ET", ""},
		{"font that is not there", "BT /Nothing 10 Tf 20 30 Td (A) Tj ET", "A at 20,70 size 10"},
		{"flat matrix", "BT /F 10 Tf 0 0 0 0 20 30 Tm (A) Tj ET", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range elements(t, withContent(c.content, ""), "text") {
				got = append(got, at(e))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "|")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextsAreEscaped(t *testing.T) {
	t.Parallel()
	evil := `</text><script>alert(1)</script><image href="https://example.com/x">&amp;'"` + "\x01"
	got := texts(t, withContent(fmt.Sprintf("BT /F 10 Tf 20 30 Td <%x> Tj ET", evil), ""))
	if diff := cmp.Diff([]string{strings.TrimSuffix(evil, "\x01")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextIsAsWideAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ font, want string }{
		{"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "13.34"},
		{"<</Type/Font/Subtype/Type1/BaseFont/Courier>>", "12"},
		{"<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+Odd/FirstChar 65/LastChar 66/Widths[1000 500]>>", "15"},
	} {
		d := withContent("BT /F 10 Tf 20 30 Td (AB) Tj ET", "/Resources<</Font<</F "+c.font+">>>>")
		if got := elements(t, d, "text")[0].attributes["textLength"]; got != c.want {
			t.Errorf("%s: got a length of %s, want %s", c.font, got, c.want)
		}
	}
}

func TestClips(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, content string
		want          []string // what clips each path, as its own path or box, from the outside
	}{
		{"none", "0 0 9 9 re f", []string{""}},
		{"box", "10 10 50 50 re W n 0 0 9 9 re f", []string{"10 40 50 50"}},
		{"boxes are intersected", "10 10 50 50 re W n 30 30 99 99 re W n 0 0 9 9 re f", []string{"30 40 30 30"}},
		{"restored", "q 10 10 50 50 re W n 0 0 9 9 re f Q 0 0 9 9 re f", []string{"10 40 50 50", ""}},
		{"the path that clips is drawn without it", "10 10 50 50 re W f 0 0 9 9 re f", []string{"", "10 40 50 50"}},
		{"path", "0 0 m 9 0 l 9 9 l W* n 0 0 9 9 re f", []string{"M0 100 L9 100 L9 91 evenodd"}},
		{"path in a box", "10 10 50 50 re W n 0 0 m 9 0 l 9 9 l W n 0 0 9 9 re f", []string{"10 40 50 50 > M0 100 L9 100 L9 91 nonzero"}},
		{"turned box", "0 1 1 0 0 0 cm 10 20 30 40 re W n 0 0 9 9 re f", []string{"20 60 40 30"}},
		{"empty", "W n 0 0 9 9 re f", []string{"0 0 0 0"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := elements(t, withContent(c.content, ""), "path", "clipPath", "rect")
			shapes := map[string]string{}
			var got []string
			for i, e := range all {
				switch {
				case e.name == "clipPath":
					shape := all[i+1]
					s := strings.TrimSpace(shape.attributes["d"] + " " + shape.attributes["clip-rule"])
					if shape.name == "rect" {
						a := shape.attributes
						s = strings.Join([]string{a["x"], a["y"], a["width"], a["height"]}, " ")
					}
					if outer := e.attributes["clip-path"]; outer != "" {
						s = shapes[outer] + " > " + s
					}
					shapes["url(#"+e.attributes["id"]+")"] = s
				case e.name == "path" && e.attributes["clip-rule"] == "":
					if len(e.clips) > 1 {
						t.Errorf("groups lie in groups: %v", e.clips)
					}
					got = append(got, shapes[strings.Join(e.clips, "")])
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
