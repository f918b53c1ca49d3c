package aem

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// errPath is wrapped by the errors about a path that nothing can be at.
var errPath = errors.New("the path is malformed")

// splitPath splits the path of a request, as it was sent, into its names. A slash that is sent as %2F is no separator
// but makes the path malformed, as do empty names, "." and "..". One slash at the end is ignored.
func splitPath(escaped string) ([]string, error) {
	rest, ok := strings.CutPrefix(escaped, "/")
	if !ok || len(escaped) > maxPath {
		return nil, fmt.Errorf("%w: it has no slash at the start or more than %d bytes", errPath, maxPath)
	}
	if rest = strings.TrimSuffix(rest, "/"); rest == "" {
		return nil, nil
	}
	names := strings.Split(rest, "/")
	if len(names) > maxSegments {
		return nil, fmt.Errorf("%w: it has more than %d names", errPath, maxSegments)
	}
	for n, escaped := range names {
		name, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, fmt.Errorf("%w: a name has a bad escape", errPath)
		}
		if err := checkSegment(name); err != nil {
			return nil, err
		}
		names[n] = name
	}
	return names, nil
}

// splitNames splits a path below /content/dam that is not escaped. The empty path has no names.
func splitNames(path string) ([]string, error) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/content/dam"), "/")
	if path == "" {
		return nil, nil
	}
	names := strings.Split(path, "/")
	if len(names) > maxDepth || len(path) > maxPath {
		return nil, fmt.Errorf("%w: it is too long", errPath)
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// checkSegment refuses what cannot be a name in any path.
func checkSegment(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%w: a name is empty or made of dots", errPath)
	case len(name) > maxSegment:
		return fmt.Errorf("%w: a name has more than %d bytes", errPath, maxSegment)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: a name is not UTF-8", errPath)
	case strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }):
		return fmt.Errorf("%w: a name has a slash or a control character in it", errPath)
	}
	return nil
}

// checkName refuses what cannot be the name of an asset or a folder: the characters that JCR 2.0, section 3.2.2,
// excludes from names, and spaces at the ends.
func checkName(name string) error {
	if err := checkSegment(name); err != nil {
		return err
	}
	if len(name) > maxName {
		return fmt.Errorf("%w: a name has more than %d bytes", errPath, maxName)
	}
	if strings.ContainsAny(name, `:[]|*`) || strings.TrimSpace(name) != name {
		return fmt.Errorf(`%w: a name has one of : [ ] | * in it, or a space at its end`, errPath)
	}
	return nil
}

// escapePath is the inverse of splitPath.
func escapePath(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(name))
	}
	return b.String()
}
