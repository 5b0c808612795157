package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// A file of the volume as it stands, or as a boot would find it by now.
type file struct {
	name    string
	data    []byte
	perm    uint32
	none    bool  // it isn't there
	mounted bool  // it is a mount point itself: it can be read, and not be replaced
	shut    error // why the app couldn't read it: what berth has read may be looked at, and never given out
	deny    error // why the app couldn't write it
}

// read reads a file of the volume.
func read(r *boot.Run, name string, limit int64) (file, error) {
	w := r.World
	f := file{name: name, perm: 0o600}
	if data, ok := w.Laid[name]; ok && r.Planning() {
		f.data = data
		return f, nil
	}
	var in fsx.Info
	shut, err := asApp(w, func() error {
		return inDir(w, path.Dir(name), func(dir *fsx.Dir) (err error) {
			f.data, in, err = dir.Read(path.Base(name), limit)
			return err
		})
	})
	if errors.Is(err, fsx.ErrMount) && w.AsApp(func() error { return nil }) == nil {
		// People mount a single file. Who reads it here has no more rights than the app has.
		err = w.AsApp(func() error {
			return inDir(w, path.Dir(name), func(dir *fsx.Dir) (err error) {
				f.data, in, err = dir.ReadMount(path.Base(name), limit)
				return err
			})
		})
		f.mounted = true
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.none = true
		return f, nil
	case err != nil:
		return f, err
	}
	f.perm = in.Perm
	f.deny = usable(r, name, in)
	if f.shut = shut; r.Planning() {
		in.Perm |= 0o222
		f.shut = usable(r, name, in)
	}
	return f, nil
}

// unchanged says that a file still holds what was read.
func (f file) unchanged(r *boot.Run, limit int64) error {
	now, err := read(r, f.name, limit)
	if err == nil && (now.none != f.none || !bytes.Equal(now.data, f.data)) {
		err = f.meanwhile()
	}
	return err
}

var errMeanwhile = errors.New("was changed meanwhile")

func (f file) meanwhile() error { return fmt.Errorf("%s %w", f.name, errMeanwhile) }

// write puts a file in place as the app's user, in one step, if it still holds what was read: somebody may be editing it.
func (f file) write(w *boot.World, data []byte) error {
	dir, done, err := openDir(w, path.Dir(f.name))
	if err != nil {
		return err
	}
	defer done()
	base := path.Base(f.name)
	return w.AsApp(func() error {
		return dir.ReplaceIf(base, data, attr(w, f.perm), func() error {
			now, _, err := dir.Read(base, maxBackup)
			if gone := errors.Is(err, fs.ErrNotExist); gone != f.none || err == nil && !bytes.Equal(now, f.data) {
				return f.meanwhile()
			} else if gone {
				return nil
			}
			return err
		})
	})
}

// restore puts back what was read, whatever stands there now: a file, or nothing.
func (f file) restore(w *boot.World) error {
	dir, done, err := openDir(w, path.Dir(f.name))
	if err != nil {
		return err
	}
	defer done()
	base := path.Base(f.name)
	return w.AsApp(func() error {
		data, in, err := dir.Read(base, maxBackup)
		switch {
		case f.none && errors.Is(err, fs.ErrNotExist):
			return nil
		case f.none:
			return dir.Remove(base)
		case err == nil && bytes.Equal(data, f.data) && in.Perm == f.perm:
			return nil
		case errors.Is(err, fsx.ErrSymlink), errors.Is(err, fsx.ErrKind):
			if err := dir.Remove(base); err != nil {
				return err
			}
		}
		return dir.Replace(base, f.data, attr(w, f.perm))
	})
}

func attr(w *boot.World, perm uint32) fsx.Attr {
	return fsx.Attr{UID: w.Identity.UID, GID: w.Identity.GID, Mode: perm, Owner: true}
}

// openDir opens a directory of the volume. It crosses only the mount points that the spec names: people mount backups apart.
func openDir(w *boot.World, name string) (dir *fsx.Dir, done func(), err error) {
	err = asNeeded(w, func() error { dir, err = sub(w, name); return err })
	if err != nil {
		return nil, nil, err
	}
	return dir, func() { _ = dir.Close() }, nil
}

// sub is openDir with the rights of the calling thread.
func sub(w *boot.World, name string) (*fsx.Dir, error) {
	dir, err := w.Volume.Sub(name)
	if errors.Is(err, fsx.ErrMount) {
		return across(w, name)
	}
	return dir, err
}

