package s6run

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// maxWay bounds the links on the way to a program, as the kernel does.
const maxWay = 40

// A stranger is the first thing on the way to a program that isn't root's alone.
type stranger struct {
	path     string
	uid, gid uint32 // uid 0: it is root's, and others may write it
}

// stranger goes the way to a program of the directory. nil: root alone says what runs there; end is then where it is.
func (s *slot) stranger(name string) (end string, found *stranger, err error) {
	if s.of != nil { // a logger is never more than its service
		in, err := s.of.Info()
		if err != nil || in.UID != 0 || in.Perm&othersWrite != 0 {
			return "", &stranger{s.of.Path(), in.UID, in.GID}, err
		}
	}
	in, err := s.dir.Info()
	if err != nil || in.UID != 0 || in.Perm&othersWrite != 0 {
		return "", &stranger{s.path, in.UID, in.GID}, err
	}
	through := s.dir.Through()
	end, found, err = follow(through, name)
	if found != nil {
		found.path = strings.Replace(found.path, through, s.path, 1)
	}
	return end, found, err
}

// follow goes from a directory to what a name in it leads to, as the kernel does, and stops at the first stranger. While
// everything so far is root's alone, nobody else can make the kernel go another way. Names in a sticky directory are as
// good as who made them.
func follow(dir, name string) (end string, found *stranger, err error) {
	at, rest, sticky := dir, strings.Split(name, "/"), false
	if strings.HasPrefix(name, "/") {
		at = ""
	}
	for links := 0; len(rest) > 0; {
		next := at + "/" + rest[0]
		if first := rest[0]; (first == "" || first == ".") && at != "" {
			rest = rest[1:]
			continue
		}
		rest = rest[1:]
		var st unix.Stat_t
		if err := unix.Lstat(next, &st); err != nil {
			if !sticky && errors.Is(err, fs.ErrNotExist) {
				return next, nil, nil // as the start will find; only root can mend it
			}
			return next, nil, &os.PathError{Op: "look at", Path: next, Err: err}
		}
		kind := st.Mode & unix.S_IFMT
		sticky = kind == unix.S_IFDIR && st.Mode&unix.S_ISVTX != 0
		if st.Uid != 0 || kind != unix.S_IFLNK && st.Mode&othersWrite != 0 && !sticky {
			return next, &stranger{next, st.Uid, st.Gid}, nil
		}
		if kind != unix.S_IFLNK {
			at = next
			continue
		}
		if links++; links > maxWay {
			return next, nil, &os.PathError{Op: "look at", Path: next, Err: unix.ELOOP}
		}
		to, err := os.Readlink(next)
		if err != nil {
			return next, nil, err
		}
		if strings.HasPrefix(to, "/") {
			at = ""
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return at, nil, nil
}
