package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// stream writes lines of 100 bytes, 64 KiB a write, until n bytes are written.
func stream(b *testing.B, w *os.File, n, write int) {
	line := append(bytes.Repeat([]byte{'x'}, 99), '\n')
	block := bytes.Repeat(line, max(write/len(line), 1))
	for n > 0 {
		if _, err := w.Write(block); err != nil {
			b.Error(err)
			return
		}
		n -= len(block)
	}
}

// BenchmarkWriter is what one pipe takes: stamped and rotated, 1 MB × 10. The floor in the same run is the same reads
// and writes with no lines looked at; a log must reach half of it, and with stdout nearly what it reaches without.
func BenchmarkWriter(b *testing.B) {
	const each = 8 << 20
	var stopped sink
	stopped.gate.Lock()
	defer stopped.gate.Unlock()
	for _, c := range []struct {
		name  string
		write int
		out   io.Writer
	}{
		{"files", 64 << 10, nil},
		{"files and a stdout that is read", 64 << 10, io.Discard},
		{"files and a stdout that is not read", 64 << 10, &stopped},
		{"files, one line a write", 100, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			g := newRig(b)
			o := g.options()
			o.Now = time.Now
			if c.out != nil {
				o.Outlet = NewOutlet(c.out, 0, Prefixed)
			}
			l := g.open(o)
			w := pipeOf(b, l)
			b.SetBytes(each)
			b.ReportAllocs()
			for b.Loop() {
				stream(b, w, each, c.write)
			}
			ok(b, l.Flush(context.Background()))
		})
	}
}

// BenchmarkFloor is what stamping and rotating cost by themselves.
func BenchmarkFloor(b *testing.B) {
	const each = 8 << 20
	r, w, err := os.Pipe()
	ok(b, err)
	done := make(chan error, 1)
	go func() { done <- floor(r, b.TempDir()) }()
	b.SetBytes(each)
	for b.Loop() {
		stream(b, w, each, 64<<10)
	}
	ok(b, w.Close(), <-done)
}

// floor stamps each line and rotates, and does nothing else.
func floor(r *os.File, dir string) error {
	buf, out, stamp := make([]byte, 256<<10), make([]byte, 0, 768<<10), stamper{}
	size, n := 0, 0
	f, err := os.Create(dir + "/current")
	if err != nil {
		return err
	}
	for {
		k, err := r.Read(buf)
		if err != nil {
			return f.Close()
		}
		label := stamp.at(time.Now())
		out = out[:0]
		for rest := buf[:k]; len(rest) > 0; {
			end := bytes.IndexByte(rest, '\n') + 1
			if end == 0 {
				end = len(rest)
			}
			out = append(append(out, label...), rest[:end]...)
			rest = rest[end:]
		}
		if _, err := f.Write(out); err != nil {
			return err
		}
		if size += len(out); size >= DefaultSize {
			_ = f.Close()
			_ = os.Rename(dir+"/current", fmt.Sprintf("%s/@%d", dir, n))
			_ = os.Remove(fmt.Sprintf("%s/@%d", dir, n-10))
			if f, err = os.Create(dir + "/current"); err != nil {
				return err
			}
			size, n = 0, n+1
		}
	}
}

func BenchmarkStamp(b *testing.B) {
	for _, digits := range []int{0, 9} {
		b.Run(fmt.Sprintf("%d digits", digits), func(b *testing.B) {
			s := stamper{digits: digits}
			now := birthday
			for b.Loop() {
				now = now.Add(time.Microsecond)
				s.at(now)
			}
		})
	}
}
