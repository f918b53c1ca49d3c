//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// replace makes this process the command: it gets our process id, streams, signals and place in the terminal. It
// returns only if that fails.
func (a *app) replace(path string, args, env []string) error {
	signal.Reset()
	err := syscall.Exec(path, args, env)
	return usagef("cannot run %q: %v", args[0], err)
}
