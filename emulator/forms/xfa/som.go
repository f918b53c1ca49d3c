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

// refer returns the data that a reference names, in order. The scope is the data of the object around; top is the node
// above the record.
func refer(ref string, scope, top *dataNode) (found []*dataNode, understood bool) {
	steps, ok := parseReference(ref)
	if !ok {
		return nil, false
	}
	at := []*dataNode{scope}
	switch first := steps[0].name; {
	case first == "$" || first == "this":
		steps = steps[1:]
	case first == "$record":
		at, steps = []*dataNode{record(top)}, steps[1:]
	case first == "$data":
		at, steps = []*dataNode{top}, steps[1:]
	case first == "!data":
		at, steps = []*dataNode{top}, steps[1:]
	case first == "xfa" && len(steps) > 2 && steps[1].name == "datasets" && steps[2].name == "data":
		at, steps = []*dataNode{top}, steps[3:]
	case strings.HasPrefix(first, "$") || first == "xfa":
		return nil, false
	}
	for _, s := range steps {
		var next []*dataNode
		for _, d := range at {
			if d == nil {
				continue
			}
			next = append(next, s.of(d)...)
		}
		at = next
	}
	return at, true
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
