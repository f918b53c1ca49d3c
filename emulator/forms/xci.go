package forms

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The bounds of an XCI configuration.
const (
	maxXCI      = 1 << 20
	maxXCIDepth = 32
)

// readXCI reads the part "xci", if there is one. It counts for templates that are no PDF documents.
func (c *call) readXCI(g *rendering, b body) *failure {
	p, ok := b.get("xci")
	if !ok || len(p.content) == 0 {
		return nil
	}
	// Of the printed output the type is documented as JSON, which no XCI configuration is.
	if f := p.checkType("application/xml", "text/xml", "text/plain", "application/json"); f != nil {
		return f
	}
	content, f := g.source.document(p)
	if f != nil {
		return f
	}
	if err := g.configure(content); err != nil {
		return badRequest("xci", "the part \"xci\": "+err.Error())
	}
	return nil
}

// configure takes what it knows of an XCI configuration, and notes that there is more.
func (g *rendering) configure(xci []byte) error {
	found, others, err := parseXCI(xci)
	if err != nil {
		return err
	}
	if isPDF(g.template) {
		return nil
	}
	s := &g.settings
	s.tagged, s.linearized, s.embedFonts = isOne(found["pdf/tagged"]), isOne(found["pdf/linearized"]), isOne(found["pdf/fontInfo/embed"])
	s.creator, s.producer = short(found["pdf/creator"]), short(found["pdf/producer"])
	if v := found["pdf/version"]; v != "" {
		if !slices.Contains([]string{"1.3", "1.4", "1.5", "1.6", "1.7"}, v) {
			return fmt.Errorf("the version of PDF is %q, and must be 1.3 to 1.7", short(v))
		}
		s.version = v
	}
	if v := found["copies"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxCopies {
			return fmt.Errorf("copies is %q, and must be 1 to %d", short(v), maxCopies)
		}
		s.copies = n
	}
	if others {
		g.notes = append(g.notes, "Settings of the XCI configuration other than tagged, linearized, embed, version, creator, producer and copies have no effect.")
	}
	return nil
}

func isOne(text string) bool { return text == "1" || text == "true" }

// knownXCI are the settings that have an effect, below the element present.
var knownXCI = []string{
	"pdf/tagged", "pdf/linearized", "pdf/fontInfo/embed", "pdf/creator", "pdf/producer", "pdf/version", "copies",
}

// parseXCI returns the settings below the element present by their paths, and whether there are more.
func parseXCI(content []byte) (found map[string]string, others bool, err error) {
	if len(content) > maxXCI {
		return nil, false, fmt.Errorf("it has more than %d bytes", maxXCI)
	}
	dec := xml.NewDecoder(bytes.NewReader(content))
	found = map[string]string{}
	var path []string
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) && len(path) == 0 && dec.InputOffset() > 0 {
			return found, others, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("it is not XML: %s", short(err.Error()))
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, false, errors.New("it has a document type, which is not allowed")
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > maxXCIDepth {
				return nil, false, fmt.Errorf("it is nested deeper than %d elements", maxXCIDepth)
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			text := strings.TrimSpace(string(t))
			if text == "" {
				continue
			}
			if name := below(path, "present"); slices.Contains(knownXCI, name) {
				found[name] += text
			} else {
				others = true
			}
		}
	}
}

// below returns the names after the given one as a path, "" if it is not there.
func below(path []string, name string) string {
	i := slices.Index(path, name)
	if i < 0 {
		return ""
	}
	return strings.Join(path[i+1:], "/")
}
