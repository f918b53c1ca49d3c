package ddx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Namespace is that of DDX.
const Namespace = "http://ns.adobe.com/DDX/1.0/"

// node is an element, or, with an empty name, a text.
type node struct {
	name  string
	line  int
	attrs map[string]string
	kids  []*node
	text  string
}

// attr returns an attribute, or what it is when it is missing.
func (n *node) attr(name, missing string) string {
	if v, ok := n.attrs[name]; ok {
		return v
	}
	return missing
}

// child returns the first child element of a name, or nil.
func (n *node) child(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// content returns the text within an element.
func (n *node) content() string {
	var b strings.Builder
	for _, k := range n.kids {
		b.WriteString(k.text)
	}
	return strings.TrimSpace(b.String())
}

// treeReader builds the tree of an XML document.
type treeReader struct {
	dec   *xml.Decoder
	root  *node
	open  []*node
	count int
	space string // the namespace of the elements
}

// readTree parses a document whose elements are of one of the namespaces.
func readTree(data []byte, spaces ...string) (*node, error) {
	if len(data) > MaxSize {
		return nil, errorf(0, "the document has %d bytes, and %d is the most", len(data), MaxSize)
	}
	r := &treeReader{dec: xml.NewDecoder(bytes.NewReader(data))}
	r.dec.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, errorf(1, "the document is in the encoding %q, and only UTF-8 is read", short(charset))
	}
	for {
		line, _ := r.dec.InputPos()
		tok, err := r.dec.Token()
		switch {
		case errors.Is(err, io.EOF) && r.root != nil:
			return r.root, nil
		case errors.Is(err, io.EOF):
			return nil, errorf(0, "the document has no element")
		case err == nil:
			err = r.token(tok, line, spaces)
		}
		if err != nil {
			return nil, r.problem(err)
		}
	}
}

func (r *treeReader) problem(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	line, _ := r.dec.InputPos()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return errorf(syntax.Line, "the document is not well-formed XML: %s", short(syntax.Msg))
	}
	return errorf(line, "the document is not well-formed XML: %s", short(err.Error()))
}

func (r *treeReader) token(tok xml.Token, line int, spaces []string) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.start(t, line, spaces)
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		if len(r.open) > 0 {
			parent := r.open[len(r.open)-1]
			parent.kids = append(parent.kids, &node{text: string(t), line: line})
		} else if strings.TrimSpace(string(t)) != "" {
			return errorf(line, "there is text outside the root element")
		}
	case xml.Directive:
		return errorf(line, "the document has a document type declaration, which is not read")
	}
	return nil
}

func (r *treeReader) start(t xml.StartElement, line int, spaces []string) error {
	r.count++
	if r.count > MaxElements || len(r.open) >= MaxDepth {
		return errorf(line, "the document has more than %d elements, or they are nested more than %d deep", MaxElements, MaxDepth)
	}
	if r.root == nil {
		r.space = t.Name.Space
		if !slices.Contains(spaces, r.space) {
			return errorf(line, "the root element <%s> is in the namespace %q, and %q is wanted",
				short(t.Name.Local), short(r.space), spaces[0])
		}
	} else if t.Name.Space != r.space {
		return errorf(line, "the element <%s> is in the namespace %q, and %q is wanted",
			short(t.Name.Local), short(t.Name.Space), r.space)
	}
	n := &node{name: t.Name.Local, line: line, attrs: map[string]string{}}
	for _, a := range t.Attr {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue // declarations, and attributes of other languages, such as xsi:schemaLocation
		}
		if _, twice := n.attrs[a.Name.Local]; twice {
			return errorf(line, "the attribute %q of <%s> is there twice", short(a.Name.Local), short(n.name))
		}
		n.attrs[a.Name.Local] = a.Value
	}
	switch {
	case len(r.open) > 0:
		parent := r.open[len(r.open)-1]
		parent.kids = append(parent.kids, n)
	case r.root != nil:
		return errorf(line, "there are two root elements")
	default:
		r.root = n
	}
	r.open = append(r.open, n)
	return nil
}

// short keeps what is quoted to one line of bounded length.
func short(s string) string {
	const most = 100
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
