package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A transfer that takes long shows on a terminal how far it is, and nothing stays of that. The server sends byte after
// byte until that has been seen.
func TestCurlProgress(t *testing.T) {
	t.Parallel()
	var seen atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		deadline := time.Now().Add(time.Minute)
		for !seen.Load() && time.Now().Before(deadline) {
			_, _ = io.WriteString(w, ".")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	token := writeFile(t, filepath.Join(dir, "token.json"), `{"ok": true, "statusCode": 200, "accessToken": "opaque-to-its-holder"}`)
	saved := filepath.Join(dir, "answer")
	screen, terminal := openTerminal(t)
	cmd := exec.Command("imsx", "curl", "-c", token, "-o", saved, server.URL)
	cmd.Env = append(homeVars(dir), "TERM=xterm")
	cmd.Stderr = terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Close()
	shown, piece := "", make([]byte, 1024)
	for {
		n, err := screen.Read(piece)
		shown += string(piece[:n])
		seen.Store(strings.Contains(shown, "received ") && strings.Contains(shown, " per second"))
		if err != nil { // the last one to write has gone
			break
		}
	}
	if err := cmd.Wait(); err != nil || !seen.Load() {
		t.Fatalf("%v, shown: %q", err, shown)
	}
	if info, err := os.Stat(saved); err != nil || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if erase := "\x1b[1A\x1b[J"; !strings.HasSuffix(shown, erase) { // one line up, and away with it
		t.Errorf("the line stays: %q", shown)
	}
}
