package logs

import (
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// Rights does file work as the app's user; an *fsx.Actor has them.
type Rights interface {
	Do(fn func() error) error
}

// Place is a directory of logs: below a handle, with somebody's rights.
type Place struct {
	Rights Rights
	Dir    *fsx.Dir // nil: there are no files
	Path   string   // below Dir, "." for Dir itself; from outside
}

// What a log's numbers are where an option is zero.
const (
	DefaultSize    = 1_000_000
	DefaultMaxLine = 1 << 20
	DefaultMode    = 0o644
)

// Options say what becomes of a slot's lines.
type Options struct {
	Slot  string // whose lines they are, in words and in front of a line on stdout
	Place Place  // where the files are; they and their directories are made when there is a line

	Size   int64  // a file is closed before a line would make it larger; 0: DefaultSize
	Keep   int    // archives kept beside the current file
	Pack   bool   // archives but the youngest are packed (zstd), in the background
	Mode   uint32 // of the files; 0: DefaultMode
	Digits int    // of a stamp's fraction of a second, 0 to 9

	MaxLine int   // bytes; a longer line is cut into marked parts; 0: DefaultMaxLine
	Flood   Flood // the zero value passes everything

	Outlet *Outlet // the container's stdout; nil: there is none
	Quiet  bool    // lines go to the outlet only while they can't go to the files

	Tell func(Notice)     // what a person should know; called with the log held: don't call it back. nil: nobody
	Now  func() time.Time // nil: time.Now
}

// A Notice is for a person: about the log, not in it.
type Notice struct {
	Slot    string
	Warning bool // otherwise all is well again
	Text    string
	Hint    string
}

// filled gives the options with their defaults.
func (o Options) filled() Options {
	if o.Size <= 0 {
		o.Size = DefaultSize
	}
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	if o.Mode == 0 {
		o.Mode = DefaultMode
	}
	o.Digits = min(max(o.Digits, 0), 9)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(Notice) {}
	}
	return o
}
