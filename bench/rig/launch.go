package rig

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// The words by which a program that uses this package becomes the first process of a run: see [IsLaunch].
const (
	launchWord = "launch-in-a-namespace"
	become     = "become" // the supervisor is PID 1
	stay       = "stay"   // PID 1 waits for all that the supervisor leaves behind
)

// IsLaunch says whether this process was started by [Rig.Start]; its main has to call [Launch] then.
func IsLaunch() bool { return len(os.Args) > 3 && os.Args[1] == launchWord }

// Launch prepares the new namespaces and becomes the command. It returns only if something is wrong, or with the command's
// code where it had to stay.
func Launch() (int, error) {
	runtime.LockOSThread()
	// The payload stamps the time and becomes the command: a big program's own exec would be part of what is measured.
	how, command := os.Args[2], os.Args[3:]
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE, ""},
		{"proc", "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"tmpfs", "/run", "tmpfs", syscall.MS_NOSUID | syscall.MS_NODEV, "mode=0755"},
	} {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return 1, fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if _, _, no := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); no != 0 {
		return 1, fmt.Errorf("ask for a signal at the parent's death: %w", no)
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		files.Cur = files.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	}
	if how == become {
		return 1, fmt.Errorf("exec %s: %w", command[0], syscall.Exec(command[0], command, os.Environ()))
	}
	first, err := syscall.ForkExec(command[0], command, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		return 1, fmt.Errorf("start %s: %w", command[0], err)
	}
	return waitForAll(first), nil
}

// waitForAll reaps until nothing is left and gives the code of one.
func waitForAll(first int) int {
	code := 0
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return code
		case pid == first && status.Signaled():
			code = 128 + int(status.Signal())
		case pid == first:
			code = status.ExitStatus()
		}
	}
}
