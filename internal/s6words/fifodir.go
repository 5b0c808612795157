package s6words

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// subscribe makes a FIFO in a directory of events, and gives its path and a descriptor to read it by. It has another name until it
// is open: who writes takes a FIFO that nobody reads for a dead one, and takes it away.
func subscribe(dir string) (path string, fd int, err error) {
	name := s6dir.Subscriber + ":" + s6dir.StampOf(time.Now()).String() + ":" + rand.Text()[:6]
	hidden, path := dir+"/."+name, dir+"/"+name
	if err := unix.Mkfifo(hidden, 0o600); err != nil {
		return "", -1, err
	}
	// For both: there is no end to read as long as we could write ourselves.
	fd, err = unix.Open(hidden, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		_ = unix.Unlink(hidden)
		return "", -1, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFIFO {
		err = syscall.EINVAL
	}
	if err == nil {
		err = unix.Fchmod(fd, 0o622)
	}
	if err == nil {
		err = unix.Rename(hidden, path)
	}
	if err != nil {
		unsubscribe(hidden, fd)
		return "", -1, err
	}
	return path, fd, nil
}

// unsubscribe takes a FIFO away.
func unsubscribe(path string, fd int) {
	if fd < 0 {
		return
	}
	_ = unix.Unlink(path)
	_ = unix.Close(fd)
}

// subscribers gives the FIFOs in a directory of events.
func subscribers(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), s6dir.Subscriber) {
			list = append(list, dir+"/"+e.Name())
		}
	}
	return list, nil
}

// ftrigNotify writes letters to all who subscribed.
func ftrigNotify(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("s6-ftrig-notify fifodir letters")
	}
	list, err := subscribers(c.Args[0])
	if err != nil {
		return c.Fail(chain.System, "notify %s: %s", c.Args[0], reason(err))
	}
	for _, fifo := range list {
		if err := s6dir.Send(fifo, c.Args[1]); errors.Is(err, unix.ENXIO) {
			_ = unix.Unlink(fifo)
		}
	}
	return 0
}

// cleanfifodir takes away the FIFOs that nobody reads any more.
func cleanfifodir(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("s6-cleanfifodir fifodir")
	}
	list, err := subscribers(c.Args[0])
	if err != nil {
		return c.Fail(chain.System, "clean %s: %s", c.Args[0], reason(err))
	}
	for _, fifo := range list {
		if err := s6dir.Send(fifo, ""); errors.Is(err, unix.ENXIO) {
			_ = unix.Unlink(fifo)
		}
	}
	return 0
}

// mkfifodir makes a directory of events: for everybody, or for a group.
func mkfifodir(c *chain.Call) int {
	force, group, good := false, -1, true
	rest, ok := chain.Options(c.Args, "fg:", func(f byte, v string) {
		if f == 'f' {
			force = true
			return
		}
		n, isNumber := number(v)
		group, good = int(n), good && isNumber
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-mkfifodir [ -f ] [ -g gid ] fifodir")
	}
	dir, mode := rest[0], uint32(0o1733)
	if group >= 0 {
		mode = s6dir.EventMode
	}
	fail := func(err error) int { return c.Fail(chain.System, "make %s: %s", dir, reason(err)) }
	switch err := unix.Mkdir(dir, 0o700); {
	case errors.Is(err, unix.EEXIST):
		if !isDir(dir) {
			return fail(unix.ENOTDIR)
		}
		if !force {
			return 0
		}
	case err != nil:
		return fail(err)
	}
	if err := changeDir(dir, group, mode); err != nil {
		return fail(err)
	}
	return 0
}

// changeDir gives a directory a group, unless that is -1, and a mode. What somebody put in its place meanwhile isn't changed.
func changeDir(dir string, group int, mode uint32) error {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if group >= 0 {
		if err := unix.Fchown(fd, -1, group); err != nil {
			return err
		}
	}
	return unix.Fchmod(fd, mode)
}
