package cli

import (
	"errors"
	"os/exec"
	"os/signal"
	"syscall"
)

// replace runs the command and ends with its exit code. Windows sends console signals to the command by itself; here
// they are ignored until it has ended.
func (a *app) replace(path string, args, env []string) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	cmd := exec.Command(path, args[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, a.Stdout, a.Stderr
	cmd.Stdin = a.Stdin.(*interruptible).from // the file itself, so that the command gets the terminal
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended):
		return &childExit{code: ended.ExitCode()}
	}
	return usagef("cannot run %q: %v", args[0], err)
}
