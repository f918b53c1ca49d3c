package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/fault"
)

// office is an emulator with data for many documents.
type office struct {
	*emulator.Emulator

	dir string
	env []string
}

func newOffice(t *testing.T, documents int) *office {
	t.Helper()
	dir := t.TempDir()
	e, err := startEmulator(filepath.Join(dir, "adobe"), emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	for _, err := range []error{
		makeFormsUsers(e, filepath.Join(dir, "adobe")), writeSamples(dir), os.Mkdir(filepath.Join(dir, "data"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	config := writeFile(t, filepath.Join(dir, "forms.yaml"), formsProfiles(filepath.Join(dir, "adobe"), e.AEMAuthorURL()))
	o := &office{Emulator: e, dir: dir, env: append(homeVars(dir), "IMSX_CONFIG="+config, "PATH="+os.Getenv("PATH"))}
	for i := range documents {
		writeFile(t, o.path("data", fmt.Sprintf("%03d.xml", i)), fmt.Sprintf("<label><id>%d</id></label>", i))
	}
	return o
}

func (o *office) path(names ...string) string {
	return filepath.Join(append([]string{o.dir}, names...)...)
}

// command returns a run over all data into the folder out.
func (o *office) command(flags ...string) *exec.Cmd {
	args := []string{"forms", "pdf", "--template", o.path("label.xdp"), "--data", o.path("data"), "-o", o.path("out")}
	cmd := exec.Command("imsx", append(args, flags...)...)
	cmd.Env = o.env
	return cmd
}

// slow makes each document take its time.
func (o *office) slow(t *testing.T, d time.Duration) {
	t.Helper()
	_, err := o.Faults().Add(fault.Fault{
		Match: fault.Match{Route: "forms/generatePDFOutput"}, Effect: fault.Effect{Latency: &fault.Latency{Min: d}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// made returns the names of the results that are in place.
func (o *office) made() []string {
	names, _ := filepath.Glob(o.path("out", "*.pdf"))
	return names
}

// report runs over all data and returns its report.
func (o *office) report(t *testing.T, flags ...string) (r struct {
	Made, Skipped, Failed int
	Interrupted           bool
}) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := o.command(append(flags, "--json")...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// wantWhole checks that every result in place is a whole PDF.
func (o *office) wantWhole(t *testing.T) {
	t.Helper()
	for _, name := range o.made() {
		text := readFile(t, name)
		if !strings.HasPrefix(text, "%PDF-") || !strings.Contains(text[max(0, len(text)-32):], "%%EOF") {
			t.Errorf("%s is half a file: %d bytes", name, len(text))
		}
	}
}

// A run that is killed leaves whole documents, and the next one makes what is missing and nothing else.
func TestFormsResumeAfterKill(t *testing.T) {
	t.Parallel()
	const documents, parallel = 60, 3
	o := newOffice(t, documents)
	o.slow(t, 20*time.Millisecond)
	for _, after := range []int{5, 20} {
		cmd := o.command("--parallel", fmt.Sprint(parallel))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		err := waitFor("results", func() bool { return len(o.made()) >= after })
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if err != nil {
			t.Fatal(err)
		}
		o.wantWhole(t)
	}
	before := len(o.made())
	if before >= documents {
		t.Skip("the machine was too slow to kill the run before its end")
	}
	r := o.report(t)
	if r.Made+r.Skipped != documents || r.Failed != 0 || r.Skipped < before-parallel || r.Skipped > before {
		t.Errorf("%+v, after %d results", r, before)
	}
	o.wantWhole(t)
	if got := len(o.made()); got != documents {
		t.Errorf("%d results, want %d", got, documents)
	}
	// What each worker was asking for when a run was killed, and what was on its way to its place, is asked for again.
	if got := requestsForPDFs(o.Emulator); got > documents+2*2*parallel {
		t.Errorf("%d requests for %d documents and two kills", got, documents)
	}
	if r := o.report(t); r.Made != 0 || r.Skipped != documents {
		t.Errorf("the run after the last: %+v", r)
	}
}

// A signal ends a run with 130, a hint and a report, and leaves no temporary file.
func TestFormsInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such signal")
	}
	o := newOffice(t, 40)
	o.slow(t, 30*time.Millisecond)
	cmd := o.command("--parallel", "2", "--report", o.path("report.json"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err := waitFor("results", func() bool { return len(o.made()) >= 4 })
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait() // its exit code says it
	if err != nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit code %d, want 130: %s", got, stderr.String())
	}
	if !strings.Contains(stderr.String(), "the same command goes on where this one stopped") {
		t.Errorf("standard error: %s", stderr.String())
	}
	var r struct{ Interrupted bool }
	if err := json.Unmarshal([]byte(readFile(t, o.path("report.json"))), &r); err != nil || !r.Interrupted {
		t.Errorf("the report: %+v, %v", r, err)
	}
	for _, pattern := range []string{"*.tmp", ".*.tmp", ".imsx/drafts/*", ".imsx/drafts/.*"} {
		if left, _ := filepath.Glob(o.path("out", pattern)); len(left) > 0 {
			t.Errorf("temporary files are left: %q", left)
		}
	}
	o.wantWhole(t)
	before := len(o.made())
	if r := o.report(t); r.Made+r.Skipped != 40 || r.Skipped != before {
		t.Errorf("the run after it, with %d results: %+v", before, r)
	}
}

// Two runs on one folder: the second is refused.
func TestFormsOneRunPerFolder(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 20)
	o.slow(t, 50*time.Millisecond)
	first := o.command("--parallel", "1")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	err := waitFor("a result", func() bool { return len(o.made()) >= 1 })
	second, _ := o.command().CombinedOutput() // it fails
	_ = first.Process.Kill()
	_ = first.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(second), "another run is working on this folder") {
		t.Errorf("the second run wrote: %s", second)
	}
}

// The token of many documents is asked for once, also when they begin at the same time.
func TestFormsOneToken(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 50)
	before := o.IMS().Counters().Issued
	if r := o.report(t, "--parallel", "16", "--no-cache"); r.Made != 50 {
		t.Fatalf("%+v", r)
	}
	if got := o.IMS().Counters().Issued - before; got != 1 {
		t.Errorf("%d tokens were issued, want 1", got)
	}
}

// A run in this process ends when its context does, and leaves no goroutine (see TestMain).
func TestFormsContext(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 30)
	o.slow(t, 20*time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_ = waitFor("a result", func() bool { return len(o.made()) >= 1 || ctx.Err() != nil })
		cancel()
	}()
	got := run(ctx, "", o.env, o.command().Args[1:]...)
	if got.code != 130 || !strings.Contains(got.stderr, "interrupted with ") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
