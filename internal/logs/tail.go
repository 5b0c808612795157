package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// A view is what a log's directory has at one moment: archives, and the current file opened.
type view struct {
	dir      *fsx.Dir
	archives []archive
	cur      *fsx.File // nil: there is none
}

func (v *view) close() {
	if v.cur != nil {
		_ = v.cur.Close()
	}
	if v.dir != nil {
		_ = v.dir.Close()
	}
}

// last is the youngest archive's number: the current file becomes a later one.
func (v *view) last() uint64 {
	if n := len(v.archives); n > 0 {
		return v.archives[n-1].number
	}
	return 0
}

// viewTries is plenty: each lost one takes a rotation between two system calls.
const viewTries = 20

// view looks until no rotation came in between, so that no file is missed and none is seen twice.
func (p Place) view() (v view, err error) {
	err = p.do(func() error {
		for tries := 0; ; tries++ {
			if v.dir, err = p.open(); err != nil {
				return err
			}
			v.cur, err = v.dir.File(currentName)
			raced := errors.Is(err, fsx.ErrVanished) && tries < viewTries
			if err != nil && !raced && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if v.archives, err = archives(v.dir); err != nil {
				return err
			}
			if !raced && (v.cur == nil || tries == viewTries || v.cur.StillAt(v.dir, currentName) == nil) {
				return nil
			}
			v.close()
			v = view{}
		}
	})
	if err != nil {
		v.close()
		return view{}, err
	}
	return v, nil
}

// A start is where reading begins within a file: so many bytes, then so many lines are left out.
type start struct {
	bytes int64
	lines int
}

// find says where the wanted lines begin: in an archive, or behind all of them in the current file.
func (r *reader) find(ctx context.Context, v *view) (index int, from start) {
	first := 0 // what Since asks for
	for first < len(v.archives) && !v.archives[first].closed.IsZero() && v.archives[first].closed.Before(r.q.Since) {
		first++
	}
	if r.q.Lines < 0 {
		return first, start{}
	}
	need := r.q.Lines
	if v.cur != nil {
		in, err := v.cur.Info()
		if err != nil {
			in.Size = 0
		}
		at, found := lastLines(v.cur, in.Size, need)
		if found == need {
			return len(v.archives), start{bytes: at}
		}
		need -= found
	}
	for i := len(v.archives) - 1; i >= first && !r.over(ctx); i-- {
		from, found := r.lastOf(ctx, v, v.archives[i], need)
		if found == need {
			return i, from
		}
		need -= found
	}
	return first, start{}
}

// lastOf looks for the last lines of an archive. A packed one has to be read whole.
func (r *reader) lastOf(ctx context.Context, v *view, a archive, need int) (start, int) {
	o, err := r.place.openArchive(v.dir, a)
	if err != nil {
		return start{}, 0
	}
	defer o.close()
	if o.packed == nil {
		in, err := o.file.Info()
		if err != nil {
			return start{}, 0
		}
		at, found := lastLines(o.file, in.Size, need)
		return start{bytes: at}, found
	}
	all := 0
	buf := make([]byte, 64<<10)
	torn := false
	for ctx.Err() == nil {
		n, err := o.Read(buf)
		if n > 0 {
			all += bytes.Count(buf[:n], []byte{'\n'})
			torn = buf[n-1] != '\n'
		}
		if err != nil {
			break
		}
	}
	if torn {
		all++
	}
	found := min(all, need)
	return start{lines: all - found}, found
}

// lastLines looks backwards for where the last lines of a file begin, and says how many there are. Bytes at the end
// without a line's end are a line.
func lastLines(f io.ReaderAt, size int64, need int) (at int64, found int) {
	if need == 0 {
		return size, 0
	}
	buf := make([]byte, 32<<10)
	for at = size; at > 0; {
		n := min(at, int64(len(buf)))
		block := buf[:n]
		if _, err := f.ReadAt(block, at-n); err != nil && !errors.Is(err, io.EOF) {
			return at, found
		}
		for len(block) > 0 {
			end := int64(len(block))
			if at-n+end < size || block[end-1] != '\n' { // the end of the last line begins nothing
				i := bytes.LastIndexByte(block, '\n')
				if i < 0 {
					break
				}
				end = int64(i) + 1
				if found++; found == need {
					return at - n + end, found
				}
			}
			block = block[:end-1]
		}
		at -= n
	}
	if size > 0 {
		found++
	}
	return 0, found
}

// run gives what is there, and with Follow what comes.
func (r *reader) run(ctx context.Context) error {
	v, err := r.place.view()
	if err != nil {
		return err
	}
	defer func() { v.close() }()
	index, from := r.find(ctx, &v)
	for i := index; i < len(v.archives) && !r.over(ctx); i++ {
		r.play(ctx, v.dir, v.archives[i], from, nil)
		from = start{}
	}
	r.fresh()
	for at := from.bytes; !r.over(ctx); {
		if v.cur != nil {
			if at, err = r.current(ctx, &v, at); err != nil {
				return err
			}
		}
		if !r.q.Follow || r.over(ctx) {
			r.frame.end(r.give)
			return nil
		}
		next, err := r.place.view()
		if errors.Is(err, fs.ErrNotExist) { // the directory is gone; it may come back
			r.rest(ctx)
			continue
		}
		if err != nil {
			return err
		}
		switch {
		case v.cur == nil && next.cur == nil:
			r.rest(ctx)
		case v.cur != nil && next.cur != nil && sameFile(v.cur, next.cur): // a look that was disturbed
			r.rest(ctx)
			next.close()
			continue
		}
		r.frame.end(r.give)
		r.between(ctx, &v, &next)
		r.fresh()
		v.close()
		v, at = next, 0
	}
	return nil
}

// current gives the current file from a place on, to its end, or with Follow until another one has taken its name; and
// says where that was.
func (r *reader) current(ctx context.Context, v *view, at int64) (int64, error) {
	r.skip = 0
	for moved := false; ; {
		seen := at
		at = r.again(v.cur, at)
		n, err := r.pour(ctx, io.NewSectionReader(v.cur, at, 1<<62))
		at += n
		if err != nil || moved || !r.q.Follow || r.over(ctx) {
			return at, err
		}
		// What is written before the file is renamed is in it when another is seen at the name: so once more.
		moved = r.place.do(func() error { return v.cur.StillAt(r.place.Dir, r.place.Path+"/"+currentName) }) != nil
		if !moved && at <= seen {
			r.rest(ctx)
		}
	}
}

// again goes back to where the line begins that isn't whole yet: its writer takes it back if a full disk tore it, and may have
// written another one in its place since the last look.
func (r *reader) again(f *fsx.File, at int64) int64 {
	at -= int64(len(r.frame.carry))
	r.frame.carry = r.frame.carry[:0]
	if in, err := f.Info(); err == nil {
		at = min(at, in.Size)
	}
	return at
}

// between gives what came and went between two current files, but for the former one itself.
func (r *reader) between(ctx context.Context, was, is *view) {
	expect := was.last() + 2 // the one before became the current file
	for _, a := range is.archives {
		if a.number <= was.last() || r.over(ctx) {
			continue
		}
		if a.number > expect && was.cur != nil {
			r.say("%d archives were removed before they could be read", a.number-expect)
		}
		if a.number >= expect || was.cur == nil {
			r.play(ctx, is.dir, a, start{}, was.cur)
		}
		expect = max(expect, a.number+1)
	}
}

// rest waits for the next look.
func (r *reader) rest(ctx context.Context) {
	t := time.NewTimer(r.q.Poll)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
