package fsx

import (
	"golang.org/x/sys/unix"
)

// publish gives the draft its own name; without over, only where nothing stands.
func (d *draft) publish(p place, over bool) error {
	if err := change("rename", p.path); err != nil {
		return err
	}
	if over {
		return again(func() error { return unix.Renameat(d.at, d.name, p.fd, p.base) })
	}
	err := error(unix.ENOSYS)
	if !lacks(renameat2) {
		err = again(func() error { return unix.Renameat2(d.at, d.name, p.fd, p.base, unix.RENAME_NOREPLACE) })
	}
	if !oneOf(err, unix.ENOSYS, unix.EINVAL, unix.EPERM) {
		return err
	}
	// An older kernel, a filter, or a file system (NFS) that can't: a second name is as exclusive.
	if !d.dir {
		err = again(func() error { return unix.Linkat(d.at, d.name, p.fd, p.base, 0) })
		if err == nil {
			return again(func() error { return unix.Unlinkat(d.at, d.name, 0) })
		}
		if !oneOf(err, unix.EPERM, unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL, unix.EMLINK) {
			return err
		}
	}
	// Neither: look, then rename. Who makes the name in between loses an empty directory or a file of that moment, in a
	// directory that is theirs anyway.
	if _, serr := stat(p.fd, p.base); serr == nil {
		return unix.EEXIST
	}
	return again(func() error { return unix.Renameat(d.at, d.name, p.fd, p.base) })
}

// proven says that the name leads to what was written: the temporary name lay in a directory where the attacker may
// rename too.
func (d *draft) proven(p place) error {
	mine, err := stat(d.fd, "")
	if err != nil {
		return err
	}
	there, err := stat(p.fd, p.base)
	if oneOf(err, unix.ENOENT) || err == nil && !mine.same(there) {
		return ErrVanished
	}
	return err
}

// sync makes names last. A directory that may be written but not read can't be synced, nor can some file systems'.
func (p place) sync() error {
	if p.soon {
		return nil
	}
	fd, err := openToRead(p.fd)
	if err != nil {
		return nil // the change is made; only its durability is less
	}
	defer func() { _ = unix.Close(fd) }()
	if err := fsync(fd); err != nil && !oneOf(err, unix.EINVAL, unix.EROFS, unix.EOPNOTSUPP) {
		return err
	}
	return nil
}

func fsync(fd int) error {
	if lacks(durability) {
		return nil
	}
	return again(func() error { return unix.Fsync(fd) })
}

// putTries is plenty: each lost one takes a sweep in the instant between a draft's making and its lock.
const putTries = 16

// put makes a draft complete and publishes it.
func (p place) put(dir, over bool, data []byte, a Attr, still func() error) error {
	for tries := 0; ; tries++ {
		err := p.putOnce(dir, over, data, a, still)
		// Somebody swept the draft away before its lock was taken, or took its name: once more.
		if tries == putTries || !oneOf(err, unix.ENOENT) {
			return err
		}
	}
}

func (p place) putOnce(dir, over bool, data []byte, a Attr, still func() error) error {
	d, err := p.draft(dir)
	if err != nil {
		return err
	}
	defer d.close()
	err = d.dress(a)
	if err == nil && !dir {
		err = d.fill(data, a)
	}
	if err == nil && still != nil {
		err = still()
	}
	if err == nil {
		err = d.publish(p, over)
	}
	if err != nil {
		d.discard()
		return err
	}
	if err := d.proven(p); err != nil || a.Fleeting {
		return err
	}
	return p.sync()
}
