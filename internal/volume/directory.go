package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// Directory finds the volume and opens it, making its directory and what is missing above as whoever berth is: in a container
// root, whose parents these are. Without a volume in the spec it does nothing, and neither do the later phases.
func Directory() boot.Phase { return boot.Func("directory", directory) }

func directory(_ context.Context, r *boot.Run) error {
	w := r.World
	w.Path, w.Volume = "", nil
	dir := w.Spec.Volume.Path.Expand(w.Lookup)
	if w.Spec.Volume.Path == "" {
		if dir = optional(w.Spec.Volume.Optional); dir == "" {
			return nil
		}
	}
	dir, err := allowed(dir)
	if err != nil {
		return err
	}
	if err := apart(w, dir); err != nil {
		return err
	}
	w.Path = dir
	d, err := fsx.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if d, err = makeVolume(r, dir); err != nil {
			return cannotMake(dir, err)
		}
	}
	if err != nil {
		return cannotOpen(dir, err)
	}
	w.Volume = d
	w.OnClose(d.Close)
	return nil
}

// optional picks the volume of an image that has no spec: what is mounted, else what is there.
func optional(dirs []string) string {
	there := ""
	for _, dir := range dirs {
		d, err := fsx.Open(dir)
		if err != nil {
			continue
		}
		in, err := d.Info()
		_ = d.Close()
		if err == nil && in.MountPoint {
			return dir
		}
		if there == "" {
			there = dir
		}
	}
	return there
}

func makeVolume(r *boot.Run, dir string) (*fsx.Dir, error) {
	var refused error
	_, err := r.Do(boot.Step{Target: dir, Verb: "mkdir", After: mode(0o755), Why: "the volume's directory is missing"}, func() error {
		if _, refused = fsx.MakeAll(dir, 0o755); refused != nil {
			return boot.ErrMoot // it ends the boot, and is told once
		}
		return nil
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	if r.Planning() {
		return fsx.Empty(dir), canMake(r.World, dir)
	}
	return fsx.Open(dir)
}

// canMake foresees, in a plan, whether a boot could make a directory.
func canMake(w *boot.World, dir string) error {
	for w.EUID != 0 && dir != "/" {
		dir = filepath.Dir(dir)
		d, err := fsx.Open(dir)
		if errors.Is(err, fsx.ErrSymlink) {
			return nil // a link above is the image's own: let the boot try
		}
		if err == nil {
			err = d.Writable()
			_ = d.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// allowed gives the cleaned path of a volume, or why no volume may be there: the volume's top is handed to the app's user.
func allowed(dir string) (string, error) {
	const hint = "give a directory of its own, such as /data, in volume.path or in the variable that it names"
	if strings.TrimSpace(dir) == "" {
		return "", boot.Failf(codeBerth, hint, "volume path is empty")
	}
	if !filepath.IsAbs(dir) {
		return "", boot.Failf(codeBerth, hint, "volume %q: it is not an absolute path", dir)
	}
	if strings.ContainsRune(dir, 0) {
		return "", boot.Failf(codeBerth, hint, "volume %q: a path has no zero bytes", dir)
	}
	dir = filepath.Clean(dir)
	if systemDir(dir) {
		return "", boot.Failf(codeBerth, hint, "volume %q: it is a system directory", dir)
	}
	return dir, nil
}

// apart refuses a volume that is, holds or lies in a directory from which programs are run: the app could then put its own
// in the place of what root runs by name (docker exec). Directories that the spec itself puts on the volume don't count.
func apart(w *boot.World, dir string) error {
	programs := strings.Split(boot.SafePath, ":")
	for _, text := range w.Spec.Env.Path {
		if !strings.Contains(string(text), "$") {
			programs = append(programs, string(text))
		}
	}
	if w.Spec.Main.Program != "" {
		programs = append(programs, filepath.Dir(w.Spec.Main.Program))
	}
	for _, p := range programs {
		if p = filepath.Clean(p); within(p, dir) || within(dir, p) {
			return boot.Failf(codeBerth, "give a directory of its own, such as /data", "volume %q: programs are run from %s", dir, p)
		}
	}
	if tree := w.Spec.Install.Path; tree != "" && within(filepath.Clean(tree), dir) {
		return boot.Failf(codeBerth, "give a directory of its own, such as /data", "volume %q: the app's own tree %s lies there", dir, tree)
	}
	return nil
}

// systemDir says whether handing a directory to the app's user would hand it the container.
func systemDir(dir string) bool {
	top, below, deeper := strings.Cut(strings.TrimPrefix(dir, "/"), "/")
	switch top {
	case "proc", "sys", "dev", "boot", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32":
		return true
	case "usr":
		switch below {
		case "", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share", "local", "src",
			"local/bin", "local/sbin", "local/lib":
			return true
		}
	case "var":
		switch below {
		case "", "lib", "run", "log", "cache", "tmp", "spool":
			return true
		}
	case "", "home", "root", "run", "tmp", "opt":
		return !deeper
	}
	return false
}

func cannotMake(dir string, err error) error {
	if errors.Is(err, fsx.ErrKind) || errors.Is(err, fsx.ErrSymlink) {
		return cannotOpen(dir, err)
	}
	hint := "make the directory in the image, or mount a volume there"
	switch {
	case errors.Is(err, syscall.EROFS):
		hint = "the root file system is read-only: " + hint
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		hint = "berth isn't root here: " + hint
	}
	return boot.Fail(codeBerth, fmt.Errorf("make volume %q: %w", dir, err), hint)
}

func cannotOpen(dir string, err error) error {
	hint := "mount the volume on a directory, or name another one"
	in, lerr := os.Lstat(dir)
	switch {
	case errors.Is(err, fsx.ErrSymlink):
		hint = "berth follows no links here: name the directory that the link leads to, or mount the volume there"
		if to, rerr := os.Readlink(dir); rerr == nil {
			err = fmt.Errorf("it is a symbolic link to %q: %w", to, fsx.ErrSymlink)
		}
	case errors.Is(err, fsx.ErrKind) && lerr == nil && in.Mode().IsRegular():
		err = fmt.Errorf("it is a file, not a directory: %w", fsx.ErrKind)
		hint = "a file was mounted or made there; mount a directory (docker makes one of a path that doesn't exist)"
	case errors.Is(err, fsx.ErrKind) && lerr == nil && in.Mode()&fs.ModeNamedPipe != 0:
		err = fmt.Errorf("it is a FIFO, not a directory: %w", fsx.ErrKind)
	case errors.Is(err, fsx.ErrKind):
		err = fmt.Errorf("it is not a directory: %w", fsx.ErrKind)
	}
	return boot.Fail(codeBerth, fmt.Errorf("open volume %q: %w", dir, err), hint)
}
