package proc

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// diagnose turns the bare number that fork gives into what went wrong. It looks
// at the file system, so it is for programs that don't lie on a volume; the
// child stage knows its step and diagnoses for itself.
func diagnose(c *Command, err error) *StartError {
	e := &StartError{Op: OpRun, Path: c.Path, Err: err}
	no, ok := errors.AsType[syscall.Errno](err)
	switch {
	case !ok:
		e.Op = OpFork
	case no == syscall.EAGAIN || no == syscall.ENOMEM || no == syscall.EMFILE || no == syscall.ENFILE || no == syscall.EBADF:
		e.Op = OpFork
	case no == syscall.EPERM && c.Terminal:
		e.Op = OpTerminal
		e.hint = "the terminal belongs to another session"
	case (no == syscall.EPERM || no == syscall.EINVAL) && c.Credential != nil:
		e.Op = OpBecome
		e.hint = "the user namespace of this container has no such user or group, or forbids setgroups"
	case c.Dir != "" && !mayEnter(c.Dir, c.Credential):
		e.Op = OpEnter
	default:
		e.hint = runHint(c, no)
	}
	return e
}

// mayEnter says whether a directory is there and its mode bits let the identity in.
func mayEnter(dir string, as *Credential) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR && as.mayExecute(&st)
}

// runHint says what to do about a program that execve refused.
func runHint(c *Command, no syscall.Errno) string {
	path := c.Path
	if !filepath.IsAbs(path) && c.Dir != "" {
		path = filepath.Join(c.Dir, path)
	}
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return ""
	}
	switch no {
	case syscall.ENOENT:
		if name := interpreter(path); name != "" {
			return fmt.Sprintf("the file is there, but the interpreter in its #! line, %q, is not", name)
		}
		return "the file is there, but the loader or interpreter that it needs is not in this image"
	case syscall.EACCES:
		var fs unix.Statfs_t
		switch {
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			return "it is a directory"
		case st.Mode&unix.S_IFMT != unix.S_IFREG:
			return "it is no regular file"
		case st.Mode&0o111 == 0:
			return fmt.Sprintf("chmod +x %s", path)
		case unix.Statfs(path, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0:
			return "its file system is mounted noexec"
		}
		return "let the user that runs it read its directories and execute it"
	case syscall.ENOEXEC:
		return "it is neither a program for this machine nor a script with a #! line"
	case syscall.ETXTBSY:
		return "something has it open for writing"
	}
	return ""
}

// interpreter reads the name in a script's #! line. The file was not proven to
// be what it was a moment ago, so it is opened without waiting and bounded.
func interpreter(path string) string {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }()
	head := make([]byte, 256)
	n, err := unix.Read(fd, head)
	if err != nil {
		return ""
	}
	rest, ok := bytes.CutPrefix(head[:n], []byte("#!"))
	if !ok {
		return ""
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	words := bytes.Fields(line)
	if len(words) == 0 {
		return ""
	}
	return string(words[0])
}
