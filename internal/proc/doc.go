// Package proc starts, waits for and signals processes, and is the only room
// that does.
//
// The threats, first. A pid is a number that the kernel hands out again: a
// signal or a wait that is late by a moment hits a stranger. So a [Table] is
// the one owner of wait. Start holds its mutex across fork and register; Reap
// looks at a dead child without reaping it (waitid with WNOWAIT), finds it in
// the table and only then reaps it; a signal to a child is sent under the same
// mutex. kill(-1) is never used: with a shared pid namespace it would reach
// every process of the machine. Descendants are signalled through pidfds,
// after their line of parents up to us was read and read again.
//
// Children start with the dispositions that this process was started with,
// but for the signals that it catches, which the kernel sets back to their
// defaults: a program under berth is not immune to HUP because berth was
// started by nohup and reads HUP itself. The signal mask is the one that this
// process was started with.
//
// Fast path: syscall.ForkExec. It returns when execve has, holding the mutex,
// so a program that lies on a volume or a network file system goes through the
// child stage: this binary again (argv[0] [StageName]), which reads its orders
// from a pipe, makes itself what they say and calls execve while nobody waits
// for it under a lock. The stage also does what fork can't: no_new_privs, the
// capability bounding set, resource limits, nice, oom_score_adj.
//
// Units: pids and ids as the kernel's numbers, umask as mode bits (-1 leaves
// it alone). Errors: a program that can't be started gives a [StartError],
// which knows the exit code of the shell convention (127, 126, 125).
//
// Rules are from waitid(2), credentials(7), capabilities(7), tty_ioctl(2),
// pidfd_open(2) (Linux 5.3; kill(2) before), prctl(2) and proc(5).
package proc
