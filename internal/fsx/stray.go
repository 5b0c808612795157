package fsx

import (
	"time"

	"golang.org/x/sys/unix"
)

// A Stray is what a survey came by and what isn't as it should be. It is good only until Amiss returns.
type Stray struct {
	Info  Info
	Above Owner // of the directory that it lies in; nothing for the top
	Skip  error // why it isn't looked into: ErrMount, ErrTooDeep, or the kernel's reason

	w      *worker
	folder *folder
	name   []byte // in the folder, a NUL behind it; nil for the folder itself
}

// Path gives the way from the top of the survey, from outside; empty for the top itself.
func (s *Stray) Path() string {
	switch {
	case s.name == nil:
		return s.folder.path
	case s.folder.path == "":
		return string(s.name)
	}
	return s.folder.path + "/" + string(s.name)
}

func (s *Stray) words() string { return s.w.v.words + "/" + s.Path() }

// Pin pins what was found and looks again; [ErrVanished] if the name leads elsewhere by now.
func (s *Stray) Pin() (*Entry, error) {
	dir, name := s.folder.fd, "."
	if s.name != nil {
		name = string(s.name)
	}
	e, err := pin(dir, name, s.words())
	if oneOf(err, unix.ENOENT, unix.ENOTDIR) {
		err = ErrVanished
	}
	if err != nil {
		return nil, fail("look at", s.words(), err)
	}
	if !e.info.same(s.Info) {
		_ = e.Close()
		return nil, fail("look at", s.words(), ErrVanished)
	}
	return e, nil
}

// Own hands over what was found, if it still is what Info says: [ErrVanished] otherwise, and no change if somebody handed
// it over meanwhile. With sole it must have one name alone, and be found by that: see [Entry.Sole].
//
// An entry is pinned for that, looked at again through the pin and changed through it, which takes twice the time of a bare
// change. Only where the names of the directory are nobody's to change but root's while it is read, and have rested, is it
// changed by its name: what the look saw is then what the name leads to, and a count of one name means this one.
func (s *Stray) Own(uid, gid uint32, sole bool) (changed bool, err error) {
	if watched() {
		if err := change("chown", s.words()); err != nil {
			return false, fail("chown", s.words(), err)
		}
	}
	switch {
	case s.name == nil:
		if s.w.v.trusty && !s.folder.claimed && !claim(s.folder.fd, unix.LOCK_SH) {
			return false, fail("chown", s.words(), ErrBusy)
		}
		if s.folder.sealed { // its file system does what it says
			err = s.w.chownItself(s.folder.fd, uid, gid)
		} else {
			_, err = chownPin(s.folder.fd, uid, gid)
		}
		s.folder.taken = s.folder.taken && err != nil
	case s.folder.sealed:
		err = s.w.chown(s.folder.fd, s.name, uid, gid)
		if err != nil && oneOf(err, unix.ENOENT) {
			return false, nil
		}
	default:
		return s.ownPinned(uid, gid, sole)
	}
	if err != nil {
		return false, fail("chown", s.words(), err)
	}
	return true, nil
}

func (s *Stray) ownPinned(uid, gid uint32, sole bool) (bool, error) {
	var before time.Time
	if sole {
		var err error
		if before, err = coarseClock(); err != nil {
			return false, fail("look at", s.words(), err)
		}
	}
	e, err := s.Pin()
	if err != nil {
		return false, err
	}
	defer func() { _ = e.Close() }()
	switch {
	case e.info.UID == uid && e.info.GID == gid:
		return false, nil
	case !e.info.unchanged(s.Info):
		return false, fail("chown", s.words(), ErrVanished)
	}
	if sole && e.info.Kind != Directory {
		if err := s.soleHere(e, before); err != nil {
			return false, err
		}
	}
	if _, err := chownPin(e.fd, uid, gid); err != nil {
		return false, fail("chown", s.words(), err)
	}
	return true, nil
}

