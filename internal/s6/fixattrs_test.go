package s6

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/s6rc"
)

func TestFixAttrs(t *testing.T) {
	r := newRig(t)
	me, group := uint32(os.Geteuid()), uint32(os.Getegid())
	dir, victim := t.TempDir(), t.TempDir()
	write(t, victim+"/file", "x", 0o640)
	write(t, dir+"/data/a", "x", 0o600)
	write(t, dir+"/data/b", "x", 0o600)
	write(t, dir+"/data/sub/c", "x", 0o600)
	write(t, dir+"/data/.hidden/d", "x", 0o600)
	write(t, dir+"/other", "x", 0o600)
	ok(t, os.Symlink(victim, dir+"/data/link"), os.Symlink(victim+"/file", dir+"/data/sub/link"), os.Link(victim+"/file", dir+"/data/hard"))
	line := func(path string, recurse bool) s6rc.FixAttr {
		return s6rc.FixAttr{File: "/etc/fix-attrs.d/01", Line: 1, Path: path, Recurse: recurse, Numbers: true, UID: me, GID: group, FMode: 0o644, DMode: 0o750}
	}
	r.image.FixAttrs = []s6rc.FixAttr{
		line(dir+"/da*", true), line(dir+"/none", true), line("[", false),
		{File: "/etc/fix-attrs.d/02", Line: 1, Path: dir + "/other", User: "nobody-of-that-name", FMode: 0o777},
		line(dir+"/other", false),
	}
	if code, err := r.fixAttrs(t.Context()); code != 0 || err != nil {
		t.Fatalf("got %d, %v", code, err)
	}
	for name, want := range map[string]os.FileMode{
		"data": 0o750, "data/a": 0o644, "data/b": 0o644, "data/sub": 0o750, "data/sub/c": 0o644, "other": 0o644,
		"data/.hidden": 0o755, "data/.hidden/d": 0o600, // S6_FIX_ATTRS_HIDDEN says otherwise
		"data/hard": 0o640, // its other name is elsewhere
	} {
		in, err := os.Lstat(dir + "/" + name)
		ok(t, err)
		if in.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, in.Mode().Perm(), want)
		}
	}
	if in, err := os.Stat(victim + "/file"); err != nil || in.Mode().Perm() != 0o640 {
		t.Error("a link was followed")
	}
	if !strings.Contains(r.says(), "fix-attrs: warning: /etc/fix-attrs.d/02") || !strings.Contains(r.says(), "fix-attrs: warning: /etc/fix-attrs.d/01") {
		t.Errorf("it says %s", r.says())
	}
	r.settings.FixAttrsHidden = true
	if _, err := r.fixAttrs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in, err := os.Stat(dir + "/data/.hidden/d"); err != nil || in.Mode().Perm() != 0o644 {
		t.Error("what is hidden was left out")
	}
}

func TestFixAttrsGivesOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes owners")
	}
	r := newRig(t)
	dir := t.TempDir()
	write(t, dir+"/a", "x", 0o600)
	r.image.FixAttrs = []s6rc.FixAttr{{Path: dir + "/a", User: "nobody", FMode: 0o600}, {Path: dir, User: "no-such-user", Numbers: true, UID: 4321, GID: 1234, DMode: 0o700}}
	if _, err := r.fixAttrs(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]uint32{dir + "/a": {65534, 65534}, dir: {4321, 1234}} {
		var st syscall.Stat_t
		ok(t, syscall.Stat(path, &st))
		if st.Uid != want[0] || st.Gid != want[1] {
			t.Errorf("%s belongs to %d:%d, want %v", path, st.Uid, st.Gid, want)
		}
	}
}

// A volume is a mount: its top is what a line names, and what is mounted further below is another's.
func TestFixAttrsFixesAVolume(t *testing.T) {
	needsRoot(t)
	r := newRig(t)
	dir := t.TempDir()
	mounted(t, dir+"/config", "mode=0755")
	write(t, dir+"/config/a", "x", 0o600)
	mounted(t, dir+"/config/other", "mode=0755")
	write(t, dir+"/config/other/b", "x", 0o600)
	r.image.FixAttrs = []s6rc.FixAttr{{Path: dir + "/config", Recurse: true, Numbers: true, UID: 4321, GID: 1234, FMode: 0o644, DMode: 0o750}}
	if _, err := r.fixAttrs(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]uint32{"config": 4321, "config/a": 4321, "config/other/b": 0} {
		var st syscall.Stat_t
		ok(t, syscall.Stat(dir+"/"+path, &st))
		if st.Uid != want {
			t.Errorf("%s belongs to %d, want %d", path, st.Uid, want)
		}
	}
	if strings.Contains(r.says(), "warning") {
		t.Errorf("it says %s", r.says())
	}
}
