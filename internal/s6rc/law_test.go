package s6rc

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// drawn is random definitions: atoms and bundles that name one another, sometimes what isn't there.
type drawn struct {
	kind  map[string]string
	names map[string][]string // what each requires or holds
	pipes map[string]string   // producer to consumer
	user  []string
}

func draw(t *rapid.T) drawn {
	n := rapid.IntRange(1, 12).Draw(t, "definitions")
	g := drawn{kind: map[string]string{}, names: map[string][]string{}, pipes: map[string]string{}}
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("d%02d", i)
	}
	forward := rapid.Bool().Draw(t, "without circles")
	for i, name := range all {
		g.kind[name] = rapid.SampledFrom([]string{"longrun", "oneshot", "oneshot", "bundle"}).Draw(t, "kind")
		may := slices.Clone(all)
		if forward {
			may = append([]string{}, all[i+1:]...)
		}
		may = append(may, BaseBundle)
		if rapid.IntRange(0, 30).Draw(t, "mistake") == 0 {
			may = append(may, "missing")
		}
		g.names[name] = rapid.SliceOfNDistinct(rapid.SampledFrom(may), 0, min(3, len(may)), rapid.ID[string]).Draw(t, "names")
	}
	g.user = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, n, rapid.ID[string]).Draw(t, "user")
	for i := 1; i < n; i++ {
		if g.kind[all[i-1]] == "longrun" && g.kind[all[i]] == "longrun" && rapid.Bool().Draw(t, "pipe") {
			g.pipes[all[i-1]] = all[i]
		}
	}
	return g
}

// requires says by plain search what an atom leads to: the oracle.
func (g drawn) leads(from string) map[string]bool {
	seen := map[string]bool{}
	var follow func(string)
	follow = func(name string) {
		next := slices.Clone(g.names[name])
		if to := g.pipes[name]; to != "" {
			next = append(next, to)
		}
		for _, n := range next {
			if !seen[n] {
				seen[n] = true
				follow(n)
			}
		}
	}
	follow(from)
	return seen
}

func (g drawn) reader() *reader {
	r := &reader{image: &Image{}, defs: map[string]*definition{}}
	r.builtins()
	refs := func(names []string) (out []ref) {
		for _, n := range names {
			out = append(out, ref{name: n, path: "/x/" + n})
		}
		return out
	}
	for name, kind := range g.kind {
		d := &definition{Service: Service{Name: name, Dir: "/x/" + name}, dir: "/x/" + name, hasUp: true}
		if kind == "bundle" {
			d.bundle, d.contents = true, refs(g.names[name])
		} else {
			d.Kind, d.depends = Kind(kind), refs(g.names[name])
		}
		if to := g.pipes[name]; to != "" {
			d.producer = &ref{name: to}
		}
		for from, to := range g.pipes {
			if to == name {
				d.consumer = append(d.consumer, ref{name: from})
			}
		}
		r.defs[name] = d
	}
	r.defs[UserBundle].contents = refs(g.user)
	return r
}

// The order puts everything behind what it requires; a circle is found exactly where there is one; what is wanted is what the
// user's bundle leads to; one tree gives one value.
func TestLawOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := draw(t)
		r := g.reader()
		r.resolve()
		complaints := r.complaints()

		circle, unknown := map[string]bool{}, false
		wanted := map[string]bool{}
		for name := range g.kind {
			circle[name] = g.leads(name)[name]
		}
		for _, name := range g.user {
			wanted[name] = true
			for n := range g.leads(name) {
				wanted[n] = true
			}
		}
		fatal := false
		for name := range wanted {
			unknown = unknown || slices.Contains(g.names[name], "missing")
			fatal = fatal || circle[name] || unknown
		}
		if got := slices.ContainsFunc(complaints, func(c Complaint) bool { return c.Fatal }); got != fatal {
			t.Fatalf("fatal: %v, want %v: %v", got, fatal, complaints)
		}
		found := slices.ContainsFunc(complaints, func(c Complaint) bool { return strings.Contains(c.Text, "each of these needs") })
		if want := slices.ContainsFunc(all(circle), func(n string) bool { return circle[n] }); found != want {
			t.Fatalf("circles found: %v, there: %v: %v", found, want, complaints)
		}
		seen := map[string]bool{}
		for _, s := range r.image.Services {
			if s.Kind != Builtin && s.Wanted != wanted[s.Name] {
				t.Fatalf("%s is wanted: %v", s.Name, s.Wanted)
			}
			for _, need := range slices.Concat(s.Requires, s.After) {
				if !seen[need] && !inCircle(g, circle, s.Name) {
					t.Fatalf("%s comes before %s, which it needs: %v", s.Name, need, r.image.Services)
				}
			}
			seen[s.Name] = true
			if s.Level >= 0 && (s.Level >= len(r.image.Levels) || !slices.Contains(r.image.Levels[s.Level], s.Name)) {
				t.Fatalf("%s isn't in level %d", s.Name, s.Level)
			}
		}
		again := g.reader()
		again.resolve()
		if a, b := fmt.Sprintf("%+v", *r.image), fmt.Sprintf("%+v", *again.image); a != b {
			t.Fatalf("another time it is\n%s\nand not\n%s", b, a)
		}
	})
}

