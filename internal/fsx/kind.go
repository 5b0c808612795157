package fsx

import (
	"errors"

	"golang.org/x/sys/unix"
)

// What is known of a file system by its kind (statfs(2), f_type). A kind that isn't known is taken for the worst.

// fileSystem gives the kind of the file system of an open file; 0 where it can't be told.
func fileSystem(fd int) uint32 {
	var st unix.Statfs_t
	if again(func() error { return unix.Fstatfs(fd, &st) }) != nil {
		return 0
	}
	return uint32(st.Type)
}

// LocalKind says whether a file system of a kind (statfs(2), f_type) is this machine's own: it answers from a disk or
// from memory, without a network or another process. A kind that isn't known isn't.
func LocalKind(kind uint32) bool {
	switch kind {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC,
		unix.RAMFS_MAGIC, unix.F2FS_SUPER_MAGIC, unix.SQUASHFS_MAGIC, unix.EROFS_SUPER_MAGIC_V1, unix.MSDOS_SUPER_MAGIC,
		unix.ISOFS_SUPER_MAGIC, unix.REISERFS_SUPER_MAGIC, unix.PROC_SUPER_MAGIC,
		zfsMagic, bcachefsMagic, exfatMagic, aufsMagic:
		return true
	}
	return false
}

// Hangs says whether a file lies on a file system of a kind that may hang: on a network, in another process. A program there is
// started through the child stage, because fork waits for execve. Only kinds that can't are known; one that gives no answer
// is taken for one that can: a file system that hangs gives EINTR to a thread that gets a signal meanwhile. The path is
// followed, as it is when the file is used; one that isn't there doesn't hang, and the start finds that out.
func Hangs(path string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR)
	}
	return !LocalKind(uint32(st.Type))
}

// Kinds that the package unix has no names for.
const (
	zfsMagic      = 0x2fc12fc1
	bcachefsMagic = 0xca451a4e
	exfatMagic    = 0x2011bab0
	aufsMagic     = 0x61756673
)

// sealable says whether rights are what mode bits say, so that names in a directory can be kept from being swapped.
func sealable(kind uint32) bool { return quick(kind) || kind == unix.OVERLAYFS_SUPER_MAGIC }

// quick says whether calls come back at once, too. An overlay's copy a whole file up before they change its owner, and what is
// below may be anything.
func quick(kind uint32) bool {
	switch kind {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.F2FS_SUPER_MAGIC:
		return true
	}
	return false
}
