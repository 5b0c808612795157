package fsx

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Exchange has two names below the directory change places, whatever stands there, in one step. errors.ErrUnsupported
// where the kernel or the file system can't (NFS, CIFS, FUSE): nothing was changed then.
func (d *Dir) Exchange(unsafeA, unsafeB string) error {
	a, err := d.place("exchange", unsafeA)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := d.place("exchange", unsafeB)
	if err != nil {
		return err
	}
	defer b.close()
	if err = change("exchange", a.path); err == nil {
		err = unix.ENOSYS
		if !lacks(renameat2) {
			err = again(func() error { return unix.Renameat2(a.fd, a.base, b.fd, b.base, unix.RENAME_EXCHANGE) })
		}
	}
	if oneOf(err, unix.ENOSYS, unix.EINVAL) {
		err = errors.ErrUnsupported
	}
	if err == nil {
		if err = a.sync(); err == nil {
			err = b.sync()
		}
	}
	if err != nil {
		return fail("exchange", a.path, lookupCause(err))
	}
	return nil
}

// WithoutRenameat2 runs f as on a file system that can neither exchange two names nor rename without replacing, for
// tests. It holds for the whole process until f returns.
func WithoutRenameat2(f func()) { without(renameat2, f) }
