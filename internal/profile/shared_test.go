package profile

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/spec"
)

func TestShared(t *testing.T) {
	rule := &spec.Shared{Env: "MULTI", File: "config.yaml", Keys: []string{"multiplex_profiles", "gateway.multiplex"}}
	for _, c := range []struct {
		about     string
		rule      *spec.Shared
		env, file string
		want      bool
	}{
		{"the spec has no such thing", nil, "1", "multiplex_profiles: true", false},
		{"nothing is said", rule, "", "", false},
		{"the variable says so", rule, "yes", "", true},
		{"it says no, and beats the file", rule, "0", "multiplex_profiles: true", false},
		{"what isn't truthy is no", rule, "maybe", "multiplex_profiles: true", false},
		{"without a value the file is asked", rule, "", "multiplex_profiles: true\n", true},
		{"the file says no", rule, "", "multiplex_profiles: false\n", false},
		{"truthy words of other languages", rule, "", "multiplex_profiles: 'On'\n", true},
		{"a key in a mapping", rule, "", "gateway: {x: 1, multiplex: yes}\n", true},
		{"the first key that is there counts", rule, "", "gateway: {multiplex: true}\nmultiplex_profiles: false\n", false},
		{"a mapping is no answer, and the next key is asked", rule, "", "multiplex_profiles: {a: true}\ngateway: {multiplex: true}\n", true},
		{"a list on the way", rule, "", "gateway: [multiplex]\n", false},
		{"a scalar on the way", rule, "", "gateway: true\n", false},
		{"no YAML", rule, "", "multiplex_profiles: [\n", false},
		{"an empty file", rule, "", "\n", false},
		{"a list at the top", rule, "", "- multiplex_profiles\n", false},
		{"a null", rule, "", "multiplex_profiles:\n", false},
		{"the file alone", &spec.Shared{File: "config.yaml", Keys: []string{"multiplex_profiles"}}, "1", "multiplex_profiles: true\n", true},
		{"the variable alone", &spec.Shared{Env: "MULTI"}, "", "multiplex_profiles: true\n", false},
		{"too large to be read", rule, "", "multiplex_profiles: true\n" + strings.Repeat("# x\n", maxConfig/4), false},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			if c.file != "" {
				g.write("config.yaml", c.file)
			}
			lookup := func(name string) (string, bool) { return c.env, name == "MULTI" && c.env != "" }
			var got bool
			g.ok(g.do(func() error { got = Shared(g.vol, c.rule, lookup); return nil }))
			if got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// The file is the app's user's, and may be anything.
func TestSharedByAFileThatIsNone(t *testing.T) {
	rule := &spec.Shared{File: "config.yaml", Keys: []string{"on"}}
	none := func(string) (string, bool) { return "", false }
	for about, lay := range map[string]func(g *rig){
		"a directory":        func(g *rig) { g.mkdir("config.yaml") },
		"a link":             func(g *rig) { g.write("other.yaml", "on: true\n"); g.link("other.yaml", "config.yaml") },
		"a pipe":             func(g *rig) { g.ok(unix.Mkfifo(g.at("config.yaml"), 0o644)) },
		"one without rights": func(g *rig) { g.write("config.yaml", "on: true\n"); g.ok(os.Chmod(g.at("config.yaml"), 0)) },
		"a bomb": func(g *rig) {
			g.write("config.yaml", "a: &a [x, x]\nb: &b [*a, *a]\non: *b\n")
		},
	} {
		g := newRig(t)
		lay(g)
		g.ok(g.do(func() error {
			if Shared(g.vol, rule, none) {
				t.Errorf("%s says yes", about)
			}
			return nil
		}))
	}
	if Shared(nil, rule, none) {
		t.Error("no volume says yes")
	}
}
