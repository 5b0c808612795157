// Package logs takes what services write to their stdout and stderr, line by line, to rotated files and to the
// container's stdout, and reads the files again.
//
// The threats, first. The app's user owns the directory that the files lie in and may swap it, its files and their
// kinds at any moment: everything is opened through fsx handles with that user's own rights ([Rights]), so that the
// worst a swap gains is what the user could have done alone. A service may write without end, without a line's end, or
// faster than anybody reads: each buffer here has a bound. The reader of the container's stdout may stop: it costs
// counted drops there and never holds the file up ([Outlet]). A disk may be full, or a file system hang: the former
// sends lines to stdout with one warning until the file can be written again, the latter holds up its own service only,
// because each pipe is worked on by a goroutine of its own while there is something in it, and none while there isn't
// ([Collector]).
//
// In the file no line is lost and none is torn: a line is written when it is whole, with its stamp, in one write with
// its neighbours, and a file is rotated between two lines. A write that was cut short, by a full disk or a kill -9, is
// mended before the next line. Durability against a power cut isn't promised: nothing is synced but packed archives,
// whose originals are removed.
//
// Files: `current` is written to; [Options].Size bytes make it an archive, 000042-20261125T194703Z.log, of which
// [Options].Keep stay. Its number counts up and gives the order; the time, UTC, is when it was closed. A packed
// one ends in .zst. Archives of s6-log (@….s, @….u) count as older ones and are pruned with ours.
//
// Units: sizes are bytes, times come from [Options].Now. A line's bytes are kept as they are, whatever they are. Its
// stamp is ISO 8601 with a numeric zone: 2026-11-25T19:47:03+00:00, then a space.
//
// Errors read "verb object: cause". Sources: pipe(7) (writes of at most PIPE_BUF bytes are atomic; F_SETPIPE_SZ, Linux
// 2.6.35, and the limits per user behind it), epoll(7) (EPOLLONESHOT 2.6.2; an epoll descriptor can itself be waited for),
// RFC 8878 (zstd: frames may follow one another).
package logs
