package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/berth-init/berth/internal/fsx"
)

// All means, as a Query's Lines, every line there is.
const All = -1

// A Query says which lines of a log are wanted.
type Query struct {
	Lines  int           // the last so many; All
	Since  time.Time     // only what was stamped then or later; the zero time: all
	Follow bool          // and what comes, until the context ends
	Poll   time.Duration // how often Follow looks; 0: DefaultPoll
}

// DefaultPoll is how often Follow looks for more: one fstat.
const DefaultPoll = 100 * time.Millisecond

// A Line is read from a log's files.
type Line struct {
	Time time.Time // of its stamp; the last one's where it has none
	Text []byte    // without stamp and end; valid until the next line. It is from outside
}

// longestRead bounds a line in memory when it is read: the files are the app's user's.
const longestRead = 2 * DefaultMaxLine

// Lines reads a log across its archives, packed ones included, in order, in bounded memory. Files that can't be read,
// or were removed before they could be, are told as a line of berth's own. The files are opened with the place's
// rights: what the app's user couldn't read isn't read to anybody.
func (p Place) Lines(ctx context.Context, q Query) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		r := &reader{place: p, q: q, yield: yield}
		if r.q.Poll <= 0 {
			r.q.Poll = DefaultPoll
		}
		if err := r.run(ctx); err != nil && !r.stopped {
			yield(Line{}, err)
		}
	}
}

// A reader gives lines to somebody who may stop at any one.
type reader struct {
	place   Place
	q       Query
	yield   func(Line, error) bool
	stopped bool
	last    time.Time
	frame   framer
	skip    int // lines
	buf     []byte
}

// over says that nothing more is to be given.
func (r *reader) over(ctx context.Context) bool { return r.stopped || ctx.Err() != nil }

// give gives a block of whole lines.
func (r *reader) give(block []byte) {
	for len(block) > 0 && !r.stopped {
		n := bytes.IndexByte(block, '\n')
		line := block[:n]
		block = block[n+1:]
		if r.skip > 0 {
			r.skip--
			continue
		}
		at, text, ok := unstamp(line)
		if ok {
			r.last = at
		}
		if !r.q.Since.IsZero() && r.last.Before(r.q.Since) {
			continue
		}
		r.stopped = !r.yield(Line{Time: r.last, Text: text}, nil)
	}
}

// say gives a line of berth's own.
func (r *reader) say(format string, args ...any) {
	if !r.stopped {
		r.stopped = !r.yield(Line{Time: time.Now(), Text: []byte(plain("berth: " + fmt.Sprintf(format, args...)))}, nil)
	}
}

// pour reads from a place in an open file to its end, and gives where that is.
func (r *reader) pour(ctx context.Context, from io.Reader) (n int64, err error) {
	if r.buf == nil {
		r.buf = make([]byte, 64<<10)
	}
	for !r.over(ctx) {
		k, err := from.Read(r.buf)
		n += int64(k)
		r.frame.feed(r.buf[:k], r.give)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// fresh begins a file.
func (r *reader) fresh() { r.frame = framer{max: longestRead} }

// an opened archive, plain or packed.
type opened struct {
	io.Reader

	file   *fsx.File
	packed *zstd.Decoder // nil: it is plain
}

func (o *opened) close() {
	if o.packed != nil {
		o.packed.Close()
	}
	_ = o.file.Close()
}

// openArchive opens whichever form of an archive there is by now.
func (p Place) openArchive(dir *fsx.Dir, a archive) (*opened, error) {
	o := &opened{}
	packed := false
	err := p.do(func() (err error) {
		for i, name := range a.names() {
			if o.file, err = dir.File(name); err == nil {
				packed = i > 0
				return nil
			}
			if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsx.ErrVanished) {
				return err
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	o.Reader = io.NewSectionReader(o.file, 0, 1<<62)
	if packed {
		// The memory is bounded whatever the file says: it may have been made by somebody else.
		o.packed, err = zstd.NewReader(o.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			_ = o.file.Close()
			return nil, err
		}
		o.Reader = o.packed
	}
	return o, nil
}

// play gives an archive from a place in it on.
func (r *reader) play(ctx context.Context, dir *fsx.Dir, a archive, from start, not *fsx.File) {
	o, err := r.place.openArchive(dir, a)
	if err == nil {
		defer o.close()
		if not != nil && sameFile(o.file, not) {
			return
		}
		r.fresh()
		r.skip = from.lines
		if _, err = io.CopyN(io.Discard, o.Reader, from.bytes); err == nil {
			_, err = r.pour(ctx, o.Reader)
		}
		if !r.over(ctx) {
			r.frame.end(r.give)
		}
	}
	if err != nil && !r.over(ctx) {
		r.say("an archive can't be read: %v", err)
	}
}

func sameFile(a, b *fsx.File) bool {
	x, xerr := a.Info()
	y, yerr := b.Info()
	return xerr == nil && yerr == nil && x.Dev == y.Dev && x.Ino == y.Ino
}
