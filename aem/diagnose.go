package aem

import (
	"context"

	"github.com/imsx/imsx/internal/netcause"
)

// diagnose finds the cause of a failed round trip; visible is the part of the chain that [Error] promises.
func diagnose(caller context.Context, err error) (cause Cause, description string, visible error) {
	found, description, visible := netcause.Find(caller, err, errTimeout)
	return Cause(found), description, visible
}
