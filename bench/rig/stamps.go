package rig

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// What a stamp says; the payload's own letters.
const (
	Exec  = 'e' // of the supervisor
	Runs  = 'r' // a service
	Begun = 'b'
	Made  = 'm'
	Done  = 'd'
)

const recordSize = 16

// A Stamp says that something happened.
type Stamp struct {
	At   int64
	Pid  int // as the process itself sees it
	What rune
}

// Stamps are collected from a fifo: a write of a record is atomic, and costs its process next to nothing.
type Stamps struct {
	Path string

	fd   int
	gone <-chan struct{} // closed when nobody is left who could write; nil: never
	kept []Stamp
	rest []byte
}

// NewStamps makes the fifo at a path.
func NewStamps(path string) (*Stamps, error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	// Services of berth run as the app's user, whatever the caller's umask is.
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, err
	}
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// Room for all of them, so that nobody waits for us; it is only slower where that isn't allowed.
	_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_SETPIPE_SZ, 1<<20)
	return &Stamps{Path: path, fd: fd}, nil
}

// Close closes the fifo.
func (s *Stamps) Close() error { return syscall.Close(s.fd) }

// Take waits for n stamps of a kind and gives them, taken out. With fewer in time it gives those and an error.
func (s *Stamps) Take(what rune, n int, within time.Duration) ([]Stamp, error) {
	end := time.Now().Add(within)
	// To look often would take the processor from those who are looked at.
	pause := time.Millisecond
	if n >= 100 {
		pause = 10 * time.Millisecond
	}
	for last := false; ; {
		if err := s.read(); err != nil {
			return nil, err
		}
		got := s.count(what)
		if got >= n || last || time.Now().After(end) {
			taken := s.remove(what, n)
			switch {
			case len(taken) == n:
				return taken, nil
			case last:
				return taken, fmt.Errorf("wait for %d stamps %q: %d until all had ended", n, what, len(taken))
			default:
				return taken, fmt.Errorf("wait for %d stamps %q: %d in %v", n, what, len(taken), within)
			}
		}
		select {
		case <-s.gone:
			last = true
		case <-time.After(pause):
		}
	}
}

// One waits for one stamp of a kind.
func (s *Stamps) One(what rune, within time.Duration) (Stamp, error) {
	got, err := s.Take(what, 1, within)
	if err != nil {
		return Stamp{}, err
	}
	return got[0], nil
}

// Forget drops what has come so far.
func (s *Stamps) Forget() error {
	err := s.read()
	s.kept = nil
	return err
}

func (s *Stamps) read() error {
	buf := make([]byte, 64<<10)
	for {
		n, err := syscall.Read(s.fd, buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", s.Path, err)
		}
		s.add(buf[:n])
	}
}

// add takes records apart; the last may be there by half.
func (s *Stamps) add(data []byte) {
	s.rest = append(s.rest, data...)
	for len(s.rest) >= recordSize {
		r := s.rest[:recordSize]
		s.kept = append(s.kept, Stamp{
			At:   int64(binary.NativeEndian.Uint64(r)),
			Pid:  int(binary.NativeEndian.Uint32(r[8:])),
			What: rune(binary.NativeEndian.Uint32(r[12:])),
		})
		s.rest = s.rest[recordSize:]
	}
}

func (s *Stamps) count(what rune) int {
	n := 0
	for _, k := range s.kept {
		if k.What == what {
			n++
		}
	}
	return n
}

func (s *Stamps) remove(what rune, n int) []Stamp {
	var taken, left []Stamp
	for _, k := range s.kept {
		if k.What == what && len(taken) < n {
			taken = append(taken, k)
		} else {
			left = append(left, k)
		}
	}
	s.kept = left
	return taken
}

// Now gives the time on the clock of the stamps.
func Now() int64 {
	var t syscall.Timespec
	const monotonic = 1
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}
