package s6run

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
)

// oomRaise is what a run's oom_score_adj is above PID 1's, so that the kernel ends a service before it ends them all.
const oomRaise = 100

// maxShebang is what the kernel reads of a script's first line (execve(2)).
const maxShebang = 256

// command makes the command that executes a program of the directory, in it.
func (s *slot) command(name string, args ...string) (*proc.Command, error) {
	cred, err := s.as(name)
	if err != nil {
		return nil, err
	}
	argv := append([]string{"./" + name}, args...)
	path := argv[0]
	through := s.dir.Through()
	if noexec(through + "/" + name) {
		by, err := interpreter(s.dir, name)
		if err != nil {
			return nil, fmt.Errorf("run %s/%s: its file system is mounted noexec: %w", s.path, name, err)
		}
		argv, path = append(by, argv...), by[0]
	}
	c := proc.NewCommand(path, argv)
	c.Dir, c.Env, c.Credential, c.OOMRaise = through, s.room.o.Env(), cred, oomRaise
	c.Stdin, c.Stdout, c.Stderr = s.room.null, s.room.o.Stdout, s.room.o.Stderr
	if s.in != nil {
		c.Stdin = s.in.r
	}
	if s.out != nil {
		c.Stdout = s.out.w
	}
	c.OnVolume = s.dynamic || fsx.Hangs(through+"/"+name) || !s.alone(name)
	return c, nil
}

// alone says whether a program and what runs it are root's alone: whoever owns one of them may take a lease on it (fcntl(2)),
// and the kernel lets its start wait for 45 s.
func (s *slot) alone(name string) bool {
	end, found, err := s.stranger(name)
	if err != nil || found != nil {
		return false
	}
	fd, err := unix.Open(end, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(fd) }()
	var buf [maxShebang]byte
	n, _ := unix.Read(fd, buf[:])
	by, err := shebang(buf[:max(n, 0)])
	if err != nil {
		return true // no script
	}
	_, found, err = follow(s.dir.Through(), by[0])
	return err == nil && found == nil
}

// noexec says whether a program's file system lets nobody execute it.
func noexec(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.ST_NOEXEC != 0
}

// interpreter gives what a script's first line says: the interpreter, and all that follows as one argument.
func interpreter(d *fsx.Dir, name string) ([]string, error) {
	f, err := d.File(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	buf := make([]byte, maxShebang)
	n, _ := f.ReadAt(buf, 0)
	return shebang(buf[:n])
}

// shebang is interpreter of a script's beginning.
func shebang(head []byte) ([]string, error) {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	if !whole && len(head) == maxShebang || !bytes.HasPrefix(line, []byte("#!")) {
		return nil, errors.New("it is no script with an interpreter")
	}
	by, arg, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(string(line[2:]), "\t", " ")), " ")
	words := []string{by}
	if arg = strings.TrimSpace(arg); arg != "" {
		words = append(words, arg)
	}
	if by == "" {
		return nil, errors.New("its first line names no interpreter")
	}
	return words, nil
}
