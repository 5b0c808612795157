package hermes

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// below lists what is below a directory of the volume, sorted.
func (g *rig) below(dir string) []string {
	g.t.Helper()
	var all []string
	ok(g.t, fsWalk(g.at(dir), func(rel string) { all = append(all, rel) }))
	slices.Sort(all)
	return all
}

func TestCreate(t *testing.T) {
	for _, mask := range []int{0o022, 0o077, 0} {
		old := umask(mask)
		g := newRig(t)
		g.gets(0, says("Created profile coder in "+g.at("profiles/coder"), "`hermes -p coder gateway start` starts its gateway"), "profile", "create", "coder")
		umask(old)
		g.told("register coder")
		want := []string{".env", "SOUL.md", "config.yaml", "cron", "home", "logs", "memories", "plans", "sessions", "skills", "skins", "workspace"}
		got := g.below("profiles/coder")
		g.is(slices.Equal(got, want), "it has %q", got)
		g.is(g.mode("profiles/coder/.env") == 0o600, ".env is %o", g.mode("profiles/coder/.env"))
		g.is(g.mode("profiles/coder/config.yaml") == 0o640 && g.mode("profiles/coder/SOUL.md") == 0o644 && g.mode("profiles/coder") == 0o755, "other modes are wrong")
		g.is(g.read("profiles/coder/SOUL.md") == "be kind\n", "SOUL.md says %q", g.read("profiles/coder/SOUL.md"))
		g.owned("profiles", "profiles/coder", "profiles/coder/.env", "profiles/coder/skills")
		g.is(g.desired("profiles/coder") == nil, "recorded is %v: it was made, not started", g.desired("profiles/coder"))
		slot, _ := find(g.sup.slots, "gateway-coder")
		g.is(slot.State == "down", "its slot is %+v", slot)
	}
}

func TestCreateRefuses(t *testing.T) {
	g := newRig(t)
	g.profile("there")
	g.write("profiles/file", "")
	g.mkdir("profiles/plain")
	g.link("/etc", "profiles/link")
	for _, c := range []struct {
		args  string
		code  int
		words []string
	}{
		{"there", 1, says(`create profile "there": it is there already`, "hermes profile delete there")},
		{"plain", 1, says("there already")},
		{"file", 1, says("kind of file")},
		{"link", 1, says("refusing")},
		{"Coder", 1, says("no name of a profile", "did you mean coder?")},
		{"../x", 1, says("no name of a profile")},
		{"-x", 2, says("unknown flag")},
		{"-- -x", 1, says("no name")},
		{"_x", 1, says("no name")},
		{"a.b", 1, says("no name")},
		{strings.Repeat("a", 65), 1, says("no name")},
		{strings.Repeat("a", 252), 1, says("no name")},
		{"default", 1, says("reserved")},
		{"hermes", 1, says("reserved")},
		{"test", 1, says("reserved")},
		{"tmp", 1, says("reserved")},
		{"root", 1, says("reserved")},
		{"sudo", 1, says("reserved")},
		{"", 2, says("NAME is missing", "hermes profile create")},
		{"a b", 2, says(`unexpected word "b"`)},
		{"--clone-channels x", 2, says("nothing is cloned")},
		{"--clone-from gone x", 1, says(`clone profile "gone": there is no such profile`, "hermes profile list")},
		{"--clone-from Gone x", 1, says("no name")},
		{"--clone-from link x", 1, says("refusing")},
	} {
		t.Run(c.args, func(t *testing.T) {
			before := g.below("profiles")
			g.gets(c.code, c.words, append([]string{"profile", "create"}, strings.Fields(c.args)...)...)
			g.told()
			g.is(slices.Equal(before, g.below("profiles")), "it left %q", g.below("profiles"))
		})
	}
	for _, name := range []string{"", "a b", "a\nb"} {
		g.gets(1, says("no name of a profile"), "profile", "create", name)
	}
	g.gets(1, says("no name"), "-p", "../x", "profile", "create", "--clone", "y")
}

