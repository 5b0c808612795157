package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/spec"
)

func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		about string
		err   error
		want  bool
	}{
		{"no record", fs.ErrNotExist, true},
		{"somebody else's", errors.Join(records.ErrForeign, nil), true},
		{"one that isn't for this caller", fmt.Errorf("read: %w", fs.ErrPermission), true},
		{"a damaged one", &json.SyntaxError{}, false},
	} {
		if got := unreadable(c.err); got != c.want {
			t.Errorf("%s: %v", c.about, got)
		}
	}
}

// sealedVar says that a test is in the mount namespace that sealed makes.
const sealedVar = "DAEMON_TEST_SEALED"

// sealed says whether a test may go on here: records.Dir is one fixed place, which on a machine isn't the test's to write. Outside, it
// runs the test once more in a mount namespace of its own, with a /run that nobody else sees.
func sealed(t *testing.T) bool {
	t.Helper()
	if os.Getenv(sealedVar) != "" {
		if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ok(t, unix.Unmount("/run", unix.MNT_DETACH)) })
		return true
	}
	needsRoot(t)
	path, err := proc.LookPath("unshare", boot.SafePath, "", nil)
	if err != nil {
		t.Skip("needs unshare: ", err)
	}
	seal := []string{"unshare", "-m", "--propagation", "private"}
	try := proc.NewCommand(path, append(seal[:4:4], "true"))
	try.Env = []string{"PATH=" + boot.SafePath}
	if p := play(t, try); !p.ends().Success() {
		t.Skip("needs a mount namespace: ", p.err)
	}
	c := proc.NewCommand(path, append(seal, exe(t), "-test.run=^"+t.Name()+"$"))
	c.Env = []string{sealedVar + "=1", "PATH=" + boot.SafePath, "TMPDIR=" + os.TempDir()}
	if p := play(t, c); !p.ends().Success() {
		t.Fatalf("in its own namespace:\n%s%s", p.out, p.err)
	}
	return false
}

// left is a boot that has left its records.
func left(t *testing.T) (*boot.World, boot.Report) {
	t.Helper()
	w := prepared()
	w.EUID = uint32(os.Geteuid())
	r := boot.NewBoot(w, nil)
	rep := r.Report(time.Now(), "test", nil)
	keep(w, rep, true)
	return w, rep
}

func TestRecordsAreKept(t *testing.T) {
	if !sealed(t) {
		return
	}
	if _, err := shim.Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an app before the first boot: %v", err)
	}
	none := Options{Spec: &spec.Spec{}}
	if _, err := ReadReport(t.Context(), none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a report before the first boot: %v", err)
	}
	w, rep := left(t)
	got, err := ReadReport(t.Context(), none)
	if d := cmp.Diff(rep, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	app, err := shim.Read()
	if d := cmp.Diff(NewApp(w), app); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	// The app's record holds values that the image meant for the app alone; its user is let in by its group.
	seen := snapshot(t, records.Dir)
	for _, line := range []string{". drwxr-xr-x 0:0\n", records.BootFile + " -rw-r--r-- 0:0 ", records.AppFile + " -rw-r----- 0:10001 "} {
		if !strings.Contains(seen, line) {
			t.Errorf("%q is not in\n%s", line, seen)
		}
	}
	if strings.Contains(seen, "s3cret") {
		t.Errorf("a secret is in\n%s", seen)
	}
	// A boot that failed tells so, and leaves the app of the one before.
	rep.Outcome = boot.Failed
	failed := prepared()
	failed.Identity.UID = 1
	keep(failed, rep, false)
	if got, err := ReadReport(t.Context(), none); got.Outcome != boot.Failed || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if app, err := shim.Read(); err != nil || app.UID != 10000 {
		t.Errorf("got %+v, %v", app, err)
	}
}

