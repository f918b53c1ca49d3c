package xfa

import (
	"encoding/xml"
	"slices"
	"strings"
)

// maxProtos bounds how many prototypes stand behind each other.
const maxProtos = 32

// protos replaces each element with a use attribute by what it and its prototype make together.
type protos struct {
	ids     map[string]*node
	nodes   int  // made so far
	outside bool // a prototype in another file was named
}

// resolveProtos returns the template with its prototypes put in. External reports whether some are in other files; they
// are left out.
func resolveProtos(template *node) (resolved *node, external bool, err error) {
	p := protos{ids: map[string]*node{}}
	if !p.collect(template) {
		return template, p.outside, nil
	}
	resolved, err = p.resolve(template, nil, 0)
	return resolved, p.outside, err
}

// collect finds the elements with an ID, and reports whether any element uses another.
func (p *protos) collect(n *node) bool {
	if id := n.attr("id"); id != "" {
		if _, twice := p.ids[id]; !twice {
			p.ids[id] = n
		}
	}
	uses := n.attr("use") != ""
	if href := n.attr("usehref"); href != "" {
		uses = true
		p.outside = p.outside || !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, ".#")
	}
	for _, c := range n.children {
		if !c.isText() && p.collect(c) {
			uses = true
		}
	}
	return uses
}

// target returns the prototype of an element; nil if it has none here.
func (p *protos) target(n *node) *node {
	ref := n.attr("use")
	if ref == "" {
		ref = strings.TrimPrefix(n.attr("usehref"), ".")
	}
	id, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	return p.ids[strings.TrimSuffix(strings.TrimPrefix(id, "som("), ")")]
}

// resolve returns a node with prototypes put in. Within are the prototypes that are being put in around it.
func (p *protos) resolve(n *node, within []*node, depth int) (*node, error) {
	if p.nodes++; p.nodes > MaxNodes {
		return nil, &Error{Line: n.line, What: "the template has more than 200,000 nodes with its prototypes"}
	}
	if depth > MaxDepth {
		return nil, &Error{Line: n.line, What: "the template is nested deeper than 100 elements with its prototypes"}
	}
	if n.isText() {
		return n, nil
	}
	for used := n; ; {
		target := p.target(used)
		if target == nil {
			break
		}
		if slices.Contains(within, target) || len(within) >= maxProtos {
			return nil, &Error{Line: n.line, What: "prototype " + quote(target.attr("id")) + " uses itself"}
		}
		within = append(slices.Clone(within), target)
		n = inherit(n, target)
		used = target
	}
	out := &node{name: n.name, space: n.space, attrs: n.attrs, line: n.line, children: make([]*node, 0, len(n.children))}
	for _, c := range n.children {
		r, err := p.resolve(c, within, depth+1)
		if err != nil {
			return nil, err
		}
		out.children = append(out.children, r)
	}
	return out, nil
}

// repeated are the elements of which a parent has any number; they are added to those of a prototype. Of others there is
// one, which is laid over the prototype's.
var repeated = map[string]bool{
	"subform": true, "subformSet": true, "area": true, "draw": true, "field": true, "exclGroup": true, "pageArea": true,
	"contentArea": true, "event": true, "items": true, "setProperty": true, "breakBefore": true, "breakAfter": true,
	"edge": true, "corner": true, "script": true,
}

// inherit lays an element over its prototype.
func inherit(n, proto *node) *node {
	out := &node{name: n.name, space: n.space, attrs: slices.Clone(n.attrs), line: n.line}
	for _, a := range proto.attrs {
		own := func(b xml.Attr) bool { return b.Name == a.Name }
		if a.Name.Local != "id" && a.Name.Local != "use" && a.Name.Local != "usehref" && !slices.ContainsFunc(n.attrs, own) {
			out.attrs = append(out.attrs, a)
		}
	}
	replaces := map[string]bool{}
	for _, name := range []string{"edge", "corner", "items"} {
		replaces[name] = n.child(name) != nil
	}
	for _, c := range proto.children {
		switch own := n.child(c.name); {
		case c.isText():
			if strings.TrimSpace(n.content()) == "" && len(n.elements()) == 0 {
				out.children = append(out.children, c)
			}
		case replaces[c.name]:
		case own == nil || repeated[c.name]:
			out.children = append(out.children, c)
		case own.name == "value" || own.name == "ui" || own.name == "calculate":
			out.children = append(out.children, own)
		default:
			out.children = append(out.children, inherit(own, c))
		}
	}
	for _, c := range n.children {
		if c.isText() || repeated[c.name] || proto.child(c.name) == nil {
			out.children = append(out.children, c)
		}
	}
	return out
}