func TestCreateBehindALink(t *testing.T) {
	g := newRig(t)
	g.mkdir("elsewhere")
	g.link("elsewhere", "profiles")
	g.gets(1, says("refusing", "through symlinked path"), "profile", "create", "coder")
	g.is(len(g.below("elsewhere")) == 0, "it wrote %q", g.below("elsewhere"))
}

func TestCreateWithoutALivingSupervisor(t *testing.T) {
	for _, c := range []struct {
		err   error
		words []string
	}{
		{ErrNobody, nil},
		{ErrRegistered, nil},
		{boot.Fail(1, errors.New("no room"), "make some"), says("Could not register coder gateway service: no room", "hint: make some")},
		{context.DeadlineExceeded, says("Could not register coder gateway service")},
	} {
		g := newRig(t)
		g.sup.errs["register"] = c.err
		g.gets(0, append(c.words, "Created profile coder"), "profile", "create", "coder")
		g.is(len(c.words) > 0 || g.err.Len() == 0, "%v says %s", c.err, &g.err)
	}
	g := newRig(t)
	g.nobody(false)
	g.gets(0, says("Created profile coder"), "profile", "create", "coder")
	g.is(g.err.Len() == 0, "on a host it says %s", &g.err)
}

func TestCreateInAnImageThatLaysNothingDown(t *testing.T) {
	g := newRig(t)
	g.e.Tree = nil
	g.gets(0, nil, "profile", "create", "coder")
	g.is(g.read("profiles/coder/SOUL.md") == "# coder\n" && !g.there("profiles/coder/config.yaml"), "it made %q", g.below("profiles/coder"))
}

func TestCreateThatIsInterrupted(t *testing.T) {
	g := newRig(t)
	g.write("skills/x", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _ := g.askIn(ctx, "profile", "create", "--clone", "coder")
	g.is(code == 1 && len(g.below("profiles")) == 0, "code %d, left %q", code, g.below("profiles"))
}

type crash struct{}

// dies asks and dies at the k-th change of the disk; it says whether it got to its end before.
func (g *rig) dies(k int, args ...string) (ended bool) {
	g.t.Helper()
	n := 0
	remove := fsx.OnChange(func(string, string) {
		if n++; n == k {
			panic(crash{})
		}
	})
	defer remove()
	defer func() {
		if v := recover(); v != nil && v != (crash{}) {
			panic(v)
		}
	}()
	code, handled := g.ask(args...)
	g.is(code == 0 && handled, "%q: code %d: %s", args, code, &g.err)
	return true
}

// For all k: who is killed at the k-th change leaves a whole profile or none that anybody sees, .env is private
// whenever it is there, and the same words afterwards leave nothing else behind.
func TestCreateThatDies(t *testing.T) {
	whole := []string{
		".env", "SOUL.md", "config.yaml", "cron", "home", "logs", "memories", "memories/MEMORY.md", "plans", "sessions", "skills",
		"skills/a", "skills/a/x", "skins", "workspace",
	}
	for k := 1; ; k++ {
		g := quickRig(t)
		g.write(".env", "A=b\n", 0o644)
		g.write("memories/MEMORY.md", "m")
		g.write("skills/a/x", "x")
		if g.dies(k, "profile", "create", "--clone", "coder") {
			g.is(k > 20, "only %d changes were announced", k-1)
			return
		}
		if g.there("profiles") {
			for _, name := range g.below("profiles") {
				if strings.HasSuffix(name, "/.env") {
					g.is(g.mode("profiles/"+name) == 0o600, "a death at change %d leaves %s %o", k, name, g.mode("profiles/"+name))
				}
			}
		}
		if g.there("profiles/coder") {
			g.is(slices.Equal(g.below("profiles/coder"), whole), "a death at change %d leaves %q", k, g.below("profiles/coder"))
			continue
		}
		g.gets(0, nil, "profile", "create", "--clone", "coder")
		g.is(slices.Equal(g.below("profiles/coder"), whole), "afterwards it has %q", g.below("profiles/coder"))
		all, err := os.ReadDir(g.at("profiles"))
		ok(t, err)
		g.is(len(all) == 1, "left over: %v", all)
	}
}
