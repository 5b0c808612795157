package environ

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/variable"
)

func TestChild(t *testing.T) {
	t.Parallel()
	app := identity.Identity{Name: "hermes", UID: 10000, GID: 10000, Home: "/home/hermes"}
	for _, c := range []struct {
		what   string
		source Source
		want   []string
	}{
		{
			"values pass byte for byte, in their order",
			Source{Environ: []string{"FOO=a b;c", "B=$(x) ${FOO} %s", "A=", "LINES=a\nb", "PATH=/bin", "EQ=a=b="}},
			[]string{"FOO=a b;c", "B=$(x) ${FOO} %s", "A=", "LINES=a\nb", "PATH=/bin", "EQ=a=b="},
		},
		{
			"of several entries of one name the last wins, and what is no variable is left out",
			Source{Environ: []string{"A=1", "PATH=/bin", "=x", "word", "A=2", ""}},
			[]string{"A=2", "PATH=/bin"},
		},
		{
			"the app's name and home replace what the engine says about root",
			Source{Environ: []string{"PATH=/bin", "HOME=/root", "USER=root"}, Identity: app},
			[]string{"PATH=/bin", "HOME=/home/hermes", "USER=hermes", "LOGNAME=hermes"},
		},
		{
			"the spec's HOME wins, and an empty variable means its default",
			Source{
				Environ: []string{"HERMES_HOME=", "HOME=/root", "PATH=/bin"}, Identity: app,
				Set: map[string]variable.Text{"HOME": "${HERMES_HOME:-/opt/data}", "LOGNAME": "x", "Z": "$$1", "Y": "${HERMES_HOME-/no}"},
			},
			[]string{"HERMES_HOME=", "HOME=/opt/data", "PATH=/bin", "LOGNAME=x", "USER=hermes", "Y=", "Z=$1"},
		},
		{
			"set texts see the container's variables, not each other; their values are not expanded again",
			Source{Environ: []string{"A=${B}", "B=b", "PATH=/bin"}, Set: map[string]variable.Text{"B": "new", "C": "${B}", "D": "${A}"}},
			[]string{"A=${B}", "B=new", "PATH=/bin", "C=b", "D=${B}"},
		},
		{
			"PATH has the spec's directories first, each once",
			Source{
				Environ: []string{"PATH=/usr/bin:/opt/bin:/usr/bin:/bin", "HOME=/root"}, Identity: app,
				Path: []variable.Text{"/opt/bin", "${HOME}/bin", "/opt/bin", "${NOTHING}"},
			},
			[]string{"PATH=/opt/bin:/home/hermes/bin:/usr/bin:/bin", "HOME=/home/hermes", "LOGNAME=hermes", "USER=hermes"},
		},
		{
			"no PATH is the engines' one",
			Source{Path: []variable.Text{"/bin"}},
			[]string{"PATH=/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin"},
		},
		{
			"an empty PATH element keeps its place",
			Source{Environ: []string{"PATH=/bin::/sbin"}},
			[]string{"PATH=/bin::/sbin"},
		},
		{
			"secrets and what the spec unsets go, berth's own variables stay",
			Source{
				Environ: []string{"AUTH={}", "BERTH_SPEC=/s", "BERTH_TOKEN=t", "OLD=1", "PATH=/bin"},
				Unset:   []string{"OLD", "ABSENT"}, Secret: []string{"AUTH", "BERTH_TOKEN"},
			},
			[]string{"BERTH_SPEC=/s", "PATH=/bin"},
		},
		{
			"a secret stays away even if the spec sets it or the search found it",
			Source{Environ: []string{"PATH=/bin"}, Set: map[string]variable.Text{"AUTH": "x"}, Found: map[string]string{"OTHER": "y"}, Secret: []string{"AUTH", "OTHER"}},
			[]string{"PATH=/bin"},
		},
		{
			"what was found fills only what is empty",
			Source{
				Environ: []string{"CHROME=/mine", "EMPTY=", "PATH=/bin"},
				Found:   map[string]string{"CHROME": "/found", "EMPTY": "/a", "NEW": "/b"},
			},
			[]string{"CHROME=/mine", "EMPTY=/a", "PATH=/bin", "NEW=/b"},
		},
		{
			"a numeric identity has a home and no name",
			Source{Environ: []string{"PATH=/bin", "USER=x"}, Identity: identity.Identity{UID: 5, Home: "/data"}},
			[]string{"PATH=/bin", "USER=x", "HOME=/data"},
		},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(c.want)), slices.Sorted(slices.Values(Child(c.source)))); diff != "" {
			t.Errorf("%s:\n%s", c.what, diff)
		}
	}
}

func TestChildKeepsAnOrder(t *testing.T) {
	t.Parallel()
	s := Source{
		Environ:  []string{"Z=1", "PATH=/bin", "A=2"},
		Set:      map[string]variable.Text{"M": "m", "B": "b", "A": "a"},
		Found:    map[string]string{"Y": "y", "X": "x"},
		Identity: identity.Identity{Name: "app", Home: "/h"},
	}
	want := []string{"Z=1", "PATH=/bin", "A=a", "HOME=/h", "LOGNAME=app", "USER=app", "B=b", "M=m", "X=x", "Y=y"}
	for range 20 {
		if diff := cmp.Diff(want, Child(s)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Whatever the container's environment is: no name twice, no secret, and what the spec doesn't name unchanged.
func TestChildLaw(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"A", "B", "PATH", "HOME", "USER", "SECRET", "BERTH_X", "é"})
	value := rapid.SampledFrom([]string{"", "x", "a=b", "${A}", "/bin:/sbin", ":", "\n", "$"})
	rapid.Check(t, func(t *rapid.T) {
		var s Source
		for range rapid.IntRange(0, 8).Draw(t, "entries") {
			s.Environ = append(s.Environ, name.Draw(t, "name")+"="+value.Draw(t, "value"))
		}
		s.Secret = []string{"SECRET"}
		s.Path = []variable.Text{"/opt/bin"}
		last := map[string]string{}
		for _, e := range s.Environ {
			n, v, _ := strings.Cut(e, "=")
			last[n] = v
		}
		seen := map[string]bool{}
		for _, e := range Child(s) {
			n, v, ok := strings.Cut(e, "=")
			if !ok || seen[n] || n == "SECRET" {
				t.Fatalf("%q in %q", e, Child(s))
			}
			seen[n] = true
			if n == "PATH" {
				if !strings.HasPrefix(v, "/opt/bin:") {
					t.Fatalf("PATH is %q", v)
				}
				continue
			}
			if v != last[n] {
				t.Fatalf("%s was %q and is %q", n, last[n], v)
			}
			delete(last, n)
		}
		delete(last, "SECRET")
		delete(last, "PATH")
		if len(last) > 0 {
			t.Fatalf("lost %q", last)
		}
		again := s
		again.Environ = Child(s)
		if diff := cmp.Diff(again.Environ, Child(again)); diff != "" {
			t.Fatalf("a child's child differs: %s", diff)
		}
	})
}
