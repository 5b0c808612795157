package volume

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

// owns gives a rig whose spec owns these.
func (g *rig) owns(trees, files []string) *rig {
	g.spec.Volume.Own.Trees, g.spec.Volume.Own.Files = trees, files
	return g
}

// An older image, docker cp or docker exec as root leave root's files where the app can't read them. What is listed is healed,
// however deep and whoever owns the directories above; what isn't is the host's: a bind mount may be a home directory.
func TestListedNamesAreHealed(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills", "./logs/", "profiles"}, []string{"auth.json", "state.db", "state.db-wal", "gateway.lock", "hooks", "none", "none/x"})
	healed := []string{
		"auth.json", "state.db", "state.db-wal", "gateway.lock", "hooks", "skills", "skills/x", "skills/a", "skills/a/b", "skills/a/b/c", "logs", "logs/.hidden",
		"profiles/p/marker",
	}
	foreign := []string{"host_secret.json", "state.db-shm", "photos", "photos/x", "skills2", "skills2/x", "logs.old", "hooks/script", "Skills"}
	for _, name := range []string{
		"auth.json", "state.db", "state.db-wal", "gateway.lock", "hooks/script", "skills/x", "skills/a/b/c", "logs/.hidden", "host_secret.json", "state.db-shm",
		"photos/x", "skills2/x", "logs.old", "Skills",
	} {
		g.write(g.at(name), "x", 0o600)
	}
	g.put("profiles/p/marker", "x", 0o600)
	g.chown(g.at("profiles/p/marker"), 0, 0)
	g.chown(g.at("skills/a"), 999, 998) // between two of root's
	g.chown(g.at("state.db-wal"), g.uid, 0)
	before := map[string]unix.Stat_t{}
	for _, name := range foreign {
		before[name] = g.stat(name)
	}
	r := g.lawful(Ownership())
	for _, name := range healed {
		g.wants(name, g.uid, g.gid, 0)
	}
	for _, name := range foreign {
		if g.stat(name) != before[name] {
			t.Errorf("%s changed", name)
		}
	}
	for _, s := range r.Steps() {
		if s.After != "4242:4343" || s.Before == s.After {
			t.Errorf("step %+v", s)
		}
	}
	// profiles and profiles/p were right: they are walked and not named.
	g.says(r, "Fixing ownership of skills, ./logs/, profiles, auth.json, state.db, state.db-wal, gateway.lock, hooks in ", "(targeted): 14 entries")
	if n := len(r.Notes()); n != 1 {
		t.Errorf("%d notes:\n%s", n, notes(r))
	}
}

// A restart with another PUID hands everything that is the app's on.
func TestAnotherUserGetsItAll(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	g.put("skills/deep/y", "x", 0o600)
	g.must()
	for _, id := range [][2]uint32{{1000, 1000}, {99, 100}, {1000660000, 0}} {
		g.uid, g.gid = id[0], id[1]
		g.must()
		for _, name := range []string{".", ".env", "config.yaml", "auth.json", "logs", "logs/gateways", "skills", "skills/deep", "skills/deep/y"} {
			g.wants(name, id[0], id[1], 0)
		}
		g.idle(g.must())
	}
}

// The app's user plants a link where root would chown: what it leads to is /etc/shadow, or /. The link stays, its target isn't
// touched, and the line says which.
func TestLinksAreRefused(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"logs", "profiles", "deep/tree", "skills"}, []string{"auth.json", "state.json", "deep/file"})
	g.write(g.root+"/victim/shadow", "root's own", 0o600)
	g.write(g.root+"/victim/tree/file", "root's own", 0o600)
	g.put("skills/x", "x", 0o600)
	for name, to := range map[string]string{
		"auth.json": "/victim/shadow", "logs": "/victim", "profiles": "", "state.json": "/nowhere", "deep": "/victim", "skills/link": "/victim/shadow", "skills/dir": "/victim",
	} {
		g.check(os.Symlink(g.root+to, g.at(name)))
	}
	before := snapshot(t, g.root)
	links := snapshot(t, g.vol)
	r := g.must(Ownership())
	g.spared(g.root, before)
	g.says(r, "refusal: refusing chown through symlinked path logs, profiles, deep/tree, auth.json, state.json, deep/file", "replace the link by what it points to")
	// A link in a tree is an entry like others: it is handed over itself, and nothing is told.
	g.wants("skills/link", g.uid, g.gid, 0)
	g.wants("skills/dir", g.uid, g.gid, 0)
	if n := len(r.Steps()); n != 2 {
		t.Errorf("steps %q", steps(r))
	}
	for name, was := range links {
		if _, to, ok := strings.Cut(was, " -> "); ok {
			if now, err := os.Readlink(g.at(name)); err != nil || now != to {
				t.Errorf("%s leads to %q, %v: it led to %q", name, now, err, to)
			}
		}
	}
}

