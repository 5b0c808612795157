package hermes

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// maxLinks is what the kernel follows (path_resolution(7)).
const maxLinks = 40

// errOutside refuses a link that leads off the volume.
var errOutside = errors.New("refusing to copy through a symlinked path that leads off the volume")

// resolve finds what a name below the volume leads to, links and all, without ever opening one: each component is
// looked at through the volume's handle, and what a link says is put in its place.
func (c *copier) resolve(name string) (real string, in fsx.Info, err error) {
	todo, at := strings.Split(name, "/"), []string{}
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == ".." && len(at) == 0:
			return "", in, errOutside
		case part == "..":
			at = at[:len(at)-1]
			continue
		}
		full := path.Join(path.Join(at...), part)
		e, err := c.volume.Look(full)
		if err != nil {
			return "", in, err
		}
		in = e.Info()
		_ = e.Close()
		if in.Kind != fsx.Symlink {
			at = append(at, part)
			continue
		}
		if links++; links > maxLinks {
			return "", in, fsx.ErrSymlink
		}
		to, err := c.volume.Readlink(full)
		if err != nil {
			return "", in, err
		}
		if strings.HasPrefix(to, "/") {
			rest, ok := strings.CutPrefix(path.Clean(to)+"/", strings.TrimSuffix(c.volume.Path(), "/")+"/")
			if !ok {
				return "", in, errOutside
			}
			to, at = rest, nil
		}
		todo = append(strings.Split(to, "/"), todo...)
	}
	if len(at) == 0 {
		at = []string{"."}
	}
	real = path.Join(at...)
	e, err := c.volume.Look(real)
	if err != nil {
		return "", in, err
	}
	defer func() { _ = e.Close() }()
	if e.Info().Kind == fsx.Symlink {
		return "", in, fs.ErrNotExist // swapped meanwhile
	}
	return real, e.Info(), nil
}
