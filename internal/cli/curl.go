package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/internal/term"
)

// curlFlags are the flags of imsx curl, with the names that they have in curl.
type curlFlags struct {
	method  string
	headers []string
	data    []curlData // in the order of the command line
	form    []string
	upload  string
	output  string
	agent   string
	include bool
	head    bool
	get     bool
	fail    bool
	silent  bool
	showErr bool
	print   bool
	limited bool // by --timeout
}

const curlHelp = `Sends a request with the access token, and prints the answer.

The token goes to *.adobeaemcloud.com, *.adobe.io, this machine, and hosts that are named by --allow-host; other URLs are
refused. With OAuth server-to-server credentials, paths below /adobe/ get the client id as X-Api-Key, too. The flags below mean what they mean in curl; there are no others. Redirects are not followed. Values that hold
secrets come from files: -H @FILE, -d @FILE, -F name=<FILE.

Without --timeout the answer must begin within two minutes, and may then take its time. On a terminal, a transfer that
takes longer than a second shows how far it is, unless the answer itself goes there.

The exit code is 0 once an answer has come, whatever its status; with -f it is 5 for 401, 403,
406 and a 4xx of which nothing is known, 4 for 408, 429 and 5xx, and 2 or 3 for another status from 400 on. With -o the file
is complete or not there.`

