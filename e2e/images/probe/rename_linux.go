package main

import (
	"syscall"
	"unsafe"
)

// renameat2 is a bare system call, because the attacker has to be quick; what it answers doesn't matter.
func renameat2(a, b *byte, flags uintptr) {
	const atCWD = ^uintptr(99) // AT_FDCWD, -100
	_, _, _ = syscall.Syscall6(sysRenameat2, atCWD, uintptr(unsafe.Pointer(a)), atCWD, uintptr(unsafe.Pointer(b)), flags, 0)
}
