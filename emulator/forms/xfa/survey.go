package xfa

import (
	"slices"
	"strconv"
	"strings"
)

// survey is what of a template is left out or approximated, whatever the data: for the notes of its documents.
type survey struct {
	scripts   int      // that are not run
	typefaces []string // that no font is here for, each once
	others    notes
}

// knownFaces are the typefaces that the core fonts are, or have the measures of.
var knownFaces = map[string]bool{
	"arial": true, "helvetica": true, "times new roman": true, "times": true, "courier new": true, "courier": true,
	"courier std": true,
}

// element looks at an element and at what is in it.
func (s *survey) element(n *node) {
	if n.isText() {
		return
	}
	switch n.name {
	case "script":
		if text := n.content(); strings.TrimSpace(text) != "" && parsePageScript(text) == nil {
			s.scripts++
		}
		return
	case "font":
		s.typeface(n.attr("typeface"))
		s.scale(n.attr("fontHorizontalScale"))
		s.scale(n.attr("fontVerticalScale"))
	case "corner":
		if n.attr("inverted") == "1" {
			s.others.add("Corners that are turned inwards are drawn outwards.")
		}
	case "para":
		if n.attr("hAlign") == "radix" {
			s.others.add("Numbers that were to be aligned at the decimal point are aligned right.")
		}
		s.tabs(n.attr("tabStops"))
	case "breakBefore", "breakAfter":
		if n.child("script") != nil {
			s.others.add("Breaks with a condition are made whether it holds or not.")
		}
		if n.attr("leader") != "" || n.attr("trailer") != "" {
			s.others.add("Leaders and trailers of breaks are left out.")
		}
	case "setProperty":
		s.others.add("Properties that were to be taken from the data (setProperty) are as in the template.")
	case "bindItems":
		s.others.add("Items of lists that were to be taken from the data (bindItems) are left out; values are shown as they are.")
	case "hyphenation":
		if n.attr("hyphenate") == "1" {
			s.others.add("Words are not hyphenated.")
		}
	}
	if style := n.attr("style"); style != "" {
		s.css(parseCSS(style))
	}
	for _, c := range n.children {
		s.element(c)
	}
}

// css looks at the style of a part of rich text.
func (s *survey) css(c css) {
	s.typeface(c["font-family"])
	s.scale(c["xfa-font-horizontal-scale"])
	s.scale(c["xfa-font-vertical-scale"])
	s.tabs(c["tab-stops"])
}

func (s *survey) typeface(name string) {
	if name = strings.TrimSpace(name); name != "" && !knownFaces[strings.ToLower(name)] && !slices.Contains(s.typefaces, name) {
		s.typefaces = append(s.typefaces, name)
	}
}

func (s *survey) scale(percent string) {
	if percent != "" && percent != "100%" && percent != "100" {
		s.others.add("Letters that were to be stretched or narrowed are as wide and as high as others.")
	}
}

func (s *survey) tabs(stops string) {
	if stops != "" {
		s.others.add("Tab stops are half an inch apart.")
	}
}

// sentences returns the notes, for documents whose fonts are embedded or not.
func (s *survey) sentences(embedded bool) []string {
	var all []string
	switch {
	case s.scripts == 1:
		all = append(all, "1 script was left out; scripts are not run.")
	case s.scripts > 1:
		all = append(all, strconv.Itoa(s.scripts)+" scripts were left out; scripts are not run.")
	}
	switch {
	case embedded:
		all = append(all, "All typefaces are replaced by the Go fonts, which are embedded.")
	case len(s.typefaces) > 0:
		all = append(all, "Helvetica, Times or Courier stand in for "+s.names()+".")
	}
	return append(all, s.others.list...)
}

// names lists the typefaces that are not here.
func (s *survey) names() string {
	const most = 10
	var quoted []string
	for _, name := range s.typefaces {
		if len(quoted) == most {
			return strings.Join(quoted, ", ") + " and others"
		}
		quoted = append(quoted, quote(name))
	}
	return strings.Join(quoted, ", ")
}
