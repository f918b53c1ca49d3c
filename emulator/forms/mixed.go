package forms

import (
	"bytes"
	"encoding/json"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strconv"
	"strings"
)

// acceptsMixed reports whether an Accept header asks for multipart/mixed. A range that merely includes it does not: every
// client accepts everything.
func acceptsMixed(accept []string) bool {
	for _, line := range accept {
		for media := range strings.SplitSeq(line, ",") {
			t, params, err := mime.ParseMediaType(media)
			if err != nil || t != "multipart/mixed" {
				continue
			}
			q, err := strconv.ParseFloat(params["q"], 64)
			if params["q"] == "" || err == nil && q > 0 {
				return true
			}
		}
	}
	return false
}

// mixedPart is a part of an answer.
type mixedPart struct {
	name, file, contentType string
	content                 []byte
}

// disposition is the header Content-Disposition in the form that Adobe documents: without quotes where none are needed.
func (p mixedPart) disposition() string {
	params := map[string]string{"name": p.name}
	if p.file != "" {
		params["filename"] = p.file
	}
	return mime.FormatMediaType("attachment", params)
}

// sendMixed answers with a document and how many pages it has, which is a text there.
func (c *call) sendMixed(base string, made produced) *failure {
	metadata, err := json.Marshal(map[string]string{"pageCount": strconv.Itoa(made.pages)})
	if err != nil {
		return internal(err.Error())
	}
	return c.sendParts(
		mixedPart{"output", base + "." + made.extension, made.contentType, made.content},
		mixedPart{"metadata", base + ".json", "application/json", metadata},
	)
}

// sendParts answers with multipart/mixed.
func (c *call) sendParts(parts ...mixedPart) *failure {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", p.disposition())
		h.Set("Content-Type", p.contentType)
		w, err := m.CreatePart(h)
		if err == nil {
			_, err = w.Write(p.content)
		}
		if err != nil {
			return internal(err.Error())
		}
	}
	if err := m.Close(); err != nil {
		return internal(err.Error())
	}
	c.send("multipart/mixed; boundary="+m.Boundary(), b.Bytes())
	return nil
}
