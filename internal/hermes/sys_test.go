package hermes

import (
	"testing"

	"golang.org/x/sys/unix"
)

func ownerOf(t *testing.T, path string) uint32 {
	t.Helper()
	var st unix.Stat_t
	ok(t, unix.Lstat(path, &st))
	return st.Uid
}

func umask(mask int) int { return unix.Umask(mask) }

func fifo(t *testing.T, path string) {
	t.Helper()
	ok(t, unix.Mkfifo(path, 0o600))
}

// exchange swaps two names.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
