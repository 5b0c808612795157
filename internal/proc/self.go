package proc

import (
	"errors"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

var errNoSelf = errors.New("berth can't find its own binary: /proc is not mounted, and it was not started by an absolute path")

// self is a path that executes this binary again: /proc/self/exe, or where
// /proc is missing the path that execve was given, which the kernel keeps for
// us (AT_EXECFN). argv[0] is not asked: it is anything that the caller liked.
func self() (string, error) {
	const exe = "/proc/self/exe"
	if unix.Access(exe, unix.X_OK) == nil {
		return exe, nil
	}
	if path := execFn(); filepath.IsAbs(path) && unix.Access(path, unix.X_OK) == nil {
		return path, nil
	}
	return "", errNoSelf
}

// execFn reads AT_EXECFN of the auxiliary vector, getauxval(3).
func execFn() string {
	const atExecFn = 31
	vector, err := unix.Auxv()
	if err != nil {
		return ""
	}
	for _, pair := range vector {
		if pair[0] == atExecFn && pair[1] != 0 {
			// The kernel's pointer into our own stack area, which nothing moves.
			return unix.BytePtrToString(*(**byte)(unsafe.Pointer(&pair[1])))
		}
	}
	return ""
}
