// Package s6log has the words that write logs, as s6's s6-log and s6-overlay's helpers do: s6-log, logutil-service and
// logutil-newfifo.
//
// The threats. A logger runs for as long as the container, with its caller's rights, in a directory that may belong to a
// less trusted user: entries are reached through the directory's handle, and a symbolic link is never followed to them. Root goes
// to the directory step by step, along no link that a user can have laid, and writes to no file with a second name. It
// may be killed at any moment, the disk may be full, a name may have become something else: a line that was taken from the
// standard input is written, or is kept and tried again, and it is never in two files. A line can't be read ahead that is
// not written: what stays in the pipe is for the logger that is started next. No buffer grows without a bound: beyond it
// reading waits, as it always does with -b.
//
// On disk, in a logdir: `current` is written to, and has its owner's execute bit when it was finished in order; `lock` is
// held by fcntl(2), which the real program holds as well; `previous`, `processed`, `newstate` are there while an archive is
// made, `state` between two of them; @LABEL.s is an archive, @LABEL.u one that was not finished in order. LABEL is the
// time in TAI64N. Sizes are bytes. Sources: s6's page on s6-log (2.11.3), fcntl(2), renameat2(2), regcomp(3).
//
// What differs from the real program, on purpose, is listed with its reason in the tests (`differences`).
package s6log
