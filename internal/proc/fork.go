package proc

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// An image is what fork executes: the command itself, or the child stage.
type image struct {
	path  string
	argv  []string
	env   []string
	dir   string
	umask int
	as    *Credential
	extra []int // descriptors after the command's own
}

// image is the command itself.
func (c *Command) image() image {
	return image{path: c.Path, argv: c.argv(), env: c.Env, dir: c.Dir, umask: c.Umask, as: c.Credential}
}

// check refuses what the kernel would refuse with a number that says nothing.
func (c *Command) check() error {
	if c.Path == "" {
		return &StartError{Op: OpRun, Path: c.Path, Err: syscall.ENOENT, hint: "the command is empty"}
	}
	for _, list := range [][]string{{c.Path, c.Dir}, c.Args, c.Env} {
		for _, s := range list {
			if strings.IndexByte(s, 0) >= 0 {
				return &StartError{Op: OpFork, Path: c.Path, Err: syscall.EINVAL, hint: "a NUL byte stands in the command or its environment"}
			}
		}
	}
	return nil
}

// fork forks, executes and registers under the mutex.
//
// The umask is a property of the whole process, all threads. It is changed
// around fork, because fork is what hands it on, and set back: the moment is
// bounded by execve. Files that other threads make in that moment are safe
// only if their modes are set explicitly, as fsx does on the open handle.
func (t *Table) fork(c *Command, im image) (*Process, error) {
	files, err := c.files(im.extra)
	if err != nil {
		return nil, &StartError{Op: OpFork, Path: c.Path, Err: err}
	}
	attr := &syscall.ProcAttr{Dir: im.dir, Env: im.env, Files: files}
	if attr.Sys, err = c.sysProcAttr(im.as); err != nil {
		return nil, err
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Terminal {
		if err := handOver(int(files[0]), attr.Sys); err != nil {
			return nil, &StartError{Op: OpTerminal, Path: c.Path, Err: err}
		}
	}
	if im.umask >= 0 {
		defer syscall.Umask(syscall.Umask(im.umask))
	}
	var pid int
	onForker(func() { pid, err = syscall.ForkExec(im.path, im.argv, attr) })
	runtime.KeepAlive(c) // its files must not be closed by their finalizers before the child has them
	if err != nil {
		// Only what was to be executed is looked at: with the stage, the command may lie on a volume that hangs.
		e := diagnose(&Command{Path: im.path, Dir: im.dir, Credential: im.as, Terminal: c.Terminal}, err)
		e.Path = c.Path
		return nil, e
	}
	if c.OOMRaise != 0 {
		t.raiseOOMScore(pid, c.OOMRaise)
	}
	return t.register(pid, c), nil
}

// raiseOOMScore has the kernel prefer a child to us when memory ends (proc(5), oom_score_adj): raising needs no right.
// The mutex is held, so the number is still the child's.
func (t *Table) raiseOOMScore(pid, by int) {
	if t.score == nil { // asked once: with a thousand starts in a row, three system calls each would be a tenth of them
		own, err := ownOOMScore()
		if err != nil {
			return
		}
		t.score = &own
	}
	_ = writeOOMScoreAdj(strconv.Itoa(pid), min(*t.score+by, 1000)) // a child that has ended needs none
}

func ownOOMScore() (int, error) {
	data, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// sysProcAttr is the part of the attributes that needs no lock.
func (c *Command) sysProcAttr(as *Credential) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: c.Session, Setpgid: c.Group && !c.Session}
	change, err := as.change()
	if err != nil {
		return nil, &StartError{Op: OpBecome, Path: c.Path, Err: err, hint: becomeHint}
	}
	if change.any() {
		attr.Credential = &syscall.Credential{Uid: as.UID, Gid: as.GID, Groups: as.Groups, NoSetGroups: !change.groups}
	}
	return attr, nil
}

// files lists the child's descriptors. One of 0, 1, 2 that is closed here
// stays closed there.
func (c *Command) files(extra []int) ([]uintptr, error) {
	var list []uintptr
	for n, f := range []*os.File{c.Stdin, c.Stdout, c.Stderr} {
		fd := uintptr(n)
		if f != nil {
			if fd = f.Fd(); fd == ^uintptr(0) {
				return nil, os.ErrClosed
			}
		} else if _, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err != nil {
			fd = ^uintptr(0)
		}
		list = append(list, fd)
	}
	for _, f := range c.ExtraFiles {
		fd := f.Fd()
		if fd == ^uintptr(0) {
			return nil, os.ErrClosed
		}
		list = append(list, fd)
	}
	for _, fd := range extra {
		list = append(list, uintptr(fd))
	}
	return list, nil
}
