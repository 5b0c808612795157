package s6log

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// laidBy lays what stands around a logdir: etc is root's, config belongs to uid 4242, who has laid a link or a hard link there.
func laidBy(lay func(p *peer)) func(p *peer) {
	return func(p *peer) {
		p.write("etc/passwd", "secret", 0o744)
		ok(p.tb, os.Chmod(p.dir, 0o755), os.Mkdir(p.at("config"), 0o755), os.Chown(p.at("config"), 4242, 4242), os.Mkdir(p.at("void"), 0o755))
		lay(p)
	}
}

func linked(p *peer, target, name string, uid int) {
	ok(p.tb, os.Symlink(target, p.at(name)), os.Lchown(p.at(name), uid, uid))
}

// TestALoggerOfRootsFollowsNoLinkOfAUsers, and gives away nothing that may be something else.
func TestALoggerOfRootsFollowsNoLinkOfAUsers(t *testing.T) {
	const refused = "a symbolic link that isn't root's stands in the way"
	for _, c := range []struct {
		name, dir string
		service   bool // logutil-service; otherwise s6-log
		lay       func(p *peer)
		code      int
		says      []string
		owner     map[string]uint32
	}{
		{name: "the directory is a link", dir: "config/web", service: true, lay: func(p *peer) {
			linked(p, "../etc", "config/web", 4242)
		}, code: 111, says: []string{refused, "hint: root follows no link"}, owner: map[string]uint32{"etc": 0, "etc/passwd": 0}},
		{name: "the directory is a link to an empty one", dir: "config/web", service: true, lay: func(p *peer) {
			linked(p, "../void", "config/web", 4242)
		}, code: 111, says: []string{refused}, owner: map[string]uint32{"void": 0}},
		{name: "a link on the way", dir: "config/log/a/b", service: true, lay: func(p *peer) {
			linked(p, p.at("void"), "config/log", 4242)
		}, code: 111, says: []string{refused}, owner: map[string]uint32{"void": 0}},
		{name: "root's link to a user's", dir: "log", service: true, lay: func(p *peer) {
			linked(p, "config/log", "log", 0)
			linked(p, "../void", "config/log", 4242)
		}, code: 111, says: []string{refused}, owner: map[string]uint32{"void": 0}},
		{name: "root's link in a user's directory", dir: "config/log", service: true, lay: func(p *peer) {
			linked(p, "../void", "config/log", 0)
		}, code: 111, says: []string{refused}, owner: map[string]uint32{"void": 0}},
		{name: "an empty directory of root's that a user can exchange", dir: "config/d", service: true, lay: func(p *peer) {
			ok(p.tb, os.Mkdir(p.at("config/d"), 0o755))
		}, code: 111, says: []string{"Permission denied", "have to belong to uid"}, owner: map[string]uint32{"config/d": 0}},
		{name: "a directory of root's that isn't empty", dir: "etc", service: true, lay: func(*peer) {}, code: 111, says: []string{"Permission denied", "have to belong to uid"}, owner: map[string]uint32{"etc": 0, "etc/passwd": 0}},
		{name: "a link that leads nowhere", dir: "log/d", service: true, lay: func(p *peer) {
			linked(p, "void/new", "log", 0)
		}, code: 111, says: []string{"No such file or directory"}},
		{name: "a circle", dir: "log/d", service: true, lay: func(p *peer) { linked(p, "log", "log", 0) }, code: 111, says: []string{"Too many levels of symbolic links"}},
		{name: "a new directory in a user's", dir: "config/a/../b", service: true, lay: func(*peer) {}, owner: map[string]uint32{"config/a": 0, "config/b": nobodys().UID, "config/b/current": nobodys().UID}},
		{name: "root's link to a user's directory", dir: "log", service: true, lay: func(p *peer) {
			linked(p, p.at("config"), "log", 0)
		}, owner: map[string]uint32{"config": 4242, "config/current": 4242}},
		{name: "s6-log: the directory is a link", dir: "config/web", lay: func(p *peer) {
			linked(p, "../etc", "config/web", 4242)
		}, code: 111, says: []string{"unable to open ./config/web: " + refused, "hint: root follows no link"}},
		{name: "s6-log: a link on the way", dir: "config/log/d", lay: func(p *peer) {
			linked(p, "../void", "config/log", 4242)
		}, code: 111, says: []string{refused}},
		{name: "s6-log: root's link", dir: "log", lay: func(p *peer) { linked(p, "config", "log", 0) }, owner: map[string]uint32{"config/current": 0}},
		{name: "s6-log: root's link in a directory of everybody's", dir: "tmp/log", lay: func(p *peer) {
			ok(p.tb, os.Mkdir(p.at("tmp"), 0o755), os.Chmod(p.at("tmp"), os.ModeSticky|0o777))
			linked(p, "../config", "tmp/log", 0)
		}, owner: map[string]uint32{"config/current": 0}},
		{name: "s6-log: a file in a user's directory that is another one", dir: "config", lay: func(p *peer) {
			ok(p.tb, os.Link(p.at("etc/passwd"), p.at("config/current")))
		}},
		{name: "s6-log: a state that is another file", dir: "config", lay: func(p *peer) {
			p.write("config/current", "", 0o744)
			ok(p.tb, os.Link(p.at("etc/passwd"), p.at("config/state")))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			needsRoot(t)
			t.Parallel()
			bin, dir := placed(t)
			s := scene{lay: laidBy(c.lay), args: []string{"./" + c.dir}, env: []string{"PATH=" + bin}, steps: []any{"a\n"}}
			program := bin + "/s6-log"
			if c.service {
				s.argv0, program = "logutil-service", bin+"/logutil-service"
			}
			got := play(t, program, dir, &s)
			if c.code == 0 {
				says(t, got, "code 0\nout \nerr \n")
			} else {
				says(t, got, append(c.says, "code 111\n")...)
			}
			says(t, got, `etc/passwd -rwxr--r-- "secret"`)
			for _, name := range []string{"void/", "etc/current", "etc/lock"} {
				if strings.Contains(got, "\n"+name) {
					t.Errorf("there is something in %s:\n%s", name, got)
				}
			}
			for name, uid := range c.owner {
				if is, _ := owner(t, dir+"/"+name); is != uid {
					t.Errorf("%s belongs to %d, want %d", name, is, uid)
				}
			}
		})
	}
}

