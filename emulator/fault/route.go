package fault

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/ims"
)

// Route is a name for a set of paths, for [Match.Route]. Those of IMS are the ones in the journal.
type Route struct {
	Name    string `json:"name"`
	Service string `json:"service"` // "ims" or "aem"
}

// Routes returns all names of routes in a fixed order: IMS first.
func Routes() []Route {
	var all []Route
	for _, name := range ims.Routes() {
		all = append(all, Route{name, serviceIMS})
	}
	for _, name := range slices.Sorted(maps.Keys(aemRoutes)) {
		all = append(all, Route{name, serviceAEM})
	}
	return all
}

// aemRoutes are the paths behind AEM's door by name. The first of a name may have a method before it, which is that of all.
var aemRoutes = map[string][]string{
	"assets":      {"/api/assets.json", "/api/assets", "/api/assets/**", "/content/dam", "/content/dam/**"},
	"currentuser": {"/libs/granite/security/currentuser.json"},
	"forms":       {"/adobe/forms/**", "/adobe/document/**"},

	"forms/generatePDFOutput":     {"/adobe/forms/doc/v1/generatePDFOutput"},
	"forms/generatePrintedOutput": {"/adobe/forms/doc/v1/generatePrintedOutput"},
	"forms/generateAFP":           {"/adobe/forms/doc/v1/generate/afp"},
	"forms/invokeDDX":             {"/adobe/forms/assembler/ddx/invoke"},
	"forms/convertPDFA":           {"/adobe/forms/assembler/pdfa/convert"},
	"forms/validatePDFA":          {"/adobe/forms/assembler/pdfa/validate"},
	"forms/encrypt":               {"POST /adobe/forms/document/assure/encrypt"},
	"forms/decrypt":               {"PUT /adobe/forms/document/assure/encrypt"},
	"forms/inspect":               {"/adobe/forms/document/assure/inspect"},
	"forms/sign":                  {"/adobe/forms/document/assure/sign"},
	"forms/certify":               {"/adobe/forms/document/assure/certify"},
	"forms/signfield":             {"/adobe/forms/document/assure/signfield"},
	"forms/results":               {"/adobe/forms/document/assure/results/*"},
	"forms/batch":                 {"/adobe/forms/batch/**"},
}

// formsRoute is the route of all Forms services, and begins the names of those of each.
const formsRoute = "forms"

// routeService returns whose route the match names; "" if it is a pattern or nothing.
func (m Match) routeService() string {
	all := Routes()
	if i := slices.IndexFunc(all, func(r Route) bool { return r.Name == m.Route }); i >= 0 {
		return all[i].Service
	}
	return ""
}

// pattern is the name of a route of IMS, or a method, "" for any, and an expression for the path.
type pattern struct {
	name   string
	method string
	path   *regexp.Regexp
}

// compileRoute reads a [Match.Route]. The empty one fits everything.
func compileRoute(route string) (pattern, error) {
	if route == "" {
		return compilePaths("", "**")
	}
	if paths, ok := aemRoutes[route]; ok {
		method, path, named := strings.Cut(paths[0], " ")
		if !named {
			method, path = "", method
		}
		return compilePaths(method, append([]string{path}, paths[1:]...)...)
	}
	if slices.Contains(ims.Routes(), route) {
		return pattern{name: route}, nil
	}
	method, path, ok := strings.Cut(route, " ")
	if !ok {
		method, path = "", route
	}
	switch {
	case len(route) > 500:
		return pattern{}, errors.New("is longer than 500 characters")
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*"):
		return pattern{}, fmt.Errorf("%q is neither the name of a route nor a path%s", short(route), suggestion(route, routeNames()))
	case strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return pattern{}, fmt.Errorf("%q is not a method", short(method))
	}
	return compilePaths(method, path)
}

// compilePaths makes one regular expression of some patterns: its time is bounded by the length of the path.
func compilePaths(method string, globs ...string) (pattern, error) {
	var all []string
	for _, glob := range globs {
		e := regexp.QuoteMeta(glob)
		e = strings.ReplaceAll(e, `\*\*`, `.*`)
		all = append(all, strings.ReplaceAll(e, `\*`, `[^/]*`))
	}
	e, err := regexp.Compile(`(?s)\A(?:` + strings.Join(all, "|") + `)\z`)
	if err != nil {
		return pattern{}, errors.New("is not a pattern")
	}
	return pattern{method: method, path: e}, nil
}

func routeNames() []string {
	var names []string
	for _, r := range Routes() {
		names = append(names, r.Name)
	}
	return names
}

func (p pattern) matches(r *http.Request) bool {
	if p.name != "" {
		name, _ := ims.Route(r.URL.Path)
		return name == p.name
	}
	return (p.method == "" || p.method == r.Method) && p.path.MatchString(r.URL.Path)
}
