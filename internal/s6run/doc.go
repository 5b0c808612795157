// Package s6run runs the service directories of s6: those that an image's definitions were read into, and those that a
// client puts into the scan directory while the container runs. Each is a slot of a supervisor of its own, and each shows
// on disk what s6's own programs look for there, so that s6-svc, s6-svstat, s6-svwait and s6-svscanctl work on it, ours and
// genuine ones.
//
// The threats. The app's user may own a service directory, its skeleton and the scan directory, and wants root to write,
// run or wait somewhere else. So nothing on disk is reached but by a handle on the service directory: no link is followed,
// a FIFO is opened only if it is one and never waited for, what a subscriber doesn't read is lost to it. What a user put
// into the scan directory runs as that user and never as root; a link there that is a user's leads to that user's own
// directories only. Who may control a slot is decided by the kernel: by the owner and the mode of its control FIFO, which
// is made for the directory's owner, and left as it is where one is there. A full disk costs the status, not the service.
//
// Nothing hangs. A finish has a bound, a stop has the container's, a logger that doesn't end with its input is told to. What
// may take long (a verb, a program on a file system that hangs, a directory that goes) runs on goroutines of its own; the
// supervisor's loop waits for none.
//
// A run lasts until finish has ended: run, then finish with its code, signal and group. The states on disk are s6's, the
// decisions are the supervisor's: holds that grow, where s6 waits a second each time.
//
// Units: time.Duration; times on disk are TAI64N. Errors: "verb object: cause". Sources: s6's own pages of s6-supervise,
// s6-svscan and service directories, and the genuine programs, beside which the tests run this room.
package s6run
