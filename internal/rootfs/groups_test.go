package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// socket makes a socket of a gid: what an engine mounts into the container.
func socket(t *testing.T, w *boot.World, name string, gid int) {
	t.Helper()
	mkdir(t, w, filepath.Dir(name))
	if err := syscall.Mknod(in(w, name), syscall.S_IFSOCK|0o660, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(in(w, name), 0, gid); err != nil {
		t.Fatal(err)
	}
}

// device makes a null device of a gid, or skips where the kernel doesn't let even root.
func device(t *testing.T, w *boot.World, name string, gid int) {
	t.Helper()
	mkdir(t, w, filepath.Dir(name))
	if err := syscall.Mknod(in(w, name), syscall.S_IFCHR|0o660, int(unix.Mkdev(1, 3))); err != nil {
		t.Skipf("needs devices: %v", err)
	}
	if err := os.Chown(in(w, name), 0, gid); err != nil {
		t.Fatal(err)
	}
}

var hermesGroups = []string{"/var/run/docker.sock", "/run/docker.sock", "/dev/dri/*"}

func TestGroups(t *testing.T) {
	needRoot(t)
	for _, c := range []struct {
		what    string
		make    func(*testing.T, *boot.World)
		environ []string
		groups  []uint32
		file    string // what is added to the base
		notes   string
	}{
		{what: "nothing is there", make: func(*testing.T, *boot.World) {}},
		{
			what:   "the engine's socket",
			make:   func(t *testing.T, w *boot.World) { socket(t, w, "var/run/docker.sock", 998) },
			groups: []uint32{998}, file: "hostdocker:x:998:hermes\n",
			notes: "c Added hermes to group hostdocker (998) for /var/run/docker.sock\n",
		},
		{
			what: "the first socket of one name counts",
			make: func(t *testing.T, w *boot.World) {
				socket(t, w, "var/run/docker.sock", 998)
				socket(t, w, "run/docker.sock", 997)
			},
			groups: []uint32{998}, file: "hostdocker:x:998:hermes\n",
			notes: "c Added hermes to group hostdocker (998) for /var/run/docker.sock\n",
		},
		{
			what: "a regular file of the name is no socket",
			make: func(t *testing.T, w *boot.World) {
				put(t, w, "var/run/docker.sock", "", 0o666)
				socket(t, w, "run/docker.sock", 997)
			},
			groups: []uint32{997}, file: "hostdocker:x:997:hermes\n",
			notes: "c Added hermes to group hostdocker (997) for /run/docker.sock\n",
		},
		{
			what: "/var/run is a link, as everywhere",
			make: func(t *testing.T, w *boot.World) {
				socket(t, w, "run/docker.sock", 998)
				mkdir(t, w, "var")
				if err := os.Symlink("/run", in(w, "var/run")); err != nil {
					t.Fatal(err)
				}
			},
			groups: []uint32{998}, file: "hostdocker:x:998:hermes\n",
			notes: "c Added hermes to group hostdocker (998) for /var/run/docker.sock\n",
		},
		{
			what: "gid 0 is not joined",
			make: func(t *testing.T, w *boot.World) {
				socket(t, w, "var/run/docker.sock", 0)
			},
			notes: "w /var/run/docker.sock belongs to group 0 (root), which hermes doesn't join\n",
		},
		{
			what: "devices: one of a named group, one of none, one of root's",
			make: func(t *testing.T, w *boot.World) {
				device(t, w, "dev/dri/card0", 44)
				device(t, w, "dev/dri/card1", 0)
				device(t, w, "dev/dri/renderD128", 106)
				device(t, w, "dev/dri/renderD129", 106)
				device(t, w, "dev/dri/.hidden", 55)
				put(t, w, "dev/dri/readme", "", 0o644)
				mkdir(t, w, "dev/dri/by-path")
			},
			groups: []uint32{44, 106}, file: "video+berth-g106:x:106:hermes\n",
			notes: "c Added hermes to group video (44) for /dev/dri/card0\nc Added hermes to group berth-g106 (106) for /dev/dri/renderD128\n",
		},
		{
			what:    "the app's own gid needs nothing",
			make:    func(t *testing.T, w *boot.World) { socket(t, w, "run/docker.sock", 998) },
			environ: []string{"PGID=998"},
			file:    "moved",
			notes:   "c Changing hermes GID to 998\n",
		},
		{
			what:    "the gid that the app leaves gets a name of its own",
			make:    func(t *testing.T, w *boot.World) { socket(t, w, "run/docker.sock", 10000) },
			environ: []string{"PGID=998"},
			groups:  []uint32{10000},
			file:    "moved+hostdocker:x:10000:hermes\n",
			notes:   "c Changing hermes GID to 998\nc Added hermes to group hostdocker (10000) for /run/docker.sock\n",
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t)
			w.Environ = c.environ
			w.Spec.User.JoinGroupsOf = hermesGroups
			c.make(t, w)
			r := twice(t, w, Identity(), Groups())
			if got := words(r); got != c.notes {
				t.Errorf("said %q", got)
			}
			if !slices.Equal(w.Identity.Groups, c.groups) {
				t.Errorf("groups %v", w.Identity.Groups)
			}
			want, file := baseGroup, c.file
			if rest, ok := strings.CutPrefix(file, "moved"); ok {
				want, file = strings.Replace(want, "hermes:x:10000", "hermes:x:998", 1), strings.TrimPrefix(rest, "+")
			}
			if rest, ok := strings.CutPrefix(file, "video+"); ok {
				want, file = strings.Replace(want, "video:x:44:", "video:x:44:hermes", 1), rest
			}
			if got := read(t, w, "etc/group"); got != want+file {
				t.Errorf("group is\n%s", got)
			}
			again := start(t, w, Identity(), Groups())
			if len(again.Steps()) > 0 || strings.Contains(words(again), "Added") || !slices.Equal(w.Identity.Groups, c.groups) {
				t.Errorf("the second time: %v, %q, %v", again.Steps(), words(again), w.Identity.Groups)
			}
		})
	}
}

