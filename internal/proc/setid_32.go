//go:build 386 || arm

package proc

import "golang.org/x/sys/unix"

// The system calls that set the three ids of one thread; the older ones here take 16 bits.
const (
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetresuid = unix.SYS_SETRESUID32
)
