package fsx

import (
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// stampSteps are two steps of the coarsest clock that a kernel has (CONFIG_HZ=100).
const stampSteps = 20 * time.Millisecond

// soleTries bounds what an attacker who never stops can cost.
const soleTries = 5

// Sole proves that the pinned entry has one name, and that it is the one it was found by: [ErrHardlink] if there are
// more, [ErrVanished] if the name leads elsewhere or never rests.
//
// A link count of 1 can lie: who links a foreign file into the volume and, once it is pinned, removes that name again leaves a pin
// whose one link is elsewhere. To see the name and the count isn't enough either, in any order, as both can change in between.
// But each link and unlink sets ctime, which nobody can set back (utimensat(2) sets it to now). So the count is 1, the
// name leads here, the count is 1, and ctime has stood still meanwhile, so long that a change would have moved it. (A file
// system that stamps whole seconds, as ext3 did, can still be fooled within one.)
func (e *Entry) Sole() error {
	if err := e.soleName(); err != nil {
		return fail("look at", e.path, err)
	}
	return nil
}

func (e *Entry) soleName() error {
	first, err := e.settled()
	if err != nil {
		return err
	}
	return e.soleSince(first, func() (Info, error) {
		if err := e.leadsHereAtRest(); err != nil {
			return Info{}, err
		}
		return stat(e.fd, "")
	})
}

// soleSince is that proof, from a look that was settled on. leads finds out that the name leads here, and then looks again.
func (e *Entry) soleSince(first Info, leads func() (Info, error)) (err error) {
	for range soleTries {
		if first.Nlink != 1 {
			return ErrHardlink
		}
		if e.info, err = leads(); err != nil {
			return err
		}
		if e.info.Nlink == 1 && e.info.Ctime.Equal(first.Ctime) {
			return nil
		}
		if first, err = e.settled(); err != nil {
			return err
		}
	}
	return ErrVanished
}

// settled looks when ctime is no longer what a change would set it to now. The kernel stamps with its coarse clock, which moves by 1 to
// 10 ms: two changes within one step are told apart only from 6.13 on, where a stamp that was looked at is never used
// again. A stamp may also be of the step that began since the clock was read. One that lies farther ahead is of a network file
// system's, whose clock is another machine's: there is nothing to wait for.
func (e *Entry) settled() (Info, error) {
	for {
		now, err := coarseClock()
		if err != nil {
			return Info{}, err
		}
		in, err := stat(e.fd, "")
		if err != nil || stamped(in.Ctime, now) {
			return in, err
		}
		<-time.After(time.Millisecond)
	}
}

// stamped says whether a change now, or later, would give another stamp than this one.
func stamped(ctime, now time.Time) bool {
	ahead := ctime.Sub(now)
	return ahead < 0 || ahead > stampSteps
}

func coarseClock() (time.Time, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now); err != nil {
		return time.Time{}, err
	}
	return time.Unix(now.Unix()), nil
}

// leadsHereAtRest is leadsHere once no unlink of the name is under way: the kernel lowers the count first and forgets the name
// last (vfs_unlink, d_delete), and a look-up that comes in between still finds it. It holds the directory's lock from the
// one to the other, and reading the directory takes that lock.
func (e *Entry) leadsHereAtRest() error {
	dir, base := path.Split(e.name)
	if base == "" || base == "." { // the directory itself has no name here
		return e.leadsHere()
	}
	up, err := openDir(e.at, path.Clean(dir))
	if err == nil {
		defer func() { _ = unix.Close(up) }()
		err = rest(up)
	}
	fd := -1
	if err == nil {
		fd, err = open(up, base, pinFlags)
	}
	if oneOf(err, unix.ENOENT, unix.ENOTDIR, ErrSymlink, ErrMount) {
		return ErrVanished
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return identical(e.fd, fd)
}

// rest waits for the changes of names that are under way in a directory.
func rest(dir int) error {
	fd, err := openToRead(dir)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	r := &names{fd: fd, buf: make([]byte, 1024)}
	_, _, err = r.next()
	return err
}

func (e *Entry) leadsHere() error {
	fd, err := open(e.at, e.name, pinFlags)
	if oneOf(err, unix.ENOENT, unix.ENOTDIR, ErrSymlink, ErrMount) {
		return ErrVanished
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return identical(e.fd, fd)
}