func all(m map[string]bool) (out []string) {
	for n := range m {
		out = append(out, n)
	}
	return out
}

// inCircle says whether a circle is on the way from an atom; legacy-services comes behind everything of the user's.
func inCircle(g drawn, circle map[string]bool, name string) bool {
	if circle[name] {
		return true
	}
	from := []string{name}
	if name == LegacyStep {
		from = g.user
	}
	for _, f := range from {
		if circle[f] {
			return true
		}
		for n := range g.leads(f) {
			if circle[n] {
				return true
			}
		}
	}
	return false
}

// Whatever lies in the directories: reading ends, changes nothing, and explains itself.
func TestLawOfTrees(t *testing.T) {
	top := t.TempDir()
	n := 0
	names := []string{"type", "run", "up", "down", "contents", "contents.d", "dependencies", "dependencies.d", "producer-for", "consumer-for", "pipeline-name", "log", "data", "notification-fd", "a", "b", "user", "base", "top", ".x", "\xff"}
	texts := []string{"longrun", "oneshot\n", "bundle\r\n", "", "a", "b\na\n", "3", "\xef\xbb\xbf#!/bin/sh\r\n", "#!", "{ }", "/x/y", "\x00", strings.Repeat("a\n", 200)}
	rapid.Check(t, func(t *rapid.T) {
		n++
		root := filepath.Join(top, fmt.Sprint(n))
		bases := []string{"etc/s6-overlay/s6-rc.d", "etc/s6-overlay/user-bundles.d", "etc/services.d", "etc/cont-init.d", "etc/fix-attrs.d", "package/admin/s6-overlay-1/etc/s6-rc/sources"}
		for _, b := range bases[:rapid.IntRange(1, len(bases)).Draw(t, "bases")] {
			_ = os.MkdirAll(filepath.Join(root, b), 0o755)
			for range rapid.IntRange(0, 6).Draw(t, "entries") {
				at := filepath.Join(root, b)
				for range rapid.IntRange(0, 2).Draw(t, "depth") {
					at = filepath.Join(at, rapid.SampledFrom(names).Draw(t, "directory"))
				}
				_ = os.MkdirAll(at, 0o755) // some of these fail, as a file is there already
				at = filepath.Join(at, rapid.SampledFrom(names).Draw(t, "name"))
				switch rapid.IntRange(0, 5).Draw(t, "what") {
				case 0:
					_ = os.Symlink(rapid.SampledFrom([]string{"a", "../b", "/", ".", "/etc/s6-overlay/s6-rc.d/a", "..", "type"}).Draw(t, "target"), at)
				case 1:
					_ = os.MkdirAll(at, 0o755)
				default:
					_ = os.WriteFile(at, []byte(rapid.SampledFrom(texts).Draw(t, "text")), 0o755)
				}
			}
		}
		d, err := fsx.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		thaw := fsx.Freeze()
		i := Read(d, Settings{}, nil)
		thaw()
		_ = d.Close()
		_ = os.RemoveAll(root)
		if text := (Explanation{On: true, Image: i}).String(); !strings.Contains(text, LegacyStep) {
			t.Fatal(text)
		}
		for _, c := range i.Fatal() {
			if c.Hint == "" || c.Path == "" {
				t.Fatalf("%+v", c)
			}
		}
	})
}

func FuzzParsers(f *testing.F) {
	for _, text := range []string{"longrun\n", "\ufeffoneshot\r\n", "SIGTERM", "5000", "a\n# b\n c ", "/x* true a,1:2 0644 0755", "#!/bin/sh -e\r\n", "foreground { echo a } b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		clean := Clean(data)
		if mark, _ := stained(clean); mark && !strings.HasPrefix(string(data), bom+bom) {
			t.Errorf("%q is still marked", clean)
		}
		if strings.Contains(string(clean), "\r\n") && !strings.Contains(string(data), "\r\r\n") {
			t.Errorf("%q has still line ends of another system", clean)
		}
		text := string(clean)
		for _, l := range lines(text) {
			if l.text == "" || l.no < 1 || strings.Contains(l.text, "\n") {
				t.Errorf("a line %+v", l)
			}
			if a, wrong, hint := parseFixAttr(l.text); wrong == "" && (a.Path[0] != '/' || a.FMode > 0o7777) || wrong != "" && hint == "" {
				t.Errorf("%q is %+v, %s", l.text, a, wrong)
			}
		}
		if s, ok := signal(text); ok && (s < 1 || s > maxSignal) {
			t.Errorf("signal %d", s)
		}
		if d, ok := milliseconds(text); ok && d < 0 {
			t.Errorf("%v", d)
		}
		if n, ok := number(text, 10); ok && (n < 0 || n > 10) {
			t.Errorf("%d", n)
		}
		r := &reader{image: &Image{}}
		p := Program{Path: "/x"}
		r.shebang(&p, data[:min(len(data), maxFirstLine)])
		if len(p.Shebang) > 2 {
			t.Errorf("%q", p.Shebang)
		}
		_ = guess(word(text), runFiles())
	})
}
