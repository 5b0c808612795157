package fsx

import "golang.org/x/sys/unix"

// Pin pins what was found and looks again; [ErrVanished] if the name leads elsewhere by now. The entry is the caller's
// to close; its StillAt needs the visit to be still running.
func (f Found) Pin() (*Entry, error) {
	e, err := f.at.fresh()
	if err != nil {
		return nil, fail("look at", f.at.path, err)
	}
	if !e.info.same(f.Info) && !e.info.same(f.at.seen) {
		_ = e.Close()
		return nil, fail("look at", f.at.path, ErrVanished)
	}
	return e, nil
}

// Chown is [Entry.Chown] on what was found, if it still is what Info says: kind, owner, mode and links. Otherwise
// [ErrVanished], as the caller decided on what is no longer true.
func (f Found) Chown(uid, gid uint32) error {
	return f.at.change("chown", func(e *Entry) error { return e.Chown(uid, gid) })
}

// ChownSole is Chown on what is no directory and has this one name only, by the proof of [Entry.Sole].
func (f Found) ChownSole(uid, gid uint32) error {
	return f.at.change("chown", func(e *Entry) error {
		if err := e.Sole(); err != nil {
			return err
		}
		return e.Chown(uid, gid)
	})
}

// Chmod is [Entry.Chmod] on what was found, under the same condition as Chown.
func (f Found) Chmod(perm uint32) error {
	return f.at.change("chmod", func(e *Entry) error { return e.Chmod(perm) })
}

func (s *spot) fresh() (*Entry, error) {
	e, err := pin(s.dir, s.name, s.path)
	if oneOf(err, unix.ENOENT, unix.ENOTDIR) {
		err = ErrVanished
	}
	return e, err
}

func (s *spot) change(op string, how func(*Entry) error) error {
	if s.pin == nil {
		e, err := s.fresh()
		if err != nil {
			return fail(op, s.path, err)
		}
		s.pin = e
	}
	now, err := s.pin.Fresh()
	if err != nil {
		return err
	}
	if !now.unchanged(s.seen) {
		return fail(op, s.path, ErrVanished)
	}
	err = how(s.pin)
	s.seen = s.pin.info // a change of ours, a copy-up's new numbers included
	return err
}

// unchanged compares what a decision about owner or mode rests on. A directory's links count its directories, which come
// and go.
func (i Info) unchanged(was Info) bool {
	return i.same(was) && i.UID == was.UID && i.GID == was.GID && i.Perm == was.Perm &&
		(i.Nlink == was.Nlink || i.Kind == Directory)
}
