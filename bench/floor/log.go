package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	chunk = 256 << 10
	pipe  = 1 << 20
	size  = 1_000_000
	keep  = 10
	stamp = "2006-01-02T15:04:05-07:00 "
)

// log copies stdin to rotated files, with a stamp before each line: one clock a read, one write a read.
func log(dir string) error {
	_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, 0, syscall.F_SETPIPE_SZ, pipe)
	current := filepath.Join(dir, "current")
	old := func(n int) string { return filepath.Join(dir, fmt.Sprintf("%08d", n)) }
	var file *os.File
	written, archives := size, 0
	in, out := make([]byte, chunk), make([]byte, 0, 2*chunk)
	begun := false
	for {
		n, err := syscall.Read(0, in)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return err
		}
		now := []byte(time.Now().Format(stamp))
		out = out[:0]
		for rest := in[:n]; len(rest) > 0; {
			if !begun {
				out = append(out, now...)
			}
			i := bytes.IndexByte(rest, '\n') + 1
			begun = i == 0
			if begun {
				i = len(rest)
			}
			out = append(out, rest[:i]...)
			rest = rest[i:]
		}
		if written >= size {
			if file != nil {
				_ = file.Close()
				_ = os.Rename(current, old(archives))
				_ = os.Remove(old(archives - keep))
				archives++
			}
			if file, err = os.Create(current); err != nil {
				return err
			}
			written = 0
		}
		n, err = file.Write(out)
		if err != nil {
			return err
		}
		written += n
	}
}
