package rootfs

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// maxLinks is how many links a look-up follows, as in path_resolution(7).
const maxLinks = 40

// errUntrusted says that a link was not followed.
var errUntrusted = errors.New("a link that somebody else than root may have made stands in the way")

// A look is something found below the image's root: its parent's handle, its name there, and what it is.
type look struct {
	parent *fsx.Dir
	name   string // empty: the root itself
	info   fsx.Info
}

func (l look) close() { _ = l.parent.Close() }

// dir opens what was found as a directory.
func (l look) dir() (*fsx.Dir, error) {
	if l.name == "" {
		return l.parent.Sub("")
	}
	return l.parent.Mount(l.name)
}

// reach looks at an absolute path of the image, across mounts: engines mount sockets one by one, and /dev is a file
// system of its own. /var/run is a link to /run in most images, so links are followed, but below the root and only
// where nobody but root could have laid them: else an app that owns a directory on the way would have itself joined
// to the group of any disk.
func reach(root *fsx.Dir, unsafePath string) (look, error) {
	at := path.Clean("/" + unsafePath)
	for range maxLinks {
		found, stop, err := descend(root, at)
		if err != nil {
			return look{}, err
		}
		if found.info.Kind != fsx.Symlink {
			return found, nil
		}
		at, err = follow(found, stop, at)
		found.close()
		if err != nil {
			return look{}, err
		}
	}
	return look{}, fmt.Errorf("look at %q: too many links", unsafePath)
}

// descend goes down to the end of a clean path or to the first link on it; stop is where in the path that ends.
func descend(root *fsx.Dir, at string) (found look, stop int, err error) {
	dir, err := root.Sub("")
	if err != nil {
		return look{}, 0, err
	}
	found = look{parent: dir}
	if at == "/" {
		found.info, err = dir.Info()
		return found, len(at), closeOn(err, dir)
	}
	for stop = 0; ; {
		name, _, more := strings.Cut(at[stop+1:], "/")
		stop += 1 + len(name)
		found = look{parent: dir, name: name}
		if found.info, err = dir.Peek(name); err != nil {
			return look{}, 0, closeOn(err, dir)
		}
		if !more || found.info.Kind == fsx.Symlink {
			return found, stop, nil
		}
		next, err := dir.Mount(name)
		_ = dir.Close()
		if err != nil {
			return look{}, 0, err
		}
		dir = next
	}
}

func closeOn(err error, dir *fsx.Dir) error {
	if err != nil {
		_ = dir.Close()
	}
	return err
}

// follow gives the path that a link makes of one.
func follow(link look, stop int, at string) (string, error) {
	in, err := link.parent.Info()
	if err != nil {
		return "", err
	}
	if in.UID != 0 || in.Perm&0o022 != 0 || link.info.UID != 0 {
		return "", fmt.Errorf("look at %q: %w", at[:stop], errUntrusted)
	}
	target, err := link.parent.Readlink(link.name)
	if err != nil {
		return "", err
	}
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(at[:stop]), target)
	}
	return path.Join("/", target, at[stop:]), nil
}
