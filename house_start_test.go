package house

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// linked gives the rooms that PID 1 and the shims link: what they do before main costs every call.
func linked(room string) bool { _, known := layer(room); return known }

func noWorkBeforeMain() law {
	return law{
		name:   "nothing is built before main",
		reason: "a front door is called a hundred times an hour; a regexp or a map built at start is paid for each time",
		judge: func(f *file) []string {
			if f.test || !linked(f.room) || f.room == "internal/stack" || f.room == "internal/early" { // it is there to make this cheaper
				return nil
			}
			var out []string
			for _, d := range f.ast.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						out = append(out, f.complain(d, "func init"))
					}
				case *ast.GenDecl:
					if d.Tok != token.VAR {
						continue
					}
					for _, s := range d.Specs {
						for _, v := range s.(*ast.ValueSpec).Values {
							out = append(out, f.judgeValue(v)...)
						}
					}
				}
			}
			return out
		},
	}
}

// judgeValue looks at what a package's variable starts as.
func (f *file) judgeValue(v ast.Expr) []string {
	var out []string
	ast.Inspect(v, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if !cheap(n) {
				out = append(out, f.complain(n, "a call fills a variable of the package"))
			}
		case *ast.CompositeLit:
			if _, isMap := n.Type.(*ast.MapType); isMap {
				out = append(out, f.complain(n, "a map fills a variable of the package"))
			}
		}
		return true
	})
	return out
}

// cheap says whether a call at start is one of the few that are allowed: an error value, a conversion.
func cheap(c *ast.CallExpr) bool {
	switch fun := c.Fun.(type) {
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && (x.Name == "errors" && fun.Sel.Name == "New" || x.Name == "syscall" && fun.Sel.Name == "Errno")
	case *ast.Ident:
		return slices.Contains([]string{"string", "uint32", "int", "uint64", "int64"}, fun.Name)
	case *ast.ArrayType, *ast.ParenExpr:
		return true
	}
	return false
}

func TestNothingIsBuiltBeforeMain(t *testing.T) { hold(t, noWorkBeforeMain(), goFiles(t)) }

func TestNothingIsBuiltBeforeMainBites(t *testing.T) {
	at := func(code string) (string, string) { return "internal/spec/a.go", "package x\n" + code }
	for _, b := range []struct {
		about, code string
		wrong       bool
	}{
		{"an init function", "func init() {}", true},
		{"a method named init", "type t int\nfunc (t) init() {}", false},
		{"a regexp", "import \"regexp\"\nvar r = regexp.MustCompile(`a`)", true},
		{"a map", "var m = map[string]int{\"a\": 1}", true},
		{"an error value", "import \"errors\"\nvar e = errors.New(\"a\")", false},
		{"a list", "var l = []string{\"a\"}", false},
		{"a function that is called later", "var f = func() int { return g() }\nfunc g() int { return 1 }", false},
	} {
		path, code := at(b.code)
		bites(t, noWorkBeforeMain(), []bite{{b.about, path, code, b.wrong}})
	}
}
