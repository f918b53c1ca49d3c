package credentials

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

const hintYAML = "write one \"name: value\" per line; a value is a text or a list of texts"

// yamlLine is how a YAML mapping begins: a name, a colon, and white space or the end of the line.
var yamlLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^["']?[A-Za-z_][A-Za-z0-9_.-]*["']?\s*:(\s|$)`)
})

// looksLikeYAML reports whether the first line that says something begins a mapping.
func looksLikeYAML(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line == "---" || strings.HasPrefix(line, "#") {
			continue
		}
		return yamlLine().MatchString(line)
	}
	return false
}

// parseYAML reads one flat mapping of texts and lists of texts. Aliases, anchors and tags are refused, so that the
// result is never larger than the text. The library's own message is dropped: it can quote the text.
func parseYAML(text string) (object, *Error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, malformedYAML("this is not valid YAML", yamlErrorLine(err))
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, malformedYAML("there is more than one YAML document", second.Line)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, malformedYAML("the YAML text is not a mapping", doc.Line)
	}
	return yamlMapping(doc.Content[0])
}

func malformedYAML(what string, line int) *Error {
	e := newError(ReasonMalformed, what, hintYAML)
	e.Line = line
	return e
}

// yamlErrorLine takes the line number out of a message like "yaml: line 3: …".
func yamlErrorLine(err error) int {
	n := 0
	_, rest, _ := strings.Cut(err.Error(), "line ")
	for _, c := range rest {
		if c < '0' || c > '9' || n > maxInput {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func yamlMapping(n *yaml.Node) (object, *Error) {
	if n.Anchor != "" {
		return nil, malformedYAML("YAML anchors are not accepted", n.Line)
	}
	o := object{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || name.Anchor != "" {
			return nil, malformedYAML("a YAML name is not a plain text", name.Line)
		}
		if _, dup := o[name.Value]; dup {
			return nil, malformedYAML("a name occurs twice in the YAML mapping", name.Line)
		}
		v, err := yamlValue(value)
		if err != nil {
			return nil, err
		}
		o[name.Value] = v
	}
	return o, nil
}

func yamlValue(n *yaml.Node) (any, *Error) {
	if n.Kind != yaml.SequenceNode {
		return yamlScalar(n)
	}
	if n.Anchor != "" {
		return nil, malformedYAML("YAML anchors are not accepted", n.Line)
	}
	list := make([]any, 0, len(n.Content))
	for _, item := range n.Content {
		v, err := yamlScalar(item)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func yamlScalar(n *yaml.Node) (any, *Error) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return nil, malformedYAML("YAML anchors and aliases are not accepted", n.Line)
	case n.Kind != yaml.ScalarNode:
		return nil, malformedYAML("the YAML text is nested", n.Line)
	case n.Tag == "!!null":
		return nil, nil
	}
	return n.Value, nil
}
