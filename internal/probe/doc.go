// Package probe asks whether a service is ready, or still healthy.
//
// The threats, first. A question must end: whoever is asked may accept a connection and never answer, answer without
// end, or lie on a file system that hangs. Each question is held to its context, reads a bounded amount, and leaves at
// most one goroutine behind where a system call can't be given up. A notify message may come from anybody who reaches
// the socket and may carry file descriptors: none is ever received, and [Sender] says whose word counts.
//
// A question ([Question]) is asked again and again by [Wait]; one that answers by itself ([Answer]: a log line, a
// message, a newline) is waited for and costs nothing meanwhile.
//
// Units: durations are time.Duration; pids and ids are the numbers of our own namespaces, as the kernel translates them
// (0 where it can't). Errors read "verb object: cause" and say why the answer is no.
//
// Sources: sd_notify(3) for the words of a message (READY=1, RELOADING=1, STOPPING=1, STATUS=…), unix(7) for
// SO_PASSCRED and SCM_CREDENTIALS; the newline is the readiness notification of s6, dinit and others: a program writes
// one to a descriptor that it was given.
package probe
