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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	code := cli.Run(ctx, cli.Program{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Version: version,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
