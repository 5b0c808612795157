package s6words

import (
	"bytes"
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

// readEnv calls set for each variable that a directory has a file of, and unset for each empty file. What is no regular file has no
// value and isn't opened; one that can't be read or is longer than an environment takes is said, and left out, where say is given.
func readEnv(dir string, r reading, set func(name, value string), unset func(name string), say func(name string, err error)) error {
	names, err := listNames(dir, maxVariables)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, ".") || strings.Contains(name, "=") {
			continue
		}
		b, err := readSome(dir+"/"+name, r.clamp)
		switch {
		case err != nil && say != nil:
			say(name, err)
		case err != nil:
			return &fileError{name, err}
		case len(b) == 0:
			unset(name)
		default:
			set(name, r.value(b))
		}
	}
	return nil
}

type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return e.name + ": " + reason(e.err) }
func (e *fileError) Unwrap() error { return e.err }

// readSome reads at most so much of a regular file. It uses bare descriptors: a start pays for Go's.
func readSome(path string, most int) ([]byte, error) {
	b, err := s6dir.Head(path, most)
	if err == nil && len(b) > maxVariable {
		return nil, syscall.E2BIG
	}
	return b, err
}

// listNames gives the names in a directory, without a look at what they are.
func listNames(dir string, most int) ([]string, error) {
	fd, err := -1, error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	buf := make([]byte, 8192)
	var names []string
	for {
		n, err := unix.ReadDirent(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
		if len(names) > most {
			return nil, syscall.E2BIG
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