func TestRecordsThatAreNotBelieved(t *testing.T) {
	if !sealed(t) {
		return
	}
	app := records.Dir + "/" + records.AppFile
	for _, c := range []struct {
		about string
		spoil func() error
		want  func(error) bool
	}{
		{"somebody else's directory", func() error { return os.Chown(records.Dir, 4242, 4242) }, unreadable},
		{"a directory that others can write", func() error { return os.Chmod(records.Dir, 0o777) }, unreadable},
		{"somebody else's file", func() error { return os.Chown(app, 4242, 0) }, unreadable},
		{"a file that its group can write", func() error { return os.Chmod(app, 0o660) }, unreadable},
		{"a file that everybody can write", func() error { return os.Chmod(app, 0o602) }, unreadable},
		{"no file", func() error { return os.Remove(app) }, unreadable},
		{"a link", func() error { return errors.Join(os.Rename(app, app+".real"), os.Symlink(app+".real", app)) }, func(err error) bool { return err != nil }},
		{"half a file", func() error { return os.Truncate(app, 20) }, func(err error) bool { return err != nil && !unreadable(err) }},
		{"a value of another kind", func() error { return os.WriteFile(app, []byte(`{"uid":"root"}`), 0o600) }, func(err error) bool {
			_, ok := errors.AsType[*json.UnmarshalTypeError](err)
			return ok
		}},
		{"a uid that is none", func() error { return os.WriteFile(app, []byte(`{"uid":-1}`), 0o600) }, func(err error) bool { return err != nil && !unreadable(err) }},
	} {
		t.Run(c.about, func(t *testing.T) {
			ok(t, os.RemoveAll(records.Dir))
			left(t)
			_, err := shim.Read()
			ok(t, err, c.spoil())
			if got, err := shim.Read(); !c.want(err) {
				t.Errorf("got %v, %+v", err, got)
			}
		})
	}
	ok(t, os.RemoveAll(records.Dir), os.Mkdir(records.Dir, 0o777), os.Chown(records.Dir, 4242, 4242))
	left(t)
	if list, err := os.ReadDir(records.Dir); err != nil || len(list) > 0 {
		t.Errorf("root wrote %v into a directory of somebody else's, %v", list, err)
	}
}

// Where the record is gone or not to be believed, the volume's ledger knows; it is the app's to write, and holds no rights.
func TestTheLedgerStandsInForTheRecord(t *testing.T) {
	if !sealed(t) {
		return
	}
	r := shell(t, "exit 0")
	if p := r.off(t); !p.ends().Success() {
		t.Fatal(p.err)
	}
	with := r.options()
	bare := with
	bare.Develop, bare.Spec = "", &spec.Spec{}
	for _, c := range []struct {
		about string
		spoil func() error
		lost  func(error) bool // what is said where the volume knows nothing either
	}{
		{"no record", func() error { return os.RemoveAll(records.Dir) }, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"somebody else's", func() error { return os.Chown(records.Dir, 4242, 0) }, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"a damaged one", func() error { return os.WriteFile(records.Dir+"/"+records.BootFile, []byte("{"), 0o600) }, func(err error) bool {
			_, ok := errors.AsType[*json.SyntaxError](err)
			return ok
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			ok(t, os.RemoveAll(records.Dir))
			left(t)
			ok(t, c.spoil())
			if got, err := ReadReport(t.Context(), with); err != nil || got.Volume != r.Dir {
				t.Errorf("got %+v, %v", got, err)
			}
			if _, err := ReadReport(t.Context(), bare); !c.lost(err) {
				t.Errorf("got %v", err)
			}
		})
	}
	with.Develop, with.Spec = "", &spec.Spec{Volume: spec.Volume{Path: "/etc"}}
	ok(t, os.RemoveAll(records.Dir))
	if _, err := ReadReport(t.Context(), with); boot.HintFor(err) == "" {
		t.Errorf("a volume that can't be: %v", err)
	}
}

// helperRecord reads as whoever it is.
func helperRecord() error {
	app, err := shim.Read()
	fmt.Println(app.UID, unreadable(err))
	return nil
}

func TestWhoMayReadTheAppsRecord(t *testing.T) {
	if !sealed(t) {
		return
	}
	for _, c := range []struct {
		about    string
		uid, gid uint32
		own      bool // the records are the caller's own: a boot without root
		want     string
	}{
		{"root", 0, 0, false, "10000 false"},
		{"the app", 10000, 10001, false, "10000 false"},
		{"somebody else may not", 4242, 4242, false, "0 true"},
		{"its own", 4242, 4242, true, "10000 false"},
		{"root doesn't believe a user", 0, 0, true, "0 true"},
	} {
		t.Run(c.about, func(t *testing.T) {
			ok(t, os.RemoveAll(records.Dir))
			left(t)
			if c.own {
				ok(t, os.Chown(records.Dir, 4242, 4242), os.Chown(records.Dir+"/"+records.AppFile, 4242, 4242))
			}
			cmd := part("record")
			cmd.Credential = &proc.Credential{UID: c.uid, GID: c.gid}
			p := play(t, cmd)
			if got := p.ends(); !got.Success() || p.out.String() != c.want+"\n" {
				t.Errorf("got %s %q, want %q\n%s", got, p.out, c.want, p.err)
			}
		})
	}
}
