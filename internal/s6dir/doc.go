// Package s6dir is the protocol of a service directory on disk, as s6 2.11 and 2.12 have it: who supervises writes it, and
// the commands read it.
//
// The threats. A service directory may belong to the app's own user, who can put anything in any file's place: a link where
// the control FIFO was, a FIFO where the status was, a device, a file without an end. What is opened is therefore looked at
// before a byte is read or written, no open waits, and no read is longer than what is right can be.
//
//	event/                 letters for who subscribed: a FIFO each
//	down                   if it is there: not started when the directory is taken up
//	supervise/lock         locked (fcntl) by who supervises, as long as it does
//	supervise/control      FIFO: letters that say what to do
//	supervise/status       [Status]
//	supervise/death_tally  [Death], the latest last
//
// Numbers are big-endian. Times are TAI64N labels, counted as everybody does who reads them: with the seconds that were put
// in since 1972 added. Sources: s6's pages on service directories, s6-supervise and s6-svstat; a real one's files byte for
// byte; https://cr.yp.to/libtai/tai64.html.
package s6dir
