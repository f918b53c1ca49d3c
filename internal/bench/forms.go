package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// formsParallel is how many documents are made at once.
const formsParallel = 8

// formsRate compares "imsx forms pdf" for a folder of data, from start to end, with a program that sends the same requests
// in a loop and saves the same documents: this one, started anew. The emulator, whose work they both wait for, makes the
// documents.
func formsRate(ctx context.Context, a *adobe, e effort) ([]row, error) {
	p, err := a.build(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range a.AEM().Instances() {
		i.SetOpen(true)
	}
	src, err := a.source()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	held, err := src.Token(ctx)
	if err != nil {
		return nil, err
	}
	template, _ := sample.Template("invoice.xdp")
	data, _ := sample.Data("invoice-1.xml")
	j, err := newPrintJob(a.dir, a.AEMAuthorURL(), template, data, e.documents)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	loop := func(synced bool) func(out string) error {
		return func(out string) error {
			env := a.environ(loopToken + "=" + held.AccessToken.Reveal())
			_, err := startToEnd(ctx, env, self, j.loopArguments(out, synced)...)
			return err
		}
	}
	times, err := takeTurns(e.runs,
		j.into(func(out string) error {
			_, err := startToEnd(ctx, a.environ(), p.imsx, j.arguments(filepath.Join(a.dir, emulator.ServiceTokenFile), out)...)
			return err
		}),
		j.into(loop(false)),
		j.into(loop(true)),
	)
	if err != nil {
		return nil, err
	}
	count := float64(e.documents)
	against := func(reference string, loop []float64) row {
		return row{
			What: fmt.Sprintf("imsx forms pdf, %d documents", e.documents), Against: reference, Unit: "per s",
			Measured: count * 1e3 / median(times[0]), Reference: count * 1e3 / median(loop), Ratio: medianRatio(loop, times[0]),
		}
	}
	return []row{
		against("a bare net/http loop", times[1]).atLeast(0.9),
		against("a loop that syncs each file", times[2]), // as imsx does: an interrupted run redoes nothing
	}, nil
}

// printJob is a template and a folder of data, of which an AEM makes a document each.
type printJob struct {
	aem          string
	template     []byte
	templateFile string
	dataDir      string
	outDir       string // a new folder in it for each run
	documents    int
}

// newPrintJob writes the files below dir.
func newPrintJob(dir, aem string, template, data []byte, documents int) (*printJob, error) {
	root, err := os.MkdirTemp(dir, "forms-")
	if err != nil {
		return nil, err
	}
	j := &printJob{
		aem: aem, template: template, templateFile: filepath.Join(root, "template.xdp"),
		dataDir: filepath.Join(root, "data"), outDir: filepath.Join(root, "out"), documents: documents,
	}
	err = errors.Join(os.Mkdir(j.dataDir, 0o700), os.Mkdir(j.outDir, 0o700), os.WriteFile(j.templateFile, template, 0o600))
	for i := 0; i < documents && err == nil; i++ {
		err = os.WriteFile(filepath.Join(j.dataDir, fmt.Sprintf("%05d.xml", i)), data, 0o600)
	}
	return j, err
}

// arguments are those of imsx for documents in the folder out.
func (j *printJob) arguments(credentials, out string) []string {
	return []string{
		"forms", "pdf", "--aem", j.aem, "-c", credentials, "--template", j.templateFile, "--data", j.dataDir, "-o", out,
		"--parallel", strconv.Itoa(formsParallel), "--json",
	}
}

// The program is the loop when its first argument is loopCommand; the token then is in the variable loopToken.
const (
	loopCommand = "loop"
	loopToken   = "IMSX_BENCH_TOKEN"
)

// loopArguments are those of this program for documents in the folder out.
func (j *printJob) loopArguments(out string, synced bool) []string {
	return []string{loopCommand, j.aem, j.templateFile, j.dataDir, out, strconv.FormatBool(synced)}
}

// runLoop is the program that loopArguments starts.
func runLoop(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 5 {
		return errors.New("the loop takes five arguments")
	}
	template, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	j := printJob{aem: args[0], template: template, dataDir: args[2]}
	held := token.Token{AccessToken: secret.New(os.Getenv(loopToken))}
	if err := j.loop(ctx, held, args[3], args[4] == "true"); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, "done")
	return err
}

// into returns what runs the job into a new folder and looks whether all documents are there. Only the run itself counts.
// The documents stay: after a thousand were removed, a file system can be slow to make new ones for half a minute.
func (j *printJob) into(run func(out string) error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		out, err := os.MkdirTemp(j.outDir, "")
		if err != nil {
			return 0, err
		}
		begun := time.Now()
		err = run(out)
		took := time.Since(begun)
		if err == nil {
			err = j.complete(out)
		}
		return took, err
	}
}

// complete reports whether the documents in a folder are all there, and not empty.
func (j *printJob) complete(out string) error {
	files, err := filepath.Glob(filepath.Join(out, "*.pdf"))
	if err != nil {
		return err
	}
	if len(files) != j.documents {
		return fmt.Errorf("%d documents were made of %d", len(files), j.documents)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() == 0 {
			return errors.Join(fmt.Errorf("%s is empty", filepath.Base(f)), err)
		}
	}
	return nil
}

// loop makes the documents with net/http and nothing else. With synced, each file is on the disk before the next begins.
func (j *printJob) loop(ctx context.Context, held token.Token, out string, synced bool) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: formsParallel}}
	defer client.CloseIdleConnections()
	files, err := filepath.Glob(filepath.Join(j.dataDir, "*.xml"))
	if err != nil {
		return err
	}
	var (
		next     = make(chan string)
		workers  sync.WaitGroup
		problems = make([]error, formsParallel)
	)
	for i := range formsParallel {
		workers.Go(func() {
			for file := range next {
				problems[i] = errors.Join(problems[i], j.request(ctx, client, held, file, out, synced))
			}
		})
	}
	for _, file := range files {
		next <- file
	}
	close(next)
	workers.Wait()
	return errors.Join(problems...)
}

// request makes one document.
func (j *printJob) request(ctx context.Context, client *http.Client, held token.Token, file, out string, synced bool) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, content := range map[string][]byte{"template": j.template, "data": data} {
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="%s.xml"`, name, name)},
			"Content-Type":        {"application/xml"},
		})
		if err != nil {
			return err
		}
		_, _ = part.Write(content) // into memory
	}
	if err := form.Close(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.aem+"/adobe/forms/doc/v1/generatePDFOutput", &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", held.Authorization())
	return save(client, req, filepath.Join(out, filepath.Base(file)+".pdf"), synced)
}

// save writes the answer to a request to a file.
func save(client *http.Client, req *http.Request, path string, synced bool) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("AEM answered %s", resp.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	if err == nil && synced {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