func across(w *boot.World, name string) (*fsx.Dir, error) {
	at, err := w.Volume.Sub("")
	if err != nil {
		return nil, err
	}
	so := ""
	for part := range strings.SplitSeq(name, "/") {
		so = path.Join(so, part)
		next, err := at.Sub(part)
		if errors.Is(err, fsx.ErrMount) && named(w, so) {
			next, err = at.Mount(part)
		}
		_ = at.Close()
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

func named(w *boot.World, dir string) bool {
	is := func(s string) bool { return path.Clean(s) == dir }
	v := w.Spec.Volume
	return slices.ContainsFunc(v.Own.Trees, is) || slices.ContainsFunc(v.Dirs, is)
}

// asApp reads as the app's user: a hard link on the volume may lead to a file that only root may read, and it may be
// exchanged at any moment. Where that isn't enough it looks as berth is; shut says why.
func asApp(w *boot.World, f func() error) (shut, err error) {
	if w.Actor == nil { // a plan, or no root
		return nil, f()
	}
	if err = w.AsApp(f); errors.Is(err, fs.ErrPermission) {
		return err, f()
	}
	return nil, err
}

// inDir calls f with a directory of the volume, with the rights of the calling thread.
func inDir(w *boot.World, name string, f func(*fsx.Dir) error) error {
	dir, err := sub(w, name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return f(dir)
}

// asNeeded looks as berth is, and where that isn't enough as the app's user.
func asNeeded(w *boot.World, f func() error) error {
	err := f()
	if errors.Is(err, fs.ErrPermission) && w.Actor != nil {
		return w.AsApp(f)
	}
	return err
}

// usable says whether the app could write what was seen: a plan foresees what a boot has handed over by now.
func usable(r *boot.Run, name string, in fsx.Info) error {
	w := r.World
	if r.Planning() && w.EUID == 0 && in.UID != w.Identity.UID && listedFor(w, name) && (in.Kind == fsx.Directory || in.Nlink == 1 || in.UID == uint32(w.Spec.User.UID) && in.UID != 0) {
		in.UID, in.GID = w.Identity.UID, w.Identity.GID
	}
	if m, ok := w.Spec.Volume.Modes[name]; ok && m.Set && r.Planning() && in.UID == w.Identity.UID {
		in.Perm = m.Perm
	}
	return in.Usable(w.Identity.UID, w.Identity.GID, w.Identity.Groups)
}

// listedFor says whether the spec says that a name belongs to the app's user.
func listedFor(w *boot.World, name string) bool {
	v := w.Spec.Volume
	in := func(top string) bool { top = path.Clean(top); return name == top || strings.HasPrefix(name, top+"/") }
	return name == "." || slices.ContainsFunc(v.Own.Trees, in) || slices.ContainsFunc(v.Own.Files, func(f string) bool { return path.Clean(f) == name })
}

// missing gives the directories that are to be made so that one is there, outermost first; an error says why they can't be.
func missing(r *boot.Run, dir string) ([]string, error) {
	w := r.World
	var all []string
	so := ""
	last := "."
	for part := range strings.SplitSeq(dir, "/") {
		if so = path.Join(so, part); len(all) > 0 {
			all = append(all, so)
			continue
		}
		if _, laid := w.Laid[so]; laid && r.Planning() {
			last = ""
			continue
		}
		_, done, err := openDir(w, so)
		if errors.Is(err, fs.ErrNotExist) {
			all = append(all, so)
			continue
		}
		if err != nil {
			return nil, err
		}
		done()
		last = so
	}
	if last == "" || len(all) == 0 {
		return all, nil
	}
	return all, writable(r, last)
}

// writable says whether the app could make something in a directory.
func writable(r *boot.Run, name string) error {
	if _, laid := r.World.Laid[name]; laid && r.Planning() {
		return nil
	}
	dir, done, err := openDir(r.World, name)
	if errors.Is(err, fs.ErrNotExist) && r.Planning() && name == "." {
		return nil // a boot would make the volume
	}
	if err != nil {
		return err
	}
	defer done()
	in, err := dir.Info()
	if err != nil {
		return err
	}
	return usable(r, name, in)
}

// makeDir makes a directory as the app's user; its parent is there.
func makeDir(w *boot.World, name string, perm uint32) error {
	dir, done, err := openDir(w, path.Dir(name))
	if err != nil {
		return err
	}
	defer done()
	err = w.AsApp(func() error { return dir.Mkdir(path.Base(name), attr(w, perm)) })
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// dirs answers which directories below one hold one of some files, and gives the first one's text. A link can't be looked
// behind; what it leads to may hold one, and is listed.
func dirs(r *boot.Run, under string, files []string) []Listed {
	var items []fsx.Item
	list := func(dir *fsx.Dir) (err error) { items, err = dir.List(); return err }
	if err := asNeeded(r.World, func() error { return inDir(r.World, under, list) }); err != nil {
		return nil
	}
	var all []Listed
	for _, item := range items[:min(len(items), 4*maxListed)] {
		if item.Kind == fsx.Symlink {
			all = append(all, Listed{Name: item.Name})
		}
		for _, name := range files {
			f, err := read(r, path.Join(under, item.Name, name), 64<<10)
			if err == nil && !f.none && f.shut == nil || errors.Is(err, fsx.ErrTooBig) {
				all = append(all, Listed{item.Name, f.data})
				break
			}
		}
	}
	return all
}

func owner(w *boot.World, perm uint32) string {
	return fmt.Sprintf("%04o %d:%d", perm, w.Identity.UID, w.Identity.GID)
}
