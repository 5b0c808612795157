// Package rig runs one supervisor under test at a time or several side by side, and reads from outside what it does.
//
// A bench starts thousands of processes, and must leave none behind whatever happens to it. So each run has a pid namespace
// of its own, whose PID 1 is the supervisor under test, as in a container: when that ends, or is killed, the kernel ends the
// rest, and has done so before the wait for it returns. It dies with the thread that started it, too. Its /run and /proc are
// its own as well, so that nothing it writes there meets another's.
//
// What is timed is stamped by the processes themselves ([Stamps]); the rig only collects the stamps, afterwards where it
// can. Times are nanoseconds of CLOCK_MONOTONIC, pids are the host's unless said otherwise.
//
// It needs root, for the namespaces (pid_namespaces(7)) and for smaps_rollup of others (Linux 4.14).
package rig
