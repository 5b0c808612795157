package execline

import (
	"syscall"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// standard are the descriptors that a child gets where nothing else is said.
func standard() [3]int {
	var files [3]int
	for fd := range files {
		if files[fd] = fd; !open(fd) {
			files[fd] = -1
		}
	}
	return files
}

// start starts what argv names as a child, which nobody waits for here.
func start(c *chain.Call, argv, env []string, files [3]int) (pid int, err error) {
	if len(argv) == 0 {
		return 0, syscall.ENOENT
	}
	file, _, err := c.Look(argv[0])
	if err != nil {
		return 0, err
	}
	cmd := proc.NewCommand(file, argv)
	cmd.Env = env
	return proc.Spawn(cmd, files)
}

// run does what argv says as a child would, and waits for its end. The error, and only it, says that there could be none.
//
// While the words are of those that touch nothing but their own words and environment, they are called right here: the
// child is started where the first other program comes, or never. `if { eltest -d /x } …` forks nothing.
func run(c *chain.Call, argv, env []string) (s proc.Status, err error) {
	if len(argv) == 0 {
		return proc.Status{}, nil
	}
	in := inside(c, harmless, &s, func(cmd *proc.Command) (int, error) { return proc.Spawn(cmd, standard()) })
	code, err := in.Try(argv[0], argv, env)
	if err != nil {
		return proc.Status{}, err
	}
	if s.Signal == 0 {
		s = proc.Status{Code: code & 0xff}
	}
	return s, nil
}

// inside is a call on behalf of a child, of the words that are let: where it would become another program, that is started
// as the child, and how it ended is put where s points.
func inside(c *chain.Call, let func(name string) bool, s *proc.Status, spawn func(cmd *proc.Command) (int, error)) *chain.Call {
	in := *c
	in.Find = func(name string) chain.Word {
		if c.Find == nil || !let(name) {
			return nil
		}
		return c.Find(name)
	}
	in.Exec = func(cmd *proc.Command) (int, error) {
		pid, err := spawn(cmd)
		if err != nil {
			return 0, err
		}
		_, *s, err = proc.Await(pid, true)
		return s.ExitCode(), err
	}
	return &in
}

// approximate gives the code with which a command tells its caller how a child ended.
func approximate(s proc.Status) int {
	switch {
	case s.Signal != 0:
		return 128 + int(s.Signal)
	case s.Code >= 128:
		return 128
	}
	return s.Code
}

// asVariable gives how a child ended as the variable ? has it.
func asVariable(s proc.Status) int {
	if s.Signal != 0 {
		return 256 + int(s.Signal)
	}
	return s.Code
}

// failed says that a child could not be started, and gives the code of most commands for it.
func failed(c *chain.Call, program string, err error) int {
	c.Unable("spawn", program, err)
	return chain.System
}
