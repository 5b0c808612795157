package fsx

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// chmodPin is fchmodat2(fd, "", perm, AT_EMPTY_PATH). The library's wrapper hides which errors are the kernel's own.
func chmodPin(fd int, perm uint32) error {
	if lacks(fchmodat2) {
		return unix.ENOSYS
	}
	var none [1]byte
	return again(func() error {
		_, _, no := unix.Syscall6(unix.SYS_FCHMODAT2, uintptr(fd), uintptr(unsafe.Pointer(&none[0])), uintptr(perm), unix.AT_EMPTY_PATH, 0, 0)
		if no != 0 {
			return no
		}
		return nil
	})
}
