package fsx

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// mount tells one mount from another: by id, or by device where no id is to be had. st_dev alone isn't enough, as it
// misses a bind mount of the same file system, and it is too much on overlayfs, whose files show their layers' devices.
type mount struct {
	id, dev uint64
}

// FileSystem tells the directory's file system from others, for a record that outlives mounts: by its device; where it has none of
// its own (btrfs, overlayfs, the network's), whose numbers are handed out anew at each mount, by the number that it gives itself.
func (d *Dir) FileSystem() (string, error) {
	in, err := d.Info()
	if err != nil {
		return "", err
	}
	if unix.Major(in.Dev) != 0 {
		return fmt.Sprintf("dev %d:%d", unix.Major(in.Dev), unix.Minor(in.Dev)), nil
	}
	var st unix.Statfs_t
	if err := again(func() error { return unix.Fstatfs(d.fd, &st) }); err != nil {
		return "", fail("look at", d.path, err)
	}
	return fmt.Sprintf("fs %08x%08x", uint32(st.Fsid.Val[0]), uint32(st.Fsid.Val[1])), nil
}

func mountOf(fd int) (mount, error) {
	in, err := stat(fd, "")
	if err != nil {
		return mount{}, err
	}
	if in.mount != 0 {
		return mount{id: in.mount}, nil
	}
	if id, ok := mountFromProc(fd); ok {
		return mount{id: id}, nil
	}
	return mount{dev: in.Dev}, nil
}

// mountFromProc reads the mount id from fdinfo, for kernels before 5.8.
func mountFromProc(fd int) (uint64, bool) {
	dir, err := openProc("/proc/self/fdinfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = unix.Close(dir) }()
	f, err := unix.Openat(dir, strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return 0, false
	}
	defer func() { _ = unix.Close(f) }()
	var buf [512]byte
	n, err := unix.Read(f, buf[:])
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(buf[:n]) {
		if value, ok := bytes.CutPrefix(line, []byte("mnt_id:")); ok {
			id, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 64)
			return id, err == nil
		}
	}
	return 0, false
}

// openProc opens a directory of /proc and proves that it is one: a path alone could be anything that an image put there.
func openProc(path string) (int, error) {
	if lacks(procFD) {
		return -1, unix.ENOENT
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var st unix.Statfs_t
	err = again(func() error { return unix.Fstatfs(fd, &st) })
	if err == nil && st.Type != unix.PROC_SUPER_MAGIC {
		err = unix.ENOENT
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
