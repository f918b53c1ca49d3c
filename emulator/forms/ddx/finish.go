package ddx

import (
	"bytes"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// build does what is done to the assembled document, up to writing it.
func (r *runner) build(n *node, a *assembly) error {
	if err := a.settle(r.ctx); err != nil {
		return err
	}
	if err := a.writeMarks(); err != nil {
		return err
	}
	a.writeLabels()
	if err := a.addAttachments(a.context(), n); err != nil {
		return err
	}
	info := a.resultInfo()
	return pdf.PutInfo(a.context(), map[string]string{
		"Title": info.Title, "Author": info.Author, "Subject": info.Subject, "Keywords": info.Keywords, "Creator": info.Creator,
		"Producer": info.Producer, "CreationDate": info.CreationDate,
	})
}

// resultInfo returns the base document's information with what the result says.
func (a *assembly) resultInfo() pdf.Info {
	info := a.base
	for _, k := range a.node.kids {
		switch k.name {
		case "Title":
			info.Title = k.content()
		case "Author":
			info.Author = k.content()
		case "Subject":
			info.Subject = k.content()
		case "Keywords":
			var words []string
			for _, w := range k.kids {
				if w.name == "Keyword" {
					words = append(words, w.content())
				}
			}
			info.Keywords = strings.Join(words, ", ")
		}
	}
	return info
}

// seal applies the initial view and the encryption, and writes the document.
func (r *runner) seal(n *node, a *assembly) ([]byte, error) {
	if name, ok := n.attrs["initialView"]; ok {
		if err := a.view(r.job.profiles["InitialViewProfile "+name]); err != nil {
			return nil, err
		}
	}
	data, err := r.write(a)
	if err != nil {
		return nil, err
	}
	name, ok := n.attrs["encryption"]
	if !ok || name == "None" {
		return data, nil
	}
	return encrypt(r.job.profiles["PasswordEncryptionProfile "+name], data, r.o.Time)
}

// write writes what was merged, the same each time.
func (r *runner) write(a *assembly) ([]byte, error) {
	if err := pdf.Renumber(a.context()); err != nil {
		return nil, err
	}
	return pdf.Write(a.context(), r.o.Time)
}

func (n *node) childContent(name string) string {
	if k := n.child(name); k != nil {
		return k.content()
	}
	return ""
}

// encrypt encrypts with all permissions; the owner's password is the user's where there is none.
func encrypt(profile *node, data []byte, t time.Time) ([]byte, error) {
	f, err := pdf.Open(data, pdf.OpenOptions{})
	if err != nil {
		return nil, err
	}
	conf := f.Context().Configuration
	conf.Cmd = model.ENCRYPT
	conf.UserPW = profile.childContent("OpenPassword")
	conf.OwnerPW = profile.childContent("MasterPassword")
	if conf.OwnerPW == "" {
		conf.OwnerPW = conf.UserPW
	}
	conf.Permissions = model.PermissionsAll
	conf.EncryptUsingAES, conf.EncryptKeyLength = true, 128
	switch profile.attr("compatibilityLevel", "Acrobat7") {
	case "Acrobat5", "Acrobat6":
		conf.EncryptUsingAES = false
	case "Acrobat9", "Acrobat10", "AcrobatX":
		conf.EncryptKeyLength = 256
	}
	return pdf.Write(f.Context(), t)
}

// The names that PDF has for what an initial view says.
var (
	pageModes = map[string]string{
		"PageOnly": "UseNone", "BookmarksPanel": "UseOutlines", "PagesPanel": "UseThumbs", "AttachmentsPanel": "UseAttachments",
		"LayersPanel": "UseOC",
	}
	pageLayouts = map[string]string{
		"SinglePage": "SinglePage", "Continuous": "OneColumn", "Facing": "TwoPageLeft", "ContinuousFacing": "TwoColumnLeft",
	}
	preferences = map[string]string{
		"hideMenuBar": "HideMenubar", "hideToolBars": "HideToolbar", "hideWindowControls": "HideWindowUI",
		"resizeToFit": "FitWindow", "centerOnScreen": "CenterWindow",
	}
	views = map[string]types.Array{
		"Default": {types.Name("XYZ"), nil, nil, nil}, "FitPage": {types.Name("Fit")}, "FitWidth": {types.Name("FitH"), nil},
		"FitVisible": {types.Name("FitB")}, "ActualSize": {types.Name("XYZ"), nil, nil, types.Integer(1)},
	}
)

func (a *assembly) view(p *node) error {
	root := a.context().RootDict
	if mode, ok := pageModes[p.attrs["show"]]; ok {
		root["PageMode"] = types.Name(mode)
	}
	if p.attrs["fullScreen"] == "true" {
		root["PageMode"] = types.Name("FullScreen")
	}
	if layout, ok := pageLayouts[p.attrs["pageLayout"]]; ok {
		root["PageLayout"] = types.Name(layout)
	}
	prefs := types.NewDict()
	for _, name := range sorted(preferences) {
		if v, ok := p.attrs[name]; ok {
			prefs[preferences[name]] = types.Boolean(v == "true")
		}
	}
	if title, ok := p.attrs["titleBar"]; ok {
		prefs["DisplayDocTitle"] = types.Boolean(title == "DocumentTitle")
	}
	if len(prefs) > 0 {
		root["ViewerPreferences"] = prefs
	}
	number := p.integer("openToPage", 1)
	if number < 1 || number > len(a.sheets) {
		return jobErrorf(p.line, "the initial view opens page %d of %d", number, len(a.sheets))
	}
	_, page := p.attrs["openToPage"]
	if magnification, ok := p.attrs["magnification"]; ok || page {
		if !ok {
			magnification = "Default"
		}
		root["OpenAction"] = append(types.Array{a.sheets[number-1].page.Ref}, views[magnification]...)
	}
	return nil
}

// addAttachments adds the attachments that n has as children.
func (a *assembly) addAttachments(ctx *model.Context, n *node) error {
	for _, k := range n.kids {
		if k.key() != "FileAttachments source" {
			continue
		}
		data, ok, err := a.r.document(k)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := a.addAttachment(ctx, k, data); err != nil {
			return err
		}
	}
	return nil
}

func (a *assembly) addAttachment(ctx *model.Context, n *node, data []byte) error {
	name := n.attrs["source"]
	if f := n.child("File"); f != nil {
		name = f.attr("filename", name)
	}
	modified := a.r.o.Time
	if modified.IsZero() {
		modified = time.Unix(0, 0).UTC()
	}
	err := pdf.Guard("the attachment cannot be added", func() error {
		return ctx.AddAttachment(model.Attachment{
			Reader: bytes.NewReader(data), ID: name, FileName: name, Desc: n.childContent("Description"), ModTime: &modified,
		}, false)
	})
	if err != nil {
		return err
	}
	a.r.logf("  attachment %q (line %d): %d bytes", short(name), n.line, len(data))
	return nil
}
