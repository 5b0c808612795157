package profile

import (
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

func TestRemoveStale(t *testing.T) {
	g := newRig(t)
	g.profile("a")
	g.write("profiles/a/gateway.pid", `{"pid":1}`)
	g.write("outside", "precious")
	g.link("../../outside", "profiles/a/processes.json")
	g.write("gateway.pid", "1")
	clean := func(name string) (removed []string, troubles []error) {
		g.ok(g.in(name, func(p *Profile) error { removed, troubles = p.RemoveStale(); return nil }))
		return removed, troubles
	}
	removed, troubles := clean("a")
	same(t, "removed", removed, []string{"gateway.pid", "processes.json"})
	if len(troubles) > 0 || g.read("outside") != "precious" {
		t.Errorf("troubles %v, and the link's target holds %q", troubles, g.read("outside"))
	}
	removed, troubles = clean("default")
	if same(t, "removed", removed, []string{"gateway.pid"}); len(troubles) > 0 {
		t.Error(troubles)
	}
	if removed, troubles := clean("a"); len(removed)+len(troubles) > 0 {
		t.Errorf("a second time: %v, %v", removed, troubles)
	}
	g.mkdir("profiles/a/gateway.pid")
	g.write("profiles/a/processes.json", "")
	removed, troubles = clean("a")
	same(t, "removed", removed, []string{"processes.json"})
	if len(troubles) != 1 {
		t.Fatalf("a directory in the place: %v", troubles)
	}
	wants(t, troubles[0], fsx.ErrKind, "gateway.pid")
}

func TestPriorExit(t *testing.T) {
	for text, want := range map[string]Exit{
		`{"phase":"running","pid":3}`: Unclean,
		`{"phase":"exited"}`:          Clean,
		`{"phase":"starting"}`:        UnknownExit,
		`{"phase":7}`:                 UnknownExit,
		`{}`:                          UnknownExit,
		`["exited"]`:                  UnknownExit,
		`{"phase":"exi`:               UnknownExit,
		``:                            UnknownExit,
	} {
		g := newRig(t)
		ask := func() (e Exit) {
			g.ok(g.in("default", func(p *Profile) error { e = p.PriorExit(); return nil }))
			return e
		}
		if got := ask(); got != UnknownExit {
			t.Errorf("no file says %s", got)
		}
		g.write(Lifecycle, text)
		if got := ask(); got != want {
			t.Errorf("%s says %s, want %s", text, got, want)
		}
	}
}