// soleHere is [Entry.Sole] of what was pinned after the given time, with a quarter of its calls: the directory is open and is
// being read, so that one more read of it waits for what changes there, and the look by name that finds out whether the
// name leads here counts the names last, as a look finds the inode first.
func (s *Stray) soleHere(e *Entry, before time.Time) error {
	w := s.w
	if !w.v.trusty || !stamped(e.info.Ctime, before) {
		return e.Sole()
	}
	err := e.soleSince(e.info, func() (Info, error) {
		if err := w.atRest(s.folder.fd); err != nil {
			return Info{}, err
		}
		if err := w.stat(s.folder.fd, s.name, 0); err != nil {
			if oneOf(err, unix.ENOENT) {
				err = ErrVanished
			}
			return Info{}, err
		}
		var in Info
		if in.fill(&w.st); !in.same(e.info) || in.MountPoint || elsewhere(w.v.home, in) {
			return Info{}, ErrVanished
		}
		return in, nil
	})
	if err != nil {
		return fail("look at", s.words(), err)
	}
	return nil
}

// restfulTime is how long no name of a directory may have changed before its entries are changed by their names; tests that
// attack the seal itself don't wait for it.
const restfulTime = 2 * time.Second

var restful time.Duration = restfulTime

// seal sees to it that names in a directory can't be swapped while it is read, if it isn't the app's.
//
// A directory of root's that others can't write is sealed as it is. One of somebody else's, who may be the app under its
// former uid, is made root's for the moment, since it is about to be handed over anyway: the kernel checks the right to
// change a name under the directory's lock, which chown takes too, so that behind it nobody is in the middle of a change.
// A group's right to write, and with it that of anybody in an ACL (whose mask the group's bits are), is not taken
// away: such a directory isn't sealed. Nor is the app's own, where single entries are amiss.
//
// Whoever hands the directory over lifts the seal: a look of another container, or this very one that came by another way,
// because a directory above was moved. So who seals a directory claims it for itself (flock(2)), and who hands one over shares
// the claim with its like, until the directory is closed.
//
// Against root itself there is no seal: it could mount something on a name between the look and the change. But names
// that somebody swaps all the time show in the directory's mtime, so that it must have rested.
func (w *worker) seal(d *folder) error {
	if !w.v.trusty || d.in.Kind != Directory || d.in.UID == w.v.s.UID || d.in.Perm&0o022 != 0 || !d.in.marks || time.Since(d.in.Mtime) < restful {
		return nil
	}
	if d.in.UID != 0 && d.path == "" && !w.v.s.Top {
		return nil // whether it will be handed over is the caller's to say
	}
	if d.claimed = w.claim(d.fd); !d.claimed {
		return nil
	}
	if d.in.UID != 0 {
		if watched() {
			if err := change("chown", w.v.words+"/"+d.path); err != nil {
				return err
			}
		}
		if err := w.chownItself(d.fd, 0, Keep); err != nil {
			return nil //nolint:nilerr // then its entries are pinned
		}
		d.taken = true
	}
	err := w.statItself(d.fd)
	d.sealed = err == nil && w.st.Uid == 0 && w.st.Mode&0o022 == 0
	return nil
}

// claim takes the lock of an open directory, which belongs to this opening of it: other threads and processes are kept out
// alike, and a kill lets it go. An app that takes it itself keeps its own directory from being handed over, or makes that
// slower. What can't be locked, as it couldn't be opened to be read, can't be sealed either.
func claim(fd, how int) bool { return !oneOf(flock(fd, how), ErrLocked) }

// giveBack undoes what seal did to a directory that was not handed over in the end.
func giveBack(d *folder) error {
	d.taken = false
	if now, err := stat(d.fd, ""); err != nil || now.UID != 0 {
		return err
	}
	return again(func() error { return unix.Fchown(d.fd, int(d.in.UID), -1) })
}
