package logs

import "bytes"

// What stands where a line was longer than the bound: at the end of a part, and at the start of the next.
const (
	markEnd   = " [continues]"
	markStart = "[continued] "
)

// A framer makes whole lines of bytes that come in pieces of any size. The lines don't depend on the pieces.
type framer struct {
	max   int    // bytes of a line, its end not counted; a longer one is cut into parts
	carry []byte // the beginning of a line whose end hasn't come
	cut   bool   // carry goes on a line that was cut
}

// keepCarry is how much memory a framer at rest may hold: a thousand services once had a long line each.
const keepCarry = 4 << 10

// feed takes the next bytes and gives blocks of whole lines, each line with its end, in order. A block is valid until
// emit returns.
func (f *framer) feed(data []byte, emit func(block []byte)) {
	if f.pending() {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			f.hold(data, emit)
			return
		}
		f.hold(data[:i], emit)
		data = data[i+1:]
		f.finish(emit)
	}
	end := bytes.LastIndexByte(data, '\n') + 1
	if block := data[:end]; end > 0 && end <= f.max+1 {
		emit(block) // no line in it can be too long
	} else if end > 0 {
		f.measure(block, emit)
	}
	if end < len(data) {
		f.hold(data[end:], emit)
	}
}

// pending says that a line has begun.
func (f *framer) pending() bool { return len(f.carry) > 0 || f.cut }

// measure gives on a block in which a line may be too long.
func (f *framer) measure(block []byte, emit func([]byte)) {
	good := 0 // block[:good] are lines to give on
	for at := 0; at < len(block); {
		n := bytes.IndexByte(block[at:], '\n')
		if n > f.max {
			if good < at {
				emit(block[good:at])
			}
			f.hold(block[at:at+n], emit)
			f.finish(emit)
			good = at + n + 1
		}
		at += n + 1
	}
	if good < len(block) {
		emit(block[good:])
	}
}

// hold keeps the beginning of a line. A part is given on when it is known that the line goes on.
func (f *framer) hold(data []byte, emit func([]byte)) {
	for len(f.carry)+len(data) > f.max {
		n := f.max - len(f.carry)
		f.carry = append(f.carry, data[:n]...)
		data = data[n:]
		f.give(markEnd, emit)
		f.cut = true
	}
	f.carry = append(f.carry, data...)
}

// finish ends the line that has begun.
func (f *framer) finish(emit func([]byte)) {
	f.give("", emit)
	f.cut = false
	if cap(f.carry) > keepCarry {
		f.carry = nil
	}
}

// end is the end of all bytes: a line that has begun is one.
func (f *framer) end(emit func([]byte)) {
	if f.pending() {
		f.finish(emit)
	}
}

// give emits what is held as a line, marked where it is a part.
func (f *framer) give(mark string, emit func([]byte)) {
	line := append(append(f.carry, mark...), '\n')
	f.carry = line[:0]
	if f.cut {
		line = append([]byte(markStart), line...)
	}
	emit(line)
}
