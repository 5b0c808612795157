package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The real-time signals that a program may use. The kernel's begin at 32; the
// C libraries keep 32 and 33 for themselves.
const (
	rtMin = 34
	rtMax = 64
)

// Forwarded lists the signals that belong to the program under berth: all but
// those which can't be caught (KILL, STOP), those which speak of berth's own
// life (CHLD, PIPE, URG, with which Go's scheduler preempts a thousand times a
// second, TTIN and TTOU, which are about who touches a terminal), and the ones
// that a fault raises (ILL, TRAP, BUS, FPE, SEGV, SYS). Two more never reach a Go
// program: PROF, its profiler's, and 34, which its runtime leaves alone for musl.
func Forwarded() []os.Signal {
	var list []os.Signal
	for n := 1; n <= rtMax; n++ {
		if sig := syscall.Signal(n); forwards(sig) {
			list = append(list, sig)
		}
	}
	return list
}

func forwards(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGKILL, syscall.SIGSTOP,
		syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGTTIN, syscall.SIGTTOU,
		syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS,
		syscall.SIGPROF, 32, 33, 34:
		return false
	}
	return true
}

// SignalName is a signal's name as kill -l says it, with SIG: "SIGTERM",
// "SIGRTMIN+3"; a number without a name is "signal 99".
func SignalName(sig syscall.Signal) string {
	if sig >= rtMin && sig <= rtMax {
		if sig == rtMin {
			return "SIGRTMIN"
		}
		return fmt.Sprintf("SIGRTMIN+%d", int(sig)-rtMin)
	}
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig))
}

// ParseSignal reads a signal: a number from 1 to 64, or a name with or without
// SIG in either case, as TERM, sigterm, RTMIN+3, RTMAX-1.
func ParseSignal(text string) (syscall.Signal, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > rtMax {
			return 0, fmt.Errorf("parse signal %q: it is no number from 1 to %d", text, rtMax)
		}
		return syscall.Signal(n), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if sig := unix.SignalNum("SIG" + name); sig != 0 {
		return sig, nil
	}
	if sig, ok := realTime(name); ok {
		return sig, nil
	}
	return 0, fmt.Errorf("parse signal %q: no signal has this name", text)
}

// realTime reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func realTime(name string) (syscall.Signal, bool) {
	base, sign := rtMin, "+"
	rest, ok := strings.CutPrefix(name, "RTMIN")
	if !ok {
		base, sign = rtMax, "-"
		if rest, ok = strings.CutPrefix(name, "RTMAX"); !ok {
			return 0, false
		}
	}
	if rest == "" {
		return syscall.Signal(base), true
	}
	digits, ok := strings.CutPrefix(rest, sign)
	n, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || n > rtMax-rtMin {
		return 0, false
	}
	if sign == "-" {
		return syscall.Signal(base - int(n)), true
	}
	return syscall.Signal(base + int(n)), true
}
