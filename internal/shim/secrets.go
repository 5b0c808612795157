package shim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
)

// FromFiles gives an environment in which files have given their values. Who reads may be root, and the volume is the
// app's own: a file there is refused, and so is a link on the way that lies there, as it would give the app what only root
// may read.
func FromFiles(env, names []string, volume string) (out, given []string, errs []error) {
	top := sync.OnceValue(func() inode { // nothing may ask a volume that hangs before there is a reason to
		if volume == "" {
			return inode{}
		}
		in, _ := look(volume, 0) // where there is none, nothing lies there that could be read
		return in
	})
	return environ.FromFiles(env, names, func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			return nil, errors.New("it is no absolute path")
		}
		at, err := resolve(path, top())
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

// resolve follows a path step by step, as secrets of an orchestrator are links. No step may lie on the volume, by whatever
// name it is called: its top is told by what it is. Errors don't repeat the path.
func resolve(name string, volume inode) (string, error) {
	return fsx.Follow(name, func(at string, _ bool) (string, error) {
		in, err := look(at, unix.AT_SYMLINK_NOFOLLOW)
		switch {
		case err != nil:
			return "", err
		case volume.number != 0 && in.number == volume.number && in.device == volume.device:
			return "", errors.New("it lies on the volume, which is the app's own")
		case in.kind != unix.S_IFLNK:
			return "", nil
		}
		target, err := os.Readlink(at)
		return target, bare(err)
	})
}

// An inode is what a path leads to.
type inode struct {
	device [2]uint32
	number uint64
	kind   uint16
}

// look looks what a path leads to, by what the kernel knows already: a file system that hangs isn't asked.
func look(name string, flags int) (inode, error) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, name, flags|unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE|unix.STATX_INO, &st)
	return inode{[2]uint32{st.Dev_major, st.Dev_minor}, st.Ino, st.Mode & unix.S_IFMT}, err
}

func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
