package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/imsx/imsx/secret"
)

const (
	pagesPrefix     = Prefix + "console/"
	downloadsPrefix = pagesPrefix + "downloads/"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/console.css assets/console.js assets/htmx.min.js assets/htmx.LICENSE assets/icon.svg
var assetFiles embed.FS

// pages are the templates and the files beside them.
type pages struct {
	templates *template.Template
	assets    map[string]asset
}

type asset struct {
	kind, tag string
	content   []byte
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".LICENSE": "text/plain; charset=utf-8",
}

func parsePages() (*pages, error) {
	t, err := template.ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{templates: t, assets: map[string]asset{}}
	names, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := assetFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		p.assets[path.Base(name)] = asset{
			kind: assetKinds[path.Ext(name)], tag: `"` + hex.EncodeToString(sum[:8]) + `"`, content: content,
		}
	}
	return p, nil
}

// mountPages mounts the page. Its style and scripts are open to all, because the page for signing in needs them.
func (s *Server) mountPages(mux *http.ServeMux) {
	page := func(pattern string, h http.HandlerFunc) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+pagesPrefix+path, s.protect(h, s.denyPage))
	}
	mux.Handle("GET "+Prefix+"{$}", http.RedirectHandler(pagesPrefix, http.StatusSeeOther))
	mux.HandleFunc("GET "+pagesPrefix+"assets/{name}", s.serveAsset)
	mux.HandleFunc("POST "+pagesPrefix+"sign-in", s.signIn)
	page("POST sign-out", s.signOut)
	page("GET {$}", s.overviewPage)
	page("GET counters", s.countersPart)
	page("GET status", s.statusPart)
	page("GET journal", s.journalPage)
	page("GET journal/stream", s.journalStream)
	page("GET journal/{id}", s.entryPart)
	page("POST journal/clear", s.clearJournalForm)
	page("GET accounts", s.accountsPage)
	page("POST accounts/{action}", s.accountsForm)
	page("GET faults", s.faultsPage)
	page("POST faults/{action}", s.faultsForm)
	page("POST clock", s.clockForm)
	page("POST limits/{action}", s.limitsForm)
	page("POST reset", s.resetForm)
	page("GET decoder", s.decoderPage)
	page("POST decoder", s.decoderForm)
	page("GET downloads", s.downloadsPage)
	page("GET downloads/{client}/{shape}", s.download)
	if s.cfg.AEM != nil {
		page("GET aem", s.aemPage)
		page("POST aem/{environment}/{tier}/{action}", s.aemForm)
	}
	if s.cfg.Forms != nil {
		page("GET documents", s.documentsPage)
		page("GET documents/stream", s.documentStream)
		page("GET documents/{id}", s.documentPart)
		page("GET documents/{id}/picture", s.documentPicture)
		page("POST documents/clear", s.clearDocumentsForm)
	}
	page("GET ", s.noPage)
}

func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.tag)
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(a.content)
}

// page is what every page shows around its content.
type page struct {
	Title    string
	Nav      []navItem
	Status   statusView
	SignedIn bool
	Notice   string
}

type navItem struct {
	Path, Name string
	Current    bool
}

type statusView struct {
	Clock      string
	ClockMoved bool
	Faults     int
	FaultsText string
}

func (s *Server) nav() []navItem {
	items := []navItem{{Path: "", Name: "Overview"}, {Path: "journal", Name: "Journal"}, {Path: "accounts", Name: "Accounts"}}
	if s.cfg.AEM != nil {
		items = append(items, navItem{Path: "aem", Name: "AEM"})
	}
	if s.cfg.Forms != nil {
		items = append(items, navItem{Path: "documents", Name: "Documents"})
	}
	return append(items,
		navItem{Path: "faults", Name: "Faults and clock"}, navItem{Path: "decoder", Name: "Decoder"},
		navItem{Path: "downloads", Name: "Downloads"})
}

// newPage returns the frame of the page with a title, which is also its name among the links.
func (s *Server) newPage(r *http.Request, title string) page {
	p := page{
		Title: title, Nav: s.nav(), Status: s.statusView(), SignedIn: s.access(r) == accessSession,
		Notice: notices[r.URL.Query().Get("done")],
	}
	for i := range p.Nav {
		p.Nav[i].Current = p.Nav[i].Name == title
		p.Nav[i].Path = pagesPrefix + p.Nav[i].Path
	}
	return p
}

// notices are what a page says after a form led back to it. Only the word travels in the address.
var notices = map[string]string{
	"cleared":   "The journal is empty.",
	"documents": "No document is kept any longer.",
	"reset":     "Everything is as it was at the start.",
}

func (s *Server) statusView() statusView {
	v := statusView{Clock: "Clock is right", Faults: s.liveFaults()}
	if d := s.cfg.Clock.Difference(); d != 0 {
		v.Clock, v.ClockMoved = "Clock "+signed(d), true
	}
	switch v.Faults {
	case 0:
		v.FaultsText = "No faults"
	case 1:
		v.FaultsText = "1 fault"
	default:
		v.FaultsText = fmt.Sprintf("%d faults", v.Faults)
	}
	return v
}

// render writes a template as a page. It is rendered whole before anything is sent.
func (s *Server) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages.templates.ExecuteTemplate(&b, name, data); err != nil {
		s.logger.Error("a page of the console cannot be made", "page", name, "cause", err)
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *Server) statusPart(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "status", s.statusView())
}

// fromHTMX reports whether a script of the page asks, which wants the part that changed instead of a redirect.
func fromHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// messagePage is a page with nothing but a message.
type messagePage struct {
	Page page
	Text string
}

func (s *Server) noPage(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusNotFound, "message", messagePage{s.newPage(r, "No such page"), "The console has no such page."})
}

// signInPage is the page that a browser without access gets.
type signInPage struct {
	Title             string
	Host              string
	Wrong, Impossible bool
}

func (s *Server) signInPage(r *http.Request, wrong bool) signInPage {
	return signInPage{Title: "Sign in", Host: r.Host, Wrong: wrong, Impossible: s.cfg.Key.IsZero()}
}

// denyPage answers a request for a page that has no access.
func (s *Server) denyPage(w http.ResponseWriter, r *http.Request, a access) {
	switch {
	case a == accessForeign:
		http.Error(w, "a page of another site sent this request", http.StatusForbidden)
	case fromHTMX(r):
		// The page that asks is out of date: its session has ended.
		w.Header().Set("HX-Refresh", "true")
		w.WriteHeader(http.StatusUnauthorized)
	default:
		s.render(w, http.StatusUnauthorized, "signin", s.signInPage(r, false))
	}
}

// signIn makes a session for a browser that knows the control key.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	switch key := r.PostFormValue("key"); {
	case isForeign(r):
		s.denyPage(w, r, accessForeign)
	case s.cfg.Key.IsZero() || !s.cfg.Key.Equal(secret.New(strings.TrimSpace(key))):
		s.render(w, http.StatusUnauthorized, "signin", s.signInPage(r, true))
	default:
		http.SetCookie(w, s.sessions.cookie(r))
		http.Redirect(w, r, pagesPrefix, http.StatusSeeOther)
	}
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.sessions.ended(r))
	http.Redirect(w, r, pagesPrefix, http.StatusSeeOther)
}
