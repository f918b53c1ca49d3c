package aem

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"mime"
	"regexp"
	"strings"
	"sync"

	"github.com/imsx/imsx/internal/cleantext"
)

const (
	maxLog         = 64 << 10 // bytes of a log that are kept
	maxLogs        = 8
	maxErrorParts  = 64
	maxErrorField  = 4 << 10 // bytes of a part that is no log
	maxHTML        = 64 << 10
	maxPlainText   = 4 << 10
	multipartMixed = "multipart/mixed"
)

// refusal is what the body of an error answer says.
type refusal struct {
	code, description string
	text              string // all words that may tell the reason, for classification only
	logs              []Log
}

// decodeRefusal reads what it can of a body, by its content rather than by the endpoint: Adobe's services use JSON of
// several shapes, RFC 7807, and multipart/mixed; what stands in front of them answers in HTML or says nothing.
func decodeRefusal(contentType string, body []byte) refusal {
	kind, params, _ := mime.ParseMediaType(contentType)
	trimmed := bytes.TrimSpace(body)
	var said refusal
	switch {
	case len(trimmed) == 0:
	case strings.HasPrefix(kind, "multipart/"):
		said = decodeMixedRefusal(params["boundary"], body)
	case trimmed[0] == '{':
		said = decodeJSONRefusal(trimmed)
	case strings.Contains(kind, "html"), trimmed[0] == '<':
		said = decodeHTMLRefusal(trimmed)
	case kind == "text/plain":
		said.description = string(trimmed[:min(len(trimmed), maxPlainText)])
	}
	if said.text == "" {
		said.text = said.description
	}
	return said
}

// fields are the members of a JSON object.
type fields map[string]json.RawMessage

// first returns the first member of the names that is a string or a number.
func (f fields) first(names ...string) string {
	for _, name := range names {
		if s := scalar(f[name]); s != "" {
			return s
		}
	}
	return ""
}

// within returns the members of an inner object.
func (f fields) within(name string) fields {
	var inner fields
	_ = json.Unmarshal(f[name], &inner)
	return inner
}

// scalar returns a JSON string's content or a number's digits, or "" for anything else.
func scalar(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// decodeJSONRefusal reads the shapes of the output and assembler services (code, message), RFC 7807 (title, detail), the
// API gateway (error_code), OAuth (error, error_description), and the Assets HTTP API (properties).
func decodeJSONRefusal(body []byte) refusal {
	var f fields
	if json.Unmarshal(body, &f) != nil {
		return refusal{}
	}
	said := refusal{
		code:        f.first("code", "error_code", "errorCode", "error"),
		description: f.first("message", "detail", "error_description", "errorMessage", "description", "title"),
	}
	if kind := f.first("type"); said.code == "" && kind != "about:blank" {
		said.code = kind
	}
	if inner := f.within("error"); inner != nil {
		said.code, said.description = inner.first("code"), inner.first("message", "detail")
	}
	if said.description == "" {
		said.description = f.within("properties").first("status.message")
	}
	said.text = said.description + " " + f.first("title") + " " + f.first("detail")
	return said
}

// The elements of an HTML page that are looked at.
var (
	htmlHidden = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)>|<!--.*?-->`)
	})
	htmlSpoken  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?is)<(?:title|h1|p)\b[^>]*>(.*?)</(?:title|h1|p)>`) })
	htmlElement = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)<[^>]*>`) })
)

// decodeHTMLRefusal reads the title, the headings and the paragraphs of a page, each once.
func decodeHTMLRefusal(body []byte) refusal {
	page := htmlHidden().ReplaceAll(body[:min(len(body), maxHTML)], nil)
	var spoken []string
	seen := map[string]bool{}
	for _, match := range htmlSpoken().FindAllSubmatch(page, 16) {
		words := cleantext.OneLine(html.UnescapeString(string(htmlElement().ReplaceAll(match[1], []byte(" ")))))
		if words != "" && !seen[words] {
			seen[words] = true
			spoken = append(spoken, words)
		}
	}
	return refusal{
		description: strings.Join(spoken, "; "),
		text:        html.UnescapeString(string(htmlElement().ReplaceAll(page, []byte(" ")))),
	}
}

// decodeMixedRefusal reads the assembler's form of an error: parts for status, code and message, and the logs of the job.
func decodeMixedRefusal(boundary string, body []byte) refusal {
	var said refusal
	parts := newPartReader(bytes.NewReader(body), boundary)
	for range maxErrorParts {
		part, err := parts.next()
		if err != nil {
			break
		}
		said.take(part)
	}
	return said
}

func (said *refusal) take(part *AnswerPart) {
	name := part.Name
	if name == "" {
		name = part.FileName
	}
	kind, _, _ := mime.ParseMediaType(part.ContentType)
	switch {
	case name == "code":
		said.code = read(part, maxErrorField)
	case name == "message":
		said.description = read(part, maxErrorField)
	case name == "status":
	case strings.HasSuffix(strings.ToLower(strings.TrimSuffix(name, ".log")), "log"):
		said.addLog(name, part)
	case strings.HasSuffix(kind, "json"):
		inner := decodeJSONRefusal([]byte(read(part, maxLog)))
		if said.code == "" {
			said.code = inner.code
		}
		if said.description == "" {
			said.description, said.text = inner.description, inner.text
		}
	}
}

func (said *refusal) addLog(name string, part *AnswerPart) {
	if len(said.logs) == maxLogs {
		return
	}
	text := read(part, maxLog+1)
	l := Log{Name: name, Text: text, Cut: len(text) > maxLog}
	if l.Cut {
		l.Text = text[:maxLog]
	}
	l.Text = cleantext.SeveralLines(l.Text)
	said.logs = append(said.logs, l)
}

// read returns the beginning of a part. What is broken after it does not matter to a refusal.
func read(part *AnswerPart, limit int64) string {
	data, _ := io.ReadAll(io.LimitReader(part, limit))
	return string(data)
}