// A second name of a root's file, planted where fs.protected_hardlinks is 0, would hand the file over; so would a device hand out
// what it stands for. Neither is re-owned; a FIFO and a socket are only entries.
func TestWhatIsNeverHandedOver(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills"}, []string{"auth.json", "skills/disk"})
	g.write(g.root+"/victim", "root's own", 0o600)
	g.put("skills/x", "x", 0o600)
	g.check(os.Link(g.root+"/victim", g.at("skills/hard")))
	g.check(os.Link(g.root+"/victim", g.at("auth.json")))
	g.check(unix.Mknod(g.at("skills/disk"), unix.S_IFBLK|0o600, int(unix.Mkdev(7, 200))))
	g.check(unix.Mknod(g.at("skills/null"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))))
	g.check(unix.Mkfifo(g.at("skills/fifo"), 0o600))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: g.at("skills/socket"), Net: "unix"})
	g.check(err)
	defer func() { _ = l.Close() }()
	r := g.lawful(Ownership())
	for _, name := range []string{"skills/hard", "auth.json", "skills/disk", "skills/null"} {
		g.wants(name, 0, 0, 0o600)
	}
	g.wants("skills/fifo", g.uid, g.gid, 0)
	g.wants("skills/socket", g.uid, g.gid, 0)
	g.says(r, "chown skills/hard, auth.json: refused: the file has other names (hard links)", "cp -a FILE TMP", "it is not a regular file")
}

// Where chown is impossible a thousand files are one line, and the boot goes on.
func TestChownIsImpossible(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	for i := range 20 {
		g.write(g.at(fmt.Sprintf("skills/s%02d", i)), "x", 0o644)
	}
	g.write(g.at("auth.json"), "{}", 0o644)
	without(t, func(t *testing.T) {
		r := g.must()
		warned := 0
		for _, n := range r.Notes() {
			if strings.Contains(n.Text, "chown") {
				warned++
			}
		}
		if warned != 1 {
			t.Errorf("%d lines about chown:\n%s", warned, notes(r))
		}
		g.says(r, "refusal: chown failed (rootless container?): skills, skills/", " and 14 more: operation not permitted", "Seeded .env")
		g.wants("skills/s00", 0, 0, 0o644)
		g.wants(".env", g.uid, g.gid, 0o600)
	}, unix.CAP_CHOWN)
	r := g.must()
	g.says(r, "(targeted): 22 entries")
}

// A name on the volume is the attacker's: a newline in it would write a line of its own into the log.
func TestNamesInLinesAreQuoted(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills"}, nil)
	g.write(g.root+"/victim", "x", 0o600)
	g.mkdir(g.at("skills"), 0o755)
	g.check(os.Link(g.root+"/victim", g.at("skills/x\nberth: all is well\x1b[2J")))
	r := g.must(Ownership())
	g.says(r, `chown "skills/x\nberth: all is well\x1b[2J": refused`)
	if got := notes(r); strings.Count(got, "\n") != len(r.Notes()) || strings.Contains(got, "\x1b") {
		t.Errorf("it says %q", got)
	}
}

// An attacker nests directories until descriptors run out: the walk ends there in one line, and what is above is healed.
func TestATreeTooDeep(t *testing.T) {
	needRoot(t)
	g := newRig(t).owns([]string{"skills"}, nil)
	deep := strings.Repeat("/d", 300)
	g.check(os.MkdirAll(g.at("skills"+deep), 0o755))
	r := g.must(Ownership())
	g.says(r, "directories are nested too deep")
	g.wants("skills"+strings.Repeat("/d", 200), g.uid, g.gid, 0)
	g.wants("skills"+deep, 0, 0, 0)
}

// Nobody waits for a walk of a volume that is being shut down: a stop's cause ends the boot, and it is no refusal.
func TestAStopEndsTheWalk(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	g.write(g.at("skills/x"), "x", 0o600)
	stopped := errors.New("SIGTERM")
	for _, p := range append(Heal(), Fill()...) {
		w := g.world()
		r := boot.NewBoot(w, nil)
		g.check(r.Phases(t.Context(), Directory(), Take()))
		ctx, stop := context.WithCancelCause(t.Context())
		err := r.Phases(ctx, boot.Func("stop", func(context.Context, *boot.Run) error {
			stop(stopped)
			return p.Run(ctx, r)
		}))
		if p.Name() == "access" || p.Name() == "keep" { // root has nothing to check there, and no tree is kept here
			err = stopped
		}
		if !errors.Is(err, stopped) || len(r.Steps()) > 0 {
			t.Errorf("%s: %v, steps %q", p.Name(), err, steps(r))
		}
		g.check(w.Close())
	}
}

// The app that runs as root needs nothing handed over, and a start as a user can hand nothing over.
func TestNothingToHandOver(t *testing.T) {
	needRoot(t)
	g := newRig(t).full()
	g.spec.Seed, g.spec.Generate = nil, nil
	g.put("skills/x", "x", 0o644)
	before := snapshot(t, filepath.Join(g.vol, "skills"))
	g.uid, g.gid = 0, 0
	g.idle(g.must(Ownership()))
	g.spared(filepath.Join(g.vol, "skills"), before)
}
