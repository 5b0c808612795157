package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrNoProc says that /proc can't be walked, so that only the children that
// berth started itself could be signalled.
var ErrNoProc = errors.New("/proc is not mounted for this pid namespace: only direct children can be signalled")

// maxPasses bounds the walk: a program that forks faster than we can read
// /proc must not hold us here for ever.
const maxPasses = 16

// SignalDescendants sends a signal to every descendant of this process, each
// once: children, their children, and orphans that were given back to us. It
// goes on until a walk finds nobody new, because a tree can grow meanwhile. It
// returns how many were reached. Without /proc it reaches the table's children
// alone and says so with ErrNoProc.
//
// Children whose end somebody else sees to can be spared, with all that
// descends from them.
func (t *Table) SignalDescendants(sig syscall.Signal, spare ...*Process) (int, error) {
	t.mu.Lock() // nothing of ours is reaped, so no child's number is given away
	defer t.mu.Unlock()
	spared := map[int]bool{}
	for _, p := range spare {
		if t.children[p.pid] == p {
			spared[p.pid] = true
		}
	}
	sent := map[life]bool{}
	var failed error
	for range maxPasses {
		pids, err := processes()
		if err != nil {
			return t.signalTable(sig, spared)
		}
		grown := false
		for _, pid := range pids {
			one, err := signalDescendant(pid, sig, sent, spared)
			if err != nil {
				failed = err
			}
			grown = grown || one
		}
		if !grown {
			break
		}
	}
	reached := 0
	for _, ok := range sent {
		if ok {
			reached++
		}
	}
	return reached, failed
}

// signalTable is what can be done without /proc.
func (t *Table) signalTable(sig syscall.Signal, spared map[int]bool) (int, error) {
	n := 0
	for pid := range t.children {
		if !spared[pid] && syscall.Kill(pid, sig) == nil {
			n++
		}
	}
	return n, fmt.Errorf("signal descendants: %w", ErrNoProc)
}

// signalDescendant signals one process if it is ours and was not signalled
// before. The order is what makes it safe: the pidfd names one process for
// ever; if the number's line of parents is ours while the pidfd's process lives,
// it is that process's line.
func signalDescendant(pid int, sig syscall.Signal, sent map[life]bool, spared map[int]bool) (bool, error) {
	if pid == os.Getpid() {
		return false, nil
	}
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		defer func() { _ = unix.Close(fd) }()
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EPERM): // before Linux 5.3, or an old seccomp profile
		fd = -1
	default: // the process has ended
		return false, nil
	}
	st, ours := descends(pid, spared)
	if !ours || st.state == 'Z' || st.state == 'X' {
		return false, nil
	}
	key := life{pid, st.start}
	if _, before := sent[key]; before {
		return false, nil
	}
	if fd >= 0 {
		err = unix.PidfdSendSignal(fd, sig, nil, 0)
	} else {
		err = syscall.Kill(pid, sig)
	}
	sent[key] = err == nil
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return true, fmt.Errorf("signal process %d: %w", pid, err)
	}
	return true, nil
}
