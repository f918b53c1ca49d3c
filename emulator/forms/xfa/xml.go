package xfa

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits on what is read.
const (
	MaxSize  = 10 << 20 // bytes of a template or of data
	MaxDepth = 100      // elements within elements
	MaxNodes = 200_000  // elements and texts of a template, with its prototypes, or of data

	maxAttributes = 1000 // of an element
)

// node is an element, or a text, which has no name. It is not changed once it was parsed.
type node struct {
	name, space string
	attrs       []xml.Attr
	children    []*node
	text        string // of a text
	line        int
}

func (n *node) isText() bool { return n.name == "" }

// attr returns the value of an attribute without a namespace; empty if there is none. Nil has no attributes.
func (n *node) attr(name string) string {
	value, _ := n.lookAttr(name)
	return value
}

func (n *node) lookAttr(name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.attrs {
		if a.Name.Local == name && a.Name.Space != "xmlns" {
			return strings.TrimSpace(a.Value), true
		}
	}
	return "", false
}

// child returns the first child with a name, nil if there is none. Nil has no children.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// path follows a path of names.
func (n *node) path(names ...string) *node {
	for _, name := range names {
		n = n.child(name)
	}
	return n
}

// all returns the children with a name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// elements returns the children that are elements.
func (n *node) elements() []*node {
	if n == nil {
		return nil
	}
	found := make([]*node, 0, len(n.children))
	for _, c := range n.children {
		if !c.isText() {
			found = append(found, c)
		}
	}
	return found
}

// content returns the text within a node and its children.
func (n *node) content() string {
	switch {
	case n == nil:
		return ""
	case n.isText():
		return n.text
	case len(n.children) == 1 && n.children[0].isText():
		return n.children[0].text
	}
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	b.WriteString(n.text)
	for _, c := range n.children {
		c.write(b)
	}
}

// parseXML reads a document. What is its name in errors: "template", "data".
func parseXML(doc []byte, what string) (*node, error) {
	if len(doc) > MaxSize {
		return nil, &Error{What: "the " + what + " is larger than 10 MiB"}
	}
	p := xmlParser{what: what, dec: xml.NewDecoder(bytes.NewReader(toUTF8(doc)))}
	p.dec.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		r, ok := charsetReader(charset, input)
		if !ok {
			p.encoding = charset
			return nil, errors.New("encoding")
		}
		return r, nil
	}
	for {
		token, err := p.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, p.syntax(err)
		}
		if err := p.add(token); err != nil {
			return nil, err
		}
	}
	if p.root == nil {
		return nil, &Error{What: "the " + what + " has no element"}
	}
	return p.root, nil
}

type xmlParser struct {
	what     string
	dec      *xml.Decoder
	root     *node
	open     []*node
	nodes    int
	encoding string // that is not supported
}

func (p *xmlParser) line() int {
	line, _ := p.dec.InputPos()
	return line
}

func (p *xmlParser) syntax(err error) error {
	if p.encoding != "" {
		return &Error{Line: p.line(), What: "the encoding " + quote(p.encoding) + " of the " + p.what + " is not supported"}
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{Line: syntax.Line, What: "the " + p.what + " is no XML: " + syntax.Msg}
	}
	return &Error{Line: p.line(), What: "the " + p.what + " is no XML: " + strings.TrimPrefix(err.Error(), "xml: ")}
}

func (p *xmlParser) add(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		n := &node{name: t.Name.Local, space: t.Name.Space, attrs: t.Attr, line: p.line()}
		if len(p.open) == 0 {
			if p.root != nil {
				return &Error{Line: n.line, What: "the " + p.what + " has more than one root element"}
			}
			p.root = n
		}
		if len(t.Attr) > maxAttributes {
			return &Error{Line: n.line, What: "an element of the " + p.what + " has more than 1,000 attributes"}
		}
		if len(p.open) >= MaxDepth {
			return &Error{Line: n.line, What: "the " + p.what + " is nested deeper than 100 elements"}
		}
		if err := p.append(n); err != nil {
			return err
		}
		p.open = append(p.open, n)
	case xml.EndElement:
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		return p.addText(string(t))
	case xml.Directive:
		return &Error{Line: p.line(), What: "the " + p.what + " has a document type declaration, which is refused"}
	}
	return nil
}

// addText adds a text. Texts on both sides of a comment are one.
func (p *xmlParser) addText(text string) error {
	if len(p.open) == 0 {
		return nil
	}
	parent := p.open[len(p.open)-1]
	if n := len(parent.children); n > 0 && parent.children[n-1].isText() {
		parent.children[n-1].text += text
		return nil
	}
	return p.append(&node{text: text, line: p.line()})
}

func (p *xmlParser) append(n *node) error {
	if p.nodes++; p.nodes > MaxNodes {
		return &Error{Line: n.line, What: "the " + p.what + " has more than 200,000 nodes"}
	}
	if len(p.open) > 0 {
		parent := p.open[len(p.open)-1]
		parent.children = append(parent.children, n)
	}
	return nil
}

// toUTF8 drops a byte order mark, and turns UTF-16 into UTF-8.
func toUTF8(doc []byte) []byte {
	if rest, ok := bytes.CutPrefix(doc, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	little, isLittle := bytes.CutPrefix(doc, []byte("\xff\xfe"))
	big, isBig := bytes.CutPrefix(doc, []byte("\xfe\xff"))
	if !isLittle && !isBig {
		return doc
	}
	var units []uint16
	for i := 0; i+1 < len(doc)-2; i += 2 {
		if isLittle {
			units = append(units, uint16(little[i])|uint16(little[i+1])<<8)
		} else {
			units = append(units, uint16(big[i+1])|uint16(big[i])<<8)
		}
	}
	return []byte(string(utf16.Decode(units)))
}

// charsetReader reads the encodings that a declaration may name besides UTF-8, and reports whether it can.
func charsetReader(charset string, input io.Reader) (io.Reader, bool) {
	switch strings.ToLower(charset) {
	case "utf-16", "us-ascii": // UTF-16 was turned into UTF-8 before
		return input, true
	case "iso-8859-1", "latin1", "windows-1252":
		return &byteReader{from: bufio.NewReader(input), windows: strings.EqualFold(charset, "windows-1252")}, true
	}
	return nil, false
}

// byteReader turns Latin 1 or code page 1252 into UTF-8.
type byteReader struct {
	from    *bufio.Reader
	windows bool
	left    []byte // of the last character
}

func (r *byteReader) Read(to []byte) (int, error) {
	n := 0
	for n < len(to) {
		if len(r.left) == 0 {
			b, err := r.from.ReadByte()
			if err != nil {
				if n > 0 {
					return n, nil
				}
				return 0, err
			}
			c := rune(b)
			if r.windows && b >= 0x80 && b < 0xa0 {
				c = fromWindows[b-0x80]
			}
			r.left = utf8.AppendRune(r.left[:0], c)
		}
		moved := copy(to[n:], r.left)
		n, r.left = n+moved, r.left[moved:]
	}
	return n, nil
}

// fromWindows are the characters of code page 1252 from 0x80 to 0x9f.
var fromWindows = [32]rune{
	'€', '\ufffd', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\ufffd', 'Ž', '\ufffd',
	'\ufffd', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\ufffd', 'ž', 'Ÿ',
}
