package ddx

import (
	"slices"
	"strings"
)

// rule says what is emulated of an element: its attributes, with a check for each, and its child elements.
type rule struct {
	attrs map[string]check
	kids  []string
	need  []string // attributes that must be there
	text  bool     // may have text of its own
}

// check returns what a value should be, or nothing where it is right.
type check func(value string) (want string)

func anyText(string) string { return "" }

func notEmpty(v string) string {
	if strings.TrimSpace(v) == "" {
		return "a name"
	}
	return ""
}

func oneOf(values ...string) check {
	return func(v string) string {
		if slices.Contains(values, v) {
			return ""
		}
		return "one of " + strings.Join(values, ", ")
	}
}

var boolean = oneOf("true", "false")

func lengthCheck(v string) string {
	if _, ok := parseLength(v); !ok {
		return "a length such as 36pt, 0.5in, 12mm"
	}
	return ""
}

func percentCheck(v string) string {
	if _, ok := parsePercent(v); !ok {
		return "a percentage such as 50%"
	}
	return ""
}

func integerCheck(v string) string {
	if _, ok := parseInteger(v); !ok {
		return "a whole number of at most 9 digits"
	}
	return ""
}

// levelCheck is for levels of bookmarks.
func levelCheck(v string) string {
	if n, ok := parseInteger(v); v != "infinite" && v != "all" && (!ok || n < 1) {
		return "a level from 1, all or infinite"
	}
	return ""
}

func pagesCheck(v string) string {
	if _, err := parsePages(v); err != nil {
		return "pages such as 1-3,5,last"
	}
	return ""
}

// key returns under which key of rules an element is looked up.
func (n *node) key() string {
	switch n.name {
	case "PDF", "Bookmarks", "FileAttachments", "DocumentInformation", "DocumentText":
		if _, ok := n.attrs["result"]; ok {
			return n.name + " result"
		}
		return n.name + " source"
	}
	return n.name
}

// validate checks an element and all below it.
func (n *node) validate() error {
	key := n.key()
	r, ok := rules()[key]
	if !ok {
		return errorf(n.line, "the DDX element <%s> is not emulated", short(n.name))
	}
	if err := n.validateAttributes(key, r); err != nil {
		return err
	}
	for _, k := range n.kids {
		if k.name == "" {
			if !r.text && strings.TrimSpace(k.text) != "" {
				return errorf(k.line, "there is text in <%s>, where none can be", n.name)
			}
			continue
		}
		if _, known := rules()[k.key()]; known && !slices.Contains(r.kids, k.key()) {
			return errorf(k.line, "the DDX element <%s> is not emulated within <%s>", k.name, n.name)
		}
		if err := k.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) validateAttributes(key string, r rule) error {
	need := r.need
	if strings.HasSuffix(key, " source") {
		need = []string{"source"}
	}
	for _, name := range need {
		if _, ok := n.attrs[name]; !ok {
			return errorf(n.line, "<%s> needs the attribute %q", n.name, name)
		}
	}
	for _, name := range sorted(n.attrs) {
		c, ok := r.attrs[name]
		if !ok {
			return errorf(n.line, "the attribute %q of the DDX element <%s> is not emulated", short(name), n.name)
		}
		if want := c(n.attrs[name]); want != "" {
			return errorf(n.line, "the attribute %q of <%s> is %q, and must be %s", name, n.name, short(n.attrs[name]), want)
		}
	}
	return nil
}