func (a *app) curlCommand() *cobra.Command {
	var fl curlFlags
	cmd := &cobra.Command{
		Use:   "curl [flags] URL",
		Short: "Send a request with the token, only to hosts that may have it",
		Long:  curlHelp,
		Example: `  imsx curl https://author-p1-e2.adobeaemcloud.com/api/assets.json
  imsx curl -T logo.png -o answer.json https://author-p1-e2.adobeaemcloud.com/api/assets/brand/logo.png
  imsx curl -F template=@letter.xdp -F data=@data.xml -f -o letter.pdf https://…/adobe/forms/doc/v1/generatePDFOutput
  imsx curl --print https://author-p1-e2.adobeaemcloud.com/api/assets.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			fl.limited = cmd.Flags().Changed("timeout")
			return a.curl(cmd.Context(), fl, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&fl.method, "request", "X", "", "the `METHOD`; default GET, POST with a body, PUT with -T")
	f.StringArrayVarP(&fl.headers, "header", "H", nil, "a header as `NAME: VALUE`, NAME: to leave one out, or @FILE; repeatable")
	f.VarP(&dataFlag{kind: dataPlain, into: &fl.data}, "data", "d", "send `DATA`, or @FILE without its line ends; several are joined by &")
	f.Var(&dataFlag{kind: dataRaw, into: &fl.data}, "data-raw", "send `DATA` as it is, also if it begins with @")
	f.Var(&dataFlag{kind: dataBinary, into: &fl.data}, "data-binary", "send `DATA`, or @FILE as it is")
	f.Var(&dataFlag{kind: dataEncoded, into: &fl.data}, "data-urlencode", "send `DATA` encoded: CONTENT, NAME=CONTENT or NAME@FILE")
	f.StringArrayVarP(&fl.form, "form", "F", nil, "a `PART` of a form: NAME=CONTENT, NAME=@FILE or NAME=<FILE, with ;type= and ;filename=; repeatable")
	f.StringVarP(&fl.upload, "upload-file", "T", "", "send `FILE` as the body; - is standard input")
	f.StringVarP(&fl.output, "output", "o", "", "write the answer to `FILE`, once it is complete; - is standard output")
	f.StringVarP(&fl.agent, "user-agent", "A", "", "the `NAME` to send as User-Agent")
	f.BoolVarP(&fl.include, "include", "i", false, "print the head of the answer, too")
	f.BoolVarP(&fl.head, "head", "I", false, "ask for the head alone (HEAD), and print it")
	f.BoolVarP(&fl.get, "get", "G", false, "put the data of -d into the URL, and send GET")
	f.BoolVarP(&fl.fail, "fail", "f", false, "print no answer whose status is 400 or more, and fail")
	f.BoolVarP(&fl.silent, "silent", "s", false, "no messages")
	f.BoolVarP(&fl.showErr, "show-error", "S", false, "with -s: errors all the same")
	f.BoolVar(&fl.print, "print", false, "send nothing; print the line for curl itself, with a variable in the token's place")
	return cmd
}

// curl sends the request that the flags describe.
func (a *app) curl(ctx context.Context, fl curlFlags, address string) error {
	if err := a.checkFlags(); err != nil {
		return err
	}
	c, err := a.choose()
	if err != nil {
		return err
	}
	u, err := curlURL(address)
	if err != nil {
		return err
	}
	req, err := a.curlRequest(fl, u)
	if err != nil {
		return err
	}
	if fl.print {
		_, err := fmt.Fprintln(a.Stdout, curlLine(fl, address, c.caFile, a.curlKey(c, u, req.Header)))
		return err
	}
	err = a.sendCurl(ctx, fl, c, u, req)
	if err != nil && fl.silent && !fl.showErr {
		return &childExit{describe(err).exit} // the code alone
	}
	return err
}

// curlKey returns the client id that the request is sent with besides the token, if there is one.
func (a *app) curlKey(c choice, u *url.URL, header http.Header) string {
	if _, given := header["X-Api-Key"]; given || !aem.BehindGateway(u.Path) {
		return ""
	}
	cred, err := a.credential(c)
	if err != nil {
		return "" // a line can be printed without credentials
	}
	return apiKeyOf(cred)
}

// curlURL reads the address. Whether its host may have the token is seen by the client.
func curlURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, usagef("%q is not a URL that begins with https://", shortened(address))
	case u.User != nil:
		return nil, usagef("the URL has a user name or a password in it").withHint("leave it out; imsx sends the token")
	}
	return u, nil
}

func shortened(s string) string {
	const limit = 80
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// curlRequest puts the request together. Files that are not there are told before a token is asked for.
func (a *app) curlRequest(fl curlFlags, u *url.URL) (aem.Request, error) {
	if err := fl.check(); err != nil {
		return aem.Request{}, err
	}
	header, err := a.curlHeaders(fl)
	if err != nil {
		return aem.Request{}, err
	}
	req := aem.Request{Method: fl.method, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: header, AnyStatus: !fl.fail}
	if req.Body, err = a.curlBody(fl, header.Get("Content-Type")); err != nil {
		return aem.Request{}, err
	}
	if fl.get {
		data, err := a.joinData(fl.data)
		if err != nil {
			return aem.Request{}, err
		}
		if req.RawQuery != "" && len(data) > 0 {
			req.RawQuery += "&"
		}
		req.RawQuery += string(data)
	}
	if req.Method == "" {
		req.Method = fl.defaultMethod()
	}
	return req, nil
}

// check refuses flags that contradict each other.
func (fl curlFlags) check() error {
	bodies := 0
	for _, there := range []bool{len(fl.data) > 0 && !fl.get, len(fl.form) > 0, fl.upload != ""} {
		if there {
			bodies++
		}
	}
	switch {
	case bodies > 1:
		return usagef("-d, -F and -T exclude each other: each is a body")
	case fl.get && bodies > 0:
		return usagef("-G sends no body, so -F and -T do not go with it")
	case fl.head && bodies > 0:
		return usagef("-I sends no body")
	case fl.output != "" && fl.output != "-" && !isFolder(filepath.Dir(fl.output)):
		return usagef("-o %s: there is no such folder", fl.output)
	case fl.output != "" && isFolder(fl.output):
		return usagef("-o %s is a folder", fl.output).withHint("name a file")
	case strings.ContainsAny(fl.method, " \t\r\n"):
		return usagef("%q is no method", shortened(fl.method))
	}
	return nil
}

func (fl curlFlags) defaultMethod() string {
	switch {
	case fl.head:
		return http.MethodHead
	case fl.upload != "":
		return http.MethodPut
	case len(fl.form) > 0 || len(fl.data) > 0 && !fl.get:
		return http.MethodPost
	}
	return http.MethodGet
}

// answerWait is how long the head of an answer may take without --timeout.
const answerWait = 2 * time.Minute

func (a *app) sendCurl(ctx context.Context, fl curlFlags, c choice, u *url.URL, req aem.Request) error {
	wait, limit := answerWait, time.Duration(-1)
	if fl.limited {
		wait, limit = a.flags.timeout, a.flags.timeout
	}
	httpClient, err := ims.NewHTTPClient(ims.HTTPConfig{CAFile: c.caFile, HeaderTimeout: wait})
	if err != nil {
		return &inputError{fmt.Errorf("--ca-file: %w", err)}
	}
	defer httpClient.CloseIdleConnections()
	src, cred, err := a.open()
	if err != nil {
		return err
	}
	defer src.Close()
	client, err := aem.New(aem.Config{
		BaseURL: u.Scheme + "://" + u.Host, Source: src, HTTPClient: httpClient, AllowHosts: c.allowHosts,
		UserAgent: a.userAgent(), Timeout: limit, MaxAttempts: 1, APIKey: apiKeyOf(cred),
	})
	if err != nil {
		return err
	}
	var up *transfer
	if req.Body != nil {
		up = a.transfer(fl, "sent", req.Body.Length())
		req.Body = up.sending(req.Body)
	}
	resp, err := client.Do(ctx, req)
	up.end()
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return a.curlAnswer(fl, u, resp)
}

// curlAnswer prints the answer, or saves it.
func (a *app) curlAnswer(fl curlFlags, u *url.URL, resp *aem.Response) error {
	if resp.Status >= http.StatusBadRequest && !fl.silent {
		a.say("%s answered %d %s%s", u.Host, resp.Status, http.StatusText(resp.Status), curlAdvice(u, resp.Status))
	}
	toFile := fl.output != "" && fl.output != "-"
	var down *transfer
	if toFile || !term.IsTerminal(a.Stdout) {
		down = a.transfer(fl, "received", resp.Length)
		defer down.end()
	}
	answer := io.Reader(down.reading(resp.Body))
	if fl.include || fl.head {
		answer = io.MultiReader(strings.NewReader(headText(resp)), answer)
	}
	var err error
	switch {
	case toFile && isStream(fl.output):
		err = copyToStream(fl.output, answer)
	case toFile:
		_, err = aem.SaveFile(fl.output, answer)
	default:
		_, err = io.Copy(a.Stdout, answer)
	}
	return err
}

// curlAdvice says what helps with an answer whose body is for a program.
func curlAdvice(u *url.URL, status int) string {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return "; imsx doctor --aem " + u.Scheme + "://" + u.Host + " finds out why"
	}
	return ""
}

// headText returns the status and the header as curl shows them.
func headText(resp *aem.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP %d %s\r\n", resp.Status, http.StatusText(resp.Status))
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, value := range resp.Header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	return b.String() + "\r\n"
}
