package fsx

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

const beneath = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV

// pinFlags open a thing without touching it: a FIFO doesn't block, a device isn't woken, a link is the link itself.
const pinFlags = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC

// clean gives the components of an outside name joined again, "." for the directory itself. ".." and absolute names are
// refused here already, so that no fallback needs to think of them.
func clean(unsafeName string) (string, error) {
	if strings.HasPrefix(unsafeName, "/") || strings.IndexByte(unsafeName, 0) >= 0 {
		return "", ErrName
	}
	var parts []string
	for p := range strings.SplitSeq(unsafeName, "/") {
		switch p {
		case "", ".":
		case "..":
			return "", ErrName
		default:
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return ".", nil
	}
	return strings.Join(parts, "/"), nil
}

// open opens a clean name below dir, following nothing and crossing no mount.
func open(dir int, name string, flags int) (int, error) {
	fd, err := openRaw(dir, name, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW)
	if errors.Is(err, unix.ENOTDIR) && flags&unix.O_DIRECTORY != 0 {
		// A link in the last place gives ENOTDIR too; the words for the two differ.
		if pin, perr := openRaw(dir, name, pinFlags); perr == nil {
			in, serr := stat(pin, "")
			_ = unix.Close(pin)
			switch {
			case serr == nil && in.Kind == Symlink:
				err = ErrSymlink
			case serr == nil && in.Kind == Directory:
				err = ErrVanished // now it is one
			}
		} else if errors.Is(perr, ErrSymlink) {
			err = perr
		}
	}
	return fd, err
}

func openRaw(dir int, name string, flags int) (int, error) {
	if !hasOpenat2() {
		return descend(dir, name, flags)
	}
	how := unix.OpenHow{Flags: uint64(flags), Resolve: beneath}
	fd, err := -1, error(nil)
	// EAGAIN: a rename or mount anywhere raced with the look-up (openat2(2)); or a lease, which doesn't go away soon.
	for range 32 {
		err = again(func() (err error) { fd, err = unix.Openat2(dir, name, &how); return err })
		if !errors.Is(err, unix.EAGAIN) {
			break
		}
	}
	return fd, lookupCause(err)
}

func lookupCause(err error) error {
	switch {
	case errors.Is(err, unix.ELOOP):
		return ErrSymlink
	case errors.Is(err, unix.EXDEV):
		return ErrMount
	}
	return err
}

// descend opens a clean name component by component. It is slower than openat2 and meets the same rules: each
// component is pinned, must be no link, and must lie on the mount that the walk began on.
func descend(dir int, name string, flags int) (int, error) {
	home, err := mountOf(dir)
	if err != nil {
		return -1, err
	}
	at := dir
	for {
		first, rest, more := strings.Cut(name, "/")
		how := pinFlags
		if !more {
			how = flags
		}
		fd := -1
		err := again(func() (err error) { fd, err = unix.Openat(at, first, how, 0); return err })
		if at != dir {
			_ = unix.Close(at)
		}
		if err != nil {
			return -1, lookupCause(err)
		}
		if err := allow(fd, home, more); err != nil {
			_ = unix.Close(fd)
			return -1, err
		}
		if !more {
			return fd, nil
		}
		at, name = fd, rest
	}
}

func allow(fd int, home mount, more bool) error {
	if more {
		in, err := stat(fd, "")
		if err != nil {
			return err
		}
		if in.Kind == Symlink {
			return ErrSymlink
		}
	}
	here, err := mountOf(fd)
	if err != nil {
		return err
	}
	if here != home {
		return ErrMount
	}
	return nil
}

// openDir opens a clean name as a directory to look below.
func openDir(dir int, name string) (int, error) { return open(dir, name, pinFlags|unix.O_DIRECTORY) }

// reopen opens a pinned regular file or directory for reading or writing. Devices and FIFOs must have been sorted out
// by a look at the pin: opening one can move a tape or wait for a peer.
func reopen(pin, dir int, name string, flags int) (int, error) {
	fd, err := open(dir, name, flags|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		if oneOf(err, unix.ENOENT, unix.ENXIO, ErrSymlink) {
			err = ErrVanished
		}
		return -1, err
	}
	if err := identical(pin, fd); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// identical compares two descriptors now, not with an older look: overlayfs may give a file new numbers when a write
// copies it up, and both descriptors then tell the new ones.
func identical(a, b int) error {
	x, err := stat(a, "")
	if err != nil {
		return err
	}
	y, err := stat(b, "")
	if err != nil {
		return err
	}
	if !x.same(y) {
		return ErrVanished
	}
	return nil
}
