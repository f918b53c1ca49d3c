package forms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/imsx/imsx/emulator/aem"
)

// crxScheme begins the URLs of the repository: crx:///content/dam/….
const crxScheme = "crx://"

// fetchTimeout bounds the fetching of one reference.
const fetchTimeout = 10 * time.Second

// loopbackClient returns a client that follows no redirects and asks no proxy. A given one lends its transport.
func loopbackClient(given *http.Client) *http.Client {
	c := &http.Client{Timeout: fetchTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if given != nil && given.Transport != nil {
		c.Transport = given.Transport
		return c
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	c.Transport = t
	return c
}

// source is where references are resolved: the repository of a host, from a folder of it for relative ones.
type source struct {
	server   *Server
	ctx      context.Context
	instance *aem.Instance
	root     string // a repository path or an http(s) URL, "" if relative references lead nowhere
	limit    int64  // bytes of what is fetched; 0 means as many as a request may have
}

func (s source) most() int64 {
	if s.limit == 0 {
		return MaxRequest
	}
	return s.limit
}

// referenceError says why a reference leads to nothing.
func referenceError(format string, args ...any) error {
	return &failureError{badRequest("reference", fmt.Sprintf(format, args...))}
}

// read returns what a reference leads to.
func (s source) read(ref string) ([]byte, error) {
	if strings.ContainsFunc(ref, func(r rune) bool { return r < ' ' || r == 0x7f }) || ref == "" || len(ref) > maxText {
		return nil, referenceError("the reference %q is empty, too long or has control characters in it", short(ref))
	}
	switch {
	case strings.HasPrefix(ref, crxScheme):
		return s.readRepository(strings.TrimPrefix(ref, crxScheme), ref)
	case isHTTP(ref):
		return s.fetch(ref)
	case strings.HasPrefix(ref, "/"):
		return s.readRepository(ref, ref)
	case strings.Contains(ref, "://"):
		return nil, referenceError("the reference %q has a scheme other than crx, http and https", short(ref))
	case s.root == "":
		return nil, referenceError("the reference %q is relative, and there is no contentRoot", short(ref))
	case isHTTP(s.root):
		return s.fetch(strings.TrimSuffix(s.root, "/") + "/" + ref)
	}
	return s.readRepository(path.Join(s.root, strings.ReplaceAll(ref, `\`, "/")), ref)
}

func isHTTP(ref string) bool {
	lower := strings.ToLower(ref)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

func (s source) readRepository(at, ref string) ([]byte, error) {
	if !strings.HasPrefix(at, "/content/dam/") {
		return nil, referenceError("the reference %q does not lead below /content/dam, where the emulated repository is", short(ref))
	}
	content, _, err := s.instance.Read(path.Clean(at))
	if err != nil {
		return nil, referenceError("there is no asset %q in the repository of the %s instance", short(ref), s.instance.Tier())
	}
	return content, nil
}

// fetch gets a document by HTTP from loopback.
func (s source) fetch(ref string) ([]byte, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, referenceError("the reference %q is no URL", short(ref))
	}
	if !isLoopback(u.Hostname()) {
		return nil, referenceError("the emulator fetches from loopback only, not from %q", short(u.Host))
	}
	if u.User != nil || strings.Contains(strings.ToLower(u.Path), "/_imsx") {
		return nil, referenceError("the emulator does not fetch with a password, or from its own control API")
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, referenceError("the reference %q is no URL", short(ref))
	}
	// What it asks of the emulator itself comes from somewhere else, not from this machine's user.
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := s.server.client.Do(req)
	if err != nil {
		return nil, referenceError("%q cannot be fetched: %s", short(ref), reason(err))
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, referenceError("%q answers with status %d", short(ref), res.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(res.Body, s.most()+1))
	if err != nil || int64(len(content)) > s.most() {
		return nil, referenceError("%q breaks off, or has more than %d bytes", short(ref), s.most())
	}
	return content, nil
}

// reason is why a request got no answer, without the URL that the message names already.
func reason(err error) string {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		return short(inner.Err.Error())
	}
	return short(err.Error())
}

// isLoopback reports whether a host is an address of loopback, or localhost.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// rootOf returns the folder for relative references: the contentRoot, or else the folder of the template.
func rootOf(contentRoot, template string) (string, *failure) {
	switch root := strings.TrimPrefix(contentRoot, crxScheme); {
	case root == "" && (strings.HasPrefix(template, "/") || strings.HasPrefix(template, crxScheme)):
		return path.Dir(strings.TrimPrefix(template, crxScheme)), nil
	case root == "", strings.HasPrefix(root, "/content/"), isHTTP(root):
		return root, nil
	}
	return "", badRequest("options", fmt.Sprintf("the contentRoot %q is neither below /content nor an http or https URL", short(contentRoot)))
}

// document returns the content of a part: its own, or what it refers to.
func (s source) document(p part) ([]byte, *failure) {
	if !p.isReference() {
		return p.content, nil
	}
	ref, f := p.text()
	if f != nil {
		return nil, f
	}
	content, err := s.read(ref)
	if err != nil {
		return nil, failureOf(err)
	}
	return content, nil
}
