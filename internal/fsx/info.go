package fsx

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// Kind says what an entry of a directory is.
type Kind int

// The kinds.
const (
	Unknown Kind = iota
	Regular
	Directory
	Symlink
	FIFO
	Socket
	CharDevice
	BlockDevice
)

func (k Kind) String() string {
	switch k {
	case Regular:
		return "file"
	case Directory:
		return "directory"
	case Symlink:
		return "symbolic link"
	case FIFO:
		return "FIFO"
	case Socket:
		return "socket"
	case CharDevice:
		return "character device"
	case BlockDevice:
		return "block device"
	default:
		return "unknown"
	}
}

func kindOf(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Symlink
	case unix.S_IFIFO:
		return FIFO
	case unix.S_IFSOCK:
		return Socket
	case unix.S_IFCHR:
		return CharDevice
	case unix.S_IFBLK:
		return BlockDevice
	default:
		return Unknown
	}
}

// Keep as an owner means: leave it.
const Keep = ^uint32(0)

// Attr is what a file or directory gets when it is made, whatever the umask is.
type Attr struct {
	UID, GID uint32
	Mode     uint32 // permission bits, setuid, setgid and sticky included
	Owner    bool   // set UID and GID; otherwise the maker's own (or the setgid parent's group) stay
	Fleeting bool   // don't wait for the disk: for /run, which ends with the container; a power cut may leave an empty file
}

// Info is what statx says about an entry.
type Info struct {
	Kind                Kind
	Perm                uint32 // the low twelve bits of the mode
	UID, GID            uint32
	Size                int64
	Nlink               uint64
	Dev, Ino            uint64
	Mtime, Ctime, Btime time.Time // Btime is the zero time where the file system keeps none
	MountPoint          bool      // it is the root of a mount (never set before Linux 5.8)
	Immutable           bool      // chattr +i: the kernel answers every change with EPERM

	mount uint64 // the mount's id; 0 where statx doesn't tell
	marks bool   // statx would say if it were the root of a mount
}

// same says whether two looks met one inode. It is only proof while one of the two is pinned.
func (i Info) same(j Info) bool { return i.Dev == j.Dev && i.Ino == j.Ino && i.Kind == j.Kind }

const statMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID

// stat looks at name below dir without following a link; an empty name means the descriptor itself.
func stat(dir int, name string) (Info, error) {
	var st unix.Statx_t
	flags := unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT
	if name == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	if err := again(func() error { return unix.Statx(dir, name, flags, statMask, &st) }); err != nil {
		return Info{}, err
	}
	var in Info
	in.fill(&st)
	return in, nil
}

func (i *Info) fill(st *unix.Statx_t) {
	*i = Info{
		Kind:  kindOf(uint32(st.Mode)),
		Perm:  uint32(st.Mode) & 0o7777,
		UID:   st.Uid,
		GID:   st.Gid,
		Size:  int64(st.Size),
		Nlink: uint64(st.Nlink),
		Dev:   unix.Mkdev(st.Dev_major, st.Dev_minor),
		Ino:   st.Ino,
		Mtime: time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec)),
		Ctime: time.Unix(st.Ctime.Sec, int64(st.Ctime.Nsec)),
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		i.Btime = time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
	}
	set := st.Attributes & st.Attributes_mask
	i.MountPoint = set&unix.STATX_ATTR_MOUNT_ROOT != 0
	i.Immutable = set&unix.STATX_ATTR_IMMUTABLE != 0
	i.marks = st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0
	if st.Mask&unix.STATX_MNT_ID != 0 && !lacks(mountID) {
		i.mount = st.Mnt_id
	}
}

// again repeats a call that a signal interrupted: Go preempts with signals, and network and FUSE file systems answer EINTR.
func again(f func() error) error {
	for {
		if err := f(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
