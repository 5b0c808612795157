// Package lease sees to it that of several containers on one volume only one runs a slot: who starts it holds its lease,
// and who doesn't get it waits.
//
// The threats. The holder may die at any moment, and must not leave a lock that a person has to remove: a lease is an
// flock on a file of the volume, which the kernel lets go with the process. The pid that a note names is another
// namespace's, so none is written and none believed. The app's user owns the volume, and may remove the lease's file,
// put another in its place, hold the lock itself or write what it likes as the holder's name: nothing here waits for a
// lock, everything that is read is bounded and quoted, and what can't be a lease costs the slot its lease, not its
// start. A file system may hang: one goroutine does all of the file work, and who asks waits for nothing but its own ctx.
//
// A file that was replaced has two locks, so two containers could each hold one. A holder therefore looks every ten
// seconds whether the name still leads to its file, and takes the new one too. A file that bears no holder's note (a
// note is bound to its file's inode, so that a copy is none) is new: who finds it takes it at once only where no other
// container is on the volume, which the shared flock on the volume's top says (a mount's top can't be replaced), and
// otherwise waits for the settling time, in which a holder would have taken it.
//
// Where locks don't exist or may be one mount's own (the network, another process: NFS, CIFS, 9p, FUSE), the note is the
// lease: its holder writes it anew every three seconds with a number that grows, and who wants it watches, by a clock of
// its own, until the number has stood still for ten. No other machine's clock is compared with this one's. A holder that
// slept longer finds another's note and has lost its lease.
//
// Units: time.Duration; a process id appears nowhere. Sources: flock(2), with NFS in its notes; statfs(2) for the kinds.
package lease
