package xfa

import (
	"strconv"
	"strings"
)

// step is a name in a reference to data, with its index.
type step struct {
	name  string
	index int
	all   bool // [*]
}

// parseReference splits a reference, such as "$record.item[*].name", into its steps. It reports false for what is not
// emulated: predicates and classes.
func parseReference(ref string) ([]step, bool) {
	var steps []step
	for rest := strings.TrimSpace(ref); rest != ""; {
		name, after, ok := nextName(rest)
		if !ok {
			return nil, false
		}
		s := step{name: name}
		if strings.HasPrefix(after, "[") {
			inner, tail, closed := strings.Cut(after[1:], "]")
			if !closed {
				return nil, false
			}
			inner = strings.TrimSpace(inner)
			after = tail
			if inner == "*" {
				s.all = true
			} else {
				index, err := strconv.Atoi(inner)
				if err != nil || index < 0 {
					return nil, false
				}
				s.index = index
			}
		}
		steps = append(steps, s)
		if after == "" {
			break
		}
		if rest, ok = strings.CutPrefix(after, "."); !ok || rest == "" {
			return nil, false
		}
	}
	return steps, len(steps) > 0
}

// nextName cuts the name at the front of a reference; a backslash keeps the character after it.
func nextName(s string) (name, rest string, ok bool) {
	var b strings.Builder
	i := 0
	for ; i < len(s) && s[i] != '.' && s[i] != '['; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	name = strings.TrimSpace(b.String())
	if name == "" || strings.ContainsAny(name, "#()") {
		return "", "", false
	}
	if name[0] == '!' { // the same as xfa.datasets.
		return name, s[i:], len(name) > 1
	}
	return name, s[i:], true
}

// maxVisits bounds the data that the references of a document lead through, and what is in the elements of the template, again
// for each object.
const maxVisits = 10_000_000

// refer returns the data that the reference of an object names, in order, and notes one that is not understood. The scope is
// the data of the object around.
func (b *binder) refer(ref string, scope *dataNode, tmpl *node) []*dataNode {
	steps, ok := parseReference(ref)
	var at []*dataNode
	if ok {
		at, steps, ok = b.start(steps, scope)
	}
	if !ok {
		b.notes.add("The binding " + quote(ref) + " of " + describe(tmpl) + " is not emulated; it is left without data.")
		return nil
	}
	for _, s := range steps {
		var next []*dataNode
		for _, d := range at {
			if d != nil {
				next = append(next, s.of(d)...)
			}
		}
		at = next
		if !b.visit(len(at), tmpl) {
			return nil
		}
	}
	return at
}

// visit counts n visits because of an object, and reports whether the document may have so many.
func (b *binder) visit(n int, tmpl *node) bool {
	if b.visits += n; b.visits > maxVisits && b.err == nil {
		b.err = &Error{Line: tmpl.line, What: "template and data refer to each other too often"}
	}
	return b.err == nil
}

// start returns where a reference begins, and the steps from there.
func (b *binder) start(steps []step, scope *dataNode) ([]*dataNode, []step, bool) {
	isXFA := func(names ...string) bool {
		for i, name := range append([]string{"xfa"}, names...) {
			if i >= len(steps) || steps[i].name != name {
				return false
			}
		}
		return true
	}
	switch first := steps[0].name; {
	case first == "$" || first == "this":
		return []*dataNode{scope}, steps[1:], true
	case first == "$record":
		return []*dataNode{record(b.top)}, steps[1:], true
	case isXFA("record"):
		return []*dataNode{record(b.top)}, steps[2:], true
	case first == "$data" || first == "!data":
		return []*dataNode{b.top}, steps[1:], true
	case isXFA("datasets", "data"):
		return []*dataNode{b.top}, steps[3:], true
	case strings.HasPrefix(first, "$") || first == "xfa":
		return nil, nil, false
	}
	return []*dataNode{scope}, steps, true
}

// of returns what a step leads to from a node.
func (s step) of(d *dataNode) []*dataNode {
	if s.name == "*" {
		return d.children
	}
	found := d.named(s.name)
	switch {
	case found == nil:
		return nil
	case s.all:
		return found.nodes
	case s.index < len(found.nodes):
		return found.nodes[s.index : s.index+1]
	}
	return nil
}

// record returns the root of the data proper, the first node below top; nil if there is none.
func record(top *dataNode) *dataNode {
	if len(top.children) == 0 {
		return nil
	}
	return top.children[0]
}
