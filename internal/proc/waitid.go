package proc

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// change is what waitid says of a child: pid 0 if there is nothing to say.
type change struct {
	pid   int
	code  int // CLD_EXITED and its fellows
	value int // the exit code or the signal
}

// The values of si_code in asm-generic/siginfo.h.
const (
	cldExited = 1
	cldDumped = 3
)

// waitid asks for one change. Never with __WALL: Go's runtime has children of
// its own for a moment (a probe of pidfd) that a plain wait does not see.
func waitid(kind, id, options int) (change, error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(kind, id, &info, options, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return change{}, err
		}
		// The union that follows si_code holds pointers, so it is aligned as one:
		// pid, uid, status.
		at := (unsafe.Offsetof(info.Code) + 4 + unsafe.Alignof(uintptr(0)) - 1) &^ (unsafe.Alignof(uintptr(0)) - 1)
		fields := (*[3]int32)(unsafe.Add(unsafe.Pointer(&info), at))
		return change{pid: int(fields[0]), code: int(info.Code), value: int(fields[2])}, nil
	}
}

// status is how the child ended.
func (c change) status() Status {
	if c.code == cldExited {
		return Status{Code: c.value}
	}
	return Status{Signal: syscall.Signal(c.value), Core: c.code == cldDumped}
}
