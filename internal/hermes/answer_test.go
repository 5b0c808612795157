package hermes

import (
	"testing"

	"github.com/berth-init/berth/internal/spec"
)

func TestWhatIsNotBerthsIsTheApps(t *testing.T) {
	g := newRig(t)
	for _, args := range [][]string{nil, {"chat"}, {"gateway"}, {"gateway", "start", "--help"}, {"profile", "show", "x"}, {"-p", "x", "chat"}, {"config", "set", "a", "b"}} {
		g.leaves(args...)
		g.is(g.out.Len()+g.err.Len() == 0, "%q says %s%s", args, &g.out, &g.err)
	}
	g.e.Spec.Main.Native = []string{"profile"}
	g.leaves("gateway", "start")
	g.leaves("doctor")
}

func TestAnImageWithoutProfiles(t *testing.T) {
	g := newRig(t)
	g.e.Spec = &spec.Spec{App: "x", Main: spec.Main{Native: []string{"gateway", "profile", "setup", "dump", "doctor"}}}
	g.leaves("gateway", "start")
	g.leaves("profile", "list")
	g.gets(0, says("install method: pip"), "dump")
	g.gets(0, says("main-x: up"), "doctor")
	g.gets(0, nil, "setup")
	g.is(g.there(".env") && g.mode(".env") == 0o600, ".env wasn't made")
	g.e.Volume = nil
	g.gets(0, nil, "dump")
}
