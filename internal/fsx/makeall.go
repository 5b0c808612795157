package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// MakeAll makes an operator's absolute path and what is missing above it, as the caller. Parents are made 0755 and the
// last component with perm, whatever the umask is; made says that the last one was made. Links above are followed: they are the
// image's own. A component that is no directory is [ErrKind], and the error names it.
func MakeAll(dir string, perm uint32) (made bool, err error) {
	if !filepath.IsAbs(dir) {
		return false, fail("mkdir", dir, ErrName)
	}
	dir = filepath.Clean(dir)
	for end := 1; end <= len(dir); end++ {
		if end < len(dir) && dir[end] != '/' {
			continue
		}
		at := dir[:end]
		how := uint32(0o755)
		if at == dir {
			how = perm
		}
		if made, err = makeOne(at, how); err != nil {
			return false, fail("mkdir", at, err)
		}
	}
	return made, nil
}

func makeOne(dir string, perm uint32) (bool, error) {
	in, err := os.Stat(dir)
	if err == nil {
		if !in.IsDir() {
			return false, ErrKind
		}
		return false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, bare(err)
	}
	if _, err := os.Lstat(dir); err == nil {
		return false, ErrSymlink // it leads to nothing
	}
	if err := change("mkdir", dir); err != nil {
		return false, err
	}
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
		return makeOne(dir, perm) // somebody was quicker
	} else if err != nil {
		return false, bare(err)
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return true, err
	}
	defer func() { _ = unix.Close(fd) }()
	return true, unix.Fchmod(fd, perm&0o7777)
}

// bare takes the path off an error of package os: ours names it.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
