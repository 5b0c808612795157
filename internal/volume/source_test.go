package volume

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// An image that lost its template (a .dockerignore did that to a whole fleet) boots, and says so at every boot until it is
// there; the other seeds are laid.
func TestAMissingSource(t *testing.T) {
	g := seeded(t, spec.Seed{Path: ".env", From: ".env.example"}, spec.Seed{Path: "SOUL.md", From: "/usr/share/gone"}, spec.Seed{Path: "last", Content: new("x")})
	for range 2 {
		r, err := g.boot(Seeds())
		g.check(err)
		g.says(r, "warning: seed .env: its source /opt/app/.env.example is missing (hint: put the file into the image", "seed SOUL.md: its source /usr/share/gone is missing")
		g.absent(".env")
	}
	g.read("last")
	// Nobody misses it where the file is there already.
	g.put(".env", "A=1\n", 0o600)
	g.put("SOUL.md", "", 0o600)
	g.silent(g.lawful(Seeds()))
}

// The source is read where the app may have written: root must not be led to what only root may read, nor wait for a FIFO.
func TestWhatIsNoSource(t *testing.T) {
	for _, c := range []struct {
		name, says string
		make       func(g *rig, at string) error
	}{
		{"a directory", "seed x: ", func(_ *rig, at string) error { return os.Mkdir(at, 0o755) }},
		{"a FIFO", "seed x: ", func(_ *rig, at string) error { return unix.Mkfifo(at, 0o644) }},
		{"a link", "a symbolic link stands in the way", func(g *rig, at string) error { return os.Symlink(g.root+"/victim", at) }},
		{"too much", "larger than allowed", func(_ *rig, at string) error {
			return os.WriteFile(at, make([]byte, maxSeed+1), 0o644)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seeded(t, spec.Seed{Path: "x", From: "template"})
			g.write(g.root+"/victim", "root's own", 0o644)
			g.check(c.make(g, g.root+"/opt/app/template"))
			g.check(os.Chmod(g.root+"/opt/app", 0o755))
			r := g.must(Seeds())
			g.says(r, "warning: seed x: ", c.says)
			g.absent("x")
		})
	}
}

// A build under umask 077 leaves a template that only root may read: root reads it if it is surely the image's own. A second name
// of a secret of root's, a link to it, or somebody else's shut file isn't.
func TestASourceThatOnlyRootMayRead(t *testing.T) {
	needRoot(t)
	for _, c := range []struct {
		name, from string
		make       func(g *rig)
		laid       bool
	}{
		{"the image's own", "template", func(g *rig) { g.write(g.root+"/opt/app/template", "the template", 0o600) }, true},
		{"in a shut directory", "shut/template", func(g *rig) {
			g.write(g.root+"/opt/app/shut/template", "the template", 0o644)
			g.check(os.Chmod(g.root+"/opt/app/shut", 0o700))
		}, true},
		{"another name of a secret", "template", func(g *rig) { g.check(os.Link(g.root+"/shadow", g.root+"/opt/app/template")) }, false},
		{"a link to a secret", "template", func(g *rig) { g.check(os.Symlink("../../shadow", g.root+"/opt/app/template")) }, false},
		{"a link on the way", "etc/shadow", func(g *rig) { g.check(os.Symlink(g.root, g.root+"/opt/app/etc")) }, false},
		{"somebody else's", "template", func(g *rig) {
			g.write(g.root+"/opt/app/template", "theirs", 0o600)
			g.chown(g.root+"/opt/app/template", 999, 998)
		}, false},
		{"the app's own, shut", "template", func(g *rig) {
			g.write(g.root+"/opt/app/template", "theirs", 0)
			g.chown(g.root+"/opt/app/template", g.uid, g.gid)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := seeded(t, spec.Seed{Path: "x", From: c.from})
			g.write(g.root+"/shadow", "root's secret", 0o600)
			g.check(os.Chmod(g.root, 0o755))
			c.make(g)
			r := g.must(Seeds())
			if !c.laid {
				g.says(r, "warning: seed x: ")
				g.absent("x")
				return
			}
			g.silentBut(r, "Seeded x")
			if got := g.read("x"); got != "the template" {
				t.Errorf("it holds %q", got)
			}
		})
	}
}

// silentBut wants one note, with these words.
func (g *rig) silentBut(r *boot.Run, words string) {
	g.t.Helper()
	if n := r.Notes(); len(n) != 1 || !strings.Contains(n[0].Text, words) {
		g.t.Fatalf("it says:\n%s", notes(r))
	}
}

// In many images /usr/share is a link; who may read through it anyway may have its template from there.
func TestASourceBehindTheImagesLink(t *testing.T) {
	g := seeded(t, spec.Seed{Path: "x", From: "/usr/share/app/template"}, spec.Seed{Path: "y", From: "/usr/share/template"})
	g.write(g.root+"/usr/local/share/app/template", "the template", 0o644)
	g.write(g.root+"/usr/local/share/template", "directly below the link", 0o644)
	g.check(os.Symlink("local/share", g.root+"/usr/share"))
	g.reachable() // the app's rights are asked for the whole path
	g.lawful(Seeds())
	if got := g.read("x"); got != "the template" {
		t.Errorf("it holds %q", got)
	}
	if got := g.read("y"); got != "directly below the link" {
		t.Errorf("it holds %q", got)
	}
}
