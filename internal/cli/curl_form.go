package cli

import (
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/aem"
)

// formBody reads the parts of -F.
func (a *app) formBody(fields []string) (aem.Body, error) {
	parts := make([]aem.Part, 0, len(fields))
	for _, field := range fields {
		part, err := a.formPart(field)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	body, err := aem.Multipart(parts...)
	if err != nil {
		return nil, usagef("-F: %v", err)
	}
	return body, nil
}

// formPart reads "NAME=CONTENT", "NAME=@FILE" or "NAME=<FILE", each with ";type=TYPE" and ";filename=NAME" at its end.
func (a *app) formPart(field string) (aem.Part, error) {
	name, value, ok := strings.Cut(field, "=")
	if !ok || name == "" {
		return aem.Part{}, usagef("-F %q is not of the form NAME=CONTENT, NAME=@FILE or NAME=<FILE", shortened(name))
	}
	value, params := partParameters(value)
	part := aem.Part{Name: name, FileName: params["filename"]}
	var err error
	switch {
	case strings.HasPrefix(value, "@"):
		file := value[1:]
		if part.FileName == "" && file != "-" {
			part.FileName = filepath.Base(file)
		}
		part.Body, err = a.uploadBody(file, params["type"])
	case strings.HasPrefix(value, "<"):
		var data []byte
		if data, err = a.readDataFile(value[1:]); err == nil {
			part.Body = aem.BytesBody(params["type"], data)
		}
	default:
		part.Body = aem.BytesBody(params["type"], []byte(value))
	}
	return part, err
}

// partParameters cuts ";type=" and ";filename=" from the end of a part's value. Other semicolons belong to the value.
func partParameters(value string) (rest string, params map[string]string) {
	params = map[string]string{}
	for {
		i := strings.LastIndex(value, ";")
		if i < 0 {
			return value, params
		}
		name, text, ok := strings.Cut(strings.TrimSpace(value[i+1:]), "=")
		if !ok || name != "type" && name != "filename" {
			return value, params
		}
		if _, twice := params[name]; !twice {
			params[name] = strings.Trim(text, `"`)
		}
		value = value[:i]
	}
}
