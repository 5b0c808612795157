package fleet

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// hangs says whether a file lies on a file system of a kind that may hang: on a network, in another process. A program
// there is started through the child stage, because fork waits for execve. Only kinds that can't are known; one that
// gives no answer is taken for one that can: a file system that hangs gives EINTR to a thread that gets a signal meanwhile.
func hangs(path string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) // it isn't there, which the start finds out
	}
	return !fsx.LocalKind(uint32(st.Type))
}
