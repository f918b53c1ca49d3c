package ims

import (
	"context"

	"github.com/imsx/imsx/internal/netcause"
)

// unanswered returns the error for a request that got no answer. caller is the caller's context, without the limit of
// the client.
func (c call) unanswered(caller context.Context, err error) *Error {
	cause, description, visible := diagnose(caller, err)
	e := c.fail(cause, description)
	e.err = visible
	return e
}

// cut returns the error for an answer whose body could not be read to its end.
func (c call) cut(caller context.Context, a answer, err error) *Error {
	cause, description, visible := diagnose(caller, err)
	if cause == CauseNetwork {
		description = "the connection was cut in the middle of the answer"
	}
	e := c.answered(a, cause, description)
	e.err = visible
	return e
}

// diagnose finds the cause of a failed round trip; visible is the part of the chain that [Error] promises.
func diagnose(caller context.Context, err error) (cause Cause, description string, visible error) {
	found, description, visible := netcause.Find(caller, err, errTimeout, cleanLabel)
	return Cause(found), description, visible
}

func cleanLabel(text string) string { return newCleaner().clean(text, maxLabel) }
