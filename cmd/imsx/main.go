// Imsx gets access tokens for AEM as a Cloud Service and other Adobe APIs: see "imsx help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/imsx/imsx/internal/cli"
)

// version is set by the linker for releases.
var version = "devel"

func main() {
	ctx, interrupt := context.WithCancel(context.Background())
	go listen(interrupt) // a command that is over soon need not wait for it
	os.Exit(cli.Run(ctx, cli.Program{
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
	os.Exit(cli.ExitInterrupted)
}
