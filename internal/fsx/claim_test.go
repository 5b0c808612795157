package fsx

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Who looks whether a lock is free neither takes it nor waits, and the file that was opened stays the one that is asked about.
func TestALockThatIsLookedAt(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		ok(t, d.Mkdir("in", Attr{Mode: 0o700}))
		one, err := d.OpenLock("in/lock", Attr{})
		ok(t, err)
		two, err := d.OpenLock("in/lock", Attr{})
		ok(t, err)
		if got := perm(t, d.Path()+"/in/lock"); got != 0o600 {
			t.Errorf("mode is %o", got)
		}
		ok(t, one.Try(), one.Try(), one.Note("mine"))
		wants(t, two.Try(), ErrLocked)
		wants(t, two.Share(), ErrLocked)
		if got, err := two.Text(); err != nil || got != "mine" {
			t.Errorf("it reads %q, %v", got, err)
		}
		ok(t, one.Give(), two.Try(), one.StillAt(d, "in/lock"))
		in, err := one.Info()
		if ok(t, err); in.Size != 4 || in.Kind != Regular {
			t.Errorf("it is %+v", in)
		}
		ok(t, os.Rename(d.Path()+"/in/lock", d.Path()+"/gone"))
		wants(t, two.StillAt(d, "in/lock"), ErrVanished)
		three, err := d.OpenLock("in/lock", Attr{})
		ok(t, err, three.Try())
		wants(t, two.StillAt(d, "in/lock"), ErrVanished)
		ok(t, three.StillAt(d, "in/lock"), one.Unlock(), two.Unlock(), three.Unlock())
	})
}

func TestWhatIsNoFileToLookAt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/victim", "untouched")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/dir")
	ok(t, os.Symlink("../victim", in+"/link"), unix.Mkfifo(in+"/fifo", 0o600))
	bothWays(t, func(t *testing.T) {
		d := opened(t, in)
		for name, want := range map[string]error{
			"link": ErrSymlink, "link/lock": ErrSymlink, "fifo": ErrKind, "dir": ErrKind, "none/lock": unix.ENOENT, "../lock": ErrName, ".": ErrName,
		} {
			if _, err := d.OpenLock(name, Attr{}); err == nil {
				t.Errorf("%s was opened", name)
			} else if !errors.Is(want, ErrSymlink) || name == "link" { // what is behind a link has several words
				wants(t, err, want)
			}
		}
		if text(t, dir+"/victim") != "untouched" {
			t.Error("the file outside was changed")
		}
	})
	_, err := Empty("/nowhere").OpenSelf()
	wants(t, err, unix.ENOENT)
}

// Each container shares the volume's top with the others; who can have it alone is alone.
func TestWhoIsAlone(t *testing.T) {
	d := temp(t)
	one, err := d.OpenSelf()
	ok(t, err, one.Share())
	two, err := opened(t, d.Path()).OpenSelf()
	ok(t, err)
	wants(t, two.Try(), ErrLocked)
	ok(t, two.Share())
	wants(t, one.Try(), ErrLocked)
	ok(t, one.Share(), two.Unlock(), one.Try(), one.Share(), one.Unlock())
}

func TestKindsOfFileSystems(t *testing.T) {
	d := temp(t)
	l, err := d.OpenLock("lock", Attr{})
	ok(t, err)
	var st unix.Statfs_t
	ok(t, unix.Statfs(d.Path(), &st))
	if l.Local() != LocalKind(uint32(st.Type)) {
		t.Errorf("a file of kind %x is local: %v", st.Type, l.Local())
	}
	ok(t, l.Unlock())
	if l.Local() {
		t.Error("a file that is closed is local")
	}
	for kind, want := range map[uint32]bool{
		unix.EXT4_SUPER_MAGIC: true, unix.BTRFS_SUPER_MAGIC: true, zfsMagic: true, unix.OVERLAYFS_SUPER_MAGIC: true,
		unix.NFS_SUPER_MAGIC: false, unix.SMB2_SUPER_MAGIC: false, unix.V9FS_MAGIC: false, unix.FUSE_SUPER_MAGIC: false, unix.CEPH_SUPER_MAGIC: false, 0: false,
	} {
		if LocalKind(kind) != want {
			t.Errorf("kind %x is local: %v", kind, !want)
		}
	}
}
