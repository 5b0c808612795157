package hermes

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestDelete(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	g.write("profiles/coder/sessions/s", "")
	g.write("active_profile", "coder\n")
	g.sup.before = func(string) { g.is(g.there("profiles/coder"), "its slot went after its directory") }
	g.gets(0, says("Deleted profile coder"), "profile", "delete", "--yes", "coder")
	g.told("unregister coder")
	g.sup.before = nil
	g.is(!g.there("profiles/coder") && !g.there("active_profile"), "left are %q", g.below("."))
	_, registered := find(g.sup.slots, "gateway-coder")
	g.is(!registered, "its slot is still there")
	g.gets(1, says("no such profile 'coder'"), "profile", "delete", "-y", "coder")
	g.gets(1, says("no such gateway 'coder'"), "-p", "coder", "gateway", "start")
	g.profile("b")
	g.write("active_profile", "other\n")
	g.gets(0, nil, "profile", "delete", "b", "--yes")
	g.is(g.read("active_profile") == "other\n", "another choice was reset")
}

func TestDeleteAsks(t *testing.T) {
	for _, c := range []struct {
		about, typed string
		gone         bool
	}{
		{"the name", "coder\n", true},
		{"without an end", " coder ", true},
		{"yes is no name", "yes\n", false},
		{"another name", "coder2\n", false},
		{"nothing", "", false},
		{"a line too late", "\ncoder\n", false},
	} {
		g := newRig(t)
		g.profile("coder")
		g.e.In = strings.NewReader(c.typed)
		code := 1
		if c.gone {
			code = 0
		}
		g.gets(code, says("Type the name of the profile", g.at("profiles/coder")), "profile", "delete", "coder")
		g.is(g.there("profiles/coder") != c.gone, "%s: gone is %v", c.about, !c.gone)
		g.is(c.gone || strings.Contains(g.err.String(), "--yes"), "%s: it says %s", c.about, &g.err)
	}
	g := newRig(t)
	g.profile("coder")
	g.gets(1, says("nobody confirmed it"), "profile", "delete", "coder")
	g.told()
}

func TestDeleteRefuses(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	g.mkdir("profiles/plain")
	g.link("coder", "profiles/link")
	for _, c := range []struct {
		args  string
		code  int
		words []string
	}{
		{"default", 1, says("cannot be deleted")},
		{"gone", 1, says("no such profile 'gone'", "hermes profile list")},
		{"plain", 1, says("no such profile")},
		{"link", 1, says("refusing", "symlinked path")},
		{"../x", 1, says("no name of a profile")},
		{"Coder", 1, says("did you mean coder?")},
		{"", 2, says("NAME is missing")},
		{"--force coder", 2, says("unknown flag")},
	} {
		g.gets(c.code, c.words, append([]string{"profile", "delete", "--yes"}, strings.Fields(c.args)...)...)
		g.told()
	}
	g.is(g.there("profiles/coder") && g.there("profiles/plain") && g.there("profiles/link"), "left are %q", g.below("profiles"))
}

func TestDeleteGoesOnWithoutTheSupervisor(t *testing.T) {
	for _, c := range []struct {
		err   error
		words []string
	}{
		{ErrNobody, nil},
		{ErrUnknownSlot, nil},
		{errors.New("it won't end"), says("Could not unregister gateway-coder: it won't end")},
		{context.DeadlineExceeded, says("Could not unregister gateway-coder")},
	} {
		g := newRig(t)
		g.profile("coder")
		g.sup.errs["unregister"] = c.err
		g.gets(0, append(c.words, "Deleted profile coder"), "profile", "delete", "--yes", "coder")
		g.is(!g.there("profiles/coder") && (c.words != nil || g.err.Len() == 0), "%v: it says %s", c.err, &g.err)
	}
	g := newRig(t)
	g.profile("coder")
	g.nobody(false)
	g.gets(0, says("Deleted"), "profile", "delete", "--yes", "coder")
}

func TestDeleteOfWhatPartlyStays(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	g.write("outside", "coder")
	g.link("outside", "active_profile")
	g.gets(0, says("Deleted profile coder", "could not reset active_profile"), "profile", "delete", "--yes", "coder")
	g.is(g.read("outside") == "coder", "the link's target says %q", g.read("outside"))
	if os.Geteuid() != 0 {
		t.Skip("the rest needs root: it makes what the app may not remove")
	}
	g.profile("b")
	g.write("profiles/b/roots/x", "")
	ok(t, os.Chown(g.at("profiles/b/roots"), 0, 0))
	g.gets(1, says("Deleted profile b", "what is left of it"), "profile", "delete", "--yes", "b")
	g.is(!g.there("profiles/b"), "it is still there")
}

func TestDeleteThatDies(t *testing.T) {
	for k := 1; ; k++ {
		g := quickRig(t)
		g.profile("coder")
		g.write("profiles/coder/skills/x", "")
		g.write("active_profile", "coder")
		if g.dies(k, "profile", "delete", "--yes", "coder") {
			g.is(k > 5, "only %d changes were announced", k-1)
			return
		}
		if g.there("profiles/coder") {
			g.is(len(g.below("profiles/coder")) == 3, "a death at change %d leaves %q", k, g.below("profiles/coder"))
			g.gets(0, nil, "profile", "delete", "--yes", "coder")
		}
		g.gets(0, says("default"), "profile", "list")
		g.is(!strings.Contains(g.out.String(), "coder"), "it is listed: %s", &g.out)
		g.gets(0, nil, "profile", "create", "next")
		all, err := os.ReadDir(g.at("profiles"))
		ok(t, err)
		g.is(len(all) == 1, "a death at change %d leaves %v for good", k, all)
	}
}

func TestList(t *testing.T) {
	g := newRig(t)
	g.profile("zoe")
	g.profile("abe")
	g.write("profiles/late/SOUL.md", "")
	g.write("profiles/My Bot/SOUL.md", "")
	g.write("profiles/default/SOUL.md", "")
	g.write("profiles/plain/config.yaml", "")
	g.link("/", "profiles/link")
	up(&g.sup.slots[2])
	g.gets(0, says(`"My Bot"`, "volume's own", "refusing", "hint:", "* default"), "profile", "list")
	lines := strings.Split(strings.TrimSpace(g.out.String()), "\n")
	g.is(len(lines) == 4, "it lists %q", lines)
	for i, w := range []string{"default", "abe", "late", "zoe"} {
		g.is(strings.Fields(strings.TrimPrefix(lines[i], "*"))[0] == w, "line %d is %q", i, lines[i])
	}
	g.is(strings.Contains(lines[3], "running (pid 111)") && strings.Contains(lines[2], "not registered"), "it says %q", lines)
	g.write("active_profile", "abe")
	g.gets(0, says("* abe"), "profile", "list")
	g.sup.errs["status"] = errors.New("no answer")
	g.gets(0, says("no answer"), "profile", "list")
	g.nobody(false)
	g.gets(0, says("  zoe"), "profile", "list")
	g.gets(2, says("unexpected word"), "profile", "list", "x")

	g = newRig(t)
	g.mkdir("elsewhere")
	g.link("elsewhere", "profiles")
	g.gets(1, says("* default", "refusing"), "profile", "list")
}
