package rootfs

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// wildcards are what makes a pattern of a path.
const wildcards = `*?[\`

const lookHint = "the group isn't joined; check user.join-groups-of in the spec"

// A candidate is a socket or a device whose group the app may join.
type candidate struct {
	path string
	info fsx.Info
}

func (c candidate) socket() bool { return c.info.Kind == fsx.Socket }

// candidates gives what the spec's patterns match, in their order. Plain paths of one base name are places where one
// thing may be: the first that is a socket or a device counts. What is not there, and what is neither, is silent.
func candidates(r *boot.Run) []candidate {
	var all []candidate
	var seen []string // base names that are settled
	for _, pattern := range r.World.Spec.User.JoinGroupsOf {
		if !path.IsAbs(pattern) {
			r.Warn("write the path from the root on", "join-groups-of: %q is not absolute", pattern)
			continue
		}
		plain := !strings.ContainsAny(pattern, wildcards)
		base := path.Base(pattern)
		if plain && slices.Contains(seen, base) {
			continue
		}
		paths, err := expand(r.World.Root, path.Clean(pattern))
		if err != nil {
			r.Warn(lookHint, "join-groups-of: can't look for %q: %v", pattern, err)
		}
		for _, p := range paths {
			c, err := inspect(r.World.Root, p)
			switch {
			case err != nil && !silent(err):
				r.Warn(lookHint, "join-groups-of: %v", err)
			case err == nil && c.joinable():
				all = append(all, c)
				if plain {
					seen = append(seen, base)
				}
			}
		}
	}
	return all
}

func (c candidate) joinable() bool {
	return c.socket() || c.info.Kind == fsx.CharDevice || c.info.Kind == fsx.BlockDevice
}

func inspect(root *fsx.Dir, p string) (candidate, error) {
	l, err := reach(root, p)
	if err != nil {
		return candidate{}, err
	}
	l.close()
	return candidate{p, l.info}, nil
}

// silent says whether nothing stands at a path: also where a file stands in the way to it.
func silent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fsx.ErrKind)
}

// expand gives the paths that a clean, absolute pattern matches, sorted; a path without wildcards is itself. Names
// that begin with a dot are matched by a pattern that does so, as in glob(7).
func expand(root *fsx.Dir, pattern string) ([]string, error) {
	return below(root, "/", strings.Split(pattern, "/")[1:])
}

// below matches components below a directory, whose name is taken as it is.
func below(root *fsx.Dir, dir string, wild []string) ([]string, error) {
	for len(wild) > 0 && !strings.ContainsAny(wild[0], wildcards) {
		dir, wild = path.Join(dir, wild[0]), wild[1:]
	}
	if len(wild) == 0 {
		return []string{dir}, nil
	}
	if _, err := path.Match(wild[0], ""); err != nil {
		return nil, err
	}
	items, err := list(root, dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, it := range items {
		hidden := strings.HasPrefix(it.Name, ".") && !strings.HasPrefix(wild[0], ".")
		if ok, _ := path.Match(wild[0], it.Name); !ok || hidden {
			continue
		}
		deeper, err := below(root, path.Join(dir, it.Name), wild[1:])
		if err != nil {
			return nil, err
		}
		all = append(all, deeper...)
	}
	return all, nil
}

// list lists a directory of the image; one that is not there, or is none, holds nothing.
func list(root *fsx.Dir, at string) ([]fsx.Item, error) {
	l, err := reach(root, at)
	if silent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer l.close()
	dir, err := l.dir()
	if silent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	return dir.List()
}

// dockerGroup is what people look for when they ask who may talk to the engine.
func dockerGroup(c candidate) string {
	if c.socket() && path.Base(c.path) == "docker.sock" {
		return "hostdocker"
	}
	return ""
}
