package execline

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// background starts a program, puts its pid into !, and becomes the next one.
func background(c *chain.Call) int {
	orphaned, answer := false, -1
	rest, ok := chain.Options(c.Args, "dO:", func(f byte, value string) {
		if f == 'O' {
			n, whole := number(value)
			if answer = int(n); !whole {
				answer = -2
			}
			return
		}
		orphaned = true
	})
	if !ok || answer == -2 {
		return c.Wrong("background [ -d ] { prog1... } prog2...")
	}
	if answer >= 0 {
		return between(c, answer, rest)
	}
	inside, rest, there := block(c, rest)
	if !there {
		return chain.Usage
	}
	if len(inside) == 0 {
		return c.Fail(chain.Usage, "the block is empty")
	}
	begin := start
	if orphaned {
		begin = orphan
	}
	pid, err := begin(c, inside, c.Env, standard())
	if err != nil {
		return failed(c, inside[0], err)
	}
	next := *c
	next.Set("!", strconv.Itoa(pid))
	return c.Become(rest, next.Env)
}

// orphan starts a program as nobody's child, so that its end is not for the next program to wait for: this program again
// starts it, says its pid, and ends.
func orphan(c *chain.Call, argv, env []string, files [3]int) (pid int, err error) {
	self, err := proc.Self()
	if err != nil {
		return 0, err
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(pipe[0]) }()
	if _, err := unix.FcntlInt(uintptr(pipe[1]), unix.F_SETFD, 0); err != nil {
		return 0, err
	}
	cmd := proc.NewCommand(self, append([]string{"background", "-O", strconv.Itoa(pipe[1]), "--"}, argv...))
	cmd.Env = env
	between, err := proc.Spawn(cmd, files)
	_ = unix.Close(pipe[1])
	if err != nil {
		return 0, err
	}
	answer := make([]byte, 16)
	n, _ := descriptor(pipe[0]).Read(answer)
	if _, _, err := proc.Await(between, true); err != nil {
		return 0, err
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(answer[:max(n, 0)])))
	if err != nil {
		return between, nil // it said itself why there is none
	}
	return pid, nil
}

// between is the life of the process that orphan starts.
func between(c *chain.Call, answer int, argv []string) int {
	unix.CloseOnExec(answer)
	if len(argv) == 0 {
		return chain.Usage
	}
	pid, err := start(c, argv, c.Env, standard())
	if err != nil {
		return c.Unable("exec", argv[0], err)
	}
	_, _ = unix.Write(answer, []byte(strconv.Itoa(pid)))
	return 0
}

// getpid puts a pid into a variable.
func getpid(c *chain.Call) int {
	imported, parent := false, false
	rest, ok := chain.Options(c.Args, "eEpP", func(f byte, _ string) {
		switch f {
		case 'e', 'E':
			imported = f == 'E'
		default:
			parent = f == 'P'
		}
	})
	if !ok || len(rest) < 2 {
		return c.Wrong("getpid [ -E | -e ] [ -P | -p ] variable prog...")
	}
	if !named(rest[0]) {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	pid := unix.Getpid()
	if parent {
		pid = unix.Getppid()
	}
	return into(c, rest[1:], rest[0], strconv.Itoa(pid), imported)
}
