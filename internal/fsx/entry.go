package fsx

import (
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// An Entry is pinned: whatever happens to its name, looks and changes go to the inode that was found. The [Dir] it came
// from must stay open while the entry is used.
type Entry struct {
	fd   int
	info Info
	path string
	at   int // the directory that name is relative to
	name string
}

// Look pins what stands at a name; "" or "." is the directory itself. A link in the last place is an Entry of kind
// [Symlink]; one before it is [ErrSymlink], a mount point anywhere [ErrMount].
func (d *Dir) Look(unsafeName string) (*Entry, error) {
	name, err := clean(unsafeName)
	if err != nil {
		return nil, fail("look at", d.join(unsafeName), err)
	}
	if d.empty {
		return nil, fail("look at", d.join(name), fs.ErrNotExist)
	}
	e, err := pin(d.fd, name, d.join(name))
	if err != nil {
		return nil, fail("look at", d.join(name), err)
	}
	return e, nil
}

func pin(dir int, name, path string) (*Entry, error) {
	fd, err := open(dir, name, pinFlags)
	if err != nil {
		return nil, err
	}
	in, err := stat(fd, "")
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return &Entry{fd: fd, info: in, path: path, at: dir, name: name}, nil
}

// Info is what the last look through the pin saw: when it was made, by Fresh, or after a change of our own.
func (e *Entry) Info() Info { return e.info }

// Path gives the entry's path, for words.
func (e *Entry) Path() string { return e.path }

// Fresh looks again through the pin.
func (e *Entry) Fresh() (Info, error) {
	in, err := stat(e.fd, "")
	if err != nil {
		return Info{}, fail("look at", e.path, err)
	}
	e.info = in
	return in, nil
}

// StillAt proves that the name still leads to the pinned inode, and looks again; [ErrVanished] otherwise. It proves the
// moment only; for the decision about a file's owner see Sole.
func (e *Entry) StillAt() error {
	if err := e.leadsHere(); err != nil {
		return fail("look at", e.path, err)
	}
	_, err := e.Fresh()
	return err
}

// Dir opens a pinned directory; [ErrSymlink] or [ErrKind] for anything else. Its life is its own.
func (e *Entry) Dir() (*Dir, error) {
	fd, err := unix.FcntlInt(uintptr(e.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fail("open", e.path, err)
	}
	return dirOf(fd, e.path)
}

// Chown changes the owner of the pinned inode, of a link itself where it is one; [Keep] leaves a number. The kernel
// clears setuid and setgid of a file: set the mode afterwards. Which files with other names may be re-owned is the caller's to say.
// A directory that a survey relies on just now is [ErrBusy].
func (e *Entry) Chown(uid, gid uint32) error {
	if err := change("chown", e.path); err != nil {
		return fail("chown", e.path, err)
	}
	if e.info.Kind == Directory {
		if fd, err := openToRead(e.fd); err == nil { // a directory that can't be read isn't sealed
			defer func() { _ = unix.Close(fd) }()
			if !claim(fd, unix.LOCK_SH) {
				return fail("chown", e.path, ErrBusy)
			}
		}
	}
	in, err := chownPin(e.fd, uid, gid)
	if err != nil {
		return fail("chown", e.path, err)
	}
	e.info = in
	return nil
}

// chownPin changes the owner of a pinned inode, and looks whether it did: a file system with owners of its own (cifs, some of FUSE's)
// may say yes and change nothing. That is a no.
func chownPin(fd int, uid, gid uint32) (Info, error) {
	if err := again(func() error { return unix.Fchownat(fd, "", int(uid), int(gid), unix.AT_EMPTY_PATH) }); err != nil {
		return Info{}, err
	}
	in, err := stat(fd, "")
	if err == nil && (uid != Keep && in.UID != uid || gid != Keep && in.GID != gid) {
		err = unix.EPERM
	}
	return in, err
}

// Chmod changes the permission bits of the pinned inode. A link has none to change: [ErrSymlink].
func (e *Entry) Chmod(perm uint32) error {
	if e.info.Kind == Symlink {
		return fail("chmod", e.path, ErrSymlink)
	}
	if err := change("chmod", e.path); err != nil {
		return fail("chmod", e.path, err)
	}
	if err := e.chmod(perm & 0o7777); err != nil {
		return fail("chmod", e.path, err)
	}
	_, err := e.Fresh()
	return err
}

func (e *Entry) chmod(perm uint32) error {
	// A seccomp filter's EPERM can't be told from the file system's, so the older ways have the last word.
	err := chmodPin(e.fd, perm)
	if !oneOf(err, unix.ENOSYS, unix.EPERM, unix.EOPNOTSUPP, unix.EINVAL) {
		return err
	}
	if dir, perr := openProc("/proc/self/fd"); perr == nil {
		defer func() { _ = unix.Close(dir) }()
		return again(func() error { return unix.Fchmodat(dir, strconv.Itoa(e.fd), perm, 0) })
	}
	if e.info.Kind != Regular && e.info.Kind != Directory {
		return ErrKind // opening a device or FIFO by its name is no harmless look
	}
	fd, err := reopen(e.fd, e.at, e.name, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return again(func() error { return unix.Fchmod(fd, perm) })
}

// Close gives the pin back.
func (e *Entry) Close() error {
	if e.fd < 0 {
		return nil
	}
	fd := e.fd
	e.fd = -1
	return unix.Close(fd)
}
