package xfa

import (
	"encoding/xml"
	"strings"
)

// dataNode is a group or a value of the data. It belongs to one layout, which marks in it what was taken.
type dataNode struct {
	name     string
	parent   *dataNode
	children []*dataNode
	value    string
	rich     *node // an XHTML body within a value
	group    bool  // it has elements
	taken    bool
	byName   map[string]*named // made when it is first asked for
}

// named are the children with one name, and from where on some of them may not have been taken, by a value and by a group.
type named struct {
	nodes []*dataNode
	next  [2]int
}

// kind is what an object of a template takes from the data.
type kind int

const (
	aValue kind = iota
	aGroup
)

// is reports whether a node can be taken as a kind. An element without content is both.
func (d *dataNode) is(k kind) bool {
	if k == aValue {
		return !d.group
	}
	return d.group || d.rich == nil && strings.TrimSpace(d.value) == ""
}

const (
	xhtmlSpace    = "http://www.w3.org/1999/xhtml"
	dataSpace     = "http://www.xfa.org/schema/xfa-data/"
	instanceSpace = "http://www.w3.org/2001/XMLSchema-instance"
)

// parseData reads data and returns the node above the record, the equivalent of xfa:data.
func parseData(doc []byte) (*dataNode, error) {
	if len(strings.TrimSpace(string(doc))) == 0 {
		return &dataNode{name: "data"}, nil
	}
	root, err := parseXML(doc, "data")
	if err != nil {
		return nil, err
	}
	return dataFrom(root), nil
}

// dataFrom finds the data within a document.
func dataFrom(root *node) *dataNode {
	top := &dataNode{name: "data"}
	if root.name == "xdp" {
		root = root.child("datasets")
	}
	if root != nil && root.name == "datasets" {
		root = root.child("data")
	}
	switch {
	case root == nil:
	case root.name == "data" && strings.HasPrefix(root.space, dataSpace):
		for _, c := range root.elements() {
			top.add(c)
		}
	default:
		top.add(root)
	}
	return top
}

// add adds an element, with its attributes and children, to a group.
func (d *dataNode) add(n *node) {
	own := &dataNode{name: n.name, parent: d, group: len(n.elements()) > 0}
	d.children = append(d.children, own)
	for _, a := range n.attrs {
		if isData(a.Name) {
			own.children = append(own.children, &dataNode{name: a.Name.Local, parent: own, value: a.Value})
		}
	}
	if body := richBody(n); body != nil {
		own.rich, own.value, own.group = body, body.content(), false
		return
	}
	elements := n.elements()
	if len(elements) == 0 {
		own.value = n.content()
		return
	}
	for _, c := range elements {
		own.add(c)
	}
}

// isData reports whether an attribute is a value of the data, rather than said about it.
func isData(name xml.Name) bool {
	own := name.Local == "xmlns" || name.Space == "xmlns" || name.Space == instanceSpace
	return !own && !strings.HasPrefix(name.Space, dataSpace)
}

// richBody returns the XHTML body of a value, nil if it has none.
func richBody(n *node) *node {
	for _, c := range n.elements() {
		if c.name == "body" && c.space == xhtmlSpace {
			return c
		}
	}
	return nil
}

// named returns the children with a name.
func (d *dataNode) named(name string) *named {
	if d.byName == nil {
		d.byName = make(map[string]*named)
		for _, c := range d.children {
			found := d.byName[c.name]
			if found == nil {
				found = &named{}
				d.byName[c.name] = found
			}
			found.nodes = append(found.nodes, c)
		}
	}
	return d.byName[name]
}

// take returns the first child with a name that was not taken, and marks it; nil if there is none.
func (d *dataNode) take(name string, k kind) *dataNode {
	found := d.named(name)
	if found == nil {
		return nil
	}
	for next := &found.next[k]; *next < len(found.nodes); {
		c := found.nodes[*next]
		*next++
		if !c.taken && c.is(k) {
			c.taken = true
			return c
		}
	}
	return nil
}

// has reports whether take would find one.
func (d *dataNode) has(name string, k kind) bool {
	found := d.named(name)
	if found == nil {
		return false
	}
	for next := &found.next[k]; *next < len(found.nodes); *next++ {
		if c := found.nodes[*next]; !c.taken && c.is(k) {
			return true
		}
	}
	return false
}

// first returns the first child with a name, taken or not; nil if there is none.
func (d *dataNode) first(name string, k kind) *dataNode {
	if found := d.named(name); found != nil {
		for _, c := range found.nodes {
			if c.is(k) {
				return c
			}
		}
	}
	return nil
}

// values returns the values of a group.
func (d *dataNode) values() []string {
	var all []string
	for _, c := range d.children {
		if c.is(aValue) {
			all = append(all, c.value)
		}
	}
	return all
}

// index adds the first value of each name in the group and below it to an index.
func (d *dataNode) index(values map[string]*dataNode) {
	for _, c := range d.children {
		if _, known := values[c.name]; !known && c.is(aValue) {
			values[c.name] = c
		}
		c.index(values)
	}
}
