package s6words

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// linkname prints where a link leads, or to the end of all links.
func linkname(c *chain.Call) int {
	set, rest, ok := flagged(c, "nf")
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-linkname [ -n ] [ -f ] link")
	}
	to, err := "", error(nil)
	if has(set, 'f') {
		to, err = filepath.EvalSymlinks(rest[0])
		if err == nil {
			to, err = filepath.Abs(to)
		}
	} else {
		to, err = os.Readlink(rest[0])
	}
	if err != nil {
		return c.Fail(chain.System, "read the link %s: %s", rest[0], reason(err))
	}
	return put(c, []byte(to+newline(set)))
}

// ln makes links: to a name, or to names in a directory.
func ln(c *chain.Call) int {
	set, rest, ok := flagged(c, "nsfLP")
	if !ok || len(rest) < 2 {
		return c.Wrong("s6-ln [ -n ] [ -s ] [ -f ] [ -L | -P ] target... link")
	}
	targets, last := rest[:len(rest)-1], rest[len(rest)-1]
	into := isDir(last)
	if info, err := os.Lstat(last); has(set, 'n') && err == nil && info.Mode()&os.ModeSymlink != 0 {
		into = false // a link to a directory is a link
	}
	if !into && len(targets) > 1 {
		return c.Fail(chain.Usage, "link into %s: it is no directory", last)
	}
	return each(c, "link", targets, func(target string) error {
		name := last
		if into {
			name += "/" + filepath.Base(target)
		}
		return link(target, name, set)
	})
}

// link makes one link; -f in place of what is there, at once.
func link(target, name, set string) error {
	make1 := func(name string) error {
		switch {
		case has(set, 's'):
			return unix.Symlink(target, name)
		case has(set, 'L'):
			return unix.Linkat(unix.AT_FDCWD, target, unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
		}
		return unix.Link(target, name)
	}
	err := make1(name)
	if !errors.Is(err, unix.EEXIST) || !has(set, 'f') {
		return err
	}
	fresh := name + ":" + rand.Text()[:8]
	if err := make1(fresh); err != nil {
		return err
	}
	if err := unix.Rename(fresh, name); err != nil {
		_ = unix.Unlink(fresh)
		return err
	}
	_ = unix.Unlink(fresh) // a rename onto the same file leaves both names
	return nil
}

// hiercopy copies a tree: modes, links, FIFOs, and owners where it may.
func hiercopy(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("s6-hiercopy from to")
	}
	if err := copyTree(c.Args[0], c.Args[1]); err != nil {
		return c.Fail(chain.System, "copy %s: %s", c.Args[0], reason(err))
	}
	return 0
}

func copyTree(from, to string) error {
	var st unix.Stat_t
	if err := unix.Lstat(from, &st); err != nil {
		return err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		if err := unix.Mkdir(to, 0o700); err != nil && (!errors.Is(err, unix.EEXIST) || !isDir(to)) {
			return err
		}
		names, err := listNames(from, 1<<20)
		if err != nil {
			return err
		}
		for _, n := range names {
			if err := copyTree(from+"/"+n, to+"/"+n); err != nil {
				return err
			}
		}
	case unix.S_IFREG:
		if err := copyFile(from, to); err != nil {
			return err
		}
	case unix.S_IFLNK:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if err := unix.Symlink(target, to); err != nil {
			return err
		}
		return owned(to, &st)
	case unix.S_IFIFO:
		if err := unix.Mkfifo(to, 0o600); err != nil {
			return err
		}
	default:
		if err := unix.Mknod(to, st.Mode&unix.S_IFMT|0o600, int(st.Rdev)); err != nil { //nolint:gosec // the number of a device
			return err
		}
	}
	if err := owned(to, &st); err != nil {
		return err
	}
	return unix.Chmod(to, st.Mode&0o7777)
}

// owned gives a copy the owner of what it is of; who isn't root can't, and it is his own.
func owned(path string, st *unix.Stat_t) error {
	err := os.Lchown(path, int(st.Uid), int(st.Gid))
	if errors.Is(err, unix.EPERM) && os.Geteuid() != 0 {
		return nil
	}
	return err
}

func copyFile(from, to string) error {
	r, err := os.OpenFile(from, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	if _, err := w.ReadFrom(r); err != nil {
		_ = w.Close()
		return err
	}
	return w.Close()
}
