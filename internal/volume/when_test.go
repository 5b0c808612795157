package volume

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// on gives a world that sees the volume, as a boot's phases do.
func (g *rig) on() *boot.World {
	g.t.Helper()
	w := g.world()
	v, err := fsx.Open(g.vol)
	g.check(err)
	w.Volume, w.Path = v, g.vol
	w.OnClose(v.Close)
	return w
}

// remembers changes what the volume says of the last look.
func (g *rig) remembers(change func(l *boot.Looked)) {
	g.t.Helper()
	w := g.on()
	defer func() { g.check(w.Close()) }()
	l := boot.RecallLook(w)
	change(&l)
	g.check(boot.RememberLook(w, l))
}

// large has the last look be one of a large volume.
func (g *rig) large() {
	g.t.Helper()
	g.remembers(func(l *boot.Looked) { l.Entries = 1_000_000 })
}

func TestWhenOwnersAreLookedAt(t *testing.T) {
	needRoot(t)
	nothing := func(*rig) {}
	for _, c := range []struct {
		about string
		then  func(g *rig) // after a first boot
		when  boot.When
		why   string
	}{
		{"a small volume", nothing, boot.Before, "the volume is small: at the last look it had "},
		{"a large one that was right", (*rig).large, boot.Behind, "for the same user: 1000000 entries"},
		{"a small one where the spec doesn't care", func(g *rig) { g.spec.Volume.Own.Heal = spec.HealBehind }, boot.Behind, "the last look came to its end at 2"},
		{"a large one where the spec does", func(g *rig) { g.large(); g.spec.Volume.Own.Heal = spec.HealBefore }, boot.Before, "the spec says heal: before"},
		{"another user's", func(g *rig) { g.large(); g.uid = 777 }, boot.Before, "the last look was for 4242:4343"},
		{"another group's", func(g *rig) { g.large(); g.gid = 777 }, boot.Before, "the last look was for 4242:4343"},
		{"a tree more", func(g *rig) { g.large(); g.spec.Volume.Own.Trees = append(g.spec.Volume.Own.Trees, "more") }, boot.Before, "the spec lists something else"},
		{"a file more", func(g *rig) { g.large(); g.spec.Volume.Own.Files = append(g.spec.Volume.Own.Files, "more") }, boot.Before, "the spec lists something else"},
		{"the same, in another order", func(g *rig) {
			g.large()
			own := &g.spec.Volume.Own
			own.Trees = []string{"profiles", "./skills/", "logs", "logs/gateways"}
		}, boot.Behind, ""},
		{"a look that nobody ended", func(g *rig) { g.large(); g.remembers(func(l *boot.Looked) { l.Begun = true }) }, boot.Before, "did not come to its end"},
		{"looks that were cut off", func(g *rig) { g.large(); g.remembers(func(l *boot.Looked) { l.Cut = 5 }) }, boot.Behind, ""},
		{"too many of them", func(g *rig) { g.large(); g.remembers(func(l *boot.Looked) { l.Cut = maxCut }) }, boot.Before, "cut off"},
		{"a copy of the volume", func(g *rig) {
			g.large()
			to := g.vol + ".copy"
			g.check(os.Mkdir(to, 0o755), os.Rename(filepath.Join(g.vol, boot.LedgerDir), filepath.Join(to, boot.LedgerDir)))
			g.vol = to
			g.spec.Volume.Path = spec.Text(to)
		}, boot.Before, "no look at this very volume is remembered"},
		{"what the app wrote", func(g *rig) {
			g.write(g.at(boot.LookFile), strings.Repeat("{", 100), 0o600)
		}, boot.Before, "no look at this very volume is remembered"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t).full()
			g.must()
			c.then(g)
			for _, run := range []func(...boot.Phase) (*boot.Run, error){g.plan, g.boot} {
				r, err := run()
				g.check(err)
				l := r.World.Look
				if l == nil || l.When != c.when || !strings.Contains(l.Why, c.why) {
					t.Fatalf("%+v, want %s: %s", l, c.when, c.why)
				}
			}
		})
	}
}

func TestWithoutTreesThereIsNothingToWaitFor(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns(nil, []string{"auth.json"})
	g.write(g.at("auth.json"), "{}", 0o600)
	r := g.must()
	g.wants("auth.json", g.uid, g.gid, 0)
	if r.World.Look != nil {
		t.Errorf("%+v", r.World.Look)
	}
	if _, err := os.Stat(g.at(boot.LookFile)); err == nil {
		t.Error("a look was remembered")
	}
}

// A right volume is not written at each boot, only to say that it was right.
func TestASmallVolumeIsRememberedOnce(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	g.must()
	written := func() string { // not when it was read
		st := g.stat(boot.LookFile)
		return fmt.Sprint(st.Ino, st.Ctim)
	}
	before := written()
	g.must()
	if written() != before {
		t.Error("the second boot wrote it again")
	}
	g.write(g.at("skills/x"), "x", 0o600)
	g.must()
	if written() == before {
		t.Error("a boot that changed something did not say so")
	}
}

// A look that was stopped has seen half of it: nothing is remembered, and the next boot looks at everything first.
func TestAStoppedLookIsNotRemembered(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	for _, name := range []string{"skills/a", "skills/b", "skills/c"} {
		g.write(g.at(name), "x", 0o600)
	}
	died := 0
	for k := 1; g.bootKilledAt(k); k++ {
		died++
		w := g.on()
		if l := boot.RecallLook(w); l.Bound != "" {
			for _, name := range []string{"skills/a", "skills/b", "skills/c"} {
				g.wants(name, g.uid, g.gid, 0)
			}
		}
		g.check(w.Close())
	}
	if died < 10 {
		t.Errorf("it died %d times", died)
	}
}

// A boot for another user that is killed on its way, with directories that were root's for the moment, leaves nothing that a boot for
// the user before takes for right: what is remembered is that one's, from before.
func TestALookForAnotherUserIsKilledAnywhere(t *testing.T) {
	needRoot(t)
	names := []string{"skills/a", "skills/a/b", "skills/a/b/c", "skills/a/d", "logs/gateways/current"}
	died := 0
	for k := 1; ; k++ {
		g := newRig(t).full()
		for _, name := range names[2:] {
			g.write(g.at(name), "x", 0o600)
		}
		g.must()
		g.large()
		old := time.Now().Add(-time.Hour)
		for _, dir := range names[:2] {
			g.check(os.Chtimes(g.at(dir), old, old))
		}
		g.uid, g.gid = 777, 778
		if !g.bootKilledAt(k) {
			break
		}
		died++
		g.uid, g.gid = 4242, 4343
		r := g.must()
		for _, name := range names {
			if st := g.stat(name); st.Uid != g.uid || st.Gid != g.gid {
				t.Errorf("killed before change %d, then booted, looked %s the start: %s belongs to %d:%d", k, r.World.Look.When, name, st.Uid, st.Gid)
			}
		}
	}
	if died < 10 {
		t.Errorf("it died %d times", died)
	}
}
