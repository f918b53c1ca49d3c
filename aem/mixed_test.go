package aem_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/aem"
)

// partsOf reads all parts of an answer as "name|file|type|content".
func partsOf(t *testing.T, contentType, body string) ([]string, error) {
	t.Helper()
	resp, err := serve(t, reply(200, body, "Content-Type", contentType)).Do(t.Context(), aem.Request{})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parts, err := resp.Parts()
	if err != nil {
		return nil, err
	}
	var all []string
	for {
		part, err := parts.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return all, err
		}
		all = append(all, part.Name+"|"+part.FileName+"|"+part.ContentType+"|"+string(data))
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	const kind = "multipart/mixed; boundary=b"
	for name, tt := range map[string]struct {
		contentType, body string
		want              []string
		cause             aem.Cause
	}{
		"two": {kind, mixed(mixedPart("output; filename=a.pdf", "application/pdf", "%PDF"), mixedPart("metadata", "application/json", "{}")),
			[]string{"output|a.pdf|application/pdf|%PDF", "metadata||application/json|{}"}, ""},
		"blanks without quotation marks": {kind, mixed(mixedPart("my output; filename=../my file.pdf", "x", "y")), []string{"my output|my file.pdf|x|y"}, ""},
		"folders in a file name":         {kind, mixed(mixedPart(`"o"; filename="C:\a\b.pdf"`, "x", "y")), []string{"o|b.pdf|x|y"}, ""},
		"no disposition":                 {`multipart/form-data; boundary="b"`, mixed("A: b\r\n\r\ny"), []string{"|||y"}, ""},
		"a folder as a file name":        {kind, mixed(mixedPart("o; filename=..", "x", "")), []string{"o||x|"}, ""},
		"no closing line":                {kind, "--b\r\n" + mixedPart("o", "x", "y") + "\r\n--b\r\n", []string{"o||x|y"}, aem.CauseNetwork},
		"an end in a part":               {kind, "--b\r\n" + mixedPart("o", "x", "y"), nil, aem.CauseNetwork},
		"an end in a head":               {kind, "--b\r\nContent-Type: x\r\n", nil, aem.CauseNetwork},
		"an end in a head's line":        {kind, "--b\r\nContent-Ty", nil, aem.CauseMalformedAnswer},
		"nothing":                        {kind, "", nil, aem.CauseNetwork},
		"a broken head":                  {kind, mixed("no colon here\r\n\r\ny"), nil, aem.CauseMalformedAnswer},
		"another type":                   {"application/pdf", "%PDF", nil, aem.CauseMalformedAnswer},
		"no boundary":                    {"multipart/mixed", mixed(), nil, aem.CauseMalformedAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := partsOf(t, tt.contentType, tt.body)
			if tt.cause != "" {
				wantCause(t, err, tt.cause)
			} else if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}
