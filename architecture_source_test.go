package imsx_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// libraryPackages are the packages that programs import: they do not log, print or read the environment. The value says
// whether the package may import log/slog, for types that know how to show themselves.
var libraryPackages = map[string]bool{
	"secret": true, "token": false, "credentials": true, "ims": true, "tokencache": false, ".": false,
	"aem": false, "aem/forms": false, "store/filestore": false, "store/redisstore": false,
}

// goFile is one Go file of the module.
type goFile struct {
	path  string // relative to the modulePath, with slashes
	lines int
	file  *ast.File
	fset  *token.FileSet
}

func (s goFile) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func parseGo(name string, text []byte) (goFile, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	return goFile{path: name, lines: bytes.Count(text, []byte("\n")), file: f, fset: fset}, err
}

// goFiles returns all Go files of the modulePath, whatever system they are for.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var all []goFile
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "build"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := parseGo(filepath.ToSlash(name), text)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// exportedNames returns the exported top-level names of a file, and those of them that are type aliases. Methods and fields
// do not count.
func exportedNames(f *ast.File) (names, aliases []string) {
	add := func(id *ast.Ident) {
		if id.IsExported() {
			names = append(names, id.Name)
		}
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
			add(fn.Name)
		}
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				add(spec.Name)
				if spec.Assign.IsValid() && spec.Name.IsExported() {
					aliases = append(aliases, spec.Name.Name)
				}
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					add(id)
				}
			}
		}
	}
	return names, aliases
}

func TestArchitectureFace(t *testing.T) {
	t.Parallel()
	const maxNames, maxAliases = 30, 5
	var names, aliases []string
	for _, s := range goFiles(t) {
		if path.Dir(s.path) == "." && !s.isTest() {
			n, a := exportedNames(s.file)
			names, aliases = append(names, n...), append(aliases, a...)
		}
	}
	slices.Sort(names)
	t.Logf("package imsx exports %d names: %s", len(names), strings.Join(names, ", "))
	if len(names) == 0 || len(names) > maxNames {
		t.Errorf("package imsx exports %d names, want 1 to %d", len(names), maxNames)
	}
	if len(aliases) > maxAliases {
		t.Errorf("package imsx has %d type aliases, want at most %d: %q", len(aliases), maxAliases, aliases)
	}
}

// sizeProblems finds files of more than 700 lines, and functions of more than 80 outside tests.
func sizeProblems(s goFile) []string {
	const maxFile, maxFunction = 700, 80
	var problems []string
	if s.lines > maxFile {
		problems = append(problems, fmt.Sprintf("%s has %d lines, want at most %d", s.path, s.lines, maxFile))
	}
	for _, d := range s.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || s.isTest() {
			continue
		}
		if n := s.fset.Position(fn.End()).Line - s.fset.Position(fn.Pos()).Line + 1; n > maxFunction {
			problems = append(problems, fmt.Sprintf("%s: %s has %d lines, want at most %d", s.path, fn.Name, n, maxFunction))
		}
	}
	return problems
}

func TestArchitectureSizes(t *testing.T) {
	t.Parallel()
	for _, s := range goFiles(t) {
		reportAll(t, sizeProblems(s))
	}
	long, err := parseGo("long.go", []byte("package long\n\nfunc f() {\n"+strings.Repeat("\n", 700)+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := sizeProblems(long); len(got) != 2 {
		t.Errorf("a long function in a long file: %q, want two problems", got)
	}
}

// bannedNames are the names, by import path, that a library may not use.
var bannedNames = map[string][]string{
	"fmt":      {"Print", "Printf", "Println"},
	"os":       {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Stdin", "Stdout", "Stderr", "Exit", "Args"},
	"net/http": {"ProxyFromEnvironment"},
	"syscall":  {"Getenv", "Environ"},
	"log/slog": {"Debug", "DebugContext", "Info", "InfoContext", "Warn", "WarnContext", "Error", "ErrorContext", "Default"},
}

// behaviourProblems finds what a library must not do in one of its files.
func behaviourProblems(s goFile, slog bool, excepted ...string) []string {
	var problems []string
	names := map[string]string{} // from what a package is called in this file to its path
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if p == "log" || p == "log/slog" && !slog {
			problems = append(problems, fmt.Sprintf("%s imports %s", s.path, p))
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." && bannedNames[p] != nil {
			problems = append(problems, fmt.Sprintf("%s imports %s without a name", s.path, p))
		}
		names[name] = p
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && slices.Contains(bannedNames[names[pkg.Name]], sel.Sel.Name) && !slices.Contains(excepted, sel.Sel.Name) {
			problems = append(problems, fmt.Sprintf("%s: %s.%s", s.fset.Position(n.Pos()), pkg.Name, sel.Sel.Name))
		}
		return true
	})
	return problems
}

func TestArchitectureLibraries(t *testing.T) {
	t.Parallel()
	checked := map[string]bool{}
	for _, s := range goFiles(t) {
		dir := path.Dir(s.path)
		slog, library := libraryPackages[dir]
		if !library || s.isTest() {
			continue
		}
		checked[dir] = true
		var excepted []string
		if dir == "ims" || dir == "aem" {
			excepted = []string{"ProxyFromEnvironment"} // proxies are expected to work
		}
		reportAll(t, behaviourProblems(s, slog, excepted...))
	}
	if len(checked) != len(libraryPackages) {
		t.Errorf("%d libraries were found, want %d", len(checked), len(libraryPackages))
	}
}

func TestArchitectureLibrariesCanFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want int
	}{
		{`import "fmt"; var _ = fmt.Sprint("x")`, 0},
		{`import "fmt"; func f() { fmt.Println("x") }`, 1},
		{`import w "fmt"; var p = w.Printf`, 1},
		{`import "os"; var home = os.Getenv("HOME")`, 1},
		{`import . "os"; var home = Getenv("HOME")`, 1},
		{`import "log"; func f() { log.Print("x") }`, 1},
		{`import "log/slog"; func f() { slog.Info("x") }`, 2},
		{`import "net/http"; var p = http.ProxyFromEnvironment`, 1},
	} {
		s, err := parseGo("bad.go", []byte("package bad; "+tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := behaviourProblems(s, false); len(got) != tt.want {
			t.Errorf("%s: %q, want %d problems", tt.text, got, tt.want)
		}
	}
}
