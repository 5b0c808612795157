package fsx

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestUsable(t *testing.T) {
	const uid, gid, other = 1000, 1000, 2000
	for _, c := range []struct {
		name string
		info Info
		want error
	}{
		{"its own file", Info{Kind: Regular, UID: uid, Perm: 0o600}, nil},
		{"its own file that only the group may write", Info{Kind: Regular, UID: uid, GID: gid, Perm: 0o466}, unix.EACCES},
		{"its group's file", Info{Kind: Regular, UID: other, GID: gid, Perm: 0o660}, nil},
		{"a supplementary group's file", Info{Kind: Regular, UID: other, GID: 44, Perm: 0o660}, nil},
		{"its group's file that only others may write", Info{Kind: Regular, UID: other, GID: gid, Perm: 0o646}, unix.EACCES},
		{"another's file that all may write", Info{Kind: Regular, UID: other, GID: other, Perm: 0o606}, nil},
		{"another's file that all may read", Info{Kind: Regular, UID: other, GID: other, Perm: 0o664}, unix.EACCES},
		{"its own directory", Info{Kind: Directory, UID: uid, Perm: 0o700}, nil},
		{"its own directory that it can't search", Info{Kind: Directory, UID: uid, Perm: 0o600}, unix.EACCES},
		{"a FIFO of its own", Info{Kind: FIFO, UID: uid, Perm: 0o600}, nil},
		{"a link", Info{Kind: Symlink, UID: uid, Perm: 0o777}, ErrSymlink},
	} {
		t.Run(c.name, func(t *testing.T) { wants(t, c.info.Usable(uid, gid, []uint32{33, 44}), c.want) })
	}
	wants(t, Info{Kind: Regular}.Usable(0, 0, nil), nil)
}

func TestUsableByName(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "")
	ok(t, os.Symlink("f", d.Path()+"/l"))
	uid := uint32(os.Geteuid())
	ok(t, d.Usable("f", uid, 99999, nil))
	wants(t, d.Usable("f", uid+1, 99999, nil), unix.EACCES)
	wants(t, d.Usable("l", uid, 99999, nil), ErrSymlink)
	wants(t, d.Usable("none", uid, 99999, nil), unix.ENOENT)
}

func TestWritable(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		ok(t, d.Writable())
		ok(t, os.Chmod(d.Path(), 0o500))
		if os.Geteuid() != 0 {
			wants(t, d.Writable(), unix.EACCES)
		} else {
			ok(t, d.Writable())
		}
		ok(t, os.Chmod(d.Path(), 0o700))
	})
}

func TestWritableTellsAReadOnlyMount(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		m := mkdir(t, dir+"/m")
		bind(t, m, m)
		defer func() { _ = unix.Unmount(m, unix.MNT_DETACH) }()
		if err := unix.Mount("", m, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			t.Skipf("needs to remount: %v", err)
		}
		d := opened(t, m)
		wants(t, d.Writable(), unix.EROFS)
		without(faccessat2, func() { wants(t, d.Writable(), unix.EROFS) })
		wants(t, d.Create("f", nil, Attr{Mode: 0o600}), unix.EROFS)
		wants(t, d.Mkdir("d", Attr{Mode: 0o700}), unix.EROFS)
		_ = d.Close()
	})
}
