package s6words

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// Bounds of a directory of variables: what execve takes of one, and more files than anybody has.
const (
	maxVariable  = 128<<10 - 1
	maxVariables = 10000
	clamp        = 4095 // what s6-envdir reads of a file, unless told otherwise
)

// A reading says how files become values.
type reading struct {
	verbatim bool // the whole file, not its first line
	keepEnd  bool // with what is blank at the end: of a line, or its newline
	clamp    int  // the most that is read of one
	null     byte // what a NUL becomes
}

// value makes a value of what a file holds.
func (r reading) value(b []byte) string {
	b = b[:min(len(b), r.clamp)]
	if r.verbatim {
		if !r.keepEnd {
			b = bytes.TrimSuffix(b, []byte{'\n'})
		}
	} else {
		b, _, _ = bytes.Cut(b, []byte{'\n'})
		if !r.keepEnd {
			b = bytes.TrimRight(b, " \t\r")
		}
	}
	return strings.ReplaceAll(string(b), "\x00", string(r.null))
}

// readEnv calls set for each variable that a directory has a file of, and unset for each empty file. A FIFO, a
// socket and a device are passed over; what can't be read or is longer than an environment takes is said, and left out, where say is
// given.
func readEnv(dir string, r reading, set func(name, value string), unset func(name string), say func(name string, err error)) error {
	var failed error
	room := make([]byte, 0, 4096)
	err := entries(dir, maxVariables, func(at int, name string, kind byte) {
		if failed != nil || name[0] == '.' || strings.Contains(name, "=") || kind == unix.DT_FIFO || kind == unix.DT_SOCK || kind == unix.DT_CHR || kind == unix.DT_BLK {
			return
		}
		b, err := readAt(at, name, room, r.clamp)
		switch {
		case err != nil && say != nil:
			say(name, err)
		case err != nil:
			failed = &fileError{name, err}
		case len(b) == 0:
			unset(name)
		default:
			set(name, r.value(b))
		}
	})
	if err != nil {
		return err
	}
	return failed
}

type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return e.name + ": " + reason(e.err) }
func (e *fileError) Unwrap() error { return e.err }

// readSome reads at most so much of a file.
func readSome(path string, most int) ([]byte, error) {
	return readAt(unix.AT_FDCWD, path, make([]byte, 0, 4096), most)
}

// readAt reads at most so much of a file in a directory, into b if there is room. It uses bare descriptors, and doesn't ask what it has
// opened: a start pays for each call, and for each page that it touches. Nothing waits: a FIFO that nobody writes is empty, and no device
// gives more than is taken.
func readAt(dir int, name string, b []byte, most int) ([]byte, error) {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Openat(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, err
	}
	b, err = s6dir.ReadInto(b, fd, most)
	_ = unix.Close(fd)
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxVariable:
		return nil, syscall.E2BIG
	}
	return b[:min(len(b), most)], nil
}

// listNames gives the names in a directory, without a look at what they are.
func listNames(dir string, most int) ([]string, error) {
	var names []string
	err := entries(dir, most, func(_ int, name string, _ byte) { names = append(names, name) })
	return names, err
}

// entries hands on what is in a directory.
func entries(dir string, most int, each func(dir int, name string, kind byte)) error {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	buf := make([]byte, 8192)
	for {
		n, err := unix.ReadDirent(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		for rest := buf[:n]; len(rest) > 19; {
			// struct linux_dirent64, getdents64(2): inode 8, offset 8, length 2, kind 1, name and a NUL.
			size := int(binary.NativeEndian.Uint16(rest[16:]))
			if size < 20 || size > len(rest) {
				return syscall.EBADMSG
			}
			name, _, _ := bytes.Cut(rest[19:size], []byte{0})
			kind := rest[18]
			rest = rest[size:]
			if len(name) == 0 || string(name) == "." || string(name) == ".." {
				continue
			}
			if most--; most < 0 {
				return syscall.E2BIG
			}
			each(fd, string(name), kind)
		}
	}
}

// envdir puts a directory of variables into the environment.
func envdir(c *chain.Call) int {
	strict, nulls := true, "\n"
	r := reading{clamp: clamp}
	rest, ok := chain.Options(c.Args, "iInfLc:", func(f byte, v string) {
		switch f {
		case 'i', 'I':
			strict = f == 'i'
		case 'n':
			r.keepEnd = true
		case 'f':
			r.verbatim = true
		case 'L':
			r.clamp = maxVariable + 1
		case 'c':
			nulls = v
		}
	})
	if !ok || len(rest) < 2 {
		return c.Wrong("s6-envdir [ -I | -i ] [ -n ] [ -f ] [ -L ] [ -c nullis ] dir prog...")
	}
	if nulls == "" {
		return c.Fail(chain.System, "read the variables in %s: a NUL has to become something", rest[0])
	}
	r.null = nulls[0]
	next := *c
	err := readEnv(rest[0], r, next.Set, next.Unset, nil)
	if err != nil && (strict || !errors.Is(err, os.ErrNotExist)) {
		return c.Fail(chain.System, "read the variables in %s: %s", rest[0], reason(err))
	}
	return c.Become(rest[1:], next.Env)
}
