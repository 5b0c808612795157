package profile

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// desire records a wish as the app's user.
func (g *rig) desire(name string, w Want) (changed bool, err error) {
	err = g.in(name, func(p *Profile) (err error) { changed, err = p.Desire(w); return err })
	return changed, err
}

func TestDesire(t *testing.T) {
	for _, c := range []struct {
		about, before string
		want          map[string]any
	}{
		{"a file that isn't there is made", "", map[string]any{"desired_state": "running"}},
		{"other keys stay", `{"pid":7,"platforms":{"x":[1,null]},"gateway_state":"stopped"}`, map[string]any{
			"pid": 7.0, "platforms": map[string]any{"x": []any{1.0, nil}}, "gateway_state": "stopped", "desired_state": "running",
		}},
		{"another wish gives way", `{"desired_state":"stopped"}`, map[string]any{"desired_state": "running"}},
		{"so does what is no wish", `{"desired_state":[1]}`, map[string]any{"desired_state": "running"}},
		{"and what is no object", `[1]`, map[string]any{"desired_state": "running"}},
		{"or broken", `{"a":`, map[string]any{"desired_state": "running"}},
		{"or endless", strings.Repeat(" ", maxState+1), map[string]any{"desired_state": "running"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.profile("a")
			name := "profiles/a/gateway_state.json"
			if c.before != "" {
				g.write(name, c.before)
				g.ok(os.Chmod(g.at(name), 0o600))
			}
			changed, err := g.desire("a", Up)
			g.ok(err)
			if d := cmp.Diff(c.want, g.json(name)); d != "" || !changed {
				t.Errorf("changed %v: %s", changed, d)
			}
			in, err := os.Stat(g.at(name))
			g.ok(err)
			if in.Mode().Perm() != 0o644 {
				t.Errorf("mode is %v", in.Mode())
			}
			changed, err = g.desire("a", Up)
			after, serr := os.Stat(g.at(name))
			g.ok(err, serr)
			if changed || !os.SameFile(in, after) {
				t.Error("the same wish again wrote the file again")
			}
			same(t, "left", g.left("profiles/a"), []string{"SOUL.md", "gateway_state.json"})
		})
	}
}

func TestDesireRefuses(t *testing.T) {
	g := newRig(t)
	g.write("outside", "precious")
	g.link("outside", "gateway_state.json")
	_, err := g.desire("default", Up)
	wants(t, err, fsx.ErrSymlink, "refusing to write", "gateway_state.json")
	if got := g.read("outside"); got != "precious" {
		t.Errorf("the link's target holds %q", got)
	}
	if changed, err := g.desire("default", Unknown); changed || err != nil {
		t.Errorf("no wish at all: %v, %v", changed, err)
	}
	g.spec.State = ""
	if changed, err := g.desire("default", Up); changed || err != nil {
		t.Errorf("an image that keeps none: %v, %v", changed, err)
	}
}

func TestInfer(t *testing.T) {
	at := time.Date(2026, 11, 25, 20, 0, 0, 0, time.FixedZone("", 3600))
	for _, c := range []struct {
		about, before, from string
		want                map[string]any
		changed             bool
	}{
		{"what the app said is recorded", `{"gateway_state":"draining"}`, "", map[string]any{"gateway_state": "draining", "desired_state": "running"}, true},
		{"what a person said stays", `{"desired_state":"stopped"}`, "legacy-container-cmd", map[string]any{"desired_state": "stopped"}, false},
		{"an old command counts as running", ``, "legacy-container-cmd", map[string]any{
			"desired_state": "running", "gateway_state": "running", "migrated_from": "legacy-container-cmd", "timestamp": "2026-11-25T19:00:00Z",
		}, true},
		{"what the app says of itself stays its own", `{"gateway_state":"stopped"}`, "legacy-container-cmd", map[string]any{
			"desired_state": "running", "gateway_state": "stopped", "migrated_from": "legacy-container-cmd", "timestamp": "2026-11-25T19:00:00Z",
		}, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			if c.before != "" {
				g.write("gateway_state.json", c.before)
			}
			var changed bool
			infer := func(p *Profile) (err error) { changed, err = p.Infer(Up, c.from, at); return err }
			g.ok(g.in("default", infer))
			if d := cmp.Diff(c.want, g.json("gateway_state.json")); d != "" || changed != c.changed {
				t.Errorf("changed %v: %s", changed, d)
			}
			if g.ok(g.in("default", infer)); changed {
				t.Error("a second time changes it again")
			}
			g.ok(g.in("default", func(p *Profile) (err error) { changed, err = p.Infer(Unknown, c.from, at); return err }))
			if changed {
				t.Error("nothing inferred changes it")
			}
		})
	}
}

