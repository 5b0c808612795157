package s6log

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

var errLink = errors.New("a symbolic link that isn't root's stands in the way")

const (
	linkHint = "root follows no link that a user can have laid; give the path that it leads to"
	nameHint = "root writes to no file that has another name (a hard link), which may be anywhere; remove this name"

	maxLinks = 40 // the kernel's own bound
)

// A reached is a directory that root has gone to, step by step: its user may own any part of the way, and could lay a link
// there to have root make, write or give away what is elsewhere.
type reached struct {
	fd   int  // O_PATH
	made bool // by this call
	safe bool // it lies in a directory that nobody but root writes to
}

const pathFlags = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC

// reach goes to a directory from another one. A link is followed if it is root's, in a directory of root's where users can't
// exchange it. With mk, what isn't there is made; but not what a link says.
func reach(from int, dir string, mk bool) (r reached, err error) {
	todo := strings.Split(dir, "/")
	own := len(todo) // what is left of dir itself, behind what links say
	start := "."
	if strings.HasPrefix(dir, "/") {
		start = "/"
	}
	if r.fd, err = unix.Openat(from, start, pathFlags|unix.O_DIRECTORY, 0); err != nil {
		return r, err
	}
	for links := 0; len(todo) > 0 && err == nil; {
		name, laid := todo[0], len(todo) > own
		todo = todo[1:]
		own = min(own, len(todo))
		if name == "" || name == "." {
			continue
		}
		var next reached
		var target string
		next, target, err = r.step(name, mk && !laid)
		switch {
		case err != nil:
		case target == "":
			_ = unix.Close(r.fd)
			r = next
		case links == maxLinks:
			err = unix.ELOOP
		default:
			links++
			todo = append(strings.Split(target, "/"), todo...)
			if strings.HasPrefix(target, "/") {
				_ = unix.Close(r.fd)
				r.fd, err = unix.Open("/", pathFlags|unix.O_DIRECTORY, 0)
			}
		}
	}
	if err != nil {
		_ = unix.Close(r.fd)
	}
	return r, err
}

// step goes to a directory in this one, or says where a link leads.
func (r *reached) step(name string, mk bool) (next reached, target string, err error) {
	next.fd, err = unix.Openat(r.fd, name, pathFlags, 0)
	if errors.Is(err, unix.ENOENT) && mk {
		if err = unix.Mkdirat(r.fd, name, 0o755); err == nil || errors.Is(err, unix.EEXIST) {
			next.made = err == nil
			next.fd, err = unix.Openat(r.fd, name, pathFlags, 0)
		}
	}
	if err != nil {
		return next, "", err
	}
	var in, st unix.Stat_t
	if err = errors.Join(unix.Fstat(r.fd, &in), unix.Fstat(next.fd, &st)); err == nil {
		next.safe = name != ".." && in.Uid == 0 && in.Mode&0o022 == 0
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			return next, "", nil
		case unix.S_IFLNK:
			if err = errLink; st.Uid == 0 && in.Uid == 0 && (in.Mode&0o022 == 0 || in.Mode&unix.S_ISVTX != 0) {
				target, err = readLink(next.fd)
			}
		default:
			err = unix.ENOTDIR
		}
	}
	_ = unix.Close(next.fd)
	return next, target, err
}

func readLink(fd int) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err == nil && n == 0 {
		err = unix.ENOENT
	}
	return string(buf[:max(n, 0)]), err
}

// isEmpty says whether nothing is in a directory that is open for reading.
func isEmpty(f *os.File) bool {
	_, err := f.Readdirnames(1)
	return errors.Is(err, io.EOF)
}

// openSole opens a file as root can without harm: one that has this name alone, since who owns a directory can give any file
// a name there, whosever it is. What is cut is cut when that is known.
func openSole(dir int, name string, how int) (int, error) {
	fd, err := unix.Openat(dir, name, how&^unix.O_TRUNC|openFlags, 0o666)
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && foreign(&st) {
		err = unix.EMLINK
	}
	if err == nil && how&unix.O_TRUNC != 0 && st.Mode&unix.S_IFMT == unix.S_IFREG {
		err = unix.Ftruncate(fd, 0)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// foreign says whether a file may be somebody else's, and this process could change it nevertheless.
func foreign(st *unix.Stat_t) bool {
	return unix.Geteuid() == 0 && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink > 1
}