// A name may stand for two gids; the first line is the one that a member of the name gets, so a second line's gid
// needs another name, or the app would join a group that nobody spoke of.
func TestANameOfTwoGidsIsNotReused(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	w.Spec.User.JoinGroupsOf = hermesGroups
	put(t, w, "etc/group", "root:x:0:\ndocker:x:10:\ndocker:x:998:\nhostdocker:x:5:\nhermes:x:10000:\n", 0o644)
	socket(t, w, "run/docker.sock", 998)
	twice(t, w, Identity(), Groups())
	const want = "root:x:0:\ndocker:x:10:\ndocker:x:998:\nhostdocker:x:5:\nhermes:x:10000:\nberth-g998:x:998:hermes\n"
	if got := read(t, w, "etc/group"); got != want {
		t.Errorf("group is\n%s", got)
	}
	put(t, w, "etc/group", "docker:x:10:\ndocker:x:998:\nhostdocker:x:5:\nberth-g998:x:6:\nhermes:x:10000:\n", 0o644)
	before := read(t, w, "etc/group")
	twice(t, w, Identity(), Groups())
	if got := read(t, w, "etc/group"); got != before || !slices.Contains(w.Identity.Groups, 998) {
		t.Errorf("no name is left, so the number alone does; group is\n%s, groups %v", got, w.Identity.Groups)
	}
}

func TestGroupsByNumberAlone(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	w.Spec.User.JoinGroupsOf = hermesGroups
	socket(t, w, "run/docker.sock", 998)
	if err := os.RemoveAll(in(w, "etc")); err != nil {
		t.Fatal(err)
	}
	r := twice(t, w, Identity(), Groups())
	if !slices.Equal(w.Identity.Groups, []uint32{998}) || words(r) != "" {
		t.Errorf("%v, %q", w.Identity.Groups, words(r))
	}
	if _, err := os.Stat(in(w, "etc")); err == nil {
		t.Error("an image FROM scratch got an /etc")
	}
}

