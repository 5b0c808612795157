package s6log

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"
)

// BenchmarkLog is what a logger takes of lines of 100 bytes, beside the real one in the same run: from the first byte to
// its end, so that all is written, and brought to the disk as often as either does it.
func BenchmarkLog(b *testing.B) {
	const each = 64 << 20
	line := append(bytes.Repeat([]byte{'x'}, 99), '\n')
	for _, c := range []struct {
		name  string
		write int
		total int
		args  []string
	}{
		{"stamped, to a directory", 64 << 10, each, []string{"n10", "s1000000", "T", "./d"}},
		{"as an image's gateways do", 64 << 10, each, []string{"1", "n10", "s1000000", "T", "./d"}},
		{"as logutil-service does", 64 << 10, each, []string{"-b", "n20", "s1000000", "T", "./d"}},
		{"TAI64N", 64 << 10, each, []string{"s1000000", "t", "./d"}},
		{"as they are", 64 << 10, each, []string{"s1000000", "./d"}},
		{"selected by an expression", 64 << 10, each / 16, []string{"-", "+^x*y", "f", "s1000000", "./d"}},
		{"a line a write", 100, each / 16, []string{"s1000000", "T", "./d"}},
	} {
		block := bytes.Repeat(line, c.write/len(line))
		for _, who := range []string{"ours", "real"} {
			b.Run(c.name+"/"+who, func(b *testing.B) {
				path := oursPath(b)
				if who == "real" {
					path = realPath(b)
				}
				null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
				ok(b, err)
				var cpu time.Duration
				b.SetBytes(int64(c.total))
				for b.Loop() {
					r, w, err := os.Pipe()
					ok(b, err)
					cmd := exec.Cmd{Path: path, Args: append([]string{"s6-log", "--"}, c.args...), Dir: b.TempDir(), Stdin: r, Stdout: null, Stderr: os.Stderr}
					if c.args[0] == "-b" {
						cmd.Args = append([]string{"s6-log"}, c.args...)
					}
					ok(b, cmd.Start(), r.Close())
					for n := 0; n < c.total; n += len(block) {
						if _, err := w.Write(block); err != nil {
							b.Fatal(err)
						}
					}
					ok(b, w.Close(), cmd.Wait())
					cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
				}
				b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N)/float64(c.total/len(line)), "ns-cpu/line")
			})
		}
	}
}

// BenchmarkLines is what a line costs by itself: nothing is allocated.
func BenchmarkLines(b *testing.B) {
	s, err := parse([]string{"T", "ppre", "1"})
	ok(b, err)
	l := &logger{script: s, f: flags{limit: 8192}}
	l.labels.zone = time.UTC
	block := bytes.Repeat(append(bytes.Repeat([]byte{'x'}, 99), '\n'), 600)
	b.SetBytes(int64(len(block)))
	b.ReportAllocs()
	for b.Loop() {
		l.labels.at(time.Now())
		l.held = append(l.held[:0], block...)
		l.take(0)
		l.lines = l.lines[:0]
	}
}
