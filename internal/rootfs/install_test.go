package rootfs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
)

const built, moved = 10000, 4242

// newInstall is an image whose trees belong to the uid that it was built with, and an app that was moved.
func newInstall(t *testing.T) *boot.World {
	t.Helper()
	needRoot(t)
	w := newWorld(t)
	w.Spec.Install.Path = "/opt/hermes"
	w.Spec.Install.Own = []string{".venv", "ui-tui", "absent"}
	w.Identity = identity.Identity{Name: "hermes", UID: moved, GID: moved}
	put(t, w, "opt/hermes/.venv/bin/hermes", "#!", 0o755)
	put(t, w, "opt/hermes/.venv/lib/a.py", "a", 0o644)
	put(t, w, "opt/hermes/ui-tui/dist/entry.js", "b", 0o600)
	put(t, w, "opt/hermes/rest/file", "c", 0o644)
	give(t, w, "opt/hermes", built)
	return w
}

// give gives a tree away, links themselves and not what they point to.
func give(t *testing.T, w *boot.World, name string, id int) {
	t.Helper()
	err := filepath.WalkDir(in(w, name), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, id, id)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// owners maps each path below a name to its owner, "uid:gid".
func owners(t *testing.T, w *boot.World, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(in(w, name), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		uid, gid := ids(t, path)
		rel, err := filepath.Rel(w.Root.Path(), path)
		all[rel] = numbers(uid, gid)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInstallFollowsTheRemap(t *testing.T) {
	w := newInstall(t)
	r := twice(t, w, Install())
	const want = "c Fixing ownership of /opt/hermes/.venv (targeted)\nc Fixing ownership of /opt/hermes/ui-tui (targeted)\n"
	if words(r) != want || len(r.Steps()) != 2 {
		t.Errorf("said %q, did %s", words(r), stepWords(r))
	}
	for path, who := range owners(t, w, "opt") {
		inside := strings.HasPrefix(path, "opt/hermes/.venv") || strings.HasPrefix(path, "opt/hermes/ui-tui")
		switch {
		case path == "opt": // newWorld's own
		case inside && who != "4242:4242":
			t.Errorf("%s stays %s", path, who)
		case !inside && who != "10000:10000":
			t.Errorf("%s, which nobody named, became %s", path, who)
		}
	}
}

func TestInstallProbesEachTreeByItself(t *testing.T) {
	w := newInstall(t)
	give(t, w, "opt/hermes/ui-tui", moved)
	if err := os.Lchown(in(w, "opt/hermes/ui-tui/dist/entry.js"), 0, 0); err != nil {
		t.Fatal(err)
	}
	r := twice(t, w, Install())
	if words(r) != "c Fixing ownership of /opt/hermes/.venv (targeted)\n" {
		t.Errorf("said %q", words(r))
	}
	if uid, _ := ids(t, in(w, "opt/hermes/ui-tui/dist/entry.js")); uid != 0 {
		t.Errorf("a tree whose top is right was walked: %d", uid)
	}
}

func TestInstallLeavesAlone(t *testing.T) {
	for what, set := range map[string]func(*testing.T, *boot.World){
		"no remap":                    func(_ *testing.T, w *boot.World) { w.Identity.UID, w.Identity.GID = built, built },
		"an immutable tree":           func(_ *testing.T, w *boot.World) { w.Spec.Install.Immutable = true },
		"a container without root":    func(_ *testing.T, w *boot.World) { w.EUID = moved },
		"a spec without trees":        func(_ *testing.T, w *boot.World) { w.Spec.Install.Own = nil },
		"no install tree in this one": func(_ *testing.T, w *boot.World) { w.Spec.Install.Path = "/absent" },
	} {
		t.Run(what, func(t *testing.T) {
			w := newInstall(t)
			set(t, w)
			thaw := fsx.Freeze()
			defer thaw()
			r := start(t, w, Install())
			if len(r.Steps()) > 0 || words(r) != "" {
				t.Errorf("did %s, said %q", stepWords(r), words(r))
			}
		})
	}
}

func TestInstallTouchesOnlyWhatDiffers(t *testing.T) {
	w := newInstall(t)
	right := in(w, "opt/hermes/.venv/lib/a.py")
	if err := os.Lchown(right, moved, moved); err != nil {
		t.Fatal(err)
	}
	var changed []string
	remove := fsx.OnChange(func(_, path string) { changed = append(changed, path) })
	defer remove()
	start(t, w, Install())
	for _, path := range changed {
		if path == right {
			t.Errorf("%s is right already, and was changed", path)
		}
	}
	if len(changed) == 0 || changed[len(changed)-1] != in(w, "opt/hermes/ui-tui") {
		t.Errorf("the top of a tree comes last, yet the order is %v", changed)
	}
	n := len(changed)
	start(t, w, Install())
	if len(changed) != n {
		t.Errorf("a second boot changed %v", changed[n:])
	}
}

// The app can write its tree and lays other people's files into it, by whatever kind of name.
func TestInstallGivesNothingElseAway(t *testing.T) {
	w := newInstall(t)
	link := func(target, name string) {
		t.Helper()
		if err := os.Link(in(w, target), in(w, name)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, w, "etc/shadow", "root:!::\n", 0o600)
	put(t, w, "home/www/key", "k", 0o600)
	give(t, w, "home/www", 33)
	link("etc/shadow", "opt/hermes/.venv/lib/shadow")
	link("home/www/key", "opt/hermes/.venv/lib/key")
	if err := os.Symlink("/etc/shadow", in(w, "opt/hermes/.venv/lib/link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../etc", in(w, "opt/hermes/.venv/etc")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(in(w, "opt/hermes/.venv/fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	put(t, w, "opt/hermes/.venv/lib/root.pyc", "p", 0o644)                    // written by a root exec
	link("opt/hermes/.venv/lib/a.py", "opt/hermes/ui-tui/dist/store-of-a.py") // a package manager's link
	outside := owners(t, w, "etc")

	r := twice(t, w, Install())
	for name, want := range map[string]string{
		"etc/shadow": "0:0", "home/www/key": "33:33", "home/www": "33:33",
		"opt/hermes/.venv/lib/link": "4242:4242", "opt/hermes/.venv/etc": "4242:4242", "opt/hermes/.venv/fifo": "4242:4242",
		"opt/hermes/.venv/lib/root.pyc": "4242:4242", "opt/hermes/.venv/lib/a.py": "4242:4242", "opt/hermes/.venv": "4242:4242",
	} {
		if uid, gid := ids(t, in(w, name)); numbers(uid, gid) != want {
			t.Errorf("%s belongs to %s", name, numbers(uid, gid))
		}
	}
	for path, who := range owners(t, w, "etc") {
		if outside[path] != who {
			t.Errorf("%s was %s and is %s", path, outside[path], who)
		}
	}
	got := words(r)
	if strings.Count(got, "\nr ") != 1 || !strings.Contains(got, "/opt/hermes/.venv/lib/key") || !strings.Contains(got, "/opt/hermes/.venv/lib/shadow") {
		t.Errorf("said %q", got)
	}
}

func TestInstallRefusesOddTops(t *testing.T) {
	w := newInstall(t)
	w.Spec.Install.Own = []string{"link", "file", "through/.venv", ".venv"}
	put(t, w, "opt/hermes/file", "", 0o644)
	mkdir(t, w, "srv/.venv")
	for name, target := range map[string]string{"link": "/srv", "through": "/srv"} {
		if err := os.Symlink(target, in(w, "opt/hermes/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	before := owners(t, w, "srv")
	r := twice(t, w, Install())
	for _, path := range []string{"/opt/hermes/link", "/opt/hermes/file", "/opt/hermes/through/.venv"} {
		if !strings.Contains(words(r), path) {
			t.Errorf("%s isn't refused: %q", path, words(r))
		}
	}
	for path, who := range owners(t, w, "srv") {
		if before[path] != who {
			t.Errorf("%s became %s", path, who)
		}
	}
	if uid, _ := ids(t, in(w, "opt/hermes/.venv")); uid != moved {
		t.Error("refusals kept a good tree from its owner")
	}
}

func TestInstallLeavesDevicesAlone(t *testing.T) {
	w := newInstall(t)
	device(t, w, "opt/hermes/.venv/null", built)
	r := twice(t, w, Install())
	if _, gid := ids(t, in(w, "opt/hermes/.venv/null")); gid != built || !strings.Contains(words(r), "/opt/hermes/.venv/null") {
		t.Errorf("the device's gid is %d; said %q", gid, words(r))
	}
}

func TestInstallEndsWithItsContext(t *testing.T) {
	w := newInstall(t)
	stop := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	remove := fsx.OnChange(func(string, string) { cancel(stop) })
	defer remove()
	if err := boot.NewBoot(w, nil).Phases(ctx, Install()); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if uid, _ := ids(t, in(w, "opt/hermes/.venv")); uid != built {
		t.Error("the top changed before all below it had")
	}
}

func TestMayChown(t *testing.T) {
	w := &boot.World{Spec: newWorld(t).Spec, Identity: identity.Identity{UID: moved, GID: moved}}
	o := &owner{r: boot.NewPlan(w), previous: 777}
	for _, c := range []struct {
		what string
		info fsx.Info
		want error
	}{
		{"one name, root's", fsx.Info{Kind: fsx.Regular, Nlink: 1}, nil},
		{"two names, root's", fsx.Info{Kind: fsx.Regular, Nlink: 2}, fsx.ErrHardlink},
		{"two names, the tree's", fsx.Info{Kind: fsx.Regular, Nlink: 2, UID: 777}, nil},
		{"two names, the image's uid", fsx.Info{Kind: fsx.Regular, Nlink: 2, UID: 10000}, nil},
		{"two names, the app's, of another group", fsx.Info{Kind: fsx.Regular, Nlink: 2, UID: moved, GID: 5}, nil},
		{"two names, somebody's", fsx.Info{Kind: fsx.Regular, Nlink: 2, UID: 33}, fsx.ErrHardlink},
		{"a link with two names, root's", fsx.Info{Kind: fsx.Symlink, Nlink: 2}, fsx.ErrHardlink},
		{"a directory has many links", fsx.Info{Kind: fsx.Directory, Nlink: 9}, nil},
		{"a disk", fsx.Info{Kind: fsx.BlockDevice, Nlink: 1}, fsx.ErrKind},
	} {
		if err := o.mayChown(c.info); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	o.previous = 0 // a tree of root's
	if err := o.mayChown(fsx.Info{Kind: fsx.Regular, Nlink: 2}); !errors.Is(err, fsx.ErrHardlink) {
		t.Errorf("a tree of root's: its linked files are root's still, yet %v", err)
	}
}
