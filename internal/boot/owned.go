package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/fsx"
)

const ownHint = "make the program and every directory above it root's own and writable by nobody else (chown root, chmod go-w)"

func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// rootsOwn follows an absolute path below root, component by component, and proves that nobody but root could have put
// anything else there: every directory, link and the file at the end is root's, and no directory or file is writable by
// others. It gives the path without links, joined to root's own, which therefore stays true. A group's right to write
// counts as others': a group of root's may have members.
func rootsOwn(root *fsx.Dir, program string) (string, error) {
	refuse := func(at, why string) (string, error) {
		return "", Fail(125, fmt.Errorf("%s %s", Word(at), why), ownHint)
	}
	way, err := fsx.Follow(path.Clean("/"+program), func(shown string, last bool) (string, error) {
		at := strings.TrimPrefix(shown, "/")
		in, err := across(root, at)
		if err != nil {
			return "", err
		}
		switch {
		case in.UID != 0:
			return refuse(shown, fmt.Sprintf("belongs to uid %d, not to root", in.UID))
		case in.Kind != fsx.Symlink && in.Perm&0o022 != 0:
			return refuse(shown, fmt.Sprintf("may be written by others than root (%04o)", in.Perm))
		case in.Kind == fsx.Symlink:
			return linkAt(root, at)
		case in.Kind == fsx.Directory && last:
			return refuse(shown, "is a directory")
		case in.Kind == fsx.Directory:
		case in.Kind != fsx.Regular || !last:
			return "", fmt.Errorf("open %s: %w", Word(shown), syscall.ENOTDIR)
		case in.Perm&0o111 == 0:
			return "", fmt.Errorf("run %s: %w", Word(shown), syscall.EACCES)
		}
		return "", nil
	})
	if errors.Is(err, syscall.ELOOP) {
		err = fmt.Errorf("follow %s: %w", Word(program), err)
	}
	if err != nil {
		return "", err
	}
	return path.Join(root.Path(), way), nil
}

// across looks at a name below root, over mounts too: what an operator mounted there is as trusted as the image, if it is
// root's own all the way.
func across(root *fsx.Dir, at string) (fsx.Info, error) {
	dir, name, err := nearest(root, at)
	if err != nil {
		return fsx.Info{}, err
	}
	defer func() { _ = dir.Close() }()
	if name == "" {
		return dir.Info()
	}
	return dir.Peek(name)
}

func linkAt(root *fsx.Dir, at string) (string, error) {
	dir, name, err := nearest(root, at)
	if err != nil {
		return "", err
	}
	defer func() { _ = dir.Close() }()
	return dir.Readlink(name)
}

// nearest opens the directory that holds a name, component by component, and gives the name's last component. No
// component of the way is a link: the caller has followed them.
func nearest(root *fsx.Dir, at string) (*fsx.Dir, string, error) {
	dir, err := root.Sub("")
	if err != nil || at == "" {
		return dir, "", err
	}
	parts := strings.Split(at, "/")
	for _, part := range parts[:len(parts)-1] {
		next, err := dir.Mount(part)
		_ = dir.Close()
		if err != nil {
			return nil, "", err
		}
		dir = next
	}
	return dir, parts[len(parts)-1], nil
}
