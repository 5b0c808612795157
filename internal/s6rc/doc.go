// Package s6rc reads what an image carries of s6-overlay into one value, with everything that is wrong with it. It changes
// nothing, starts nothing and decides nothing that the files don't say.
//
// The files are the image's, so root's own; but an image is built by anybody, directories are mounted over its own, and PID 1
// reads all of it. So each read has a bound, what is no regular file is told of and never opened (a FIFO would hold PID 1 up,
// a device would be woken), links are followed because images use them, but inside the image's root and not for ever, and the
// number of services, of names in a list and of complaints is bounded.
//
// s6-overlay hangs where a definition is wrong: its second stage dies, and the container stays up with nothing in it. Here a
// [Complaint] is fatal or it isn't. A fatal one is about what is to be started: the container must end, with the complaint as
// its last words. Everything else is said, and the boot goes on.
//
// Files from Windows: a byte order mark at the start of a file and carriage returns at the ends of its lines are no part of
// what it says. Both are complained of, and taken off. A program whose first line ends with a carriage return can't be run as it
// is (the kernel looks for an interpreter with the carriage return in its name, and says that the script isn't there): who runs
// it runs a copy that [Clean] made.
//
// Units: times are durations, 0 where the files mean "no limit"; modes are the low twelve bits. Paths are the image's, absolute.
//
// Sources of the rules: the documentation of s6 (service directories) and s6-rc (source directories), s6-overlay's own
// documentation of its directories and variables, and what published images do.
package s6rc
