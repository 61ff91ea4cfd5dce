package pkg_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "github.com/backmon/backmon/"

// layers is the import rule of docs/adr/0001-layers.md: a package may import
// those named here, and the standard library. What is not listed may not be
// imported, so a new package has to be placed before it can be used.
var layers = map[string][]string{
	"pkg/spelling":            {},
	"pkg/prose":               {},
	"pkg/goldentest":          {"github.com/google/go-cmp"},
	"pkg/trust":               {},
	"pkg/pattern":             {"pkg/spelling"},
	"pkg/schedule":            {"pkg/spelling", "github.com/hashicorp/cronexpr"},
	"pkg/backup":              {"pkg/pattern", "pkg/prose", "pkg/schedule"},
	"pkg/incident":            {"pkg/backup", "pkg/schedule"},
	"pkg/document":            {"pkg/backup", "pkg/spelling", "go.yaml.in/yaml/v3"},
	"pkg/definition":          {"pkg/backup", "pkg/pattern", "pkg/schedule", "pkg/document"},
	"pkg/config":              {"pkg/backup", "pkg/document", "pkg/incident", "pkg/schedule", "pkg/spelling"},
	"pkg/storage":             {"pkg/backup", "go.yaml.in/yaml/v3"},
	"pkg/storage/local":       {"pkg/storage", "golang.org/x/sys"},
	"pkg/storage/s3":          {"pkg/storage", "pkg/trust", "github.com/aws"},
	"pkg/storage/storagetest": {"pkg/storage", "github.com/google/go-cmp"},
	"pkg/link":                {"pkg/backup"},
	"pkg/scan":                {"pkg/backup", "pkg/pattern", "pkg/definition", "pkg/storage"},
	"pkg/bus":                 {"proto", "github.com/nats-io", "google.golang.org/protobuf"},
	"pkg/bus/embedded":        {"pkg/bus", "github.com/nats-io"},
	"pkg/bus/bustest":         {"pkg/bus", "pkg/bus/embedded", "github.com/nats-io"},
	"pkg/wire":                {"proto", "pkg/backup", "pkg/incident", "pkg/prose", "google.golang.org/protobuf"},
	"pkg/gate":                {"proto", "pkg/backup", "pkg/wire"},
	"pkg/view":                {"proto", "pkg/backup", "pkg/bus", "pkg/incident", "pkg/wire"},
	"pkg/client":              {"proto", "pkg/bus"},
}

// core is what must be pure: no file, network, clock, context, lock or logger.
var core = []string{"pkg/spelling", "pkg/prose", "pkg/pattern", "pkg/schedule", "pkg/backup", "pkg/incident"}

var impure = []string{"os", "net", "context", "sync", "log", "io/fs", "syscall", "unsafe", "math/rand", "time/tzdata"}

// owners are the only packages that may import a library, tests aside.
var owners = map[string][]string{
	"github.com/nats-io":         {"pkg/bus"},
	"github.com/aws":             {"pkg/storage/s3"},
	"google.golang.org/protobuf": {"pkg/bus", "pkg/wire", "services"},
	"go.uber.org/zap":            {"services"},
	"github.com/spf13/cobra":     {"services/cmd"},
	"github.com/nicholas-fedor":  {"services/notifier/receiver"},
}

func TestImportRule(t *testing.T) {
	for _, f := range sources(t, ".", "../services") {
		for _, path := range f.imports {
			checkLayer(t, f, path)
			checkPurity(t, f, path)
			checkOwner(t, f, path)
			checkServices(t, f, path)
			checkBlind(t, f, path)
		}
	}
}

func checkLayer(t *testing.T, f source, path string) {
	if !strings.HasPrefix(f.pkg, "pkg") || !strings.Contains(strings.Split(path, "/")[0], ".") {
		return
	}
	allowed, placed := layers[f.pkg]
	if !placed {
		t.Errorf("%s: package %q has no place in the layers of imports_test.go", f.name, f.pkg)
		return
	}
	local := strings.TrimPrefix(path, root)
	if !slices.ContainsFunc(allowed, func(a string) bool { return within(local, a) && (local == path || local == a || a == "proto") }) {
		t.Errorf("%s: %q may not import %q", f.name, f.pkg, local)
	}
}

func checkPurity(t *testing.T, f source, path string) {
	if slices.Contains(core, f.pkg) && slices.ContainsFunc(impure, func(i string) bool { return within(path, i) }) {
		t.Errorf("%s: the core may not import %q", f.name, path)
	}
}

func checkOwner(t *testing.T, f source, path string) {
	for library, packages := range owners {
		if within(path, library) && !slices.ContainsFunc(packages, func(p string) bool { return within(f.pkg, p) }) {
			t.Errorf("%s: only %v may import %q", f.name, packages, path)
		}
	}
}

// checkServices keeps services apart: they meet on the bus only. Package tooltest is
// none: the tests of all use it.
func checkServices(t *testing.T, f source, path string) {
	mine, theirs := service(f.pkg), service(strings.TrimPrefix(path, root))
	if mine == "" || theirs == "" || mine == theirs || mine == "cmd" || mine == "e2e" || theirs == "tooltest" {
		return
	}
	t.Errorf("%s: service %q may not import service %q", f.name, mine, theirs)
}

// blind are the packages that hold no right to any storage, and so no code of it.
var blind = []string{"services/notifier"}

func checkBlind(t *testing.T, f source, path string) {
	sees := within(path, root+"pkg/storage") || within(path, root+"pkg/scan")
	if sees && slices.ContainsFunc(blind, func(b string) bool { return within(f.pkg, b) }) {
		t.Errorf("%s: %q may not import %q", f.name, f.pkg, path)
	}
}

func service(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "services/")
	if !ok {
		return ""
	}
	return strings.Split(rest, "/")[0]
}

// within reports whether path is prefix or lies below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// TestCoreReadsNoClock keeps now a parameter of the core.
func TestCoreReadsNoClock(t *testing.T) {
	for _, f := range sources(t, ".") {
		if slices.Contains(core, f.pkg) && (strings.Contains(f.text, "time.Now(") || strings.Contains(f.text, "time.Since(")) {
			t.Errorf("%s: the core reads the clock", f.name)
		}
	}
}

type source struct {
	name, pkg, text string
	imports         []string
}

// sources reads the Go files below the roots, tests left out.
func sources(t *testing.T, roots ...string) []source {
	t.Helper()
	var found []source
	for _, dir := range roots {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			found = append(found, read(t, name))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) == 0 {
		t.Fatal("no source was found")
	}
	return found
}

func read(t *testing.T, name string) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	absolute, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(top, absolute)
	if err != nil {
		t.Fatal(err)
	}
	s := source{name: name, pkg: filepath.ToSlash(relative)}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		s.imports = append(s.imports, path)
	}
	s.text = text(t, name)
	return s
}

func text(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
