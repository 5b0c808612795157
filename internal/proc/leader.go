package proc

import "golang.org/x/sys/unix"

// NameLeader gives this process another name in /proc/PID/comm (ps, top, pgrep). The file of the process, and not
// PR_SET_NAME: that names the calling thread, and which one that is Go doesn't say; the process is known by its first.
func NameLeader(name string) error {
	fd, err := unix.Open("/proc/self/comm", unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.Write(fd, []byte(name))
	return err
}
