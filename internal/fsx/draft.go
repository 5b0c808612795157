package fsx

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"golang.org/x/sys/unix"
)

// A draft is a file or directory under a temporary name, until it is complete and gets its own.
//
// It holds an flock for as long as it is being made, so that what a kill -9 left behind can be told from what somebody
// is writing now. Only an error removes it, never a panic: a crash test's panic leaves what a kill would.
type draft struct {
	fd   int // the file, or the directory opened for reading
	at   int
	name string
	path string // for words
	dir  bool
}

const tempPrefix = ".berth-"

// IsTemp says whether a name is one of fsx's temporary ones: ".berth-" and sixteen lower-case hexadecimal digits.
func IsTemp(unsafeName string) bool {
	digits, ok := strings.CutPrefix(unsafeName, tempPrefix)
	return ok && len(digits) == 16 && strings.Trim(digits, "0123456789abcdef") == ""
}

func (p place) draft(dir bool) (*draft, error) {
	for {
		name := fmt.Sprintf("%s%016x", tempPrefix, rand.Uint64())
		d := &draft{at: p.fd, name: name, path: strings.TrimSuffix(p.path, p.base) + name, dir: dir}
		err := d.make()
		if err == nil {
			return d, nil
		}
		if !oneOf(err, unix.EEXIST) {
			return nil, err
		}
	}
}

func (d *draft) make() error {
	if err := change("create", d.path); err != nil {
		return err
	}
	if !d.dir {
		err := again(func() (err error) {
			d.fd, err = unix.Openat(d.at, d.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
			return err
		})
		if err == nil {
			_ = unix.Flock(d.fd, unix.LOCK_EX|unix.LOCK_NB) // a file system without locks must do without
		}
		return err
	}
	if err := again(func() error { return unix.Mkdirat(d.at, d.name, 0o700) }); err != nil {
		return err
	}
	var err error
	if d.fd, err = openMade(d.at, d.name); err == nil {
		_ = unix.Flock(d.fd, unix.LOCK_EX|unix.LOCK_NB)
		err = d.madeByUs()
	}
	if err != nil {
		d.discard()
	}
	return err
}

// openMade opens a directory just made, by its name: an attacker may have put something else there by now.
func openMade(at int, name string) (int, error) {
	return open(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK)
}

// madeByUs refuses a directory of somebody else's that took the place of the one just made. An empty directory of our own in its place
// gains nobody anything.
func (d *draft) madeByUs() error {
	in, err := stat(d.fd, "")
	if err != nil {
		return err
	}
	if uid, err := fsuid(); err != nil || in.UID != uid {
		return ErrVanished
	}
	r := &names{fd: d.fd, buf: make([]byte, 1024)}
	if name, _, err := r.next(); err != nil || name != "" {
		return ErrVanished
	}
	return nil
}

// dress gives the draft owner and mode, the owner first: a chown clears setuid and setgid.
func (d *draft) dress(a Attr) error {
	if a.Owner {
		in, err := stat(d.fd, "")
		if err != nil {
			return err
		}
		// A user may not chown, not even to what is there already.
		if (a.UID != Keep && in.UID != a.UID) || (a.GID != Keep && in.GID != a.GID) {
			if err := change("chown", d.path); err != nil {
				return err
			}
			if err := again(func() error { return unix.Fchown(d.fd, int(a.UID), int(a.GID)) }); err != nil {
				return err
			}
		}
	}
	return d.chmod(a.Mode)
}

func (d *draft) chmod(mode uint32) error {
	if err := change("chmod", d.path); err != nil {
		return err
	}
	return again(func() error { return unix.Fchmod(d.fd, mode&0o7777) })
}

// fill writes and syncs the data. A write clears setuid and setgid unless the writer has CAP_FSETID, so they are set again.
func (d *draft) fill(data []byte, a Attr) error {
	if err := change("write", d.path); err != nil {
		return err
	}
	if err := writeAll(d.fd, data); err != nil {
		return err
	}
	if a.Mode&0o7000 != 0 {
		if err := d.chmod(a.Mode); err != nil {
			return err
		}
	}
	if a.Fleeting {
		return nil
	}
	return fsync(d.fd)
}

func writeAll(fd int, data []byte) error {
	for len(data) > 0 {
		n := 0
		err := again(func() (err error) { n, err = unix.Write(fd, data); return err })
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		data = data[n:]
	}
	return nil
}

func (d *draft) close() {
	if d.fd >= 0 {
		_ = unix.Close(d.fd)
		d.fd = -1
	}
}

// discard removes the draft after an error.
func (d *draft) discard() {
	d.close()
	flags := 0
	if d.dir {
		flags = unix.AT_REMOVEDIR
	}
	if change("remove", d.path) == nil {
		_ = again(func() error { return unix.Unlinkat(d.at, d.name, flags) })
	}
}
