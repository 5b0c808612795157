// Package fsx is the only room that changes the disk. It is written for root in somebody else's directory: the app's
// own user owns the volume, runs at any moment, and wants root to touch something else.
//
// So a path is never a thing to act on. A directory is opened once ([Open]) and everything below it is reached from that
// handle: no symbolic link is followed, no mount point crossed, ".." refused. What is to be changed is pinned first (a
// descriptor opened with O_PATH, which neither blocks on a FIFO nor wakes a device), looked at through the pin, and
// changed through the pin; a name that is swapped meanwhile leads nowhere. What need not be root is done inside
// [Actor.Do], with the app user's own rights.
//
// Units: sizes are bytes; permissions are the low twelve bits of st_mode (setuid, setgid and sticky included); owners
// are the numbers of the running user namespace. Parameters named unsafeX come from outside: names relative to the
// handle, with "/" between components.
//
// Errors read "verb object: cause". The causes are this package's Err values, fs.ErrNotExist, fs.ErrExist and the
// kernel's own numbers; [IsRefusal] tells the ones that an attacker (or an odd volume) provokes. A cause is mapped only
// where the kernel's number would mislead: ELOOP is [ErrSymlink], EXDEV of a lookup [ErrMount].
//
// Sources, each a man page of section 2 and the Linux version that brought it:
//
//   - open: O_PATH 2.6.39. Its descriptor pins an inode: the number can't be used again while it is open.
//     O_NONBLOCK so that neither a FIFO nor a lease (fcntl F_SETLEASE) of the file's owner can hold root up.
//   - openat2 5.6: RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV. Where the kernel says
//     ENOSYS or a seccomp filter EPERM, a descent by single components with O_NOFOLLOW takes its place and compares
//     mount ids.
//   - statx 4.11, the oldest kernel this package runs on; STATX_MNT_ID and STATX_ATTR_MOUNT_ROOT 5.8. Before 5.8 the
//     mount id is read from /proc/self/fdinfo (proc_pid_fdinfo(5), 3.15), and without /proc st_dev must do, which can't
//     see a bind mount of the same file system.
//   - chown: fchownat with AT_EMPTY_PATH 2.6.39. A chown of a file clears its setuid and setgid bits, for root too: set
//     the mode after the owner.
//   - chmod: fchmodat2 with AT_EMPTY_PATH 6.6; before, /proc/self/fd/N, proven to be procfs; without /proc the name is
//     opened again and compared. A chmod of a file with a POSIX ACL changes the ACL's mask (acl(5)), which can take away
//     or give back what named users have: callers set a mode only where it differs.
//   - rename: renameat2 with RENAME_NOREPLACE 3.15, where the file system has it; link otherwise.
//   - access: faccessat2 5.8.
//   - setfsuid, setfsgid: they report nothing and are read back. setfsuid from 0 to another number drops the file
//     capabilities from the thread's effective set, except under SECBIT_NO_SETUID_FIXUP (capabilities(7)): so the thread
//     gives all of its capabilities up itself.
package fsx
