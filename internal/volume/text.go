package volume

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// A textFile is a small file of the volume as it stands, or would stand by now.
type textFile struct {
	name   string
	data   []byte
	perm   uint32
	deny   error // why the app can't write it
	none   bool  // it isn't there
	linked bool  // it has other names
	limit  int64 // how much of it is read
}

// readText reads a file; perm is the mode that a new one gets, unless the spec lists another.
func readText(r *boot.Run, name string, perm uint32, limit int64) (textFile, error) {
	w := r.World
	f := textFile{name: name, perm: perm, limit: limit}
	if m, ok := listedMode(w, name); ok {
		f.perm = m
	}
	if laid(r, name) {
		f.data = w.Laid[name]
		return f, nil
	}
	at, err := reach(w, name)
	if err != nil {
		return f, err
	}
	defer at.close()
	data, in, err := read(w, at, limit)
	if errors.Is(err, fs.ErrNotExist) {
		f.none = true
		return f, nil
	}
	if err != nil {
		return f, err
	}
	f.data, f.linked = data, in.Nlink > 1
	if _, listed := listedMode(w, name); r.Planning() && listed && willOwn(r, name, in) {
		return f, nil // Modes would have restored it by now
	}
	f.perm = in.Perm
	if willOwn(r, name, in) {
		in.UID, in.GID = w.Identity.UID, w.Identity.GID
	}
	// An atomic replace asks the directory, not the file. Who took the right to write away meant it.
	f.deny = in.Usable(w.Identity.UID, w.Identity.GID, w.Identity.Groups)
	return f, nil
}

// put puts new content in the place of the file's, as the app's user and in one step; cause says why it couldn't. What comes
// right before it in a boot may be given, and keeps it from coming by an error: see [fsx.Dir.ReplaceIf].
func (f textFile) put(r *boot.Run, s boot.Step, data []byte, still func() error) (ok bool, cause, err error) {
	w := r.World
	if f.deny != nil {
		return false, f.deny, nil
	}
	if err := admits(r, path.Dir(f.name)); err != nil {
		return false, err, nil
	}
	ok, err = r.Do(s, func() error {
		at, err := reach(w, f.name)
		if err != nil {
			return err
		}
		defer at.close()
		cause = w.AsApp(func() error { return at.dir.ReplaceIf(at.name, data, attr(w, f.perm), still) })
		if cause != nil {
			return boot.ErrMoot
		}
		return nil
	})
	if ok {
		lay(r, f.name, data)
	}
	return ok, cause, err
}

// unchanged says that a file still holds what was read: another container's app may be writing it.
func (f textFile) unchanged(r *boot.Run) error {
	now, err := readText(r, f.name, f.perm, f.limit)
	if err == nil && (now.none != f.none || now.linked != f.linked || !bytes.Equal(now.data, f.data)) {
		return fsx.ErrVanished
	}
	return err
}

// safe says whether a file that was read may be replaced: one with other names may be anybody's.
func (f textFile) safe() error {
	if f.linked {
		return fsx.ErrHardlink
	}
	return nil
}

// couldNotPut tells why a file stays as it is. The app starts all the same: only a bug ends a boot.
func couldNotPut(r *boot.Run, verb, name string, err error) error {
	hint, how := "let the app's user read and write "+boot.Word(name), ""
	switch {
	case errors.Is(err, fsx.ErrFrozen):
		return err
	case errors.Is(err, fsx.ErrSymlink):
		r.Refuse(verb, name, err)
		return nil
	case errors.Is(err, fsx.ErrKind):
		hint, how = "put a regular file in its place, or nothing", "unsafe: "
	case errors.Is(err, fsx.ErrHardlink):
		hint, how = "put a copy of the file in its place (cp -a FILE TMP, mv TMP FILE)", "unsafe: "
	case errors.Is(err, fsx.ErrTooBig):
		hint, how = "move it away: no file of this kind is that large", "unsafe: "
	case errors.Is(err, fsx.ErrMount):
		hint = "mount the directory and not the single file, or change it on the host"
	case errors.Is(err, fsx.ErrVanished):
		hint = "the next boot looks again"
	case errors.Is(err, fs.ErrNotExist):
		hint = "list its directory below volume.dirs"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = "make room on the volume's file system"
	case errors.Is(err, syscall.EROFS):
		hint = "mount the volume writable"
	}
	r.Warn(hint, "%s %s: %s%s", verb, boot.Word(name), how, boot.Cause(err))
	return nil
}
