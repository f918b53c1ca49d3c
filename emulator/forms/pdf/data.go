package pdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What XML data may have at most.
const (
	MaxData         = 8 << 20 // bytes
	MaxDataDepth    = 64
	MaxDataElements = 100_000
)

// step is one name on the way to a value, and its number among the elements of that name beside it.
type step struct {
	name  string
	index int
	fixed bool // the index was written
}

// datum is an element of the data without child elements.
type datum struct {
	path  []step
	value string
	used  bool
}

func (d *datum) String() string {
	var names []string
	for _, s := range d.path {
		if s.index > 0 {
			names = append(names, fmt.Sprintf("%s[%d]", s.name, s.index))
			continue
		}
		names = append(names, s.name)
	}
	return strings.Join(names, ".")
}

// element is an open element.
type element struct {
	at     int // length of the path above it
	counts map[string]int
	text   strings.Builder
	branch bool
	names  bool // adds its name to the path
}

type dataReader struct {
	dec      *xml.Decoder
	open     []*element
	path     []step
	elements int
	data     []*datum
}

// parseData returns the leaves of XML data. The root, and around it xfa:datasets with xfa:data, do not count as steps.
func parseData(data []byte) ([]*datum, error) {
	if len(data) > MaxData {
		return nil, errorf("the data has %d bytes, and %d is the most", len(data), MaxData)
	}
	r := &dataReader{dec: xml.NewDecoder(bytes.NewReader(data))}
	r.dec.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, errorf("the data is in the encoding %q, and only UTF-8 is read", short(charset))
	}
	for {
		tok, err := r.dec.Token()
		if errors.Is(err, io.EOF) {
			return r.end()
		}
		if err == nil {
			err = r.token(tok)
		}
		if err != nil {
			return nil, r.problem(err)
		}
	}
}

func (r *dataReader) problem(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	line, _ := r.dec.InputPos()
	return errorf("the data is not well-formed XML near line %d: %s", line, short(err.Error()))
}

func (r *dataReader) end() ([]*datum, error) {
	if len(r.open) > 0 || r.elements == 0 {
		return nil, errorf("the data is not well-formed XML: it ends within an element, or has none")
	}
	return r.data, nil
}

func (r *dataReader) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.start(t.Name)
	case xml.EndElement:
		return r.finish()
	case xml.CharData:
		if len(r.open) > 0 {
			r.open[len(r.open)-1].text.Write(t)
		}
	case xml.Directive:
		return errorf("the data has a document type declaration, which is not read")
	}
	return nil
}

func (r *dataReader) start(name xml.Name) error {
	r.elements++
	if r.elements > MaxDataElements || len(r.open) >= MaxDataDepth {
		return errorf("the data has more than %d elements, or they are nested more than %d deep", MaxDataElements, MaxDataDepth)
	}
	if len(r.open) == 0 && r.elements > 1 {
		return errorf("the data has two roots")
	}
	e := &element{at: len(r.path), counts: map[string]int{}}
	if len(r.open) > 0 {
		parent := r.open[len(r.open)-1]
		parent.branch = true
		if !wraps(name, len(r.open)) {
			e.names = true
			for _, part := range strings.Split(name.Local, ".") {
				r.path = append(r.path, step{name: part, index: parent.counts[name.Local]})
			}
			parent.counts[name.Local]++
		}
	}
	r.open = append(r.open, e)
	return nil
}

// wraps reports whether an element is the xfa:data below xfa:datasets, in any version of the namespace.
func wraps(name xml.Name, depth int) bool {
	return depth == 1 && name.Local == "data" && strings.HasPrefix(name.Space, "http://www.xfa.org/schema/xfa-data/")
}

func (r *dataReader) finish() error {
	if len(r.open) == 0 {
		return errorf("the data is not well-formed XML: an element ends that did not begin")
	}
	e := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	if !e.branch && e.names {
		path := append([]step(nil), r.path...)
		r.data = append(r.data, &datum{path: path, value: strings.TrimSpace(e.text.String())})
	}
	r.path = r.path[:e.at]
	return nil
}

// fieldSteps splits a field's full name; the parts of XFA names that stand for no data are left out.
func fieldSteps(name string) []step {
	var steps []step
	for _, part := range strings.Split(name, ".") {
		s := step{name: part}
		if i := strings.LastIndexByte(part, '['); i > 0 && strings.HasSuffix(part, "]") {
			if _, err := fmt.Sscanf(part[i:], "[%d]", &s.index); err == nil {
				s.name, s.fixed = part[:i], true
			}
		}
		if strings.HasPrefix(s.name, "#") {
			continue
		}
		s.name = strings.ReplaceAll(s.name, " ", "_")
		steps = append(steps, s)
	}
	return steps
}

// dataIndex finds data by the name of its leaf.
type dataIndex map[string][]*datum

func indexData(data []*datum) dataIndex {
	x := dataIndex{}
	for _, d := range data {
		leaf := d.path[len(d.path)-1].name
		x[leaf] = append(x[leaf], d)
	}
	return x
}

// find returns the data for a field: of those with the same leaf, the one that agrees with the longest end of the name,
// numbers included.
func (x dataIndex) find(name string) *datum {
	want := fieldSteps(name)
	if len(want) == 0 {
		return nil
	}
	var best *datum
	most := 0
	for _, d := range x[want[len(want)-1].name] {
		if n := agree(want, d.path); n > most {
			best, most = d, n
		}
	}
	return best
}

// agree counts the steps at the end that are the same; it is 0 where numbers contradict.
func agree(field, data []step) int {
	n := 0
	for n < len(field) && n < len(data) {
		f, d := field[len(field)-1-n], data[len(data)-1-n]
		if f.name != d.name {
			break
		}
		if f.index != d.index {
			return 0
		}
		n++
	}
	return n
}
