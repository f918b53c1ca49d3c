package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/imsx/imsx/emulator"
)

const hello = `package main

import "fmt"

func main() { fmt.Println("hello, world") }
`

// processStart compares the time from start to end of two commands, neither of which uses the network, with that of a
// program that does nothing but print.
func processStart(ctx context.Context, a *adobe, e effort) ([]row, error) {
	p, err := a.build(ctx)
	if err != nil {
		return nil, err
	}
	ready := filepath.Join(a.dir, emulator.LocalDevelopmentTokenFile)
	return againstHello(e, p,
		start{what: "imsx version", run: a.command(ctx, p.imsx, "version")},
		start{what: "imsx token, from a ready token", run: a.command(ctx, p.imsx, "token", "-c", ready)},
	)
}

// start is a command that is started often, and what its row is called.
type start struct {
	what string
	run  func() (time.Duration, error)
}

// againstHello starts a hello world and the commands by turns.
func againstHello(e effort, p programs, starts ...start) ([]row, error) {
	operations := []func() (time.Duration, error){p.hello}
	for _, s := range starts {
		operations = append(operations, s.run)
	}
	times, err := takeTurns(e.starts, operations...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, s := range starts {
		rows = append(rows, row{
			What: s.what, Against: "hello, world", Unit: "ms", Measured: median(times[i+1]), Reference: median(times[0]),
			Ratio: medianRatio(times[i+1], times[0]),
		}.atMost(3))
	}
	return rows, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// programs are imsx as people build it, and a way to start a hello world.
type programs struct {
	imsx  string // its path
	hello func() (time.Duration, error)
}

// build builds the programs, when they are wanted for the first time, without C, as those that are handed out are.
// The C library would add about a quarter to the time that imsx takes to start.
func (a *adobe) build(ctx context.Context) (programs, error) {
	if a.programs.imsx != "" {
		return a.programs, nil
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	imsx, world := filepath.Join(a.dir, "imsx"+suffix), filepath.Join(a.dir, "hello"+suffix)
	source := filepath.Join(a.dir, "hello.go")
	if err := os.WriteFile(source, []byte(hello), 0o600); err != nil {
		return programs{}, err
	}
	for out, what := range map[string]string{imsx: "github.com/imsx/imsx/cmd/imsx", world: source} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, what)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return programs{}, fmt.Errorf("go build: %w: %s", err, bytes.TrimSpace(text))
		}
	}
	a.programs = programs{imsx: imsx, hello: a.command(ctx, world)}
	return a.programs, nil
}

// environ is the environment of the programs: the emulator's folder as home, further variables, and nothing else of this
// program's own.
func (a *adobe) environ(more ...string) []string {
	return append([]string{"HOME=" + a.dir, "USERPROFILE=" + a.dir, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}, more...)
}

// command returns what runs a command and tells how long it took from start to end.
func (a *adobe) command(ctx context.Context, program string, args ...string) func() (time.Duration, error) {
	return func() (time.Duration, error) { return startToEnd(ctx, a.environ(), program, args...) }
}

// startToEnd runs a command, which must print something, and tells how long it took.
func startToEnd(ctx context.Context, env []string, program string, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = env
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, bytes.TrimSpace(problem.Bytes()))
	case out.Len() == 0:
		return 0, fmt.Errorf("%s printed nothing", filepath.Base(program))
	}
	return took, nil
}
