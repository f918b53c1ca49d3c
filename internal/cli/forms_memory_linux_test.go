package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plainAEM answers every request for a PDF with the same document. It is quick, so that a test can make many.
func plainAEM(t *testing.T, document []byte) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write(document)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestFormsMemory: memory does not grow with the number of documents. Those of the longer run together are larger than
// what the process may grow by.
func TestFormsMemory(t *testing.T) {
	t.Parallel()
	const few, many, size, growth = 20, 2000, 64 << 10, 32 << 20
	document := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), size)...)
	url := plainAEM(t, document)
	dir := t.TempDir()
	peaks := map[int]int64{}
	for _, n := range []int{few, many} {
		peaks[n] = peakOf(t, dir, url, n)
	}
	t.Logf("peak of %d documents: %d KiB, of %d: %d KiB", few, peaks[few]>>10, many, peaks[many]>>10)
	if peaks[few] == 0 || peaks[many] > peaks[few]+growth {
		t.Errorf("the peak grew by %d KiB", (peaks[many]-peaks[few])>>10)
	}
}

// peakOf makes n documents in a process of its own and returns the peak of its memory.
func peakOf(t *testing.T, dir, url string, n int) int64 {
	t.Helper()
	data, out := filepath.Join(dir, fmt.Sprint("data", n)), filepath.Join(dir, fmt.Sprint("out", n))
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	input := strings.Repeat("<a>input</a>", 100)
	for i := range n {
		writeFile(t, filepath.Join(data, fmt.Sprintf("%d.xml", i)), fmt.Sprintf("<all><n>%d</n>%s</all>", i, input))
	}
	template := writeFile(t, filepath.Join(dir, "template.xdp"), "<xdp/>")
	token := writeFile(t, filepath.Join(dir, "token.json"), `{"ok": true, "statusCode": 200, "accessToken": "opaque-to-its-holder"}`)
	cmd := exec.Command("imsx", "forms", "pdf", "--aem", url, "-c", token, "--template", template, "--data", data, "-o", out)
	cmd.Env = homeVars(dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	most := peak()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if made, _ := filepath.Glob(filepath.Join(out, "*.pdf")); len(made) != n {
		t.Fatalf("%d results, want %d", len(made), n)
	}
	return most
}

// On a terminal there is a bar with the rate and the time left; in a pipe there is none.
func TestFormsProgressBar(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url := plainAEM(t, []byte("%PDF-1.7\n%%EOF\n"))
	token := writeFile(t, filepath.Join(dir, "token.json"), `{"ok": true, "statusCode": 200, "accessToken": "opaque-to-its-holder"}`)
	template := writeFile(t, filepath.Join(dir, "template.xdp"), "<xdp/>")
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		writeFile(t, filepath.Join(dir, "data", fmt.Sprintf("%d.xml", i)), "<a/>")
	}
	args := func(out string, more ...string) []string {
		return append([]string{
			"forms", "pdf", "--aem", url, "-c", token, "--template", template, "--data", filepath.Join(dir, "data"), "-o", filepath.Join(dir, out),
		}, more...)
	}
	for _, tt := range []struct {
		name string
		env  []string
		more []string
		bar  bool
		last string
	}{
		{"a terminal", []string{"TERM=xterm"}, nil, true, "50 of 50 documents made"},
		{"a terminal without control", []string{"TERM=dumb"}, nil, false, "50 of 50 documents made"},
		{"JSON", []string{"TERM=xterm"}, []string{"--json"}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shown := onTerminal(t, tt.env, toErrors, args(strings.ReplaceAll(tt.name, " ", "-"), tt.more...)...)
			if got := strings.Contains(shown, "50 of 50 (100%), "); got != tt.bar {
				t.Errorf("a bar = %v, want %v: %q", got, tt.bar, shown)
			}
			if !strings.Contains(shown, tt.last) || tt.last == "" && shown != "" {
				t.Errorf("it ends with %q, want %q", shown, tt.last)
			}
		})
	}
}

// A document is not written to a terminal.
func TestFormsTerminalIsNoOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	template := writeFile(t, filepath.Join(dir, "template.xdp"), "<xdp/>")
	shown := onTerminal(t, []string{"NO_COLOR=1"}, func(cmd *exec.Cmd, terminal *os.File) {
		cmd.Stdout, cmd.Stderr = terminal, terminal
	}, "forms", "pdf", "--aem", "https://127.0.0.1:1", "--template", template)
	if !strings.Contains(shown, "standard output is a terminal, and the result is a document") {
		t.Errorf("shown: %q", shown)
	}
	for _, args := range [][]string{
		{"forms", "pdf", "--template", "-", "-o", "x"}, {"forms", "decrypt", "--document", template, "--open-password-file", "-", "-o", "x"},
		{"forms", "pdf", "--template", template, "--data-list", "-", "-o", "x"},
	} {
		if shown := onTerminal(t, []string{"NO_COLOR=1"}, toInput, args...); !strings.Contains(shown, "reads standard input, which is a terminal") {
			t.Errorf("imsx %s: %q", strings.Join(args, " "), shown)
		}
	}
}
