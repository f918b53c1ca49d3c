package forms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/imsx/imsx/aem"
)

// maxJSON is how much of an answer in JSON is read.
const maxJSON = 16 << 20

// getJSON sends a request and reads its answer into the value. What breaks on the way is asked for again. lacking names
// the member that the answer must have and has not, or is "".
func (s *Service) getJSON(ctx context.Context, req aem.Request, into any, lacking func() string) error {
	if req.Header == nil {
		req.Header = http.Header{"Accept": {typeJSON}}
	}
	return s.client.Fetch(ctx, req, func(resp *aem.Response) error {
		if resp.Status == http.StatusAccepted {
			return accepted(resp)
		}
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxJSON+1))
		if err != nil {
			return err
		}
		if err := decodeJSON(resp, data, into); err != nil {
			return err
		}
		if member := lacking(); member != "" {
			return resp.Malformed("the answer has no " + member)
		}
		return nil
	})
}

func decodeJSON(resp *aem.Response, data []byte, into any) error {
	media := resp.ContentType()
	switch {
	case len(data) > maxJSON:
		return resp.Malformed("the answer is longer than 16 MiB")
	case len(strings.TrimSpace(string(data[:min(len(data), peeked)]))) == 0:
		return resp.Malformed("the answer is empty where JSON was asked for")
	case isPage(media, data[:min(len(data), peeked)]):
		return resp.Malformed("the answer is an HTML page where JSON was asked for")
	}
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return resp.Malformed("the member " + quoted(wrong.Field) + " of the answer is of another kind than documented")
	}
	return resp.Malformed("the answer is not the JSON that was asked for")
}
