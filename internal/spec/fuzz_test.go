package spec

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzRead reads any bytes as a spec that may extend a good one. Whatever they are: no panic, a spec or complaints, a
// bounded cost, places that lie in the file, and the same answer the second time.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/complaints/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	good, err := os.ReadFile("testdata/good/agent.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(good), allExamples(), laughs(), "version: 1\nextends: good.yaml\nuser: {uid: 5}\n", "\xff\xfe", "a: \"\\0${\"", "? a\n: b\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		specs := files{"fuzz.yaml": string(data), "good.yaml": string(good)}
		var s *Spec
		var complaints []Complaint
		if cost := spent(func() { s, complaints = Read(specs.open, "fuzz.yaml") }); cost > limit {
			t.Errorf("it costs %d MiB", cost>>20)
		}
		again, complaintsAgain := Read(specs.open, "fuzz.yaml")
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("it is read as another spec:\n%s", diff)
		}
		if diff := cmp.Diff(complaints, complaintsAgain); diff != "" {
			t.Errorf("other complaints are made:\n%s", diff)
		}
		if (s == nil) != (len(complaints) > 0) {
			t.Fatalf("spec %v, complaints:\n%s", s != nil, said(complaints))
		}
		placesLieInTheFile(t, specs, complaints)
		for _, c := range complaints {
			if c.Text == "" || c.String() == "" {
				t.Errorf("a complaint without words at %s", c.Place())
			}
		}
		if s != nil {
			obeys(t, s)
		}
	})
}

// obeys asks again for what a root that acts on a spec relies on.
func obeys(t *testing.T, s *Spec) {
	t.Helper()
	if s.Version != 1 || s.User.UID == 0 || s.User.GID == 0 || s.User.Name == "" || s.User.Name == "root" {
		t.Errorf("version %d, user %+v", s.Version, s.User)
	}
	inside := append(append(append([]string{}, s.Volume.Dirs...), s.Volume.Own.Trees...), s.Volume.Own.Files...)
	for name := range s.Volume.Modes {
		inside = append(inside, name)
	}
	seeded := map[string]bool{}
	for _, seed := range s.Seed {
		inside = append(inside, seed.Path)
		sources := 0
		for _, there := range []bool{seed.From != "", seed.FromEnv != "", seed.Content != nil} {
			if there {
				sources++
			}
		}
		if sources != 1 || seeded[seed.Path] || seed.Secret && seed.FromEnv == "" || !seed.Mode.Set {
			t.Errorf("the seed %+v passes", seed)
		}
		seeded[seed.Path] = true
	}
	for _, g := range s.Generate {
		inside = append(inside, g.Path)
		if g.Bytes < 16 || g.Bytes > 1024 || g.Key == "" {
			t.Errorf("%+v passes", g)
		}
	}
	for _, m := range s.Mirror {
		inside = append(inside, m.Path)
		if len(m.Keys) == 0 || !m.Mode.Set || m.Profiles && s.Profiles == nil {
			t.Errorf("%+v passes", m)
		}
	}
	for _, e := range s.Reseed {
		inside = append(inside, e.Path)
		if e.Entry == "" || e.FromEnv == "" || e.Terminal == "" && e.Newer == "" || !e.Mode.Set {
			t.Errorf("%+v passes", e)
		}
	}
	for _, name := range inside {
		if !filepath.IsLocal(name) || filepath.Clean(name) != name || name == "." {
			t.Errorf("the name %q passes", name)
		}
	}
	for _, h := range s.Hooks {
		if len(h.Command) == 0 || h.Command[0] == "" || h.Timeout <= 0 || h.At == "" || h.As == "" || h.Failure == "" {
			t.Errorf("the hook %+v passes", h)
		}
	}
	for name, service := range s.Services {
		obeysService(t, s, name, service)
	}
	for _, allow := range s.Control.Allow {
		if (allow.UID == 0) == (allow.GID == 0) || len(allow.Services) == 0 || allow.May == "" {
			t.Errorf("the right %+v passes", allow)
		}
	}
}

// obeysService asks again for what the rooms that run services rely on.
func obeysService(t *testing.T, s *Spec, name string, service Service) {
	t.Helper()
	if len(service.Command) == 0 || service.PerProfile && s.Profiles == nil || service.Kind == "" || service.Failure == "" || service.Stop.Signal == "" {
		t.Errorf("the service %s passes: %+v", name, service)
	}
	if r := service.Restart; r.HoldMax <= 0 || r.Stable <= 0 || r.Policy == "" || r.Limit < 0 {
		t.Errorf("%s: %+v passes", name, r)
	}
	if r := service.Ready; r != nil {
		asked := 0
		for _, there := range []bool{r.TCP != "", r.HTTP != "", len(r.Exec) > 0, r.Log != "", r.File != "", r.FD > 2, r.Notify} {
			if there {
				asked++
			}
		}
		if asked != 1 || r.Timeout <= 0 || r.OnTimeout == "" {
			t.Errorf("%s: %+v passes", name, r)
		}
	}
	if h := service.Health; h != nil && (h.Period <= 0 || h.Timeout <= 0 || h.Timeout > h.Period || h.Threshold < 1 || h.Action == "") {
		t.Errorf("%s: %+v passes", name, h)
	}
	if c := service.Schedule; c != nil {
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		if (c.Every == 0) == (c.Cron == "") || !c.Next(now).After(now) || service.Kind != KindTask {
			t.Errorf("%s: %+v passes", name, c)
		}
	}
	if l := service.Log; l != nil {
		for _, place := range append([]string{l.Dir}, l.Rotate...) {
			if place != "" && !filepath.IsLocal(place) || l.Size <= 0 || l.Stamp == "" || l.Compress == "" || l.Flood.Lines < 1 {
				t.Errorf("%s: %+v passes", name, l)
			}
		}
	}
	for _, r := range service.Limits.Resources() {
		if r.Limit.Soft > r.Limit.Hard {
			t.Errorf("%s: %+v passes", name, r)
		}
	}
	for _, other := range append(append([]string{}, service.Requires...), service.After...) {
		if there, ok := s.Services[other]; !ok || other == name || there.PerProfile && !service.PerProfile {
			t.Errorf("%s waits for %s", name, other)
		}
	}
	if s.Profiles != nil {
		_ = s.Instance(name, "work")
	}
}
