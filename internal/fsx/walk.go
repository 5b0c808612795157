package fsx

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// maxDepth bounds the open descriptors and buffers of a walk (one of each a level): an attacker makes a hundred thousand nested
// directories in a second. PATH_MAX leaves no program more than 2048 levels at once; real trees have a few dozen.
const maxDepth = 256

// walkBuffer holds about a thousand names; 256 of them are 8 MiB.
const walkBuffer = 32 << 10

// Found is what a walk came by. It is good only until visit returns; Pin gives what may live longer.
type Found struct {
	Path string // below the directory that is walked; from outside
	Info Info
	Skip error // why it isn't walked below: ErrMount, ErrTooDeep, or the kernel's reason

	at *spot
}

// spot is where the walk stands: the directory that is being read, and the name.
type spot struct {
	dir  int
	name string
	path string // for words
	pin  *Entry // of a directory from the start, of another entry once it is changed
	seen Info   // the last look, ours included
}

// Walk visits everything below the directory, not the directory itself: an entry before what is in it, in the
// directory's own order. It follows no link and crosses no mount; what vanished meanwhile is skipped. visit may return
// fs.SkipDir and fs.SkipAll; what else it returns ends the walk, and so does ctx. A directory that turns out unreadable
// after its visit is visited once more, with Skip. Memory and descriptors are bounded by
// [ErrTooDeep]; time isn't, as the tree may grow while it is walked: ctx is for that.
func (d *Dir) Walk(ctx context.Context, visit func(Found) error) error {
	if d.empty {
		return nil
	}
	home, err := mountOf(d.fd)
	if err != nil {
		return fail("walk", d.path, err)
	}
	fd, err := openToRead(d.fd)
	if err != nil {
		return fail("walk", d.path, err)
	}
	w := &walker{ctx: ctx, visit: visit, home: home, words: d.path}
	err = w.below(fd, "", 1)
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

type walker struct {
	ctx   context.Context //nolint:containedctx // it lives exactly as long as the call to Walk
	visit func(Found) error
	home  mount
	words string
	spare [][]byte
}

// below visits what is in a directory, whose descriptor it closes.
func (w *walker) below(fd int, prefix string, depth int) error {
	defer func() { _ = unix.Close(fd) }()
	r := &names{fd: fd, buf: w.buffer()}
	defer func() { w.spare = append(w.spare, r.buf) }()
	for {
		if err := w.ctx.Err(); err != nil {
			return context.Cause(w.ctx)
		}
		name, kind, err := r.next()
		if name == "" {
			if oneOf(err, unix.ENOENT) { // removed while it is read
				err = nil
			}
			if err != nil {
				return fail("walk", w.words+"/"+prefix, err)
			}
			return nil
		}
		if err := w.entry(fd, name, prefix+name, kind, depth); err != nil {
			return err
		}
	}
}

func (w *walker) buffer() []byte {
	if n := len(w.spare); n > 0 {
		b := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return b
	}
	return make([]byte, walkBuffer)
}

func (w *walker) entry(dir int, name, path string, kind Kind, depth int) error {
	at := &spot{dir: dir, name: name, path: w.words + "/" + path}
	defer at.release()
	f := Found{Path: path, at: at}
	var err error
	if f.Info, err = at.look(kind); oneOf(err, unix.ENOENT) {
		return nil
	}
	f.Skip = err
	if f.Info.MountPoint || elsewhere(w.home, f.Info) {
		f.Skip = ErrMount
	}
	down := f.Info.Kind == Directory && f.Skip == nil
	if down && depth == maxDepth {
		f.Skip, down = ErrTooDeep, false
	}
	at.seen = f.Info
	if err := w.visit(f); err != nil || !down {
		return notSkipped(err)
	}
	// Opened only now: visit may just have healed a mode that kept even its owner out.
	fd, err := openToRead(at.pin.fd)
	if oneOf(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		f.Info, f.Skip = at.pin.info, err
		return notSkipped(w.visit(f))
	}
	at.release()
	return w.below(fd, path+"/", depth+1)
}

func notSkipped(err error) error {
	if errors.Is(err, fs.SkipDir) {
		return nil
	}
	return err
}

// look sees what stands at the spot. A directory is pinned before it is looked at, so that what visit decides on is what
// the walk goes down into. With an error the kind is what the directory that is read says.
func (s *spot) look(kind Kind) (in Info, err error) {
	if kind != Directory && kind != Unknown {
		in, err = stat(s.dir, s.name)
		if err != nil {
			return Info{Kind: kind}, err
		}
		if in.Kind != Directory {
			return in, nil
		}
	}
	if s.pin, err = pin(s.dir, s.name, s.path); err == nil {
		return s.pin.info, nil
	}
	if in, serr := stat(s.dir, s.name); serr == nil {
		return in, err
	}
	return Info{Kind: kind}, err
}

// elsewhere compares mounts on a kernel that doesn't mark their roots. Devices can only be compared for directories:
// overlayfs gives files their layers' devices.
func elsewhere(home mount, in Info) bool {
	switch {
	case in.mount != 0 && home.id != 0:
		return in.mount != home.id
	case home.dev != 0 && in.Kind == Directory:
		return in.Dev != home.dev
	default:
		return false
	}
}

func (s *spot) release() {
	if s.pin != nil {
		_ = s.pin.Close()
		s.pin = nil
	}
}
