package examples_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// image is a folder with what the Dockerfile puts into the image, and the user that it names.
type image struct {
	root       string
	credential *syscall.Credential
}

func newImage(t *testing.T) image {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can give a program an empty root folder")
	}
	uid, gid, _ := strings.Cut(readDockerfile(t)[1].one(t, "USER"), ":")
	im := image{root: t.TempDir(), credential: &syscall.Credential{Uid: number(t, uid), Gid: number(t, gid)}}
	for dir := im.root; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// A link, not a copy: a file that was open for writing when another test started a process cannot be run at once.
	if err := os.Link(imsx(t), filepath.Join(im.root, "imsx")); err != nil {
		t.Fatal(err)
	}
	adobe := filepath.Join(im.root, "adobe")
	if err := os.Mkdir(adobe, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(adobe, int(im.credential.Uid), int(im.credential.Gid)); err != nil {
		t.Fatal(err)
	}
	return im
}

func number(t *testing.T, text string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// command is a command of the image: no environment, no file but those of the image, not root.
func (im image) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: im.root, Credential: im.credential}
	return cmd
}

// health runs the health check of the Dockerfile and returns its exit code.
func (im image) health(t *testing.T) (code int, said string) {
	t.Helper()
	stdout, stderr, err := run(t, im.command(t, readDockerfile(t)[1].healthcheck(t)...))
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if ended != nil {
		code = ended.ExitCode()
	}
	return code, stdout + stderr
}

// TestEmptyImage runs the commands of the Dockerfile in a root folder that holds what the image holds, as its user.
func TestEmptyImage(t *testing.T) {
	t.Parallel()
	im := newImage(t)
	if code, said := im.health(t); code != 4 {
		t.Errorf("before the start the health check ends with %d: %s", code, said)
	}
	args := append([]string{"/imsx"}, list(t, readDockerfile(t)[1].one(t, "CMD"))...)
	for i, arg := range args {
		if strings.HasPrefix(arg, "0.0.0.0:") {
			args[i] = "0.0.0.0:0" // free ports: a container has all of them to itself
		}
	}
	emulator := im.command(t, args...)
	emulator.Stdout, emulator.Stderr = io.Discard, io.Discard
	if err := emulator.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- emulator.Wait() }()
	waitHealthy(t, im, ended)

	// What other containers need is there: the credentials, for loopback as published.
	names := []string{}
	entries, err := os.ReadDir(filepath.Join(im.root, "adobe"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	for _, want := range []string{"ca.pem", "emulator.json", "oauth_server_to_server.json", "service_token.json"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %q", want, names)
		}
	}

	// docker stop sends SIGTERM.
	if err := emulator.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the emulator ends with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the emulator does not end on SIGTERM")
	}
	if code, said := im.health(t); code != 4 {
		t.Errorf("after the end the health check ends with %d: %s", code, said)
	}
}

func waitHealthy(t *testing.T, im image, ended <-chan error) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		code, said := im.health(t)
		if code == 0 {
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("the emulator has ended with %v", err)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the health check still ends with %d: %s", code, said)
		}
	}
}
