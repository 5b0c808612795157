// Package s6 runs an image that was made for s6-overlay: the daemon's plug-in that is on where an image carries
// s6-overlay's directories, and nothing anywhere else. What the image says is read by s6rc, its service directories are run by
// s6run; here is the order of the boot and of the end, and what lies in /run for those who look.
//
// The threats. /run outlives a container that is restarted, and may be a tmpfs that everybody can write: what lies under
// our names from before, or by somebody else's hand, is removed by handle before anything is made there. The directories of
// the environment, of the results and of the services belong to whoever the container was started as; scripts hand some
// of them to the app's user, so nothing in them is believed more than that user is: a value is data, a number is bounded, a FIFO
// is never opened as a file. Scripts hang: TERM ends a boot in any of its steps, the stop has one budget
// (BERTH_STOP_TIMEOUT) that services and cont-finish.d share, and what never becomes ready holds main back for a time and
// not for ever.
//
// Units: times are durations. Exit codes are those of s6-overlay: see [plugin.Code] and [plugin.verdict].
// Errors: a [boot.Failure] ends the container; everything else is a note.
package s6
