package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// maxSeed bounds a seed in bytes.
const maxSeed = 16 << 20

// source gives what a seed holds, and where it is from in words that show none of it.
func source(w *boot.World, s spec.Seed) (data []byte, from string, err error) {
	switch {
	case s.FromEnv != "":
		value, _ := w.Lookup(s.FromEnv)
		return []byte(value), "the variable " + s.FromEnv, nil
	case s.Content != nil:
		return []byte(*s.Content), "the spec", nil
	}
	file := s.From
	if !path.IsAbs(file) {
		file = path.Join(w.Spec.Install.Path, file)
	}
	data, err = readImage(w, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, file, fmt.Errorf("its source %s is missing", boot.Word(file))
	}
	return data, file, err
}

// readImage reads a file of the image: with the app user's rights, because directories on the way may be the app's, and
// a link or a hard link there would lead root to what only root may read. A file that only root may read, as a build under umask 077
// leaves it, is read by root if it is root's own, has no other name, and no link is on the way.
func readImage(w *boot.World, file string) (data []byte, err error) {
	name := strings.TrimPrefix(path.Clean(file), "/")
	var fallback error
	read := func() error {
		data, _, fallback = w.Root.Read(name, maxSeed)
		if errors.Is(fallback, fsx.ErrSymlink) || errors.Is(fallback, fsx.ErrMount) {
			// /usr/share may be a link or a mount in an image; with the app's rights that does no harm.
			data, fallback = readPath(path.Join(w.Root.Path(), name))
		}
		return fallback
	}
	if w.Actor == nil { // a plan: only whether it is there counts
		err = read()
	} else {
		err = w.AsApp(read)
	}
	if !errors.Is(err, fs.ErrPermission) || w.EUID != 0 {
		return data, err
	}
	e, lerr := w.Root.Look(name)
	if lerr != nil {
		return nil, lerr
	}
	defer func() { _ = e.Close() }()
	data, in, rerr := w.Root.Read(name, maxSeed)
	if rerr != nil {
		return nil, rerr
	}
	// What was read must be what is proven: the directory may be the app's.
	if pin := e.Info(); pin.UID != 0 || in.Dev != pin.Dev || in.Ino != pin.Ino || e.Sole() != nil {
		return nil, err
	}
	return data, nil
}

func readPath(file string) ([]byte, error) {
	at, err := filepath.EvalSymlinks(path.Dir(file))
	if err != nil {
		return nil, err
	}
	dir, err := fsx.Open(at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	data, _, err := dir.Read(path.Base(file), maxSeed)
	return data, err
}
