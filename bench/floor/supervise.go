package main

import (
	"os"
	"os/signal"
	"syscall"
)

// supervise starts n processes of a command and keeps them running until TERM.
func supervise(n int, command []string) error {
	running := make(map[int]bool, n)
	start := func() error {
		pid, err := syscall.ForkExec(command[0], command, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
		running[pid] = true
		return err
	}
	for range n {
		if err := start(); err != nil {
			return err
		}
	}
	// Asked for after the first starts, because it takes a millisecond; the signal that is put in sees to what ended meanwhile.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGCHLD)
	signals <- syscall.SIGCHLD
	stopping := false
	for s := range signals {
		if s == syscall.SIGTERM {
			stopping = true
			for pid := range running {
				_ = syscall.Kill(pid, syscall.SIGTERM) // ours and not reaped yet
			}
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err != nil || pid <= 0 {
				break
			}
			if !running[pid] {
				continue // an orphan
			}
			delete(running, pid)
			if stopping {
				continue
			}
			if err := start(); err != nil {
				return err
			}
		}
		if stopping && len(running) == 0 {
			return nil
		}
	}
	return nil
}
