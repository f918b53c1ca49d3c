package xfa

import (
	"math"
	"strconv"
	"strings"
)

// maxMeasure bounds measures, in points, so that no sum of them is out of range.
const maxMeasure = 100_000

// pointsPer are the units, in points.
var pointsPer = map[string]float64{
	"": 72, "in": 72, "cm": 72 / 2.54, "mm": 72 / 25.4, "pt": 1, "pc": 12, "mp": 0.001, "px": 0.75,
}

// parseMeasure reads a measure, such as "12.7mm"; without a unit it is inches. The unit em needs the size of a font.
func parseMeasure(s string, em float64) (float64, bool) {
	s = strings.TrimSpace(s)
	end := len(s)
	for end > 0 && (s[end-1] >= 'a' && s[end-1] <= 'z' || s[end-1] >= 'A' && s[end-1] <= 'Z') {
		end--
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(s[:end]), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, false
	}
	unit := strings.ToLower(s[end:])
	per, ok := pointsPer[unit]
	if unit == "em" {
		per, ok = em, true
	}
	if !ok {
		return 0, false
	}
	return max(-maxMeasure, min(maxMeasure, value*per)), true
}

// measure returns an attribute that is a measure, and whether it has a value.
func (n *node) measure(name string) (float64, bool) {
	s, ok := n.lookAttr(name)
	if !ok || s == "" {
		return 0, false
	}
	return parseMeasure(s, 10)
}

// length returns an attribute that is a measure, or what it is if there is none.
func (n *node) length(name string, otherwise float64) float64 {
	if v, ok := n.measure(name); ok {
		return v
	}
	return otherwise
}

// parsePlain reads a number without a unit.
func parsePlain(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// number returns an attribute that is an integer, or what it is if there is none.
func (n *node) number(name string, otherwise int) int {
	v, err := strconv.Atoi(n.attr(name))
	if err != nil {
		return otherwise
	}
	return v
}

// insets are the distances of a content from the edges around it.
type insets struct{ top, right, bottom, left float64 }

func (i insets) across() float64 { return i.left + i.right }
func (i insets) down() float64   { return i.top + i.bottom }

// insetsOf reads a margin element; nil has none.
func insetsOf(margin *node) insets {
	return insets{
		top: margin.length("topInset", 0), right: margin.length("rightInset", 0),
		bottom: margin.length("bottomInset", 0), left: margin.length("leftInset", 0),
	}
}
