package s6log

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// recover makes what a logger that was killed left into archives. clean says that `current` was finished in order: then the
// real program looks at nothing else, and overwrites a previous that lies there.
func (d *logdir) recover(clean bool) error {
	names := []string{newState}
	if !clean {
		names = append(names, state)
	}
	for _, name := range names {
		if err := d.remove(name); err != nil {
			return d.refuse("unlink", name, err)
		}
	}
	if err := d.recoverOutput(); err != nil {
		return err
	}
	for _, name := range []string{previous, current} {
		if name == current && clean {
			break
		}
		if err := d.archive(name, 'u'); err != nil && !errors.Is(err, unix.ENOENT) {
			return d.refuse("archive", name, err)
		}
	}
	if clean {
		return nil
	}
	fd, err := openSole(d.dir, state, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC)
	if err != nil {
		return d.refuse("open", state, err)
	}
	return unix.Close(fd)
}

// recoverOutput looks at what a processor wrote: marked, it is what previous was; otherwise it is nothing.
func (d *logdir) recoverOutput() error {
	st, err := d.stat(processed)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&finished != 0 {
		if err = d.remove(previous); err == nil {
			err = d.archive(processed, 's')
		}
	} else if err == nil {
		err = d.remove(processed)
	}
	if err != nil {
		return d.refuse("archive", processed, err)
	}
	return nil
}

// archive gives a file its label, and removes archives that are too many. A label is never older than one that is there:
// with a clock that was set back, the newest lines would be removed first.
func (d *logdir) archive(name string, end byte) error {
	st, err := d.stat(name)
	if err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return unix.EISDIR
	}
	if d.count == 0 {
		return d.remove(name)
	}
	have, err := d.archives()
	if err != nil {
		return err
	}
	label := s6dir.StampOf(time.Now())
	if n := len(have); n > 0 {
		if newest, err := s6dir.ParseStamp(have[n-1]); err == nil && !before(newest, label) && newest.Sec < label.Sec+farOff {
			label = after(newest)
		}
	}
	for {
		to := label.String() + "." + string(end)
		err := d.rename(name, to)
		if err == nil {
			d.trim(append(have, to))
			return nil
		}
		if !errors.Is(err, unix.EEXIST) {
			return err
		}
		label = after(label)
	}
}

// farOff is how much a label may be ahead, in seconds: two hundred years. Beyond that nobody's clock made it.
const farOff = 200 * 365 * 86400

func before(a, b s6dir.Stamp) bool {
	return cmp.Or(cmp.Compare(a.Sec, b.Sec), cmp.Compare(a.Nano, b.Nano)) < 0
}

// after is the next label.
func after(s s6dir.Stamp) s6dir.Stamp {
	if s.Nano++; s.Nano >= 1e9 {
		s.Sec, s.Nano = s.Sec+1, 0
	}
	return s
}

// rename gives an entry another name, if nothing bears it. Some file systems can't look while they rename (EINVAL), some of
// those have no hard links either.
func (d *logdir) rename(name, to string) error {
	err := unix.Renameat2(d.dir, name, d.dir, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if err = unix.Linkat(d.dir, name, d.dir, to, 0); err == nil {
		return unix.Unlinkat(d.dir, name, 0)
	}
	if errors.Is(err, unix.EEXIST) {
		return err
	}
	if _, err := d.stat(to); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(d.dir, name, d.dir, to)
}

// archives lists the archives, oldest first.
func (d *logdir) archives() ([]string, error) {
	fd, err := unix.Openat(d.dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	var names []string
	for buf := make([]byte, 32<<10); ; {
		n, err := unix.Getdents(fd, buf)
		if err != nil || n <= 0 {
			names = slices.DeleteFunc(names, func(name string) bool { return !isArchive(name) })
			slices.Sort(names)
			return names, err
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}

// isArchive says whether a name is @LABEL.s or @LABEL.u.
func isArchive(name string) bool {
	if len(name) != s6dir.TextSize+2 || name[0] != '@' || name[s6dir.TextSize] != '.' {
		return false
	}
	end := name[s6dir.TextSize+1]
	return (end == 's' || end == 'u') && strings.Trim(name[1:s6dir.TextSize], "0123456789abcdefABCDEF") == ""
}

// trim removes the oldest archives, down to how many and how much may stay.
func (d *logdir) trim(names []string) {
	kept, size := uint64(0), uint64(0)
	for _, name := range slices.Backward(names) {
		if st, err := d.stat(name); err == nil {
			size += uint64(max(st.Size, 0))
		}
		if kept < d.count && (d.total == 0 || size <= d.total) {
			kept++
			continue
		}
		if err := d.remove(name); err != nil {
			d.l.warn("unable to unlink %s/%s: %s", d.path, name, chain.Reason(err))
		}
	}
}
