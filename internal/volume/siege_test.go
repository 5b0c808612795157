package volume

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// These say how many boots and looks there are in a siege, and looks at a name that is planted; hack/proof has thousands.
const (
	siegesEnv = "BERTH_PROOF_BOOTS"
	looksEnv  = "BERTH_PROOF_LOOKS"
)

// times says how often a test does again what it does.
func times(t *testing.T, env string, usual int) int {
	t.Helper()
	text := os.Getenv(env)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A process with the app user's rights alone swaps directories, files, links and FIFOs at every place that a boot works on, and
// one of root's plants what the kernel refuses to the app: other names for foreign files, foreign directories mounted, devices,
// wrong owners. Meanwhile the volume is booted and looked at, with openat2 and without. A boot may refuse what it likes; it comes to
// its end, and nothing outside changes its owner, its mode or its content. When all is over, the next boot ends with nothing left to do.
func TestSiege(t *testing.T) {
	needRoot(t)
	n := times(t, siegesEnv, 60)
	for name, with := range map[string]func(func()){"with openat2": func(f func()) { f() }, "without openat2": fsx.WithoutOpenat2} {
		t.Run(name, func(t *testing.T) {
			ownMounts(t, func(t *testing.T) {
				with(func() { siege(t, n/2) })
			})
		})
	}
}

func siege(t *testing.T, n int) {
	g := keeps(arena(t))
	g.reachable()
	image := snapshot(t, g.root)
	end := g.surround(t)
	defer end()
	defer func() { mostNamed = maxNamed }()
	all := tally{}
	for i := range n {
		mostNamed = maxNamed * (i / 2 % 2) // of a tree with more entries the files are handed over without a word
		phases, kind := wholeBoot(), "boot"
		if i%2 == 1 {
			phases, kind = (&Tour{Full: true}).Phases(), "look"
		} else { // the image is a newer one each time: there is something to lay
			g.bundle("core", "SKILL.md", fmt.Sprintf("core %d", i))
			image = snapshot(t, g.root)
		}
		r, err := g.boot(phases...)
		if err != nil {
			t.Errorf("%s %d ended: %v", kind, i, err)
		}
		all.count(kind, r, err)
		if d := changed(image, snapshot(t, g.root)); len(d) > 0 {
			t.Fatalf("%s %d changed %q outside: was %q, is %q; it said\n%s", kind, i, d, image[d[0]], snapshot(t, g.root)[d[0]], notes(r))
		}
	}
	end()
	t.Logf("%d boots and looks under attack:\n%s", n, all)
	if len(all) < 5 {
		t.Errorf("the attackers achieved little")
	}
	mostNamed = maxNamed
	last := g.must()
	again, err := g.plan()
	g.check(err)
	if left := steps(again); len(left) > 0 {
		t.Errorf("the boot after it did %q, said\n%sand left to do %q on\n%v", steps(last), notes(last), left, snapshot(t, g.vol))
	}
	g.spared(g.root, image)
}

// wholeBoot gives all that a boot does on a volume, the line in its ledger included.
func wholeBoot() []boot.Phase {
	remember := boot.Func("ledger", func(_ context.Context, r *boot.Run) error {
		if err := boot.Remember(r.World, r.Report(time.Now(), "test", nil)); err != nil {
			r.Warn("", "could not remember: %s", boot.Cause(err))
		}
		return nil
	})
	return slices.Concat(Heal(), Fill(), []boot.Phase{remember})
}

// surround starts the attackers, and gives what ends them.
func (g *rig) surround(t *testing.T) (end func()) {
	t.Helper()
	var ends []func()
	for _, role := range []string{"app", "root"} {
		c := exec.Command("/proc/self/exe", g.vol, g.root)
		c.Dir, c.Env, c.Stderr = "/", append(os.Environ(), besiegerEnv+"="+role), os.Stderr
		if role == "app" {
			c.SysProcAttr = g.asApp()
		}
		in, err := c.StdinPipe()
		g.check(err)
		out, err := c.StdoutPipe()
		g.check(err, c.Start())
		ends = append(ends, func() {
			_ = in.Close()
			if err := c.Wait(); err != nil {
				t.Errorf("the attacker %s ended with %v", role, err)
			}
		})
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Errorf("the attacker %s says %q, %v", role, line, err)
		}
	}
	over := false
	return func() {
		if !over {
			over = true
			for _, end := range ends { // root's is the last: it takes its mounts away when nothing else moves
				end()
			}
		}
	}
}

// A tally counts what became of boots.
type tally map[string]int

func (c tally) count(kind string, r *boot.Run, err error) {
	if err != nil {
		c[kind+" ended: "+boot.Cause(err)]++
		return
	}
	seen := map[string]bool{}
	for _, n := range r.Notes() {
		what := ""
		switch _, cause, refused := strings.Cut(n.Text, ": refused: "); {
		case refused:
			what = "refused: " + cause
		case strings.Contains(n.Text, "through symlinked path"):
			what = "refused: through a link"
		case n.Level == boot.Changed:
			what = "changed something"
		default:
			what = string(n.Level)
		}
		what, _, _ = strings.Cut(what, ";") // whether the app can do without
		seen[n.Phase+" "+what] = true
	}
	if len(seen) == 0 {
		seen["undisturbed"] = true
	}
	for what := range seen {
		c[kind+": "+what]++
	}
}

func (c tally) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "%6d  %s\n", c[what], what)
	}
	return b.String()
}

// What a siege checks with can see a change: of an owner, a mode and a content, outside.
func TestASiegeWouldSeeAChange(t *testing.T) {
	g := arena(t)
	image := snapshot(t, g.root)
	for name, do := range map[string]func(p string) error{
		"victim/file":      func(p string) error { return os.WriteFile(p, []byte("other"), 0o600) },
		"victim/dir/x":     func(p string) error { return os.Chmod(p, 0o644) },
		"victim/dir/other": func(p string) error { return os.WriteFile(p, nil, 0o600) },
	} {
		g.check(do(filepath.Join(g.root, name)))
		if d := changed(image, snapshot(t, g.root)); !slices.Contains(d, name) {
			t.Errorf("%s: %q", name, d)
		}
	}
}
