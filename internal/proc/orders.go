package proc

import (
	"errors"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// orders are what a process that is about to execute a command makes of itself
// first. They travel to the child stage as JSON; bytes, because arguments and
// environment need not be UTF-8.
type orders struct {
	Path, Dir        []byte
	Args, Env        [][]byte
	Credential       *Credential
	Umask            int
	NoNewPrivs       bool
	Limits           Limits
	DropCapabilities []Capability
}

func (c *Command) orders() *orders {
	return &orders{
		Path: []byte(c.Path), Dir: []byte(c.Dir), Args: bytesOf(c.argv()), Env: bytesOf(c.Env),
		Credential: c.Credential, Umask: c.Umask, NoNewPrivs: c.NoNewPrivs,
		Limits: c.Limits, DropCapabilities: c.DropCapabilities,
	}
}

// command is the way back.
func (o *orders) command() *Command {
	return &Command{
		Path: string(o.Path), Dir: string(o.Dir), Args: stringsOf(o.Args), Env: stringsOf(o.Env),
		Credential: o.Credential, Umask: o.Umask, NoNewPrivs: o.NoNewPrivs,
		Limits: o.Limits, DropCapabilities: o.DropCapabilities,
	}
}

func bytesOf(list []string) [][]byte {
	out := make([][]byte, len(list))
	for n, s := range list {
		out[n] = []byte(s)
	}
	return out
}

func stringsOf(list [][]byte) []string {
	out := make([]string, len(list))
	for n, b := range list {
		out[n] = string(b)
	}
	return out
}

// prepare makes this process what the command says, up to execve. What needs
// privilege comes before the credentials are given up. Several of these belong
// to the calling thread alone, so the goroutine stays on it: execve keeps the
// thread that calls it.
func (c *Command) prepare() *StartError {
	runtime.LockOSThread()
	fail := func(op string, err error) *StartError { return &StartError{Op: op, Path: c.Path, Err: err} }
	if c.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fail(OpNoNewPrivs, err)
		}
	}
	if err := dropBounding(c.DropCapabilities); err != nil {
		e := fail(OpBounding, err)
		e.hint = "this needs the capability SETPCAP"
		return e
	}
	if c.Umask >= 0 {
		syscall.Umask(c.Umask)
	}
	if err := c.Limits.apply(c); err != nil {
		return err
	}
	if err := c.Credential.become(); err != nil {
		e := fail(OpBecome, err)
		e.hint = becomeHint
		return e
	}
	if c.Dir != "" {
		if err := syscall.Chdir(c.Dir); err != nil {
			return fail(OpEnter, err)
		}
	}
	return nil
}

// apply sets limits on this process.
func (l Limits) apply(c *Command) *StartError {
	for _, one := range l.Resources {
		// syscall's, not unix's: it also forgets the NOFILE limit that Go would put back at execve.
		if err := syscall.Setrlimit(one.Resource, &syscall.Rlimit{Cur: one.Soft, Max: one.Hard}); err != nil {
			return &StartError{Op: OpLimit, Path: c.Path, Err: err, hint: "raising a hard limit needs the capability SYS_RESOURCE"}
		}
	}
	if l.Nice != nil {
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, *l.Nice); err != nil {
			return &StartError{Op: OpNice, Path: c.Path, Err: err, hint: "a lower nice value needs the capability SYS_NICE"}
		}
	}
	if l.OOMScoreAdj != nil {
		if err := writeOOMScoreAdj("self", *l.OOMScoreAdj); err != nil {
			return &StartError{Op: OpOOM, Path: c.Path, Err: err, hint: "a lower score needs the capability SYS_RESOURCE, and a mounted /proc"}
		}
	}
	return nil
}

// writeOOMScoreAdj writes the one file that this room writes: the kernel's own.
func writeOOMScoreAdj(process string, score int) error {
	fd, err := unix.Open("/proc/"+process+"/oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.Write(fd, []byte(strconv.Itoa(score)))
	return err
}

// execute is execve, with the word for what went wrong.
func (c *Command) execute() *StartError {
	err := syscall.Exec(c.Path, c.argv(), c.Env)
	e := &StartError{Op: OpRun, Path: c.Path, Err: err}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		// The directory has been entered: a relative path is relative to it already.
		e.hint = runHint(&Command{Path: c.Path}, no)
	}
	return e
}
