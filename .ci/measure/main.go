// Command measure prints style figures of the Go code below the given folders:
// a mirror for reviews, not a gate. Generated code is left out.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// figures are what is counted of one folder.
type figures struct {
	files, functions     []int // lines of each
	code, test           int   // lines
	exported, documented int
}

func main() {
	fmt.Printf("%-28s %6s %6s %6s | %5s %5s %5s | %5s %5s | %5s\n",
		"folder", "code", "test", "ratio", "file~", "file^", "func~", "p90", "func^", "doc %")
	for _, root := range os.Args[1:] {
		for _, dir := range folders(root) {
			if f := measure(dir); len(f.files) > 0 {
				f.print(dir)
			}
		}
	}
}

func folders(root string) []string {
	var dirs []string
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() != "gen" && d.Name() != "testdata" {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

func measure(dir string) figures {
	var f figures
	names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, name := range names {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		lines := set.Position(file.End()).Line
		if strings.HasSuffix(name, "_test.go") {
			f.test += lines
			continue
		}
		f.code += lines
		f.files = append(f.files, lines)
		for _, decl := range file.Decls {
			f.declaration(set, decl)
		}
	}
	return f
}

func (f *figures) declaration(set *token.FileSet, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		f.functions = append(f.functions, set.Position(d.End()).Line-set.Position(d.Pos()).Line+1)
		f.name(d.Name, d.Doc != nil)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				f.name(s.Name, d.Doc != nil || s.Doc != nil || s.Comment != nil)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					f.name(n, d.Doc != nil || s.Doc != nil || s.Comment != nil)
				}
			}
		}
	}
}

func (f *figures) name(n *ast.Ident, documented bool) {
	if !n.IsExported() {
		return
	}
	f.exported++
	if documented {
		f.documented++
	}
}

func (f *figures) print(dir string) {
	ratio := float64(f.test) / float64(max(1, f.code))
	documented := 100 * f.documented / max(1, f.exported)
	fmt.Printf("%-28s %6d %6d %6.1f | %5d %5d %5d | %5d %5d | %5d\n", dir, f.code, f.test, ratio,
		quantile(f.files, 50), quantile(f.files, 100), quantile(f.functions, 50), quantile(f.functions, 90), quantile(f.functions, 100), documented)
}

func quantile(values []int, percent int) int {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)-1, len(values)*percent/100)]
}
