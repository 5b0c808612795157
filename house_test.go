// Package house holds the laws of the tree as ordinary tests. Each law is a function from a parsed file, or from the
// tree, to complaints; beside it stands a table of sources that shows that it bites. docs/architecture.md tells the
// laws to people; where the two differ this one is right.
package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path that every room's import path starts with.
const module = "github.com/berth-init/berth/"

// A file is one Go file of the main module, parsed.
type file struct {
	path string // slash-separated, relative to the root of the tree
	room string // its directory
	test bool
	set  *token.FileSet
	ast  *ast.File
	code []byte
}

// line gives the line on which a node starts.
func (f *file) line(n ast.Node) int { return f.set.Position(n.Pos()).Line }

// complain says what a law has against a node.
func (f *file) complain(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", f.path, f.line(n), fmt.Sprintf(format, args...))
}

// imports gives the import paths of a file by the name that the file calls them.
func (f *file) imports() map[string]string {
	names := map[string]string{}
	for _, i := range f.ast.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = p
	}
	return names
}

// parse makes a file of a source text.
func parse(t *testing.T, name string, code []byte) *file {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, code, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return &file{
		path: name, room: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: set, ast: tree, code: code,
	}
}

// tree gives the files of the whole checkout that git would carry: no hidden folder but .ci, nothing that a build made.
func tree(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && p != "." && p != ".ci"
			if hidden || p == "bin" {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && p != ".git" { // a file in a linked work tree
			all = append(all, filepath.ToSlash(p))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// goFiles gives the Go files of the main module; e2e and bench have modules of their own.
func goFiles(t *testing.T) []*file {
	t.Helper()
	var all []*file
	for _, name := range tree(t) {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") || otherModule(name) {
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(t, name, code))
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files: the laws are looking at the wrong tree", len(all))
	}
	return all
}

// otherModule says whether a path lies in a module of its own.
func otherModule(name string) bool {
	return slices.ContainsFunc([]string{"e2e/", "bench/", "tools/"}, func(dir string) bool {
		return strings.HasPrefix(name, dir)
	})
}

// A law judges one file.
type law struct {
	name, reason string
	judge        func(f *file) []string
}

// hold runs a law over the tree.
func hold(t *testing.T, l law, files []*file) {
	t.Helper()
	for _, f := range files {
		for _, c := range l.judge(f) {
			t.Errorf("%s\n\tlaw: %s\n\tbecause: %s", c, l.name, l.reason)
		}
	}
}

// A bite is a source that a law must complain about, or must not.
type bite struct {
	about string
	path  string
	code  string
	wrong bool
}

// bites shows that a law complains where it should and is silent elsewhere.
func bites(t *testing.T, l law, table []bite) {
	t.Helper()
	for _, b := range table {
		t.Run(b.about, func(t *testing.T) {
			got := l.judge(parse(t, b.path, []byte(b.code)))
			if (len(got) > 0) != b.wrong {
				t.Errorf("complaints %q, want some: %v", got, b.wrong)
			}
		})
	}
}
