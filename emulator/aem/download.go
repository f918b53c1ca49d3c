package aem

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// download sends the content of an asset, by its own path or that of its original rendition. Ranges and conditions are
// net/http's.
func (c *call) download() *failure {
	names := c.names
	if n := len(names); n > 3 && (names[n-3] == "jcr:content" || names[n-3] == "_jcr_content") &&
		names[n-2] == "renditions" && names[n-1] == "original" {
		names = names[:n-3]
	}
	v, ok := c.look(names, 0, 0)
	if !ok || v.folder {
		return errNotFound
	}
	h := c.w.Header()
	h.Set("Content-Type", v.contentType)
	h.Set("ETag", v.etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Accept-Ranges", "bytes")
	if active(v.contentType) {
		h.Set("Content-Disposition", "attachment")
	}
	http.ServeContent(c.w, c.r, "", v.modified, bytes.NewReader(v.content))
	return nil
}

// active reports whether a browser could run what is in a content of this type. It is then sent for saving only, which
// AEM does as well.
func active(contentType string) bool {
	t, _, _ := mime.ParseMediaType(contentType)
	switch {
	case strings.HasPrefix(t, "image/") && t != "image/svg+xml", strings.HasPrefix(t, "audio/"),
		strings.HasPrefix(t, "video/"), t == "text/plain", t == "application/json", t == "application/pdf":
		return false
	}
	return true
}

// types are the content types of names whose content came without one. The machine's own table is not asked, so that the
// answers are the same everywhere.
var types = map[string]string{
	".css": "text/css", ".csv": "text/csv", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif": "image/gif", ".htm": "text/html", ".html": "text/html", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".js": "text/javascript", ".json": "application/json", ".mov": "video/quicktime", ".mp3": "audio/mpeg",
	".mp4": "video/mp4", ".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".tif": "image/tiff",
	".tiff": "image/tiff", ".txt": "text/plain", ".webp": "image/webp", ".xdp": "application/vnd.adobe.xdp+xml",
	".xml": "application/xml", ".zip": "application/zip",
}

const octets = "application/octet-stream"

// typeOf is the content type of an asset: the given one if it says something, or else by the name.
func typeOf(given, name string) string {
	t, _, err := mime.ParseMediaType(given)
	if err == nil && t != octets && len(given) <= 256 && utf8.ValidString(given) {
		return given
	}
	if known, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return known
	}
	return octets
}

// stamp writes a time as AEM's properties have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
