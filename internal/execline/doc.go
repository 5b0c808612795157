// Package execline is the words of execline: execlineb, which makes one command line of a script, and the commands that
// such a line is a chain of.
//
// The threats. Scripts in this language start what an image is there for, as root, and nobody reads a warning: a value
// that is split where the real command doesn't split it, a descriptor that is closed by the time the next program runs, a
// code that differs, and another program runs, or runs with another's input. So all of it is held against the real
// commands, on tables and on random scripts, and what differs on purpose is on a list in the tests with its reason.
//
// Each word does its one thing and becomes the next program ([chain.Call.Next]); the next word of this very program is
// called, not executed. A word that changes the process (directory, umask, descriptors) does it at once by a system call,
// so that it makes no difference whether what follows is called or executed.
//
// Descriptors: those that are inherited are the script's; those that close on exec are Go's own (the limits of the cgroup
// that its scheduler reads, for one), for scripts they aren't there. No word uses Go's network poller or its timers, which
// would open more. New descriptors of the script are made without O_CLOEXEC.
//
// Signals: what comes next starts with default dispositions, but for HUP and INT, which stay ignored if they were.
//
// Units: descriptors and pids as the kernel's numbers, time-outs in milliseconds. Errors are one line "NAME: fatal: …" and
// the code: 100 the words were wrong, 111 the system refused, 126 and 127 what comes next can't be run or isn't there,
// 128 and more what became of a child.
// Sources: execline's pages on each command; the real commands, version 2.9.3, where those say nothing.
package execline
