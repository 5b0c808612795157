package s6log

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// read reads once, and does with whole lines what the script says. On its way out it reads no byte behind the line's end.
func (l *logger) read() {
	room := chunk
	if l.leaving {
		room = 1
	}
	n := len(l.held)
	if cap(l.held)-n < room {
		l.held = append(make([]byte, 0, 2*n+chunk), l.held...)
	}
	k, err := unix.Read(l.in, l.held[n:n+room])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
	case k <= 0:
		if err != nil {
			l.warn("unable to read from stdin: %s", chain.Reason(err))
		}
		if n > 0 {
			l.part(l.held)
		}
		l.held = nil
		l.end()
	default:
		l.held = l.held[:n+k]
		l.take(n)
		if l.leaving && len(l.held) == 0 {
			l.end()
		}
	}
}

// take takes whole lines out of what is held; the first fresh-1 bytes hold no line's end.
func (l *logger) take(fresh int) {
	data := l.held
	if end := bytes.LastIndexByte(data[fresh:], '\n') + 1; end > 0 {
		l.split(data[:fresh+end])
		data = data[fresh+end:]
	}
	for l.f.limit > 0 && len(data) > l.f.limit {
		l.part(data[:l.f.limit])
		data = data[l.f.limit:]
	}
	l.held = l.held[:copy(l.held, data)]
}

// split has whole lines done, those that are too long in parts.
func (l *logger) split(block []byte) {
	if l.f.limit == 0 || len(block) <= l.f.limit+1 {
		l.do(block)
		return
	}
	good := 0 // block[:good] is done
	for at := 0; at < len(block); {
		n := bytes.IndexByte(block[at:], '\n')
		if n > l.f.limit {
			if good < at {
				l.do(block[good:at])
			}
			for ; n > l.f.limit; at, n = at+l.f.limit, n-l.f.limit {
				l.part(block[at : at+l.f.limit])
			}
			good = at
		}
		at += n + 1
	}
	if good < len(block) {
		l.do(block[good:])
	}
}

// part has a line done that has no end of its own.
func (l *logger) part(line []byte) {
	l.scratch = append(append(l.scratch[:0], line...), '\n')
	l.do(l.scratch)
	if cap(l.scratch) > keepMemory {
		l.scratch = nil
	}
}
