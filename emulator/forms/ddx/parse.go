package ddx

import (
	"strings"
)

// Job is a DDX document that can be run. It is not changed by running, and safe for concurrent use.
type Job struct {
	root     *node
	results  []*node
	profiles map[string]*node // by element and name
}

// Parse reads a DDX document and checks it as a whole. Its error is an [*Error] with the line, and names an element or
// attribute that is not emulated.
func Parse(document []byte) (*Job, error) {
	root, err := readTree(document, Namespace)
	if err != nil {
		return nil, err
	}
	if root.name != "DDX" {
		return nil, errorf(root.line, "the root element is <%s>, and <DDX> is wanted", short(root.name))
	}
	if err := root.validate(); err != nil {
		return nil, err
	}
	j := &Job{root: root, profiles: map[string]*node{}}
	for _, k := range root.kids {
		switch {
		case k.name == "":
		case strings.HasSuffix(k.name, "Profile"):
			key := k.name + " " + k.attrs["name"]
			if j.profiles[key] != nil {
				return nil, errorf(k.line, "there are two <%s> with the name %q", k.name, short(k.attrs["name"]))
			}
			j.profiles[key] = k
		default:
			j.results = append(j.results, k)
		}
	}
	return j, j.check()
}

// check looks at what concerns more than one element.
func (j *Job) check() error {
	if len(j.results) == 0 {
		return errorf(j.root.line, "the document has no result")
	}
	if len(j.results) > maxResults {
		return errorf(j.root.line, "the document has more than %d results", maxResults)
	}
	names := map[string]int{}
	for _, r := range j.results {
		name, ok := r.attrs["result"]
		if first := names[name]; ok && first > 0 {
			return errorf(r.line, "the result %q is there twice, first in line %d", short(name), first)
		}
		names[name] = r.line
		if err := r.single(); err != nil {
			return err
		}
	}
	return j.references(j.root)
}

// single checks how often elements stand in a result.
func (n *node) single() error {
	bases, tables := 0, 0
	for _, s := range n.sources(nil) {
		if s.attrs["baseDocument"] == "true" {
			bases++
		}
		if bases > 1 {
			return errorf(s.line, "<%s> has two base documents", n.name)
		}
	}
	for _, t := range n.all("TableOfContents", nil) {
		if tables++; tables > 1 {
			return errorf(t.line, "<%s> has two tables of contents", n.name)
		}
	}
	if len(n.sources(nil)) == 0 {
		return errorf(n.line, "<%s> has no source", n.name)
	}
	return nil
}

// all appends the elements of a name below n.
func (n *node) all(name string, found []*node) []*node {
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
		found = k.all(name, found)
	}
	return found
}

// references checks that profiles exist, and what rules cannot say about single elements.
func (j *Job) references(n *node) error {
	for _, r := range []struct{ attr, profile string }{
		{"access", "PasswordAccessProfile"}, {"encryption", "PasswordEncryptionProfile"},
		{"initialView", "InitialViewProfile"}, {"styleReference", "StyleProfile"},
	} {
		name, ok := n.attrs[r.attr]
		if !ok || r.attr == "encryption" && name == "None" {
			continue
		}
		p := j.profiles[r.profile+" "+name]
		if p == nil {
			return errorf(n.line, "there is no <%s> with the name %q", r.profile, short(name))
		}
		if r.attr == "styleReference" && p.child(n.name) == nil {
			return errorf(n.line, "the <StyleProfile> %q has no <%s>", short(name), n.name)
		}
	}
	if err := n.special(); err != nil {
		return err
	}
	for _, k := range n.kids {
		if err := j.references(k); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) special() error {
	switch n.name {
	case "Header", "Footer":
		return n.noEntryKeys()
	case "Watermark", "Background":
		if _, byName := n.attrs["styleReference"]; !byName && n.elements() != 1 {
			return errorf(n.line, "<%s> needs one <StyledText> or one <PDF source>", n.name)
		}
		return n.noEntryKeys()
	case "PageOverlay", "PageUnderlay":
		if n.elements() != 1 {
			return errorf(n.line, "<%s> needs one <PDF source>", n.name)
		}
	case "PageSize":
		_, named := n.attrs["name"]
		_, w := n.attrs["width"]
		_, h := n.attrs["height"]
		if named && (w || h) || !named && !(w && h) {
			return errorf(n.line, "<PageSize> needs a name, or a width and a height")
		}
		if !named && (n.length("width", 0) < 3 || n.length("height", 0) < 3) {
			return errorf(n.line, "a page has at least 3 points in each direction")
		}
	case "PasswordAccessProfile":
		if n.child("Password") == nil {
			return errorf(n.line, "<PasswordAccessProfile> needs a <Password>")
		}
	case "PasswordEncryptionProfile":
		if n.child("OpenPassword") == nil && n.child("MasterPassword") == nil {
			return errorf(n.line, "<PasswordEncryptionProfile> needs an <OpenPassword> or a <MasterPassword>")
		}
	case "BatesNumber", "_BatesNumber":
		if d := n.integer("numberOfDigits", 6); d < 6 || d > 15 || n.integer("start", 1) < 0 {
			return errorf(n.line, "a Bates number has 6 to 15 digits and starts at 0 or more")
		}
	case "PageLabel":
		if n.integer("start", 1) < 1 {
			return errorf(n.line, "page labels start at 1 or more")
		}
	}
	return nil
}

// noEntryKeys refuses what has a meaning in entries of a table of contents only.
func (n *node) noEntryKeys() error {
	for _, key := range []string{"_BookmarkTitle", "_BookmarkPageCitation", "leader"} {
		if found := n.all(key, nil); len(found) > 0 {
			return errorf(found[0].line, "the DDX element <%s> is not emulated within <%s>", key, n.name)
		}
	}
	return nil
}

func (n *node) elements() int {
	count := 0
	for _, k := range n.kids {
		if k.name != "" {
			count++
		}
	}
	return count
}

// sources appends the elements below n that have a source.
func (n *node) sources(all []*node) []*node {
	if _, ok := n.attrs["source"]; ok {
		all = append(all, n)
	}
	for _, k := range n.kids {
		all = k.sources(all)
	}
	return all
}

// Results returns the names of the results that are returned, in order. The documents of PDFsFromBookmarks, whose names
// depend on the source, are not among them.
func (j *Job) Results() []string {
	var names []string
	for _, r := range j.results {
		if name, ok := r.attrs["result"]; ok && r.attr("return", "true") == "true" {
			names = append(names, name)
		}
	}
	return names
}

// Sources returns the names of the documents that the job needs or can use, in the order of their first use: those that
// are not results made before.
func (j *Job) Sources() []string {
	var names []string
	seen := map[string]bool{}
	for _, r := range j.results {
		for _, s := range r.sources(nil) {
			if name := s.attrs["source"]; !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		if name, ok := r.attrs["result"]; ok {
			seen[name] = true
		}
	}
	return names
}