// TestRootWritesToNoFileOfTwoNames while the logger runs: who owns the directory can lay one at any moment.
func TestRootWritesToNoFileOfTwoNames(t *testing.T) {
	needsRoot(t)
	for _, c := range []struct {
		name string
		do   func(d *logdir) error
	}{
		{current, func(d *logdir) error { _, _, err := d.add(current); return err }},
		{processed, func(d *logdir) error { return d.process() }},
		{newState, func(d *logdir) error { return d.process() }},
		{previous, func(d *logdir) error { return d.process() }},
		{processed, func(d *logdir) error { return d.markOutput() }},
		{newState, func(d *logdir) error { return d.markOutput() }},
	} {
		d, _ := opened(t, "!false")
		victim := t.TempDir() + "/victim"
		ok(t, os.WriteFile(d.path+"/previous", nil, 0o600), os.WriteFile(victim, []byte("secret"), 0o600))
		_ = os.Remove(d.path + "/" + c.name)
		ok(t, os.Link(victim, d.path+"/"+c.name))
		if err := c.do(d); !errors.Is(err, unix.EMLINK) {
			t.Errorf("%s: %v", c.name, err)
		}
		info, err := os.Stat(victim)
		ok(t, err)
		if data, err := os.ReadFile(victim); string(data) != "secret" || info.Mode() != 0o600 || err != nil {
			t.Errorf("%s: it has %q and mode %v", c.name, data, info.Mode())
		}
	}
	says(t, ours(t, scene{args: []string{"=config/x"}, lay: laidBy(func(p *peer) {
		ok(t, os.Link(p.at("etc/passwd"), p.at("config/x.new")))
	}), steps: []any{"a\n"}}), "unable to write status file config/x: Too many links", `etc/passwd -rwxr--r-- "secret"`)
}
