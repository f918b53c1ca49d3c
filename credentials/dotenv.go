package credentials

import (
	"regexp"
	"strings"
	"sync"
)

// setting is one KEY=VALUE of a text or an environment.
type setting struct {
	name, value string
}

// envLine is how a line of KEY=VALUE text begins.
var envLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*`)
})

// looksLikeDotenv reports whether the first line that says something is KEY=VALUE.
func looksLikeDotenv(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		return envLine().MatchString(line)
	}
	return false
}

const hintDotenv = "write one NAME=value per line, and put a value with blanks or line ends in quotes"

// parseDotenv reads KEY=VALUE lines as .env files and Java properties have them: an optional "export", comments from
// "#" (after a value only behind a blank), quotes of either kind, which may span lines. Within double quotes \n, \r,
// \t, \" and \\ are escapes, and in the properties of aio-lib-java without quotes those that Java writes (\: \= \# \!
// \\). Variables are not expanded: secrets contain "$". A later line wins over an earlier one of the same name.
func parseDotenv(text string) ([]setting, *Error) {
	p := dotenvParser{rest: strings.ReplaceAll(text, "\r\n", "\n"), line: 1}
	at := map[string]int{}
	var out []setting
	for p.skip() {
		s, err := p.setting()
		if err != nil {
			return nil, err
		}
		if i, ok := at[s.name]; ok {
			out[i] = s
			continue
		}
		at[s.name] = len(out)
		out = append(out, s)
	}
	return out, nil
}

type dotenvParser struct {
	rest string
	line int
}

func (p *dotenvParser) advance(n int) {
	p.line += strings.Count(p.rest[:n], "\n")
	p.rest = p.rest[n:]
}

// skip passes over empty lines and comments and reports whether a line is left.
func (p *dotenvParser) skip() bool {
	for {
		p.advance(len(p.rest) - len(strings.TrimLeft(p.rest, " \t\r\n")))
		if p.rest == "" {
			return false
		}
		if p.rest[0] != '#' && p.rest[0] != '!' {
			return true
		}
		p.advance(p.lineEnd())
	}
}

// lineEnd returns the offset of the next line end, or of the end of the text.
func (p *dotenvParser) lineEnd() int {
	if i := strings.IndexByte(p.rest, '\n'); i >= 0 {
		return i
	}
	return len(p.rest)
}

func (p *dotenvParser) fail(what string) *Error {
	e := newError(ReasonMalformed, what, hintDotenv)
	e.Line = p.line
	return e
}

func (p *dotenvParser) setting() (setting, *Error) {
	m := envLine().FindStringSubmatch(p.rest[:p.lineEnd()])
	if m == nil {
		return setting{}, p.fail("this line is not NAME=value")
	}
	s := setting{name: m[1]}
	p.advance(len(m[0]))
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		return p.quoted(s)
	}
	end := p.lineEnd()
	s.value = p.rest[:end]
	if i := strings.IndexByte(s.value, '#'); i == 0 || i > 0 && (s.value[i-1] == ' ' || s.value[i-1] == '\t') {
		s.value = s.value[:i]
	}
	s.value = strings.TrimSpace(s.value)
	if strings.HasPrefix(s.name, "aio_") {
		s.value = strings.NewReplacer(`\:`, ":", `\=`, "=", `\#`, "#", `\!`, "!", `\\`, `\`).Replace(s.value)
	}
	p.advance(end)
	return s, nil
}

func (p *dotenvParser) quoted(s setting) (setting, *Error) {
	quote := p.rest[0]
	end := closingQuote(p.rest, quote)
	if end < 0 {
		e := p.fail("a quote is not closed")
		e.Reason = ReasonTruncated
		return s, e
	}
	s.value = p.rest[1:end]
	if quote == '"' {
		s.value = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`, `\\`, `\`).Replace(s.value)
	}
	p.advance(end + 1)
	eol := p.lineEnd()
	if tail := strings.TrimSpace(p.rest[:eol]); tail != "" && tail[0] != '#' {
		return s, p.fail("there is text after the closing quote")
	}
	p.advance(eol)
	return s, nil
}

// closingQuote returns the offset of the quote that ends the value at the start of s, or -1.
func closingQuote(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == quote:
			return i
		}
	}
	return -1
}
