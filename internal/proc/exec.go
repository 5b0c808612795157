package proc

import "syscall"

// Exec turns this process into the command: groups, gid and uid, umask, limits,
// working directory, then execve. It is for front doors (docker exec) and never
// for PID 1, and it returns only a *StartError; after that the process is no
// longer what it was (its threads differ) and should end with its Code. Descriptors, session
// and terminal stay as they are: a command that asks for others is refused.
func Exec(c *Command) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Stdin != nil || c.Stdout != nil || c.Stderr != nil || len(c.ExtraFiles) > 0 || c.leadsGroup() {
		return &StartError{Op: OpFork, Path: c.Path, Err: syscall.EINVAL, hint: "descriptors, session and terminal can't be changed without a new process"}
	}
	if err := c.prepare(); err != nil {
		return err
	}
	return c.execute()
}