func TestGroupsWithoutRoot(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	w.EUID, w.EGID, w.Groups = 10000, 10000, []uint32{997}
	w.Spec.User.JoinGroupsOf = []string{"/run/docker.sock", "/run/mine.sock", "/run/open.sock", "/run/root.sock"}
	socket(t, w, "run/docker.sock", 998)
	socket(t, w, "run/mine.sock", 997)
	socket(t, w, "run/root.sock", 0)
	socket(t, w, "run/open.sock", 996)
	if err := os.Chmod(in(w, "run/open.sock"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := twice(t, w, Identity(), Groups())
	notes := r.Notes()
	if len(notes) != 1 || !strings.Contains(notes[0].Text, "/run/docker.sock belongs to group 998") || notes[0].Hint != "start the container with --group-add 998" {
		t.Errorf("said %v", notes)
	}
	if !slices.Equal(w.Identity.Groups, []uint32{997}) || read(t, w, "etc/group") != baseGroup {
		t.Errorf("%v\n%s", w.Identity.Groups, read(t, w, "etc/group"))
	}
}

func TestBadPatterns(t *testing.T) {
	w := newWorld(t)
	mkdir(t, w, "dev/dri")
	w.Spec.User.JoinGroupsOf = []string{"run/docker.sock", "/dev/[", "/etc/passwd/x", "/etc/passwd/*", "/dev/*/*"}
	r := twice(t, w, Identity(), Groups())
	want := "w join-groups-of: \"run/docker.sock\" is not absolute\nw join-groups-of: can't look for \"/dev/[\": syntax error in pattern\n"
	if got := words(r); got != want {
		t.Errorf("said %q", got)
	}
	for _, n := range r.Notes() {
		if n.Hint == "" {
			t.Errorf("no hint for %q", n.Text)
		}
	}
}

func TestReachStaysBelowTheRoot(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	link := func(target, name string) {
		mkdir(t, w, filepath.Dir(name))
		if err := os.Symlink(target, in(w, name)); err != nil {
			t.Fatal(err)
		}
	}
	socket(t, w, "run/real/s", 998)
	link("/run/real", "abs")
	link("../../../../../../run/real/s", "a/up")
	link("a/up", "chain")
	link("loop2", "loop1")
	link("loop1", "loop2")
	link("/nowhere", "dangling")
	mkdir(t, w, "app")
	link("/run/real/s", "app/s")
	if err := os.Chown(in(w, "app"), 4242, 4242); err != nil {
		t.Fatal(err)
	}
	mkdir(t, w, "shared")
	link("/run/real/s", "shared/s")
	if err := os.Chmod(in(w, "shared"), 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	link("/run/real/s", "lent")
	if err := os.Lchown(in(w, "lent"), 4242, 4242); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		gid  uint32
		err  error
	}{
		{"/run/real/s", 998, nil},
		{"/run/../run/./real//s", 998, nil},
		{"/abs/s", 998, nil},
		{"/a/up", 998, nil},
		{"/chain", 998, nil},
		{"/", 0, nil},
		{"/app/s", 0, errUntrusted},
		{"/shared/s", 0, errUntrusted},
		{"/lent", 0, errUntrusted},
		{"/dangling", 0, os.ErrNotExist},
		{"/run/real/s/x", 0, fsx.ErrKind},
	} {
		l, err := reach(w.Root, c.path)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if err == nil {
			if l.info.GID != c.gid {
				t.Errorf("%s: gid %d", c.path, l.info.GID)
			}
			l.close()
		}
	}
	if _, err := reach(w.Root, "/loop1"); err == nil {
		t.Error("a loop of links came to an end")
	}
	if l, err := reach(w.Root, "/"); err != nil {
		t.Error(err)
	} else if d, err := l.dir(); err != nil {
		t.Error(err)
	} else {
		_ = d.Close()
		l.close()
	}
}

// The app owns the directory of a pattern and lays a link to a disk there: it must not end up in the disk's group.
func TestALinkOfTheAppsJoinsNothing(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	device(t, w, "dev/sda", 6)
	mkdir(t, w, "opt/data/sockets")
	if err := os.Symlink("/dev/sda", in(w, "opt/data/sockets/s")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(in(w, "opt/data/sockets"), 10000, 10000); err != nil {
		t.Fatal(err)
	}
	w.Spec.User.JoinGroupsOf = []string{"/opt/data/sockets/s", "/opt/data/sockets/*"}
	r := twice(t, w, Identity(), Groups())
	if len(w.Identity.Groups) > 0 || read(t, w, "etc/group") != baseGroup {
		t.Errorf("joined %v\n%s", w.Identity.Groups, read(t, w, "etc/group"))
	}
	if !strings.Contains(words(r), errUntrusted.Error()) {
		t.Errorf("said %q", words(r))
	}
}

func TestReachCrossesMounts(t *testing.T) {
	root, err := fsx.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if in, err := root.Peek("dev"); err != nil || !in.MountPoint {
		t.Skipf("needs a /dev of its own: %v", err)
	}
	l, err := reach(root, "/dev/null")
	if err != nil || l.info.Kind != fsx.CharDevice {
		t.Fatalf("%v, %v", l.info.Kind, err)
	}
	l.close()
}
