package migrate

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/berth-init/berth/internal/spec"
)

const hermesSteps = "../../images/hermes/migrations.yaml"

func hermes(t tester) *Steps {
	t.Helper()
	s, complaints := ReadSteps(os.ReadFile, hermesSteps)
	for _, c := range complaints {
		t.Errorf("%s", c)
	}
	if s == nil {
		t.Fatal("the image's steps can't be read")
	}
	return s
}

// A pair is a file before a step and after it.
type stepPair struct {
	name  string
	to    int
	files map[string]string
}

func pairs(t *testing.T) []stepPair {
	t.Helper()
	names, err := filepath.Glob("testdata/hermes/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []stepPair
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p := stepPair{name: strings.TrimSuffix(filepath.Base(name), ".txtar"), files: map[string]string{}}
		if p.to, err = strconv.Atoi(p.name[:2]); err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			p.files[f.Name] = string(f.Data)
		}
		all = append(all, p)
	}
	return all
}

// upTo gives the steps as an image had them whose latest version was n.
func (s *Steps) upTo(n int) *Steps {
	some := *s
	some.Latest = n
	some.steps = slices.DeleteFunc(slices.Clone(s.steps), func(st step) bool { return st.to > n })
	return &some
}

// facts answers from a pair's files.
func (p stepPair) facts() Facts {
	return Facts{
		Lookup: func(name string) (string, bool) { return lookup([]byte(p.files["env"]), name) },
		Dirs: func(dir string, files []string) []Listed {
			found := map[string]Listed{}
			for _, file := range slices.Backward(files) {
				for name, text := range p.files {
					if path.Base(name) == file && path.Dir(path.Dir(name)) == dir {
						found[path.Base(path.Dir(name))] = Listed{path.Base(path.Dir(name)), []byte(text)}
					}
				}
			}
			var all []Listed
			for _, name := range slices.Sorted(maps.Keys(found)) {
				all = append(all, found[name])
			}
			return all
		},
	}
}

func (p stepPair) input() Input {
	in := Input{Config: []byte(p.files["before/config.yaml"]), VersionKey: "_config_version", Facts: p.facts()}
	if env, ok := p.files["before/.env"]; ok {
		in.Lines = []byte(env)
	}
	return in
}

// said gives what an outcome says beside the files.
func said(out *Outcome) string {
	var b strings.Builder
	for _, group := range []struct {
		word string
		all  []string
	}{{"blanked", out.Blanked}, {"mkdir", out.Dirs}, {"announced", out.Announced}, {"remark", out.Remarks}} {
		for _, s := range group.all {
			fmt.Fprintf(&b, "%s %s\n", group.word, s)
		}
	}
	return b.String()
}

// Each step of the image has a pair of files that shows what it does to what people have, byte for byte, and a second time nothing.
func TestHermesSteps(t *testing.T) {
	steps := hermes(t)
	for _, p := range pairs(t) {
		t.Run(p.name, func(t *testing.T) {
			some := steps.upTo(p.to)
			out, err := some.Run(t.Context(), p.input())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(p.files["after/config.yaml"], string(out.Config)); d != "" {
				t.Errorf("config.yaml: %s", d)
			}
			if d := cmp.Diff(strings.TrimSuffix(p.files["after/.env"], "\n"), strings.TrimSuffix(string(out.Lines), "\n")); d != "" {
				t.Errorf(".env: %s", d)
			}
			if d := cmp.Diff(p.files["says"], said(out)); d != "" {
				t.Errorf("it says: %s", d)
			}
			if out.From != p.to-1 || out.To != p.to {
				t.Errorf("from %d to %d", out.From, out.To)
			}
			in := p.input()
			in.Config, in.Lines = out.Config, out.Lines
			again, err := some.Run(t.Context(), in)
			if err != nil || string(again.Config) != string(out.Config) || said(again) != "" {
				t.Errorf("a second time: %v, %q", err, said(again))
			}
		})
	}
}

// Every step that changes or says anything is shown by a pair, and none is left out of the numbers that the image knows.
func TestHermesStepsAreAllShown(t *testing.T) {
	shown := map[int]bool{}
	for _, p := range pairs(t) {
		shown[p.to] = true
	}
	steps := hermes(t)
	for _, st := range steps.steps {
		if !shown[st.to] {
			t.Errorf("step %d has no pair of files", st.to)
		}
		delete(shown, st.to)
	}
	if len(shown) > 0 || steps.Latest != 34 || steps.EnvFile != ".env" {
		t.Errorf("pairs without a step: %v, the latest is %d", shown, steps.Latest)
	}
}

// Whatever a file's version is, all that comes after is done at once, and gives what doing it step by step gives.
func TestHermesFromAnyVersion(t *testing.T) {
	steps := hermes(t)
	for _, p := range pairs(t) {
		atOnce, err := steps.Run(t.Context(), p.input())
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		in := p.input()
		for v := p.to; v <= steps.Latest; v++ {
			out, err := steps.upTo(v).Run(t.Context(), in)
			if err != nil {
				t.Fatalf("%s to %d: %v", p.name, v, err)
			}
			in.Config, in.Lines = out.Config, out.Lines
		}
		if d := cmp.Diff(string(in.Config), string(atOnce.Config)); d != "" {
			t.Errorf("%s: %s", p.name, d)
		}
		if d := cmp.Diff(string(in.Lines), string(atOnce.Lines)); d != "" {
			t.Errorf("%s: %s", p.name, d)
		}
	}
}

// The image's own template is brought to the latest version, with all that it says about itself.
func TestHermesTemplate(t *testing.T) {
	text, err := os.ReadFile("../../images/hermes/templates/cli-config.yaml.example")
	if err != nil {
		t.Fatal(err)
	}
	env, err := os.ReadFile("../../images/hermes/templates/.env.example")
	if err != nil {
		t.Fatal(err)
	}
	out, err := hermes(t).Run(context.Background(), Input{Config: text, Lines: env, VersionKey: "_config_version", Facts: stepPair{}.facts()})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(string(out.Config), line) {
			t.Errorf("%q is gone", line)
		}
	}
	if n, err := Version(out.Config, "_config_version"); n != 34 || err != nil || string(out.Lines) != string(env) {
		t.Errorf("version %d, %v", n, err)
	}
}

// The spec's own reader finds the steps where the image's spec says they are.
func TestHermesSpecNamesTheSteps(t *testing.T) {
	s, complaints := spec.Read(os.ReadFile, "../../images/hermes/berth.yaml")
	for _, c := range complaints {
		t.Errorf("%s", c)
	}
	if s == nil || s.Migrate == nil || filepath.Clean(s.Migrate.Steps) != filepath.Clean(hermesSteps) {
		t.Errorf("the spec says %+v", s.Migrate)
	}
}
