package cli

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/imsx/imsx/aem"
)

// dataKind is how a piece of data is read.
type dataKind int

const (
	dataPlain   dataKind = iota // -d
	dataRaw                     // --data-raw
	dataBinary                  // --data-binary
	dataEncoded                 // --data-urlencode
)

var dataFlagNames = map[dataKind]string{
	dataPlain: "--data", dataRaw: "--data-raw", dataBinary: "--data-binary", dataEncoded: "--data-urlencode",
}

// curlData is a piece of data of the command line.
type curlData struct {
	kind  dataKind
	value string
}

// dataFlag collects the pieces of several flags in their order.
type dataFlag struct {
	kind dataKind
	into *[]curlData
}

func (f *dataFlag) String() string { return "" }
func (f *dataFlag) Type() string   { return "DATA" }
func (f *dataFlag) Set(value string) error {
	*f.into = append(*f.into, curlData{f.kind, value})
	return nil
}

// maxData bounds what -d and its like put together in memory; -T and -F stream.
const maxData = 64 << 20

// joinData returns the data of the flags as one text, joined by "&".
func (a *app) joinData(pieces []curlData) ([]byte, error) {
	var all []byte
	for i, piece := range pieces {
		data, err := a.readData(piece)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			all = append(all, '&')
		}
		if all = append(all, data...); len(all) > maxData {
			return nil, &inputError{fmt.Errorf("the data is larger than %d MiB; use -T or -F, which stream", maxData>>20)}
		}
	}
	return all, nil
}

func (a *app) readData(piece curlData) ([]byte, error) {
	file, isFile := strings.CutPrefix(piece.value, "@")
	switch {
	case piece.kind == dataEncoded:
		return a.readEncoded(piece.value)
	case piece.kind == dataRaw || !isFile:
		return []byte(piece.value), nil
	}
	data, err := a.readDataFile(file)
	if err == nil && piece.kind == dataPlain {
		data = []byte(strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(data)))
	}
	return data, err
}

// readEncoded reads "CONTENT", "=CONTENT", "NAME=CONTENT", "@FILE" or "NAME@FILE" and encodes the content.
func (a *app) readEncoded(value string) ([]byte, error) {
	name, content, found := "", value, false
	if i := strings.IndexAny(value, "=@"); i >= 0 {
		name, content, found = value[:i], value[i+1:], true
	}
	if found && value[len(name)] == '@' {
		data, err := a.readDataFile(content)
		if err != nil {
			return nil, err
		}
		content = string(data)
	}
	encoded := url.QueryEscape(content)
	if name != "" {
		encoded = name + "=" + encoded
	}
	return []byte(encoded), nil
}

// readDataFile reads FILE, or standard input for "-", to its limit.
func (a *app) readDataFile(file string) ([]byte, error) {
	in := a.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, &inputError{fmt.Errorf("reading the data: %w", err)}
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxData+1))
	switch {
	case err != nil:
		return nil, &inputError{fmt.Errorf("reading the data: %w", err)}
	case len(data) > maxData:
		return nil, &inputError{fmt.Errorf("the data is larger than %d MiB; use -T or -F, which stream", maxData>>20)}
	}
	return data, nil
}

const formURLEncoded = "application/x-www-form-urlencoded"

// curlBody returns the body that the flags describe, nil for none.
func (a *app) curlBody(fl curlFlags, contentType string) (aem.Body, error) {
	switch {
	case fl.upload != "":
		return a.uploadBody(fl.upload, contentType)
	case len(fl.form) > 0:
		return a.formBody(fl.form)
	case len(fl.data) > 0 && !fl.get:
		data, err := a.joinData(fl.data)
		if contentType == "" {
			contentType = formURLEncoded
		}
		return aem.BytesBody(contentType, data), err
	}
	return nil, nil
}

// uploadBody streams a file or standard input.
func (a *app) uploadBody(file, contentType string) (aem.Body, error) {
	if file == "-" {
		return aem.ReaderBody(contentType, io.NopCloser(a.Stdin)), nil
	}
	if err := readable(file); err != nil {
		return nil, err
	}
	if contentType == "" {
		contentType = typeOfFile(file)
	}
	return aem.FileBody(contentType, file), nil
}

// readable tells early, before a token is asked for, that a file is not there.
func readable(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return &inputError{err}
	}
	return f.Close()
}

// typeOfFile returns the content type that a file's name stands for.
func typeOfFile(file string) string {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".xdp":
		return "application/vnd.adobe.xdp+xml"
	case ".ddx", ".xml":
		return "application/xml"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
	}
	return "application/octet-stream"
}

// curlHeaders reads the headers of -H. Those that the request has by itself and that a header "Name:" takes away are in
// the result with an empty list.
func (a *app) curlHeaders(fl curlFlags) (http.Header, error) {
	h := http.Header{}
	if fl.agent != "" {
		h.Set("User-Agent", fl.agent)
	}
	for _, line := range fl.headers {
		if file, ok := strings.CutPrefix(line, "@"); ok {
			data, err := a.readInput(file, "the headers")
			if err != nil {
				return nil, err
			}
			for fileLine := range strings.Lines(string(data)) {
				if fileLine = strings.TrimRight(fileLine, "\r\n"); fileLine != "" {
					if err := addHeader(h, fileLine); err != nil {
						return nil, err
					}
				}
			}
			continue
		}
		if err := addHeader(h, line); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// addHeader reads "Name: value", "Name;" for an empty value, and "Name:" for no header.
func addHeader(h http.Header, line string) error {
	name, value, found := strings.Cut(line, ":")
	empty := false
	if !found {
		name, empty = strings.CutSuffix(line, ";")
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case !found && !empty, name == "", strings.ContainsAny(name, " \t\"(),/:;<=>?@[\\]{}"):
		return usagef("a header is not of the form NAME: VALUE").withHint("its text is not shown, because it may be secret")
	case strings.EqualFold(name, "Authorization"):
		return usagef("the header Authorization is imsx's own: it has the token")
	case strings.EqualFold(name, "Host") || strings.EqualFold(name, "Content-Length"):
		return usagef("the header %s follows from the request", http.CanonicalHeaderKey(name))
	case value == "" && !empty:
		h[http.CanonicalHeaderKey(name)] = nil
	default:
		h.Add(name, value)
	}
	return nil
}
