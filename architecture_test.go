package imsx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/imsx/imsx"

// layer says what a package may import besides the standard library. Paths of our own packages are relative to the
// module, "." being its root; a module of somebody else's stands for all its packages.
type layer struct {
	floor  int
	own    []string
	others []string
}

// architecture holds every package of the module. A package imports only packages of lower floors; a package and its
// own sub-package are excepted, in one direction. A change here needs a record in docs/decisions.
var architecture = map[string]layer{
	"secret":              {floor: 0},
	"internal/adobehost":  {floor: 0},
	"internal/term":       {floor: 0, others: []string{"golang.org/x/term"}},
	"internal/atomicfile": {floor: 0},
	"internal/cleantext":  {floor: 0},
	"internal/namelock":   {floor: 0},

	"internal/netcause": {floor: 1, own: []string{"internal/cleantext"}},

	"token":       {floor: 1, own: []string{"secret"}},
	"credentials": {floor: 1, own: []string{"secret", "internal/adobehost"}, others: []string{"go.yaml.in/yaml/v3", "golang.org/x/crypto/scrypt"}},

	"ims": {
		floor: 2, own: []string{"secret", "token", "internal/adobehost", "internal/cleantext", "internal/netcause"},
		others: []string{"github.com/go-jose/go-jose/v4"},
	},
	"tokencache": {
		floor: 2, own: []string{"secret", "token", "internal/namelock"}, others: []string{"github.com/cenkalti/backoff/v5"},
	},
	"store/filestore":  {floor: 1, own: []string{"internal/atomicfile"}, others: []string{"github.com/gofrs/flock"}},
	"store/redisstore": {floor: 1, own: []string{"secret", "internal/namelock"}, others: []string{"github.com/redis/rueidis"}},

	// The emulator has floors of its own: time and memory, the services, what goes wrong with them, who controls them.
	"emulator/clock":   {floor: 0},
	"emulator/journal": {floor: 1, own: []string{"secret", "emulator/clock"}},
	"emulator/ims":     {floor: 2, own: []string{"secret", "emulator/clock", "emulator/journal"}},
	"emulator/aem":     {floor: 2, own: []string{"secret", "emulator/clock", "emulator/journal"}},
	// Forms: from a template to pages to a file, and what is done with files; the services on top. See decision 10.
	"emulator/forms/page":        {floor: 0, others: []string{"codeberg.org/go-pdf/fpdf", "golang.org/x/image"}},
	"emulator/forms/sample":      {floor: 0},
	"emulator/forms/xfa/picture": {floor: 0},
	"emulator/forms/xfa":         {floor: 1, own: []string{"emulator/forms/page", "emulator/forms/xfa/picture"}},
	"emulator/forms/render": {
		floor: 1, own: []string{"emulator/forms/page"}, others: []string{"codeberg.org/go-pdf/fpdf"},
	},
	"emulator/forms/printer": {floor: 1, own: []string{"emulator/forms/page"}},
	"emulator/forms/pdf":     {floor: 1, others: []string{"github.com/pdfcpu/pdfcpu"}},
	"emulator/forms/ddx":     {floor: 2, own: []string{"emulator/forms/pdf"}, others: []string{"github.com/pdfcpu/pdfcpu"}},
	"emulator/forms/assure": {
		floor: 2, own: []string{"emulator/forms/pdf"}, others: []string{"github.com/pdfcpu/pdfcpu", "github.com/smallstep/pkcs7"},
	},
	"emulator/forms/pdfa": {
		floor: 2, own: []string{"emulator/forms/pdf"}, others: []string{"github.com/pdfcpu/pdfcpu", "golang.org/x/image"},
	},
	"emulator/forms/preview": {
		floor: 2, own: []string{"emulator/forms/page", "emulator/forms/pdf"}, others: []string{"github.com/pdfcpu/pdfcpu"},
	},
	"emulator/forms": {
		floor: 3,
		own: []string{
			"emulator/clock", "emulator/journal", "emulator/aem", "emulator/forms/page", "emulator/forms/sample",
			"emulator/forms/xfa", "emulator/forms/render", "emulator/forms/printer",
			"emulator/forms/pdf", "emulator/forms/ddx", "emulator/forms/assure", "emulator/forms/pdfa", "emulator/forms/preview",
		},
	},
	"emulator/fault": {
		floor: 3, own: []string{"secret", "emulator/clock", "emulator/journal", "emulator/ims", "emulator/aem"},
		others: []string{"go.yaml.in/yaml/v3"},
	},
	"emulator/console": {
		floor: 4,
		own: []string{
			"secret", "emulator/clock", "emulator/journal", "emulator/ims", "emulator/aem", "emulator/fault", "emulator/forms",
		},
	},
	"emulator": {
		floor: 5,
		own: []string{
			"secret", "internal/atomicfile", "emulator/clock", "emulator/journal", "emulator/ims", "emulator/aem", "emulator/fault",
			"emulator/console", "emulator/forms", "emulator/forms/assure",
		},
	},
	"emulator/emulatortest": {floor: 6, own: []string{"emulator", "emulator/fault", "emulator/journal"}},
	"emulator/clients":      {floor: 6}, // tests only
	"examples":              {floor: 6}, // tests only

	".": {
		floor: 3, own: []string{"secret", "token", "credentials", "internal/adobehost", "ims", "tokencache"},
		others: []string{"golang.org/x/oauth2"},
	},
	"aem": {
		floor: 2, own: []string{
			"secret", "token", "internal/adobehost", "internal/atomicfile", "internal/cleantext", "internal/netcause",
		},
		others: []string{"github.com/cenkalti/backoff/v5"},
	},
	"aem/forms":          {floor: 3, own: []string{"secret", "aem"}},
	"internal/bulk":      {floor: 0, others: []string{"github.com/gofrs/flock"}},
	"internal/redistest": {floor: 0}, // for tests
	"internal/doctor": {
		floor: 3, own: []string{"secret", "token", "credentials", "internal/adobehost", "internal/cleantext", "ims", "aem"},
	},
	"tokencache/storetest": {floor: 3, own: []string{"tokencache"}},

	"internal/cli": {
		floor: 7,
		own: []string{
			"secret", "token", "credentials", "internal/term", "internal/atomicfile", "internal/bulk", "ims", "tokencache",
			"store/filestore", "store/redisstore", "aem", "aem/forms", "internal/doctor", ".",
			"emulator", "emulator/fault", "emulator/aem", "emulator/forms/pdf", "emulator/forms/sample",
		},
		others: []string{"github.com/spf13/cobra", "go.yaml.in/yaml/v3", "github.com/spf13/pflag", "github.com/vbauerster/mpb/v8"},
	},

	"cmd/imsx": {floor: 8, own: []string{"internal/cli"}},
	"internal/bench": {
		floor: 8,
		own: []string{
			"secret", "token", "credentials", "ims", "aem", "store/filestore", "store/redisstore", "emulator",
			"emulator/ims", "emulator/forms/page", "emulator/forms/render", "emulator/forms/sample", "emulator/forms/xfa", ".",
		},
		others: []string{"golang.org/x/oauth2", "codeberg.org/go-pdf/fpdf"},
	},
}

