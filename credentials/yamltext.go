package credentials

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

const hintYAML = "write one \"name: value\" per line, without anchors and aliases"

// maxYAML bounds a YAML text: its nodes take a hundred times its memory. Settings have a few kilobytes, with a key in them.
const maxYAML = 128 << 10

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

// parseYAML reads one mapping. Aliases and anchors are refused, so that the result is never larger than the text. The
// library's own message is dropped: it can quote the text.
func parseYAML(s string) (object, *Error) {
	if len(s) > maxYAML {
		return nil, newError(ReasonTooLarge, fmt.Sprintf("the YAML text is longer than %d bytes", maxYAML), hintTooLarge)
	}
	dec := yaml.NewDecoder(strings.NewReader(s))
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
	v, err := yamlValue(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	return v.(object), nil
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

// yamlValue returns what [parseJSON] would return for the same value in JSON, but for numbers, which stay texts.
func yamlValue(n *yaml.Node, depth int) (any, *Error) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return nil, malformedYAML("YAML anchors and aliases are not accepted", n.Line)
	case depth > maxDepth:
		return nil, malformedYAML("the YAML text is nested too deeply", n.Line)
	case n.Kind == yaml.MappingNode:
		return yamlMapping(n, depth)
	case n.Kind == yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err *Error
			if list[i], err = yamlValue(item, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	}
	return n.Value, nil
}

func yamlMapping(n *yaml.Node, depth int) (any, *Error) {
	o := object{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode || name.Anchor != "" {
			return nil, malformedYAML("a YAML name is not a plain text", name.Line)
		}
		if _, dup := o[name.Value]; dup {
			return nil, malformedYAML("a name occurs twice in the same YAML mapping", name.Line)
		}
		v, err := yamlValue(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		o[name.Value] = v
	}
	return o, nil
}
