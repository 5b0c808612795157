package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// How long a log waits before it tries its files again.
const (
	retryFirst = time.Second
	retryMost  = 30 * time.Second
)

// A trouble is why a log can't write its files, and since when: lines go to the outlet meanwhile.
type trouble struct {
	cause error
	wait  time.Duration
	retry time.Time
	lines int // that aren't in the file
}

// fail begins or goes on with a trouble. Only the first of it is told.
func (l *Log) fail(err error) {
	l.shelf.close()
	if t := l.trouble; t != nil {
		t.cause, t.wait = err, min(2*t.wait, retryMost)
		t.retry = l.now.Add(t.wait)
		return
	}
	l.trouble = &trouble{cause: err, wait: retryFirst, retry: l.now.Add(retryFirst)}
	where := "its lines go to stdout alone"
	if l.o.Outlet == nil {
		where = "its lines are lost"
	}
	l.o.Tell(Notice{Slot: l.o.Slot, Warning: true, Text: fmt.Sprintf("log %s: %v; %s until it can be written", l.o.Slot, err, where), Hint: hint(err)})
}

// ready says whether the files can be written to, and opens them when it is time to.
func (l *Log) ready() bool {
	if l.o.Place.Dir == nil {
		return false
	}
	if l.shelf.cur != nil && l.shelf.still(l.now) {
		return true
	}
	if t := l.trouble; t != nil && l.now.Before(t.retry) && t.retry.Sub(l.now) <= t.wait {
		return false // the last condition is for a clock that was set back
	}
	if err := l.shelf.open(l.now); err != nil {
		l.fail(err)
		return false
	}
	if l.trouble != nil {
		l.recover()
	}
	return l.shelf.cur != nil
}

// recover says in the file what is missing there. The trouble is over when that could be written.
func (l *Log) recover() {
	t := l.trouble
	text := fmt.Sprintf("berth: %d lines are missing here: %v", t.lines, t.cause)
	if t.lines > 0 {
		mark := append(append(append([]byte{}, l.stamp.at(l.now)...), plain(text)...), '\n')
		if _, err := l.shelf.append(mark); err != nil {
			l.fail(err)
			return
		}
	}
	l.trouble = nil
	l.o.Tell(Notice{Slot: l.o.Slot, Text: fmt.Sprintf("log %s: it is written again; %d lines are missing in it", l.o.Slot, t.lines)})
}

// lose takes lines that can't go to the file: to the outlet, unless they go there anyway.
func (l *Log) lose(stream string, lines []byte) {
	if l.o.Place.Dir == nil {
		return
	}
	if l.trouble != nil {
		l.trouble.lines += bytes.Count(lines, []byte{'\n'})
	}
	if l.o.Quiet && l.o.Outlet != nil {
		l.o.Outlet.push(l.o.Slot, stream, l.now, lines)
	}
}

// hint says what to do about a log that can't be written.
func hint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the volume (df -h); the log goes on by itself"
	case errors.Is(err, fs.ErrPermission):
		return "let the app's user write its log directory: chown it, or correct its mode"
	case errors.Is(err, syscall.EROFS):
		return "mount the volume writable, or leave the log's directory out of the spec"
	case errors.Is(err, fsx.ErrMount):
		return "name the mounted directory as a volume of its own in the spec"
	case fsx.IsRefusal(err):
		return "put a real directory and a regular file there, with neither links nor FIFOs; or remove what stands there"
	default:
		return "look at the directory; the log is tried again by itself"
	}
}

// plain keeps an error's text one line.
func plain(text string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, []byte(text)))
}
