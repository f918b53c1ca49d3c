package fault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The bounds of a document.
const (
	maxDocument = 1 << 20
	maxProblems = 50   // that are told
	enough      = 1000 // that are looked for
	maxDepth    = 32
	maxQuoted   = 60
)

// place is a node of a document and its name.
type place struct {
	node *yaml.Node
	path string
}

func (p place) member(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

// decoder reads a document and gathers all that is wrong with it.
type decoder struct {
	problems []Problem
	lines    map[string]int // of each place that was read
	named    []mention      // the ids of faults
	lifted   []mention      // the ids of faults that a step lifts
}

// mention is where the id of a fault stands.
type mention struct{ path, id string }

func (d *decoder) fail(p place, format string, args ...any) {
	line := 0
	if p.node != nil {
		line = p.node.Line
	}
	d.problems = append(d.problems, Problem{Line: line, Path: p.path, Text: fmt.Sprintf(format, args...)})
}

// semantic adds problems that were found in a value that was read at p.
func (d *decoder) semantic(p place, problems []Problem) {
	for _, problem := range problems {
		if problem.Path == "" {
			problem.Path = p.path
		} else {
			problem.Path = p.member(problem.Path)
		}
		problem.Line = d.lineOf(problem.Path)
		d.problems = append(d.problems, problem)
	}
}

// lineOf returns the line of a place, or of the nearest one around it that was read.
func (d *decoder) lineOf(path string) int {
	for {
		if line, ok := d.lines[path]; ok {
			return line
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return d.lines[""]
		}
		path = path[:i]
	}
}

// err returns the problems in the order of the document, nil if there are none.
func (d *decoder) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	problems := slices.Compact(d.problems)
	if more := len(problems) - maxProblems; more > 0 {
		text := fmt.Sprintf("and %d more", more)
		if d.full() {
			text = "and many more"
		}
		problems = append(problems[:maxProblems:maxProblems], Problem{Text: text})
	}
	return &Error{Problems: problems}
}

// full reports whether so much is wrong that it is not worth reading on.
func (d *decoder) full() bool { return len(d.problems) >= enough }

// document parses data and returns its root, which is nil after a problem or if there is nothing in it.
func (d *decoder) document(data []byte) *yaml.Node {
	if len(data) > maxDocument {
		d.fail(place{}, "larger than 1 MiB")
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(data, err))
		return nil
	}
	switch err := dec.Decode(&yaml.Node{}); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(data, err))
		return nil
	default:
		d.fail(place{}, "there is more than one document")
		return nil
	}
	if len(doc.Content) != 1 || !d.plain(doc.Content[0], 0) {
		return nil
	}
	return doc.Content[0]
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem takes the line out of an error of the YAML parser. The parser names none if it is the first one, and none
// for what is no text.
func syntaxProblem(data []byte, err error) Problem {
	if at := notText(data); at >= 0 {
		return Problem{Line: 1 + bytes.Count(data[:at], []byte("\n")), Text: "not YAML: not a text in UTF-8, or with control characters"}
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\n", " "), "�")
	p := Problem{Line: 1, Text: text}
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.Line = line
		}
		p.Text = text[len(m[0]):]
	}
	p.Text = "not YAML: " + short(p.Text)
	return p
}

// notText returns the place of the first byte that no text in UTF-8 has, -1 if there is none.
func notText(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 || r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0x7F {
			return at
		}
		at += size
	}
	return -1
}

// plain refuses what makes a document mean something else than what stands there.
func (d *decoder) plain(n *yaml.Node, depth int) bool {
	p := place{node: n}
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(p, "aliases are not allowed")
		return false
	case depth > maxDepth:
		d.fail(p, "nested deeper than %d levels", maxDepth)
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(p, "tags are not allowed")
		return false
	}
	ok := true
	for _, c := range n.Content {
		ok = d.plain(c, depth+1) && ok
	}
	return ok
}

