package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	atomicWrite = 4096 // PIPE_BUF: what a pipe takes in one piece
	largeWrite  = 32 << 10
)

// A renderer makes what is written of what waits.
type renderer struct {
	o     *Outlet
	chunk []byte
	lines int // in chunk
}

func (r *renderer) render(q queue) {
	data := q.data
	for _, e := range q.entries {
		block := data[:e.size]
		data = data[e.size:]
		for len(block) > 0 {
			n := bytes.IndexByte(block, '\n') + 1
			r.line(e, block[:n])
			block = block[n:]
		}
	}
	if len(q.drops) > 0 {
		r.line(entry{slot: "berth", stream: "berth", now: time.Now()}, []byte(dropped(q.drops)))
	}
	r.flush()
}

// dropped says what is missing on stdout.
func dropped(drops []drop) string {
	slices.SortFunc(drops, func(a, b drop) int { return strings.Compare(a.slot, b.slot) })
	all, parts := 0, make([]string, len(drops))
	for i, d := range drops {
		all += d.lines
		parts[i] = fmt.Sprintf("%s %d", d.slot, d.lines)
	}
	return fmt.Sprintf("stdout isn't read fast enough: %d lines dropped here (%s)\n", all, strings.Join(parts, ", "))
}

// line adds a line, with its end, to the chunk.
func (r *renderer) line(e entry, text []byte) {
	format := Format(r.o.format.Load())
	if format == Plain && e.stream == "berth" {
		format = Prefixed // berth's own words don't pass for the app's
	}
	size := len(text)
	switch format {
	case Prefixed:
		size += len(e.slot) + 2
	case JSON:
		text = object(e, text[:len(text)-1])
		size = len(text)
	default:
	}
	if len(r.chunk) > 0 && len(r.chunk)+size > r.o.chunk {
		r.flush()
	}
	if format == Prefixed {
		r.chunk = append(append(r.chunk, e.slot...), ": "...)
	}
	r.chunk = append(r.chunk, text...)
	r.lines++
}

// object is a line as JSON. What isn't UTF-8 in it is replaced.
func object(e entry, text []byte) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(struct { // strings can always be written
		Time   string `json:"time"`
		Slot   string `json:"slot"`
		Stream string `json:"stream"`
		Line   string `json:"line"`
	}{e.now.UTC().Format(time.RFC3339Nano), e.slot, e.stream, string(text)})
	return b.Bytes()
}

// flush writes the chunk. A reader that has gone away (EPIPE) costs the lines, not the outlet.
func (r *renderer) flush() {
	if len(r.chunk) == 0 {
		return
	}
	if _, err := r.o.w.Write(r.chunk); err != nil {
		r.o.lost.Add(uint64(r.lines))
	}
	r.lines = 0
	if r.chunk = r.chunk[:0]; cap(r.chunk) > 2*r.o.chunk {
		r.chunk = nil
	}
}

// Descriptor writes to an open descriptor that others share: a program that made it non-blocking for itself did so for
// everybody, so EAGAIN is waited out, and a write is whole or an error.
type Descriptor int

// pipe says that it is one, or can't be asked.
func (d Descriptor) pipe() bool {
	var st unix.Stat_t
	return unix.Fstat(int(d), &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFIFO
}

// Write is io.Writer.
func (d Descriptor) Write(data []byte) (int, error) {
	done := 0
	for done < len(data) {
		n, err := unix.Write(int(d), data[done:])
		switch err {
		case nil:
			if n == 0 {
				return done, io.ErrShortWrite
			}
			done += n
		case unix.EINTR:
		case unix.EAGAIN:
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(d), Events: unix.POLLOUT}}, -1)
		default:
			return done, err
		}
	}
	return done, nil
}
