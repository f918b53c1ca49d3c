package xfa_test

import "testing"

func TestPrototypes(t *testing.T) {
	t.Parallel()
	proto := func(inner string) string { return `<proto>` + inner + `</proto>` }
	run(t, []layoutCase{
		{
			name: "an attribute of its own wins", want: []string{"40,28.33 a"},
			template: stacked(proto(`<para id="p" hAlign="center" marginLeft="30pt"/>`) + `<draw w="90pt"><para use="#p" hAlign="left"/><value><text>a</text></value></draw>`),
		},
		{
			name: "a whole object, with parts laid over", want: []string{"20,28.33 b"},
			template: stacked(proto(`<draw id="d" w="90pt"><margin leftInset="10pt"/><value><text>a</text></value></draw>`) + `<draw use="#d"><value><text>b</text></value></draw>`),
		},
		{
			name: "children of both", want: []string{"10,28.33 a", "10,39.66 b"},
			template: stacked(proto(`<subform id="s" layout="tb">`+text("", "a")+`</subform>`) + `<subform use="#s">` + text("", "b") + `</subform>`),
		},
		{
			name: "one behind the other", want: []string{"30,28.33 a"},
			template: stacked(proto(`<margin id="m1" leftInset="20pt"/><margin id="m2" use="#m1"/>`) + `<draw><margin use="#m2"/><value><text>a</text></value></draw>`),
		},
		{
			name: "by a reference within the file", want: []string{"30,28.33 a"},
			template: stacked(proto(`<margin id="m1" leftInset="20pt"/>`) + `<draw><margin usehref=".#m1"/><value><text>a</text></value></draw>`),
		},
		{
			name: "in another file", want: []string{"10,28.33 a"}, notes: []string{"Prototypes in other files were left out."},
			template: stacked(`<draw><margin usehref="other.xdp#m"/><value><text>a</text></value></draw>`),
		},
		{name: "that is not there", want: []string{"10,28.33 a"}, template: stacked(`<draw use="#none"><value><text>a</text></value></draw>`)},
	}, items)
}

func TestScripts(t *testing.T) {
	t.Parallel()
	scripted := func(script string) string {
		return stacked(`<field name="n" w="120pt" h="12pt"><ui><textEdit/></ui><value><text>own</text></value><calculate><script>` + script + `</script></calculate></field>`)
	}
	one := []string{"1 script was left out; scripts are not run."}
	run(t, []layoutCase{
		{name: "the page", template: scripted("xfa.layout.page(this)"), want: []string{"1"}},
		{name: "the page in FormCalc", template: scripted("$layout.page($)"), want: []string{"1"}},
		{name: "an assignment", template: scripted("$ = xfa.layout.pageCount()"), want: []string{"1"}},
		{name: "counted from 0", template: scripted("this.rawValue = xfa.layout.absPage(this) + 1;"), want: []string{"1"}},
		{name: "counted from 0, as it is", template: scripted("xfa.layout.absPage(this)"), want: []string{"0"}},
		{name: "with texts", template: scripted(`'p. ' + (xfa.layout.page(this)) + "/" + xfa.layout.pageCount()`), want: []string{"p. 1/1"}},
		{name: "another script", template: scripted("a + b"), want: []string{"own"}, notes: one},
		{name: "a text alone", template: scripted(`"x"`), want: []string{"own"}, notes: one},
		{name: "a call that is not known", template: scripted(`xfa.layout.x(this)`), want: []string{"own"}, notes: one},
		{name: "a call that does not end", template: scripted(`"a" + xfa.layout.page(this`), want: []string{"own"}, notes: one},
		{
			name:     "several scripts",
			template: stacked(text("", "a") + `<field><event activity="click"><script>x()</script></event><validate><script>y()</script></validate></field>`), want: []string{"a"},
			notes: []string{"2 scripts were left out; scripts are not run."},
		},
		{
			name: "at an event", want: []string{"1"},
			template: stacked(`<field w="50pt" h="12pt"><ui><textEdit/></ui><event activity="ready" ref="$layout"><script>this.rawValue = xfa.layout.page(this)</script></event></field>`),
		},
	}, words)
}
