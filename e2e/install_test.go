package e2e

import (
	"strings"
	"testing"
)

const trees = ".venv ui-tui node_modules gateway"

// treeTimes gives owner and time of the last change of everything in the app's own tree.
func (c *container) treeTimes(t *testing.T, below string) string {
	t.Helper()
	return c.sh(t, "cd /opt/hermes && find "+below+" -printf '%p %U:%G %C@\n' | sort")
}

func TestA121_TheAppsTreesFollowTheRemapOnce(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, "-e", "PUID=99", "-e", "PGID=100", hermes)
	must(t, "exec", "--user", "99:100", c.id, "sh", "-euc", "cd /opt/hermes; for d in "+trees+"; do touch $d/made-by-app; done")
	before := c.treeTimes(t, trees)
	hasNot(t, before, " 0:0 ", " 10000:10000 ")
	quiet(t, c.restart(t))
	same(t, "the trees after a restart", c.treeTimes(t, trees), before)
}

func TestA122_ATreeThatAloneIsWrongIsHealed(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, hermes)
	others := strings.TrimPrefix(trees, ".venv ")
	before := c.treeTimes(t, others)
	c.sh(t, "chown -R 1234:1234 /opt/hermes/.venv")
	c.restart(t)
	if after := c.treeTimes(t, ".venv"); strings.Contains(after, "1234:1234") || !strings.Contains(after, " 10000:10000 ") {
		t.Errorf(".venv is still wrong:\n%s", after)
	}
	same(t, "the other trees", c.treeTimes(t, others), before)
}

func TestA123_WithoutARemapTheInstallTreeStays(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, hermes)
	for line := range strings.SplitSeq(must(t, "diff", c.id), "\n") {
		if strings.Contains(line, " /opt/hermes") {
			t.Errorf("a boot without a remap changed the install tree: %s", line)
		}
	}
}

func TestA124_TheBrowserIsFoundByItsName(t *testing.T) {
	needs(t, hermes)
	const show = `echo "[$AGENT_BROWSER_EXECUTABLE_PATH]"`
	v := prepared(t, `mkdir -p full/chrome-headless-shell-linux64 empty; cd full/chrome-headless-shell-linux64
		for f in libGLESv2.so libEGL.so chrome-headless-shell; do echo > $f; chmod 755 $f; done; echo > chrome; chmod 644 chrome; cd ../..; echo > empty/libEGL.so; chmod -R a+rX .`)
	at := v.at("/browsers")
	r := runs(t, 0, at, "-e", "PLAYWRIGHT_BROWSERS_PATH=/browsers/full", hermes, "sh", "-c", show)
	same(t, "the browser", strings.TrimSpace(r.out), "[/browsers/full/chrome-headless-shell-linux64/chrome-headless-shell]")
	same(t, "an override", output(t, at, "-e", "PLAYWRIGHT_BROWSERS_PATH=/browsers/full", "-e", "AGENT_BROWSER_EXECUTABLE_PATH=/my/own", hermes, "sh", "-c", show), "[/my/own]")

	r = runs(t, 0, at, "-e", "PLAYWRIGHT_BROWSERS_PATH=/browsers/none", hermes, "sh", "-c", show)
	same(t, "no directory", strings.TrimSpace(r.out), "[]")
	hasNot(t, r.err, "AGENT_BROWSER_EXECUTABLE_PATH", "browsers")

	r = runs(t, 0, at, "-e", "PLAYWRIGHT_BROWSERS_PATH=/browsers/empty", hermes, "sh", "-c", show)
	same(t, "no browser", strings.TrimSpace(r.out), "[]")
	if n := strings.Count(r.err, "AGENT_BROWSER_EXECUTABLE_PATH"); n != 1 {
		t.Errorf("no browser in the directory is worth one warning, not %d:\n%s", n, r.err)
	}
	c := startUp(t, at, "-e", "PLAYWRIGHT_BROWSERS_PATH=/browsers/full", hermes)
	has(t, c.environ(t, "sleep"), "AGENT_BROWSER_EXECUTABLE_PATH=/browsers/full/chrome-headless-shell-linux64/chrome-headless-shell")
}

func TestA125_StampWritesBesideTheCode(t *testing.T) {
	needs(t, hermes)
	home := newVolume(t)
	tree := newVolume(t)
	runs(t, 0, home.data(), tree.at("/tree"), "--entrypoint", "berth", hermes, "stamp", "git", "--tree", "/tree")
	same(t, "the stamp", tree.sh(t, "cat .install_method; ls -A | wc -l"), "git\n1")
	same(t, "the volume", home.sh(t, "ls -A .install_method 2>/dev/null || echo none"), "none")
	r := runs(t, 0, tree.at("/tree")+":ro", "--entrypoint", "berth", hermes, "stamp", "docker", "--tree", "/tree")
	noTrace(t, r)
	same(t, "the stamp of a read-only tree", tree.sh(t, "cat .install_method"), "git")
}
