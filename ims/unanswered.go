package ims

import (
	"context"

	"github.com/imsx/imsx/internal/netcause"
)

// unanswered returns the error for a request that got no answer. caller is the caller's context, without the limit of
// the client.
func (c call) unanswered(caller context.Context, err error) *Error {
	cause, description, visible := netcause.Find(caller, err, errTimeout)
	e := c.fail(Cause(cause), description)
	e.err = visible
	return e
}

// cut returns the error for an answer whose body could not be read to its end.
func (c call) cut(caller context.Context, a answer, err error) *Error {
	cause, description, visible := netcause.Find(caller, err, errTimeout)
	if cause == netcause.Network {
		description = "the connection was cut in the middle of the answer"
	}
	e := c.answered(a, Cause(cause), description)
	e.err = visible
	return e
}