// listed is what these tests read of go list's answer.
type listed struct {
	ImportPath string
	Imports    []string
}

func goList(env string, args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// listModule lists the module's packages with what they import on any of the systems that are built for.
var listModule = sync.OnceValues(func() ([]listed, error) {
	var all []listed
	for _, system := range []string{"linux", "darwin", "windows"} {
		some, err := goList("GOOS="+system, "./...")
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
})

func modulePackages(t *testing.T) []listed {
	t.Helper()
	all, err := listModule()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inModule returns the path of one of our packages within the module.
func inModule(importPath string) (string, bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func within(importPath, parent string) bool {
	return importPath == parent || strings.HasPrefix(importPath, parent+"/")
}

// importProblems compares packages with a table of layers.
func importProblems(pkgs []listed, table map[string]layer) []string {
	var problems []string
	seen := map[string]bool{}
	for _, p := range pkgs {
		name, _ := inModule(p.ImportPath)
		l, known := table[name]
		if !known {
			problems = append(problems, fmt.Sprintf("package %s is not in the table", name))
			continue
		}
		seen[name] = true
		for _, imp := range p.Imports {
			if problem := importProblem(name, l, imp, table); problem != "" {
				problems = append(problems, fmt.Sprintf("package %s imports %s: %s", name, imp, problem))
			}
		}
	}
	for name := range table {
		if !seen[name] {
			problems = append(problems, fmt.Sprintf("package %s is in the table but does not exist", name))
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

func importProblem(name string, l layer, imp string, table map[string]layer) string {
	own, isOwn := inModule(imp)
	switch {
	case isOwn && !slices.Contains(l.own, own):
		return "the table does not allow it"
	case isOwn && table[own].floor >= l.floor && !within(own, name) && !within(name, own):
		return fmt.Sprintf("floor %d imports floor %d", l.floor, table[own].floor)
	case isOwn || isStandard(imp):
		return ""
	case !slices.ContainsFunc(l.others, func(m string) bool { return within(imp, m) }):
		return "the table does not allow it"
	}
	return ""
}

func reportAll(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

func TestArchitectureImports(t *testing.T) {
	t.Parallel()
	reportAll(t, importProblems(modulePackages(t), architecture))
}

// Contributors read the floors from a table that says what this one does.
func TestArchitectureIsDescribed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]int{}, map[string]int{}
	floor := -1
	for _, row := range regexp.MustCompile(`(?m)^\| *([0-9]*) *\|([^|]*)\|`).FindAllStringSubmatch(string(text), -1) {
		if row[1] != "" {
			floor, _ = strconv.Atoi(row[1])
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			got[name[1]] = floor
		}
	}
	for name, l := range architecture {
		want[name] = l.floor
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("floors in CONTRIBUTING.md (-architecture +described):\n%s", diff)
	}
}

func TestArchitectureImportsCanFail(t *testing.T) {
	t.Parallel()
	table := map[string]layer{
		"low": {floor: 0}, "high": {floor: 1, own: []string{"low", "equal"}, others: []string{"example.com/m"}},
		"equal": {floor: 1}, "high/sub": {floor: 1, own: []string{"high"}},
	}
	whole := []listed{
		{ImportPath: modulePath + "/low"}, {ImportPath: modulePath + "/high"}, {ImportPath: modulePath + "/equal"},
		{ImportPath: modulePath + "/high/sub"},
	}
	for _, tt := range []struct {
		name string
		pkg  listed
		want int
	}{
		{"allowed", listed{modulePath + "/high", []string{"fmt", modulePath + "/low", "example.com/m/sub"}}, 0},
		{"its own sub-package", listed{modulePath + "/high/sub", []string{modulePath + "/high"}}, 0},
		{"an unknown package", listed{modulePath + "/new", nil}, 1},
		{"our package that is not listed", listed{modulePath + "/low", []string{modulePath + "/high"}}, 1},
		{"an equal floor", listed{modulePath + "/high", []string{modulePath + "/equal"}}, 1},
		{"a module that is not listed", listed{modulePath + "/high", []string{"example.com/more"}}, 1},
	} {
		if got := importProblems(append(slices.Clone(whole), tt.pkg), table); len(got) != tt.want {
			t.Errorf("%s: %d problems, want %d: %q", tt.name, len(got), tt.want, got)
		}
	}
	if got := importProblems(whole[1:], table); len(got) != 1 {
		t.Errorf("a package that is gone: %q, want one problem", got)
	}
}

// pulledIn returns which of the forbidden paths a package needs directly or through others.
func pulledIn(t *testing.T, pkg string, forbidden ...string) []string {
	t.Helper()
	deps, err := goList("GOOS=linux", "-deps", pkg)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, d := range deps {
		hit := func(f string) bool { return d.ImportPath == f || f != modulePath && within(d.ImportPath, f) }
		if slices.ContainsFunc(forbidden, hit) {
			found = append(found, d.ImportPath)
		}
	}
	return found
}

func TestArchitectureWeight(t *testing.T) {
	t.Parallel()
	heavy := []string{
		"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/redis/rueidis",
		"github.com/prometheus/client_golang", "net/http/pprof", "testing",
	}
	client := []string{modulePath, modulePath + "/ims", modulePath + "/tokencache", modulePath + "/internal/cli"}
	for pkg, forbidden := range map[string][]string{
		".":              heavy,
		"./emulator":     client,
		"./emulator/ims": append([]string{modulePath + "/credentials", modulePath + "/token"}, client...),
	} {
		t.Run(pkg, func(t *testing.T) {
			t.Parallel()
			for _, d := range pulledIn(t, pkg, forbidden...) {
				t.Errorf("%s needs %s", pkg, d)
			}
		})
	}
	t.Run("can fail", func(t *testing.T) {
		t.Parallel()
		if got := pulledIn(t, "./cmd/imsx", heavy...); !slices.Contains(got, "github.com/spf13/cobra") {
			t.Errorf("the command line needs %q, and cobra is not found among it", got)
		}
		if got := pulledIn(t, "./cmd/imsx", client...); len(got) != len(client) {
			t.Errorf("the command line needs %q, want %q", got, client)
		}
	})
}

func TestArchitectureNames(t *testing.T) {
	t.Parallel()
	vague := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "pkg", "misc", "base"}
	for _, p := range modulePackages(t) {
		for _, part := range strings.Split(strings.TrimPrefix(p.ImportPath, modulePath), "/") {
			if slices.Contains(vague, part) {
				t.Errorf("package %s: %q says nothing about what is in it", p.ImportPath, part)
			}
		}
	}
}
