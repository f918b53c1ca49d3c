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
	imsx, world, err := buildPrograms(ctx, a.dir)
	if err != nil {
		return nil, err
	}
	commands := [][]string{
		{world},
		{imsx, "version"},
		{imsx, "token", "-c", filepath.Join(a.dir, emulator.LocalDevelopmentTokenFile)},
	}
	times := make([][]float64, len(commands))
	for round := range e.starts + 1 {
		for i, c := range commands {
			took, err := startToEnd(ctx, a.dir, c)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first one only warms up
				times[i] = append(times[i], took.Seconds()*1e3)
			}
		}
	}
	var rows []row
	for i, what := range []string{"imsx version", "imsx token, from a ready token"} {
		ratio := medianRatio(times[i+1], times[0])
		rows = append(rows, row{
			What: what, Against: "hello, world", Unit: "ms", Measured: median(times[i+1]), Reference: median(times[0]),
			Ratio: ratio, Target: "<= 3.00", Met: ratio <= 3,
		})
	}
	return rows, nil
}

// buildPrograms builds imsx and a hello world into dir.
func buildPrograms(ctx context.Context, dir string) (imsx, world string, err error) {
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	imsx, world = filepath.Join(dir, "imsx"+suffix), filepath.Join(dir, "hello"+suffix)
	source := filepath.Join(dir, "hello.go")
	if err := os.WriteFile(source, []byte(hello), 0o600); err != nil {
		return "", "", err
	}
	for out, what := range map[string]string{imsx: "github.com/imsx/imsx/cmd/imsx", world: source} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, what)
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("go build: %w: %s", err, bytes.TrimSpace(text))
		}
	}
	return imsx, world, nil
}

// startToEnd runs a command with home as its home and nothing else of this program's environment.
func startToEnd(ctx context.Context, home string, command []string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = []string{"HOME=" + home, "USERPROFILE=" + home, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	var out bytes.Buffer
	cmd.Stdout = &out
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", filepath.Base(command[0]), err)
	case out.Len() == 0:
		return 0, fmt.Errorf("%s printed nothing", filepath.Base(command[0]))
	}
	return took, nil
}
