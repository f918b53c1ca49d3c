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

	t      testing.TB
	dir    string
	args   []string
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has
}

// Start starts a server with the given further arguments of redis-server, waits until it answers, and ends it when the
// test ends. Where redis-server is not on the machine, the test is skipped.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(&Server{t: t, args: args})
}

// StartTLS starts a server that speaks TLS at a second port. The arguments name its certificates.
func StartTLS(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(&Server{t: t, args: args, TLSAddr: anyPort})
}

// anyPort stands for an address until a free port is found.
const anyPort = "127.0.0.1:0"

// start tries ports until the server has one for itself: between looking for a free one and using it, somebody else may
// have taken it, and in a cluster a second one is needed, 10,000 above.
func start(s *Server) *Server {
	s.t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		s.t.Skip("redis-server is not on this machine")
	}
	s.dir = s.t.TempDir()
	s.t.Cleanup(s.Stop)
	for range 20 {
		s.Addr = freeAddr(s.t)
		if s.TLSAddr != "" {
			s.TLSAddr = freeAddr(s.t)
		}
		if s.run() {
			return s
		}
	}
	s.t.Fatalf("redis-server does not start: %s", s.log())
	return nil
}

// StartSentinel starts a sentinel that calls primary name, and takes it for down after half a second. Further lines go into
// its configuration.
func StartSentinel(t testing.TB, name string, primary *Server, further ...string) *Server {
	t.Helper()
	lines := append([]string{
		"sentinel monitor " + name + " 127.0.0.1 " + primary.Port() + " 1",
		"sentinel down-after-milliseconds " + name + " 500",
		"sentinel failover-timeout " + name + " 5000",
	}, further...)
	config := filepath.Join(t.TempDir(), "sentinel.conf") // which the sentinel changes
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(&Server{t: t, args: []string{sentinelMark, config}})
}

// sentinelMark stands before the configuration file of a sentinel.
const sentinelMark = "--sentinel"

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
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
	for deadline := time.Now().Add(20 * time.Second); !s.run(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not start again: %s", s.log())
		}
	}
}

// run starts the process and waits until it answers. It returns false if the process ends before that.
func (s *Server) run() bool {
	s.t.Helper()
	_ = os.Remove(s.logFile())
	s.cmd, s.exited = exec.Command("redis-server", s.arguments()...), make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(s.cmd, s.exited)
	for deadline := time.Now().Add(time.Minute); ; {
		if s.listens() && s.answers() {
			return true
		}
		select {
		case <-s.exited:
			s.cmd = nil
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not answer: %s", s.log())
		}
	}
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "log") }

func (s *Server) log() string {
	text, _ := os.ReadFile(s.logFile())
	return string(text)
}

// listens reports whether it is this server that has the port, and not another one that was quicker.
func (s *Server) listens() bool {
	log := s.log()
	return strings.Contains(log, "Ready to accept connections") || strings.Contains(log, "Sentinel ID is")
}

func (s *Server) arguments() []string {
	common := []string{"--port", s.Port(), "--bind", "127.0.0.1", "--dir", s.dir, "--daemonize", "no", "--logfile", s.logFile()}
	if _, port, _ := net.SplitHostPort(s.TLSAddr); port != "" {
		common = append(common, "--tls-port", port)
	}
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
	<-s.exited
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
