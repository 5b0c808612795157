package proc

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ReturnProgram gives back the memory in which the process holds its own program (MADV_DONTNEED, madvise(2)): what a
// start needs of it is seldom needed again, and what is comes back by page faults. Only what nobody can have written is
// given back; without /proc nothing is.
func ReturnProgram() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		if begin, end, ok := constant(strings.TrimSuffix(line, "\n"), exe); ok {
			_, _, _ = unix.RawSyscall(unix.SYS_MADVISE, begin, end-begin, unix.MADV_DONTNEED)
		}
	}
}

// constant reads a line of proc_pid_maps(5): "begin-end perms offset device inode   path".
func constant(line, exe string) (begin, end uintptr, ok bool) {
	f := strings.Fields(line)
	if len(f) < 6 || !strings.HasSuffix(line, " "+exe) || len(f[1]) != 4 || f[1][1] != '-' || f[1][3] != 'p' {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(f[0], "-")
	b, err := strconv.ParseUint(from, 16, 64)
	e, err2 := strconv.ParseUint(to, 16, 64)
	return uintptr(b), uintptr(e), err == nil && err2 == nil && b < e
}
