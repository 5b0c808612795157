package logs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"

	"github.com/berth-init/berth/internal/fsx"
)

// A live file is one that an app has open.
type live struct {
	*fsx.Stream

	dir  *fsx.Dir
	name string
	at   int64 // where its data begins
	perm uint32
}

func (l *live) close() {
	if l.Stream != nil {
		_ = l.Close()
	}
	if l.dir != nil {
		_ = l.dir.Close()
	}
}

// one rotates a file if it is too large.
func (f Files) one(ctx context.Context, name string) (done bool, err error) {
	l := &live{name: name}
	defer l.close()
	if err := f.Place.do(func() error { return f.take(l) }); err != nil || l.Stream == nil {
		return false, err
	}
	if f.Keep > 0 {
		err = f.copy(ctx, l)
	} else {
		err = l.Cut(0)
	}
	return err == nil, err
}

// take opens a file that is too large; one that isn't stays closed.
func (f Files) take(l *live) (err error) {
	limit := f.Size
	if limit <= 0 {
		limit = DefaultSize
	}
	if l.dir, err = f.Place.open(); err != nil {
		return err
	}
	e, err := l.dir.Look(l.name)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if e.Info().Size <= limit {
		return nil
	}
	s, err := l.dir.StreamOf(l.name)
	if err != nil {
		return err
	}
	in, err := s.Info()
	if l.at, l.perm = s.Data(0), in.Perm&0o777; err == nil && in.Size-l.at > limit {
		l.Stream = s
		return nil
	}
	_ = s.Close()
	return err
}

// lastLooks bounds how often an app that never stops writing is followed before its file is emptied. What is lost is
// what it writes between the last look and that, however many looks there were.
const lastLooks = 100

// copy copies the file, gives the copy its name, copies what came meanwhile, and empties the file at once.
func (f Files) copy(ctx context.Context, l *live) error {
	to := l.name + ".1"
	if f.Pack {
		to += packedEnd
	}
	var copied *fsx.Making
	err := f.Place.do(func() (err error) {
		copied, err = l.dir.Begin(to, fsx.Attr{Mode: l.perm})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = copied.Close() }()
	from := &tracked{ReaderAt: l, end: l.at}
	if err = f.fill(ctx, copied, from); err == nil {
		err = copied.Sync()
	}
	if err == nil {
		err = f.Place.do(func() error {
			if err := f.shift(l.dir, l.name); err != nil {
				return err
			}
			return copied.Publish()
		})
	}
	for looks := 0; err == nil; looks++ {
		in, ierr := l.Info()
		if ierr != nil {
			return ierr
		}
		if in.Size <= from.end || looks == lastLooks {
			return l.Cut(0)
		}
		err = f.fill(ctx, copied, from) // few bytes by now; as a frame of its own, where it is packed
	}
	_ = f.Place.do(copied.Drop)
	return err
}

// fill copies what hasn't been copied yet.
func (f Files) fill(ctx context.Context, to io.Writer, from *tracked) error {
	if f.Pack {
		return pack(ctx, to, from, from.end)
	}
	return copyFrom(ctx, to, from, from.end)
}

// tracked remembers how far was read.
type tracked struct {
	io.ReaderAt

	end int64
}

func (t *tracked) ReadAt(buf []byte, at int64) (int, error) {
	n, err := t.ReaderAt.ReadAt(buf, at)
	t.end = max(t.end, at+int64(n))
	return n, err
}

// shift makes room for NAME.1: each copy gets the next number, the oldest goes.
func (f Files) shift(dir *fsx.Dir, name string) error {
	for n := f.Keep; n > 0; n-- {
		for _, end := range []string{"", packedEnd} {
			old := name + "." + strconv.Itoa(n) + end
			var err error
			if n == f.Keep {
				err = dir.Remove(old)
			} else {
				err = dir.Move(old, name+"."+strconv.Itoa(n+1)+end)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
