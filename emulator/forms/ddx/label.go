package ddx

import (
	"strconv"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// label is how a page is named, ISO 32000-1, 12.4.2.
type label struct {
	style  string // of the number: D, R, r, A, a, or empty for none
	prefix string
	number int
}

// labelStyles are the names of the styles in DDX.
func labelStyles() map[string]string {
	return map[string]string{
		"None": "", "Decimal": "D", "LowerRoman": "r", "UpperRoman": "R", "LowerAlpha": "a", "UpperAlpha": "A",
	}
}

// String returns the label as it is shown.
func (l label) String() string {
	number := ""
	switch l.style {
	case "D":
		number = strconv.Itoa(l.number)
	case "R":
		number = roman(l.number)
	case "r":
		number = strings.ToLower(roman(l.number))
	case "A":
		number = letters(l.number)
	case "a":
		number = strings.ToLower(letters(l.number))
	}
	return l.prefix + number
}

func (l label) next() label {
	l.number++
	return l
}

// maxSpelled is the greatest number in Roman numerals or letters, which grow with it; others are in digits.
const maxSpelled = 4999

func roman(n int) string {
	if n < 1 || n > maxSpelled {
		return strconv.Itoa(n)
	}
	values := [...]int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	numerals := [...]string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"}
	var b strings.Builder
	for i, v := range values {
		for ; n >= v; n -= v {
			b.WriteString(numerals[i])
		}
	}
	return b.String()
}

// letters counts A to Z, AA to ZZ, AAA to ZZZ.
func letters(n int) string {
	if n < 1 || n > maxSpelled {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
}

// labelPages gives each page its label: the innermost element decides, then the source. Pages that have none of either are
// named by their numbers.
func (a *assembly) labelPages() {
	counts := map[*node]int{}
	before := label{style: "D"}
	for i, s := range a.sheets {
		l := label{style: "D", number: i + 1}
		if s.own != nil {
			l, a.labeled = *s.own, true
		}
		if n := s.labelElement(); n != nil {
			a.labeled = a.labeled || n.name == "PageLabel"
			switch mode := n.attr("mode", "Define"); {
			case n.name == "NoPageLabels":
				l = label{style: "D", number: i + 1}
			case mode == "Continue":
				l = before.next()
			case mode == "Define":
				l = label{labelStyles()[n.attr("format", "Decimal")], n.attrs["prefix"], n.integer("start", 1) + counts[n]}
				counts[n]++
			}
		}
		s.label, before = l, l
	}
}

// labelElement returns the innermost PageLabel or NoPageLabels, or nil.
func (s *sheet) labelElement() *node {
	for i := len(s.scopes) - 1; i >= 0; i-- {
		for _, name := range []string{"PageLabel", "NoPageLabels"} {
			if n := s.scopes[i].child(name); n != nil {
				return n
			}
		}
	}
	return nil
}

// writeLabels writes an entry wherever a label does not just count on.
func (a *assembly) writeLabels() {
	root := a.context().RootDict
	root.Delete("PageLabels")
	if !a.labeled {
		return
	}
	var numbers types.Array
	for i, s := range a.sheets {
		if i > 0 && s.label == a.sheets[i-1].label.next() {
			continue
		}
		d := types.Dict{}
		if s.label.style != "" {
			d["S"] = types.Name(s.label.style)
		}
		if s.label.prefix != "" {
			d["P"] = types.NewHexLiteral([]byte(types.EncodeUTF16String(s.label.prefix)))
		}
		if s.label.number != 1 {
			d["St"] = types.Integer(max(s.label.number, 1))
		}
		numbers = append(numbers, types.Integer(i), d)
	}
	root["PageLabels"] = types.Dict{"Nums": numbers}
}

// What a tree of labels may have at most.
const (
	maxLabelDepth = 16
	maxLabelNodes = 10_000
)

// labelReader collects the labels of a document by the pages, from 0, at which they begin.
type labelReader struct {
	ctx   *model.Context
	found map[int]label
	nodes int
}

// sourceLabels returns the labels of the selected pages of a source, or nil if it has none or none that can be read.
func sourceLabels(f *pdf.File, numbers []int) []label {
	r := &labelReader{ctx: f.Context(), found: map[int]label{}}
	err := pdf.Guard("its page labels cannot be read", func() error {
		root, err := r.ctx.Catalog()
		if err != nil || root["PageLabels"] == nil {
			return err
		}
		return r.read(root["PageLabels"], 0)
	})
	if err != nil || len(r.found) == 0 {
		return nil
	}
	all := make([]label, f.PageCount())
	current := label{style: "D"}
	for i := range all {
		current = current.next()
		if l, ok := r.found[i]; ok {
			current = l
		}
		all[i] = current
	}
	labels := make([]label, len(numbers))
	for i, n := range numbers {
		labels[i] = all[n-1]
	}
	return labels
}

func (r *labelReader) read(o types.Object, depth int) error {
	if r.nodes++; depth > maxLabelDepth || r.nodes > maxLabelNodes {
		return jobErrorf(0, "the tree of page labels is too large")
	}
	d, err := r.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return err
	}
	kids, err := r.ctx.DereferenceArray(d["Kids"])
	if err != nil {
		return err
	}
	for _, k := range kids {
		if err := r.read(k, depth+1); err != nil {
			return err
		}
	}
	numbers, err := r.ctx.DereferenceArray(d["Nums"])
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		first, err := r.ctx.DereferenceInteger(numbers[i])
		if err != nil || first == nil {
			return err
		}
		if r.found[first.Value()], err = r.label(numbers[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (r *labelReader) label(o types.Object) (label, error) {
	l := label{number: 1}
	d, err := r.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return l, err
	}
	if style := d.NameEntry("S"); style != nil && len(*style) == 1 && strings.Contains("DRrAa", *style) {
		l.style = *style
	}
	if o, ok := d.Find("P"); ok {
		if l.prefix, err = r.ctx.DereferenceStringOrHexLiteral(o, model.V10, nil); err != nil {
			return l, err
		}
	}
	if start, err := r.ctx.DereferenceInteger(d["St"]); err == nil && start != nil && start.Value() > 0 {
		l.number = start.Value()
	}
	return l, nil
}
