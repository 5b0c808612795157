package s6log

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// do does with whole lines what the script says.
func (l *logger) do(block []byte) {
	if !l.single {
		for i := range l.steps {
			l.act(&l.steps[i], block)
		}
		return
	}
	for len(block) > 0 {
		n := bytes.IndexByte(block, '\n') + 1
		l.choose(block[:n])
		block = block[n:]
	}
}

// choose sends one line through selections and actions.
func (l *logger) choose(line []byte) {
	selected, acted := true, false
	for i := range l.steps {
		s := &l.steps[i]
		switch s.kind {
		case 'f':
			selected = !acted
		case '+':
			selected = selected || s.matches(line)
		case '-':
			selected = selected && !s.matches(line)
		default:
			if selected {
				l.act(s, line)
				acted = true
			}
		}
	}
}

func (s *step) matches(line []byte) bool {
	return s.match == nil || s.match.Match(line[:len(line)-1])
}

// act does one action with lines.
func (l *logger) act(s *step, block []byte) {
	switch s.kind {
	case '1':
		l.lines = l.put(l.lines, s, block)
	case '/':
		s.dir.pending = l.put(s.dir.pending, s, block)
	case '2':
		l.alert(s, block)
	case '=':
		s.last = append(s.last[:0], block[bytes.LastIndexByte(block[:len(block)-1], '\n')+1:]...)
	}
}

// put appends lines with what stands in front of each.
func (l *logger) put(to []byte, s *step, block []byte) []byte {
	if !s.tai && !s.iso && s.prefix == "" {
		return append(to, block...)
	}
	at := len(to)
	to = l.labels.put(to, s)
	label := len(to) - at // the other lines' are copied from the first one's
	for {
		n := bytes.IndexByte(block, '\n') + 1
		to = append(to, block[:n]...)
		if block = block[n:]; len(block) == 0 {
			return to
		}
		to = append(to, to[at:at+label]...)
	}
}

// more stands where an alert was cut.
const more = "..."

// alert puts lines to where warnings go.
func (l *logger) alert(s *step, block []byte) {
	for len(block) > 0 {
		n := bytes.IndexByte(block, '\n')
		l.alerts = append(append(l.alerts, l.c.Name...), ": alert: "...)
		l.alerts = l.labels.put(l.alerts, s)
		if s.limit > 0 && n > s.limit+len(more) { // else nothing would be shorter
			l.alerts = append(append(append(l.alerts, block[:s.limit]...), more...), '\n')
		} else {
			l.alerts = append(l.alerts, block[:n+1]...)
		}
		block = block[n+1:]
	}
}

// flush hands on what was gathered, and tries again what failed.
func (l *logger) flush() {
	if len(l.alerts) > 0 {
		_, _ = l.c.Stderr.Write(l.alerts)
		l.alerts = l.alerts[:0]
	}
	if len(l.lines) > 0 {
		l.out.give(l.lines)
		if l.lines = l.lines[:0]; cap(l.lines) > keepMemory {
			l.lines = nil
		}
	}
	for i := range l.steps {
		if s := &l.steps[i]; s.kind == '=' && len(s.last) > 0 {
			l.status(s)
			s.last = s.last[:0]
		}
	}
	if len(l.dirs) == 0 {
		return
	}
	now := time.Now()
	for _, d := range l.dirs {
		d.turn(now)
		d.fill()
		if len(d.pending) > 0 {
			d.write(now)
		}
	}
}

// status replaces a status file by a line. Who reads it sees the old one or the new one.
func (l *logger) status(s *step) {
	text := l.labels.put(nil, s)
	line := s.last[:len(s.last)-1]
	if s.limit == 0 {
		text = append(append(text, line...), '\n')
	} else {
		text = append(text, line...)
		text = append(text[:min(len(text), s.limit)], bytes.Repeat([]byte{'\n'}, max(s.limit-len(text), 0))...)
	}
	name := s.path + ".new"
	fd, err := openSole(unix.AT_FDCWD, name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC)
	if err == nil {
		_, err = unix.Write(fd, text)
		_ = unix.Close(fd)
		if err == nil {
			err = unix.Rename(name, s.path)
		}
		if err != nil {
			_ = unix.Unlink(name)
		}
	}
	if err != nil {
		l.warn("unable to write status file %s: %s", s.path, chain.Reason(err))
	}
}

// waiting is how many bytes haven't been written.
func (l *logger) waiting() int {
	n, dead := l.out.pending()
	if dead != nil && !l.said {
		l.said = true
		l.warn("unable to write to stdout, closing the stream - error was: %s", chain.Reason(dead))
	}
	for _, d := range l.dirs {
		n += len(d.pending)
	}
	return n
}

// busy says that something is to be written, or an archive to be made.
func (l *logger) busy() bool {
	if l.waiting() > 0 {
		return true
	}
	for _, d := range l.dirs {
		if d.stage != quiet && !d.given {
			return true
		}
	}
	return false
}

// lineEnd gives what follows the first line's end at or behind a place; the block ends with one.
func lineEnd(block []byte, from int) int {
	return from + bytes.IndexByte(block[from:], '\n') + 1
}
