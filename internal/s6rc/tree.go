package s6rc

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// maxSteps bounds how many links and ".." one path may go through; the kernel's own bound is 40 links.
const maxSteps = 40

var errSteps = errors.New("it leads through too many symbolic links")

// A tree is the image, as it looks to a program inside: a link that says /x is looked up below the image's root.
type tree struct{ root *fsx.Dir }

// A folder is an open directory of the image.
type folder struct {
	tree tree
	dir  *fsx.Dir
	path string // absolute; by the way that was asked for, links and all: for words
	real string // absolute, without links
	// strict: the directory may be the app user's, and no link is followed.
	strict bool
}

func (f folder) close() {
	if f.dir != f.tree.root {
		_ = f.dir.Close()
	}
}

// spot is where a path ends: a name in a directory. The root has an empty name.
type spot struct {
	in   folder
	base string
	info fsx.Info
}

// find follows a path to what is no link.
func (t tree) find(unsafePath string) (spot, error) {
	pending := strings.Split(unsafePath, "/")
	at, steps := folder{tree: t, dir: t.root, path: "/", real: "/"}, 0
	var name string
	var info fsx.Info
	for len(pending) > 0 {
		first := pending[0]
		pending = pending[1:]
		if first == "" || first == "." {
			continue
		}
		if name != "" { // more comes behind what was taken for the last one
			next, err := at.down(name, info)
			if err != nil {
				return spot{}, err
			}
			at, name = next, ""
		}
		again := ""
		if first == ".." {
			again = path.Dir(at.real)
		} else {
			in, err := at.dir.Peek(first)
			if err != nil {
				at.close()
				return spot{}, err
			}
			if in.Kind != fsx.Symlink {
				name, info = first, in
				continue
			}
			if again, err = at.dir.Readlink(first); err != nil {
				at.close()
				return spot{}, err
			}
			if !path.IsAbs(again) {
				again = at.real + "/" + again
			}
		}
		at.close()
		if steps++; steps > maxSteps {
			return spot{}, &fs.PathError{Op: "look at", Path: unsafePath, Err: errSteps}
		}
		pending = append(strings.Split(again, "/"), pending...)
		at = folder{tree: t, dir: t.root, path: "/", real: "/"}
	}
	return spot{in: at, base: name, info: info}, nil
}

// down opens a directory that was looked at, and closes the one that it is in.
func (f folder) down(name string, in fsx.Info) (folder, error) {
	defer f.close()
	if in.Kind != fsx.Directory {
		return folder{}, kindError(join(f.real, name), in.Kind)
	}
	d, err := f.dir.Mount(name) // directories are mounted over an image's
	if err != nil {
		return folder{}, err
	}
	return folder{tree: f.tree, dir: d, path: join(f.path, name), real: join(f.real, name)}, nil
}

// open opens a directory by its path.
func (t tree) open(unsafePath string) (folder, error) {
	s, err := t.find(unsafePath)
	if err != nil {
		return folder{}, err
	}
	f := s.in
	if s.base != "" {
		if f, err = s.in.down(s.base, s.info); err != nil {
			return folder{}, err
		}
	}
	f.path = unsafePath
	return f, nil
}

// look says what a path leads to.
func (t tree) look(unsafePath string) (fsx.Info, error) {
	s, err := t.find(unsafePath)
	if err != nil {
		return fsx.Info{}, err
	}
	defer s.in.close()
	if s.base == "" {
		return s.in.dir.Info()
	}
	return s.info, nil
}

// through gives where a name in the folder leads. keep: the spot's folder is this one, and isn't the caller's to close.
func (f folder) through(name string) (s spot, keep bool, err error) {
	in, err := f.dir.Peek(name)
	if err != nil {
		return spot{}, false, err
	}
	if in.Kind != fsx.Symlink || f.strict {
		return spot{in: f, base: name, info: in}, true, nil
	}
	s, err = f.tree.find(f.real + "/" + name)
	return s, false, err
}

// sub opens a directory in the folder.
func (f folder) sub(name string) (folder, error) {
	s, keep, err := f.through(name)
	if err != nil {
		return folder{}, err
	}
	if !keep {
		s.in.close()
		g, err := f.tree.open(f.real + "/" + name)
		g.path = join(f.path, name)
		return g, err
	}
	if s.info.Kind != fsx.Directory {
		return folder{}, kindError(join(f.path, name), s.info.Kind)
	}
	d, err := f.dir.Mount(name)
	if err != nil {
		return folder{}, err
	}
	return folder{tree: f.tree, dir: d, path: join(f.path, name), real: join(f.real, name), strict: f.strict}, nil
}

// look says what a name in the folder leads to.
func (f folder) look(name string) (fsx.Info, error) {
	s, keep, err := f.through(name)
	if err != nil {
		return fsx.Info{}, err
	}
	if keep {
		return s.info, nil
	}
	defer s.in.close()
	if s.base == "" {
		return s.in.dir.Info()
	}
	return s.info, nil
}

// read reads a regular file of at most max bytes in the folder. Nothing else is opened.
func (f folder) read(name string, max int64) ([]byte, error) {
	s, keep, err := f.through(name)
	if err != nil {
		return nil, err
	}
	if !keep {
		defer s.in.close()
	}
	if s.info.Kind != fsx.Regular {
		return nil, kindError(join(f.path, name), s.info.Kind)
	}
	data, _, err := s.in.dir.ReadMount(s.base, max)
	return data, err
}

// head reads the beginning of a regular file in the folder.
func (f folder) head(name string, max int) ([]byte, fsx.Info, error) {
	s, keep, err := f.through(name)
	if err != nil {
		return nil, fsx.Info{}, err
	}
	if !keep {
		defer s.in.close()
	}
	if s.info.Kind != fsx.Regular {
		return nil, fsx.Info{}, kindError(join(f.path, name), s.info.Kind)
	}
	return s.in.dir.Head(s.base, max)
}

// A wrongKind is what stands where a file should be.
type wrongKind struct {
	path string
	kind fsx.Kind
}

func kindError(path string, kind fsx.Kind) error { return &wrongKind{path, kind} }

func (e *wrongKind) Error() string { return "read " + e.path + ": it is a " + e.kind.String() }
func (e *wrongKind) Unwrap() error { return fsx.ErrKind }

func join(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }

// absent says that nothing is there, as opposed to something that can't be read.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
