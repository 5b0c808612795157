package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// byFile gives the variables that NAME_FILE may give by a file: what the spec seeds or reseeds from, mirrors, generates, or lists.
func byFile(s *spec.Spec) []string {
	names := slices.Clone(s.Env.FromFile)
	for _, seed := range s.Seed {
		if seed.FromEnv != "" {
			names = append(names, seed.FromEnv)
		}
	}
	for _, reseed := range s.Reseed {
		names = append(names, reseed.FromEnv)
	}
	for _, m := range s.Mirror {
		names = append(names, m.Keys...)
	}
	for _, g := range s.Generate {
		names = append(names, g.Key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fromFiles gives an environment in which files have given their values. Who reads may be root, and the volume is the
// app's own: a file there is refused, and so is a link on the way that lies there, as it would give the app what only root
// may read.
func fromFiles(env, names []string, volume string) (out, given []string, errs []error) {
	top, err := os.Stat(volume)
	if volume == "" || err != nil {
		top = nil // nothing lies there that could be read
	}
	return environ.FromFiles(env, names, func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			return nil, errors.New("it is no absolute path")
		}
		at, err := resolve(path, top)
		if err != nil {
			return nil, err
		}
		dir, err := fsx.Open(filepath.Dir(at))
		if err != nil {
			return nil, err
		}
		defer func() { _ = dir.Close() }()
		// An engine mounts each secret by itself.
		data, _, err := dir.ReadMount(filepath.Base(at), environ.MaxSecret)
		return data, err
	})
}

// maxLinks is the kernel's own bound.
const maxLinks = 40

// resolve follows a path step by step, as secrets of an orchestrator are links. No step may lie on the volume, by whatever
// name it is called: its top is told by what it is. Errors don't repeat the path.
func resolve(name string, volume fs.FileInfo) (string, error) {
	todo := strings.Split(name, "/")
	at := "/"
	for links := 0; ; {
		in, err := os.Lstat(at)
		switch {
		case err != nil:
			return "", bare(err)
		case volume != nil && os.SameFile(in, volume):
			return "", errors.New("it lies on the volume, which is the app's own")
		case in.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(at)
			if err != nil {
				return "", bare(err)
			}
			if links++; links > maxLinks {
				return "", syscall.ELOOP
			}
			if at = filepath.Dir(at); filepath.IsAbs(target) {
				at = "/"
			}
			todo = append(strings.Split(target, "/"), todo...)
		}
		for len(todo) > 0 && (todo[0] == "" || todo[0] == ".") {
			todo = todo[1:]
		}
		if len(todo) == 0 {
			return at, nil
		}
		at, todo = filepath.Join(at, todo[0]), todo[1:] // a ".." goes up from where the links have led
	}
}

func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