// field is a member that an object may have.
type field struct {
	name string
	read func(place)
}

// object reads a mapping. It reports whether it is one, and refuses unknown and repeated members.
func (d *decoder) object(p place, fields ...field) bool {
	d.saw(p)
	if p.node.Kind != yaml.MappingNode {
		d.fail(p, "must be an object with members")
		return false
	}
	readers := make(map[string]func(place), len(fields))
	for _, f := range fields {
		readers[f.name] = f.read
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.node.Content) && !d.full(); i += 2 {
		key := p.node.Content[i]
		at := place{p.node.Content[i+1], p.member(short(key.Value))}
		read, known := readers[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			d.fail(place{key, p.path}, "%s", unknown(key, fields))
		case seen[key.Value]:
			d.fail(place{key, p.path}, "%q is there twice", key.Value)
		default:
			d.lines[at.path] = key.Line
			read(at)
		}
		seen[key.Value] = true
	}
	return true
}

func unknown(key *yaml.Node, fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if key.Kind != yaml.ScalarNode {
		return "the name of a member must be a text"
	}
	return fmt.Sprintf("unknown member %q%s", short(key.Value), suggestion(key.Value, names))
}

func (d *decoder) saw(p place) {
	if d.lines == nil {
		d.lines = map[string]int{}
	}
	if _, ok := d.lines[p.path]; !ok {
		d.lines[p.path] = p.node.Line
	}
}

// list reads a sequence; something else counts as a sequence of one.
func (d *decoder) list(p place, each func(place)) {
	d.saw(p)
	if p.node.Kind != yaml.SequenceNode {
		each(place{p.node, p.path})
		return
	}
	for i, n := range p.node.Content {
		if d.full() {
			return
		}
		at := place{n, p.path + "[" + strconv.Itoa(i) + "]"}
		d.saw(at)
		each(at)
	}
}

// scalar returns the text of a value as it stands in the document.
func (d *decoder) scalar(p place) (string, bool) {
	d.saw(p)
	if p.node.Kind != yaml.ScalarNode {
		d.fail(p, "must be a single value")
		return "", false
	}
	if p.node.Tag == "!!null" {
		d.fail(p, "has no value")
		return "", false
	}
	return p.node.Value, true
}

func (d *decoder) text(p place) string {
	s, _ := d.scalar(p)
	return s
}

func (d *decoder) texts(p place) []string {
	var all []string
	d.list(p, func(p place) {
		if s, ok := d.scalar(p); ok {
			all = append(all, s)
		}
	})
	return all
}

func (d *decoder) boolean(p place) bool {
	s, ok := d.scalar(p)
	if ok && s != "true" && s != "false" {
		d.fail(p, "must be true or false, not %q", short(s))
	}
	return s == "true"
}

// yes reads a switch that can only be on.
func (d *decoder) yes(p place) bool {
	before := len(d.problems)
	on := d.boolean(p)
	if !on && len(d.problems) == before {
		d.fail(p, "must be true; leave it out otherwise")
	}
	return on
}

// whole reads an integer of at least 0.
func (d *decoder) whole(p place) int64 {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		d.fail(p, "must be a whole number, not %q", short(s))
		return 0
	}
	return n
}

// small reads an integer from 0 to a million.
func (d *decoder) small(p place) int {
	n := d.whole(p)
	if n > 1_000_000 {
		d.fail(p, "must not be greater than 1000000")
		return 0
	}
	return int(n)
}

func (d *decoder) seed(p place) uint64 {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		d.fail(p, "must be a whole number from 0 to %d, not %q", uint64(math.MaxUint64), short(s))
	}
	return n
}

// number reads a number; "20%" is 0.2.
func (d *decoder) number(p place) float64 {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	digits, percent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		d.fail(p, "must be a number, not %q", short(s))
		return 0
	}
	if percent {
		n /= 100
	}
	return n
}

// short bounds what is repeated of a document.
func short(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return s
}
