package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// An image for the router: berth bears the app's name first on PATH, and the app's own file comes later.
type image struct {
	top string
}

func newImage(t *testing.T) image {
	t.Helper()
	i := image{t.TempDir()}
	for _, name := range []string{"shim/app", "bin/app", "bin/ls", "bin/chat", "venv/app", "shim/only", "late/ls", "late/half"} {
		program(t, i.at(name), 0o755)
	}
	program(t, i.at("bin/half"), 0o644)
	program(t, i.at("bin/shut"), 0o644)
	return i
}

func (i image) at(name string) string { return filepath.Join(i.top, name) }

// itself says what berth itself is in this image.
func (i image) itself(path string) bool { return strings.HasPrefix(path, i.at("shim")+"/") }

func (i image) path(dirs ...string) string {
	for n, dir := range dirs {
		dirs[n] = i.at(dir)
	}
	return strings.Join(dirs, ":")
}

// router is the image's, with a spec that names the app's command.
func (i image) router() *router {
	return &router{
		main: spec.Main{Verbs: []string{"chat"}}, command: []string{"app", "-x"},
		path: i.path("shim", "bin", "late"), itself: i.itself,
	}
}

func TestRoute(t *testing.T) {
	i := newImage(t)
	nameless := func(r *router) { r.command, r.main = nil, spec.Main{} }
	for _, c := range []struct {
		about, words string
		set          func(*router)
		file, argv   string
	}{
		{"no words are the command, past the shim", "", nil, "bin/app", "app -x"},
		{"a flag is the command's", "--version now", nil, "bin/app", "app -x --version now"},
		{"a lone dash is too", "-", nil, "bin/app", "app -x -"},
		{"a word that the app has claimed is the command's, whatever PATH has", "chat ls", nil, "bin/app", "app -x chat ls"},
		{"a word with a slash is that file, there or not", "./no/such x", nil, "./no/such", "./no/such x"},
		{"so it is without a command", "/no/such", nameless, "/no/such", "/no/such"},
		{"a claimed word without a command is a program", "chat", func(r *router) { r.command = nil }, "bin/chat", "chat"},
		{"a program on PATH is that one, the first", "ls -l a", nil, "bin/ls", "ls -l a"},
		{"without a command as well", "ls", nameless, "bin/ls", "ls"},
		{"one that can't be executed is passed over for a later one", "half", nil, "late/half", "half"},
		{"one that can't be executed anywhere is a word for the app", "shut", nil, "bin/app", "app -x shut"},
		{"a mistyped word gets the app's own answer", "caht -q", nil, "bin/app", "app -x caht -q"},
		{"an empty word too", " a", nil, "bin/app", "app -x  a"},
		{"the command's own name is the command, with the words alone", "app a", nil, "bin/app", "app a"},
		{"another name of berth's is nobody's business here", "only", nil, "shim/only", "only"},
		{"main.program answers to the command's name", "app a", func(r *router) { r.main.Program = i.at("venv/app") }, "venv/app", "app a"},
		{"and to what isn't a program", "caht", func(r *router) { r.main.Program = i.at("venv/app") }, "venv/app", "app -x caht"},
		{"and to no words", "", func(r *router) { r.main.Program = i.at("venv/app") }, "venv/app", "app -x"},
		{"in a container main.program is not looked for", "", func(r *router) { r.main.Program = "/no/such" }, "/no/such", "app -x"},
		{"on a developer's machine PATH has it", "", func(r *router) { r.main.Program, r.lenient = "/no/such", true }, "bin/app", "app -x"},
		{"but not before main.program", "", func(r *router) { r.main.Program, r.lenient = i.at("venv/app"), true }, "venv/app", "app -x"},
		{"a command with a slash is that file", "--x", func(r *router) { r.command = []string{i.at("venv/app")} }, "venv/app", i.at("venv/app") + " --x"},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := i.router()
			if c.set != nil {
				c.set(r)
			}
			var words []string
			if c.words != "" {
				words = strings.Split(c.words, " ")
			}
			file, argv, err := r.route(words)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(c.file, ".") && !strings.HasPrefix(c.file, "/") {
				c.file = i.at(c.file)
			}
			if d := cmp.Diff(append([]string{c.file}, strings.Split(c.argv, " ")...), append([]string{file}, argv...)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRouteRefuses(t *testing.T) {
	i := newImage(t)
	for _, c := range []struct {
		about string
		words []string
		set   func(*router)
		code  int
		text  string
	}{
		{"no words and no command", nil, func(r *router) { r.command = nil }, 125, "start main: no command was given and the spec names none"},
		{"a flag and no command", []string{"-v"}, func(r *router) { r.command = nil }, 125, `start main: "-v" is a flag, and the spec names no command that takes it`},
		{"an unknown word and no command", []string{"nope"}, func(r *router) { r.command = nil }, 127, `find "nope": no such file or directory`},
		{"an empty word and no command", []string{""}, func(r *router) { r.command = nil }, 127, `find "": no such file or directory`},
		{"a word that can't be executed and no command", []string{"shut"}, func(r *router) { r.command = nil }, 126, `find "shut": permission denied`},
		{"a command that PATH doesn't have", nil, func(r *router) { r.command = []string{"gone"} }, 127, `find "gone": no such file or directory`},
		{"its own name that PATH doesn't have", []string{"gone"}, func(r *router) { r.command = []string{"gone"} }, 127, `find "gone": no such file or directory`},
		{"a command that can't be executed", nil, func(r *router) { r.command = []string{"shut"} }, 126, `find "shut": permission denied`},
		{"a PATH that leads to berth alone", nil, func(r *router) { r.path = i.path("shim") }, 127, `find "app": ` + i.at("shim/app") + " is berth itself"},
		{"its own name on a PATH that leads to berth alone", []string{"app"}, func(r *router) { r.path = i.path("shim") }, 127, "is berth itself"},
		{"a loop says more than a file that can't be executed", nil, func(r *router) { r.command, r.path = []string{"half"}, i.path("bin")+":"+i.path("shim") }, 127, "is berth itself"},
		{"a main.program that is berth", []string{"caht"}, func(r *router) { r.main.Program = i.at("shim/app") }, 127, "is berth itself"},
		{"a developer's main.program that is berth", nil, func(r *router) { r.main.Program, r.lenient = i.at("shim/app"), true }, 127, "is berth itself"},
		{"relative directories on PATH", []string{"ls"}, func(r *router) { r.command, r.path = nil, "bin::." }, 127, `find "ls": no such file or directory`},
		{"no PATH at all", nil, func(r *router) { r.path = "" }, 127, `find "app": no such file or directory`},
	} {
		t.Run(c.about, func(t *testing.T) {
			ok(t, os.WriteFile(i.at("shim/half"), nil, 0o600), os.Chmod(i.at("shim/half"), 0o755))
			t.Chdir(i.top)
			r := i.router()
			c.set(r)
			file, argv, err := r.route(c.words)
			if err == nil {
				t.Fatalf("it leads to %s %q", file, argv)
			}
			got, hint := 0, boot.HintFor(err)
			if f, ok := err.(*boot.Failure); ok { //nolint:errorlint // the value that the door sees, not one within it
				got = f.Code
			} else if e, ok := err.(*proc.StartError); ok { //nolint:errorlint // as above
				got, hint = e.Code(), e.Hint()
			}
			if got != c.code || !strings.Contains(err.Error(), c.text) || hint == "" {
				t.Errorf("got %d %q, hint %q; want %d %q and a hint", got, err, hint, c.code, c.text)
			}
		})
	}
}

// Whatever the words are: they pass as they are, behind the command or alone, and berth is never what answers to the command.
func TestRouteLaw(t *testing.T) {
	i := newImage(t)
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"app", "chat", "ls", "shut", "-v", "--", "./x", "only", "gone", ""}))
	rapid.Check(t, func(t *rapid.T) {
		r := i.router()
		r.command = rapid.SampledFrom([][]string{nil, {"app"}, {"app", "-x", "y"}, {"gone"}, {"only"}}).Draw(t, "command")
		words := rapid.SliceOf(word).Draw(t, "words")
		given := slices.Clone(words)
		file, argv, err := r.route(words)
		if !slices.Equal(words, given) {
			t.Fatalf("the words were changed to %q", words)
		}
		if err != nil {
			if file != "" {
				t.Fatalf("%v leads to %q nevertheless", err, file)
			}
			return
		}
		if !slices.Equal(argv, words) && !slices.Equal(argv, slices.Concat(r.command, words)) {
			t.Fatalf("%q became %q", words, argv)
		}
		if len(r.command) > 0 && argv[0] == r.command[0] && r.itself(file) {
			t.Fatalf("%q leads to berth itself", words)
		}
	})
}
