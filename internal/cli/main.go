package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the command line of this process, with its streams, environment and signals, and ends the process with the
// exit code. version is what "imsx version" prints.
func Main(version string) {
	ctx, interrupt := context.WithCancel(context.Background())
	go listen(interrupt) // a command that is over soon need not wait for it
	os.Exit(Run(ctx, Program{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Version: version,
	}, os.Args[1:]))
}

// listen calls interrupt at the first signal to stop. The second ends the process at once.
func listen(interrupt func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	interrupt()
	<-signals
	os.Exit(exitInterrupted)
}
