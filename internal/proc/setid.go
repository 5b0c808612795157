//go:build !386 && !arm

package proc

import "golang.org/x/sys/unix"

// The system calls that set the three ids of one thread.
const (
	sysSetresgid = unix.SYS_SETRESGID
	sysSetresuid = unix.SYS_SETRESUID
)