// Whatever object stands there: what is asked for is what is read afterwards, and no other key changes its value.
func TestDesireLaw(t *testing.T) {
	g := newRig(t)
	value := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(l []string) any { return l }), rapid.Just[any](nil), rapid.Just[any](true),
	)
	key := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"desired_state", "gateway_state", "pid"}))
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.MapOf(key, value).Draw(t, "before")
		text, err := json.Marshal(before)
		g.ok(err)
		g.write("gateway_state.json", string(text))
		was := g.json("gateway_state.json")
		w := rapid.SampledFrom([]Want{Up, Down}).Draw(t, "want")
		_, err = g.desire("default", w)
		g.ok(err)
		if st := g.state("default"); st.Want != w || !st.Recorded {
			t.Fatalf("asked for %v, got %+v", w, st)
		}
		now := g.json("gateway_state.json")
		was["desired_state"] = w.String()
		if d := cmp.Diff(was, now); d != "" {
			t.Fatal(d)
		}
	})
}

func TestADesireThatDies(t *testing.T) {
	const old = `{"pid":7,"desired_state":"stopped"}`
	for k := 1; ; k++ {
		g := newRig(t)
		g.write("gateway_state.json", old)
		wish := func() error { _, err := g.desire("default", Up); return err }
		if g.crashAt(k, wish) {
			if k < 4 {
				t.Errorf("only %d changes were announced", k-1)
			}
			return
		}
		if got := g.read("gateway_state.json"); got != old && g.json("gateway_state.json")["desired_state"] != "running" {
			t.Fatalf("a death at change %d leaves %q", k, got)
		}
		g.ok(wish())
		if m := g.json("gateway_state.json"); m["desired_state"] != "running" || m["pid"] != 7.0 {
			t.Errorf("afterwards it is %v", m)
		}
	}
}

// An app that reads, waits and writes the whole file back at any moment: the file is never half, the wish comes through
// once the app is quiet, and nobody waits for ever.
func TestAnAppThatWritesToo(t *testing.T) {
	g := newRig(t)
	g.write("gateway_state.json", `{"n":0}`)
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- busyApp(g, stop) }()
	defer func() {
		close(stop)
		g.ok(<-done)
		_, err := g.desire("default", Up)
		g.ok(err)
		if m := g.json("gateway_state.json"); m["desired_state"] != "running" || m["n"] == nil {
			t.Errorf("at last it is %v", m)
		}
	}()
	for i := range 60 {
		if _, err := g.desire("default", []Want{Up, Down}[i%2]); err != nil && !errors.Is(err, errBusy) {
			t.Fatal(err)
		}
		var m map[string]any
		g.ok(json.Unmarshal([]byte(g.read("gateway_state.json")), &m))
	}
}

func busyApp(g *rig, stop <-chan struct{}) error {
	name := g.at("gateway_state.json")
	for n := 1; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		var m map[string]any
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil {
			return err
		}
		m["n"] = n
		if data, err = json.Marshal(m); err != nil {
			return err
		}
		if err := errors.Join(os.WriteFile(name+".tmp", data, 0o644), os.Chmod(name+".tmp", 0o644), os.Rename(name+".tmp", name)); err != nil {
			return err
		}
	}
}
