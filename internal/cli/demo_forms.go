package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/aem"
	"github.com/imsx/imsx/aem/forms"
	"github.com/imsx/imsx/emulator"
	emulatedaem "github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/forms/pdf"
	"github.com/imsx/imsx/emulator/forms/sample"
	"github.com/imsx/imsx/internal/atomicfile"
)

// demoTemplate is merged with each of its data files. The third is German.
const demoTemplate = "invoice.xdp"

// documents goes from service credentials to PDFs: the last part of Adobe's tutorial.
func (s *show) documents(ctx context.Context) error {
	_, src, err := s.openFile(emulator.ServiceTokenFile)
	if err != nil {
		return err
	}
	defer src.Close()
	client, err := aem.New(aem.Config{
		BaseURL: s.em.AEMAuthorURL(), Source: src, HTTPClient: s.client, UserAgent: s.app.userAgent(), Timeout: time.Minute,
	})
	if err != nil {
		return err
	}
	service := forms.New(client)
	if err := s.writeSamples(); err != nil {
		return err
	}
	if err := s.firstCall(ctx, src, service); err != nil {
		return err
	}
	return s.generate(ctx, service)
}

// writeSamples puts all sample templates and data where a person can look at them and go on with them.
func (s *show) writeSamples() error {
	for _, name := range sample.Names() {
		content, ok := sample.Template(name)
		if !ok {
			content, _ = sample.Data(name)
		}
		if err := atomicfile.WriteFile(filepath.Join(s.dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// request merges the template with one data file.
func (s *show) request(data string) forms.PDFRequest {
	locale := "en_GB"
	if data == "invoice-3.xml" {
		locale = "de_DE"
	}
	return forms.PDFRequest{
		Template: forms.FromFile(filepath.Join(s.dir, demoTemplate)), Data: forms.FromFile(filepath.Join(s.dir, data)),
		Options: forms.PDFOptions{Locale: locale}, CountPages: true,
	}
}

// firstCall is refused, as it is in AEM: the call makes the account's user, and an administrator puts it into the group.
func (s *show) firstCall(ctx context.Context, src *imsx.Source, service *forms.Service) error {
	_, err := service.Save(ctx, s.request(sample.DataFor(demoTemplate)[0]), filepath.Join(s.dir, "refused.pdf"))
	var refused *aem.Error
	if !errors.As(err, &refused) || refused.Cause != aem.CauseGroupMissing {
		return fmt.Errorf("the first call was not refused for want of a group: %w", err)
	}
	instance := s.em.AEM().Instances()[0]
	if err := instance.AddUserToGroup(src.Identity().Account, emulatedaem.FormsUsers); err != nil {
		return err
	}
	return s.add(step{
		Name: "aem", Title: "The first call to AEM Forms, which is refused",
		Text: "The call makes a user for the technical account. Somebody must put that user into the group forms-users; here, that\nis done now. imsx doctor finds out such things.",
		details: []row{
			{"request", "POST " + s.em.AEMAuthorURL() + refused.Path}, {"error", refused.Error()}, {"cause", string(refused.Cause)},
			{"what to do", refused.Cause.Remedy()}, {"exit code", fmt.Sprint(exitForbidden)},
		},
	})
}

// generate makes a document of each data file and looks at the first page of the first one.
func (s *show) generate(ctx context.Context, service *forms.Service) error {
	rows := []row{{"request", "POST " + s.em.AEMAuthorURL() + "/adobe/forms/doc/v1/generatePDFOutput"}, {"template", filepath.Join(s.dir, demoTemplate)}}
	var first string
	for _, data := range sample.DataFor(demoTemplate) {
		name := strings.TrimSuffix(data, ".xml")
		file := filepath.Join(s.dir, name+".pdf")
		saved, err := service.Save(ctx, s.request(data), file)
		if err != nil {
			return err
		}
		if first == "" {
			if first, err = firstPage(file); err != nil {
				return err
			}
		}
		rows = append(rows, row{name, fmt.Sprintf("%s, pages %d, %d bytes", file, saved.PageCount, saved.Bytes)})
	}
	return s.add(step{
		Name: "documents", Title: "Three data files merged with a template: PDFs",
		Text:    "They are on the disk; open one. The first page of the first, as text:\n" + first,
		details: rows,
	})
}

// firstPage returns the first lines of a document's first page, indented.
func firstPage(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	document, err := pdf.Open(data, pdf.OpenOptions{})
	if err != nil {
		return "", err
	}
	text, err := document.PageText(1)
	if err != nil {
		return "", err
	}
	const most = 12
	lines := slices.Collect(strings.Lines(text))
	shown := lines[:min(most, len(lines))]
	return "    " + strings.TrimRight(strings.Join(shown, "    "), "\n"), nil
}
