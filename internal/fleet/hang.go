package fleet

import (
	"errors"

	"golang.org/x/sys/unix"
)

// hangs says whether a file lies on a file system of a kind that may hang: on a network, in another process. A program
// there is started through the child stage, because fork waits for execve. The kinds that can't are listed (statfs(2));
// every other is taken for one that can, and so is one that gives no answer: a file system that hangs gives EINTR to a
// thread that gets a signal meanwhile.
func hangs(path string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) // it isn't there, which the start finds out
	}
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC,
		unix.RAMFS_MAGIC, unix.F2FS_SUPER_MAGIC, unix.SQUASHFS_MAGIC, unix.EROFS_SUPER_MAGIC_V1, unix.MSDOS_SUPER_MAGIC,
		unix.ISOFS_SUPER_MAGIC, unix.REISERFS_SUPER_MAGIC, unix.PROC_SUPER_MAGIC,
		zfsMagic, bcachefsMagic, exfatMagic, aufsMagic:
		return false
	}
	return true
}

// Kinds that the package unix has no names for.
const (
	zfsMagic      = 0x2fc12fc1
	bcachefsMagic = 0xca451a4e
	exfatMagic    = 0x2011bab0
	aufsMagic     = 0x61756673
)
