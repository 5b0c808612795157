package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

func guarded(t *testing.T, w *boot.World) *boot.Failure {
	t.Helper()
	thaw := fsx.Freeze()
	defer thaw()
	err := boot.NewBoot(w, nil).Phases(t.Context(), Guard())
	if err == nil {
		return nil
	}
	var f *boot.Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no Failure", err)
	}
	return f
}

func TestGuard(t *testing.T) {
	for _, c := range []struct {
		what     string
		uid, gid uint32
		environ  []string
		mode     spec.OtherUsers
		passwd   string
		code     int // 0: passes
		text     []string
		hint     []string
	}{
		{what: "root passes", uid: 0},
		{what: "the app's uid passes, whatever its gid", uid: 10000, gid: 50},
		{what: "the uid of the image's own account passes", uid: 999, passwd: "hermes:x:999:999::/:\n"},
		{what: "the uid of another account doesn't", uid: 33, gid: 33, code: 1},
		{
			what: "a foreign uid is refused with the way out", uid: 1000, gid: 1001, code: 1,
			text: []string{"container started with --user 1000:1001", "not supported by this image", "hermes (10000:10000)"},
			hint: []string{"-e HERMES_UID=1000 -e HERMES_GID=1001 (or -e PUID=1000 -e PGID=1001)", "BERTH_OTHER_USERS=adopt"},
		},
		{what: "a foreign uid of group root isn't told to run with gid 0", uid: 1000, code: 1, hint: []string{"HERMES_GID=1000"}},
		{what: "variables don't make the uid another one", uid: 1000, gid: 1000, environ: []string{"PUID=1000"}, code: 1},
		{what: "the variable refuses where the spec adopts", uid: 1000, mode: spec.Adopt, environ: []string{"BERTH_OTHER_USERS=refuse"}, code: 1},
		{what: "adopt without a volume passes", uid: 1000, mode: spec.Adopt},
		{what: "the variable adopts where the spec refuses", uid: 1000, mode: spec.Refuse, environ: []string{"BERTH_OTHER_USERS=adopt"}},
		{what: "an empty variable says nothing", uid: 1000, mode: spec.Adopt, environ: []string{"BERTH_OTHER_USERS="}},
		{
			what: "a variable that makes no sense", uid: 0, environ: []string{"BERTH_OTHER_USERS=yes"}, code: 125,
			text: []string{`BERTH_OTHER_USERS="yes"`}, hint: []string{"refuse or adopt"},
		},
	} {
		w := newWorld(t)
		w.EUID, w.EGID, w.Environ = c.uid, c.gid, c.environ
		w.Spec.User.OtherUsers = c.mode
		if c.passwd != "" {
			put(t, w, "etc/passwd", c.passwd, 0o644)
		}
		f := guarded(t, w)
		if f == nil {
			if c.code != 0 {
				t.Errorf("%s: passed", c.what)
			}
			continue
		}
		if f.Code != c.code {
			t.Errorf("%s: code %d, %v", c.what, f.Code, f)
		}
		for _, part := range c.text {
			if !strings.Contains(f.Error(), part) {
				t.Errorf("%s: %q doesn't say %q", c.what, f.Error(), part)
			}
		}
		for _, part := range c.hint {
			if !strings.Contains(f.Hint, part) {
				t.Errorf("%s: the hint %q doesn't say %q", c.what, f.Hint, part)
			}
		}
	}
}

func TestGuardWithoutVariablesOrAccounts(t *testing.T) {
	w := newWorld(t)
	if err := os.RemoveAll(in(w, "etc")); err != nil {
		t.Fatal(err)
	}
	w.Spec.User = spec.User{}
	w.EUID, w.EGID = 5, 5
	f := guarded(t, w)
	if f == nil || f.Code != 1 || !strings.Contains(f.Hint, "--user 1000:1000") {
		t.Errorf("%v", f)
	}
	w.EUID = 1000
	if f := guarded(t, w); f != nil {
		t.Errorf("the default uid is refused: %v", f)
	}
}

// asUser runs with the file rights of a uid: those of the test itself, or of any where the test runs as root.
func asUser(t *testing.T, uid uint32, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	a, err := fsx.NewActor(uid, uid, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	if err := a.Do(func() error { f(); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestAdoptNeedsAVolumeThatCanBeWritten(t *testing.T) {
	for _, c := range []struct {
		what   string
		volume string
		passes bool
	}{
		{"its own directory", "mine", true},
		{"a directory to be made in its own", "mine/a/b", true},
		{"a directory that only its owner may read", "closed", false},
		{"a directory to be made in such a one", "closed/a", false},
		{"a directory behind one that nobody may enter", "locked/a/b", false},
		{"a file is the volume phase's to refuse", "file", true},
	} {
		w := newWorld(t)
		w.EUID, w.EGID = 4242, 4242
		w.Environ = []string{"BERTH_OTHER_USERS=adopt"}
		w.Spec.Volume.Path = spec.Text(in(w, c.volume))
		mkdir(t, w, "mine")
		mkdir(t, w, "closed")
		t.Cleanup(func() { _ = os.Chmod(in(w, "locked"), 0o755) })
		put(t, w, "file", "", 0o644)
		if err := os.Chmod(in(w, "closed"), 0o555); err != nil {
			t.Fatal(err)
		}
		mkdir(t, w, "locked/a/b")
		if err := os.Chmod(in(w, "locked"), 0); err != nil {
			t.Fatal(err)
		}
		for dir := w.Root.Path(); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			_ = os.Chmod(dir, 0o755) // the test's own parents, so that the other user gets there
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(in(w, "mine"), 4242, 4242); err != nil {
				t.Fatal(err)
			}
		}
		var unreachable error
		asUser(t, 4242, func() { _, unreachable = os.Stat(in(w, "mine")) })
		if unreachable != nil {
			t.Skipf("needs a temporary directory that other users may enter: %v", unreachable)
		}
		var f *boot.Failure
		asUser(t, 4242, func() { f = guarded(t, w) })
		if (f == nil) != c.passes {
			t.Errorf("%s: %v", c.what, f)
		}
		if c.volume == "locked/a/b" {
			if f != nil && (f.Code != 1 || !strings.Contains(f.Error(), in(w, "locked")+" belongs to")) {
				t.Errorf("%s: %v", c.what, f)
			}
			continue
		}
		if f != nil && (f.Code != 1 || !strings.Contains(f.Error(), "--user 4242:4242, which is not supported by this volume: "+in(w, "closed")+" belongs to") ||
			!strings.Contains(f.Error(), "mode 0555") || !strings.Contains(f.Hint, "chown "+in(w, "closed"))) {
			t.Errorf("%s: %v; %s", c.what, f, f.Hint)
		}
	}
}
