//go:build unix

// Package redistest starts real Redis servers for tests.
package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
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

// Server is a Redis server that runs for one test, on loopback, with a folder of its own. It can be ended and started
// again at the same port; its methods are for one goroutine.
type Server struct {
	// Addr is its host and port; TLSAddr those for TLS, if it was started for that.
	Addr, TLSAddr string

	t    testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
}

// Start starts a server with the given further arguments of redis-server, waits until it answers, and ends it when the
// test ends. Where redis-server is not on the machine, the test is skipped.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not on this machine")
	}
	s := &Server{t: t, dir: t.TempDir(), args: args, Addr: freeAddr(t)}
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// StartTLS starts a server that speaks TLS at a second port. The arguments name its certificates.
func StartTLS(t testing.TB, args ...string) *Server {
	t.Helper()
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	s := Start(t, append([]string{"--tls-port", port}, args...)...)
	s.TLSAddr = addr
	return s
}

// StartSentinel starts a sentinel with the given configuration file, which it may change.
func StartSentinel(t testing.TB, config string) *Server {
	t.Helper()
	return Start(t, append([]string{sentinelMark}, config)...)
}

// sentinelMark stands before the configuration file of a sentinel.
const sentinelMark = "--sentinel"

func freeAddr(t testing.TB) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Port returns the port as text.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// URL returns the server's address as a URL without a password.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Restart starts the server, ending it first if it runs. Its data is that of the last [Server.Do] of "SAVE", or none.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.cmd = exec.Command("redis-server", s.arguments()...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if s.answers() {
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			s.t.Fatalf("redis-server does not answer: %s", log)
		}
	}
}

func (s *Server) arguments() []string {
	common := []string{"--port", s.Port(), "--bind", "127.0.0.1", "--dir", s.dir, "--daemonize", "no", "--logfile", filepath.Join(s.dir, "log")}
	if len(s.args) > 0 && s.args[0] == sentinelMark {
		return slices.Concat(s.args[1:], common, []string{sentinelMark})
	}
	return slices.Concat(common, []string{"--save", "", "--appendonly", "no"}, s.args)
}

// answers reports whether the server takes commands, or asks for a password first.
func (s *Server) answers() bool {
	reply, err := s.ask("PING")
	return err == nil && (reply == "+PONG" || strings.HasPrefix(reply, "-NOAUTH"))
}

// Stop kills the server and waits for its end. It does nothing if it does not run.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Pause stops the server's process for a while, as a machine that is out of breath does; Resume lets it go on.
func (s *Server) Pause()  { s.signal(syscall.SIGSTOP) }
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// Do sends a command, on a connection of its own, and returns the reply: a text as it is, anything else as the first line
// that the protocol has, such as "+OK" or ":1".
func (s *Server) Do(args ...string) string {
	s.t.Helper()
	reply, err := s.ask(args...)
	if err != nil {
		s.t.Fatalf("redis %s: %v", args[0], err)
	}
	return reply
}

func (s *Server) ask(args ...string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := conn.Write([]byte(b.String())); err != nil {
		return "", err
	}
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	size, isText := strings.CutPrefix(line, "$")
	n, _ := strconv.Atoi(size)
	if err != nil || !isText || n < 0 {
		return line, err
	}
	text := make([]byte, n)
	_, err = io.ReadFull(in, text)
	return string(text), err
}
