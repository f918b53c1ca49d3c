package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Names of files that hold control characters are sent as far as a header may have them, and do nothing to a terminal.
func TestFormsOddNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url := plainAEM(t, []byte("%PDF-1.7\n%%EOF\n"))
	token := writeFile(t, filepath.Join(dir, "token.json"), `{"ok": true, "statusCode": 200, "accessToken": "opaque-to-its-holder"}`)
	template := writeFile(t, filepath.Join(dir, "template\x1b.xdp"), "<xdp/>")
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{"a b", "new\nline", "esc\x1b[31m", `"quoted"`, "100%", "-dash", "ümläut", ".."}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(data, "_"+name+".xml"), []byte("<a/>"), 0o600); err != nil {
			t.Skipf("this file system has not all names: %v", err)
		}
	}
	run := func(name, out string) (stderr string) {
		cmd := exec.Command("imsx", "forms", "pdf", "--aem", url, "-c", token, "--template", template, "--data", data, "-o", out, "--name", name)
		cmd.Env = homeVars(dir)
		var told bytes.Buffer
		cmd.Stderr = &told
		_ = cmd.Run() // what is told says it
		return told.String()
	}
	out := filepath.Join(dir, "out")
	if told := run("%n.pdf", out); !strings.Contains(told, "8 of 8 documents made") {
		t.Fatalf("told: %q", told)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(out, "_"+name+".pdf")); err != nil {
			t.Error(err)
		}
	}
	told := run("../%n.pdf", filepath.Join(dir, "none"))
	if !strings.Contains(told, "leads out of the folder") || strings.Contains(told, "\x1b") || strings.Contains(told, "new\nline") {
		t.Errorf("told: %q", told)
	}
}
