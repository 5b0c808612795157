package s6words

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// sleep waits so many seconds, or milliseconds.
func sleep(c *chain.Call) int {
	set, rest, ok := flagged(c, "m")
	if ok = ok && len(rest) > 0; ok {
		var n uint32
		if n, ok = number(rest[0]); ok {
			unit := time.Second
			if has(set, 'm') {
				unit = time.Millisecond
			}
			<-time.After(time.Duration(n) * unit)
			return 0
		}
	}
	return c.Wrong("s6-sleep [ -m ] time")
}

// pause waits until a signal ends it: one of those that it was told to end at is no failure.
func pause(c *chain.Call) int {
	var at []os.Signal
	good := true
	rest, ok := chain.Options(c.Args, "tp:", func(f byte, v string) {
		if f == 't' {
			at = append(at, syscall.SIGTERM)
			return
		}
		for name := range strings.SplitSeq(v, ",") {
			n, ok := signalNumber(name)
			good = good && ok
			at = append(at, n)
		}
	})
	if !ok || !good || len(rest) > 0 {
		return c.Wrong("s6-pause [ -t ] [ -p signals ]")
	}
	told := make(chan os.Signal, 1)
	if len(at) > 0 { // none would mean all
		signal.Notify(told, at...)
	}
	<-told
	return 0
}

func signalNumber(text string) (syscall.Signal, bool) {
	if n, ok := number(text); ok {
		return syscall.Signal(n), n > 0 && n < 65
	}
	n := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(text), "SIG"))
	return n, n != 0
}

// syncDisks writes what the kernel holds back to the disks.
func syncDisks(*chain.Call) int {
	unix.Sync()
	return 0
}

// maximumtime runs a program for so many milliseconds at most, and then sends it a signal: 99.
func maximumtime(c *chain.Call) int {
	sig := syscall.SIGTERM
	rest, ok := chain.Options(c.Args, "0abhkiqtx12", func(f byte, _ string) { sig = signalOf(f) })
	if !ok || len(rest) < 2 {
		return c.Wrong("s6-maximumtime [ -0 | -a | -b | -h | -i | -k | -q | -t | -x | -1 | -2 ] ms prog...")
	}
	ms, isNumber := number(rest[0])
	if !isNumber {
		return c.Wrong("s6-maximumtime [ -0 | -a | -b | -h | -i | -k | -q | -t | -x | -1 | -2 ] ms prog...")
	}
	child, err := start(c, rest[1:], nil)
	if err != nil {
		return c.Unable("exec", rest[1], err)
	}
	over := make(chan struct{})
	if ms > 0 {
		t := time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { close(over) })
		defer t.Stop()
	}
	if status, ended := child.wait(over); ended {
		return status.ExitCode()
	}
	if sig != 0 {
		_ = child.Signal(sig)
	}
	return c.Fail(99, "wait for %s: the time is over", rest[1])
}

// signalOf gives the signal that a letter stands for; none for 0.
func signalOf(f byte) syscall.Signal {
	switch f {
	case 'a':
		return syscall.SIGALRM
	case 'b':
		return syscall.SIGABRT
	case 'h':
		return syscall.SIGHUP
	case 'i':
		return syscall.SIGINT
	case 'k':
		return syscall.SIGKILL
	case 'q':
		return syscall.SIGQUIT
	case 'x':
		return syscall.SIGXCPU
	case '1':
		return syscall.SIGUSR1
	case '2':
		return syscall.SIGUSR2
	case '0':
		return 0
	}
	return syscall.SIGTERM
}
