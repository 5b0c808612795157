package fsx

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Writable says whether the calling thread's identity may make files here: nil, or the kernel's reason. EROFS (a
// read-only mount) and EPERM (chattr +i) are told from EACCES. Inside [Actor.Do] it speaks for the app's user.
func (d *Dir) Writable() error {
	if d.empty {
		return fail("write to", d.path, unix.ENOENT)
	}
	err := error(unix.ENOSYS)
	if !lacks(faccessat2) {
		err = again(func() error {
			return unix.Faccessat2(d.fd, "", unix.W_OK|unix.X_OK, unix.AT_EMPTY_PATH|unix.AT_EACCESS)
		})
	}
	if oneOf(err, unix.ENOSYS, unix.EPERM, unix.EINVAL) { // EPERM: a filter's, or the file system's
		err = d.writableByBits()
	}
	if err != nil {
		return fail("write to", d.path, err)
	}
	return nil
}

// writableByBits answers where the kernel can't be asked about a handle (before 5.8).
func (d *Dir) writableByBits() error {
	var fsys unix.Statfs_t
	if err := again(func() error { return unix.Fstatfs(d.fd, &fsys) }); err != nil {
		return err
	}
	in, err := stat(d.fd, "")
	switch {
	case err != nil:
		return err
	case fsys.Flags&unix.ST_RDONLY != 0:
		return unix.EROFS
	case in.Immutable:
		return unix.EPERM
	}
	if overridesAccess() {
		return nil
	}
	uid, err := fsuid()
	if err != nil {
		return err
	}
	gid, err := fsgid()
	if err != nil {
		return err
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return err
	}
	member := in.GID == gid || slices.Contains(groups, int(in.GID))
	if classBits(in, uid, member)&0o3 != 0o3 {
		return unix.EACCES
	}
	return nil
}

// overridesAccess says whether the thread has CAP_DAC_OVERRIDE in effect.
func overridesAccess() bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&head, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_DAC_OVERRIDE) != 0
}

// classBits gives the three bits that count for an identity: of the owner, else of the group, else of the others. An
// owner without a bit isn't helped by the group's.
func classBits(in Info, uid uint32, member bool) uint32 {
	switch {
	case in.UID == uid:
		return in.Perm >> 6 & 7
	case member:
		return in.Perm >> 3 & 7
	default:
		return in.Perm & 7
	}
}

// Usable says whether an identity could read and write an entry (and search it, if a directory), by owner and mode
// bits: nil or EACCES. It doesn't ask about the directories above, read-only mounts, or POSIX ACLs, whose mask stands where
// the group's bits do. Root always could. A link is [ErrSymlink].
func (d *Dir) Usable(unsafeName string, uid, gid uint32, groups []uint32) error {
	e, err := d.Look(unsafeName)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if err := e.info.Usable(uid, gid, groups); err != nil {
		return fail("use", e.path, err)
	}
	return nil
}

// Usable is [Dir.Usable] for what a look saw; the error has no path.
func (i Info) Usable(uid, gid uint32, groups []uint32) error {
	want := uint32(0o6)
	switch i.Kind {
	case Symlink:
		return ErrSymlink
	case Directory:
		want = 0o7
	default:
	}
	if uid != 0 && classBits(i, uid, i.GID == gid || slices.Contains(groups, i.GID))&want != want {
		return unix.EACCES
	}
	return nil
}

// fsuid and fsgid ask the calling thread; -1 is no id, so nothing is set.
func fsuid() (uint32, error) {
	id, err := unix.SetfsuidRetUid(-1)
	return uint32(id), err
}

func fsgid() (uint32, error) {
	id, err := unix.SetfsgidRetGid(-1)
	return uint32(id), err
}
