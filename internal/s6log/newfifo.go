package s6log

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/identity"
)

// NewFIFO is logutil-newfifo: it makes a FIFO that a service writes to and its logger reads. A FIFO that is there is taken
// as it is, with the owner and mode that are asked for; what is something else is refused.
func NewFIFO(c *chain.Call) int {
	owner, mode := "", "0600"
	rest, ok := chain.Options(c.Args, "o:m:", func(flag byte, value string) {
		if flag == 'o' {
			owner = value
		} else {
			mode = value
		}
	})
	bits, err := strconv.ParseUint(mode, 8, 32)
	if !ok || len(rest) != 1 || rest[0] == "" || err != nil || bits > 0o7777 {
		return c.Wrong("logutil-newfifo [ -o owner ] [ -m mode ] fifo")
	}
	uid, gid, err := ownerOf(owner)
	if err != nil {
		return c.Fail(chain.Usage, "%s", err)
	}
	if err := makeFIFO(rest[0], uid, gid, uint32(bits)); err != nil { //nolint:gosec // twelve bits
		return c.Fail(chain.System, "unable to make FIFO %s: %s", rest[0], chain.Reason(err))
	}
	return 0
}

// ownerOf gives the numbers of user, user:group or numbers. Nothing is nobody for root, who makes it for logutil-service,
// and the caller for others.
func ownerOf(text string) (uid, gid int, err error) {
	if text == "" {
		if unix.Geteuid() != 0 {
			return -1, -1, nil
		}
		as := nobodys()
		return int(as.UID), int(as.GID), nil
	}
	user, group, both := strings.Cut(text, ":")
	passwd, _ := os.ReadFile("/etc/passwd") // without one, numbers do
	if account, ok := identity.ParsePasswd(passwd).ByName(user); ok {
		uid, gid = int(account.UID), int(account.GID)
	} else if n, err := identity.Number(user); err == nil {
		uid, gid = int(n), int(n)
	} else {
		return 0, 0, errors.New("unknown user: " + user)
	}
	if !both {
		return uid, gid, nil
	}
	groups, _ := os.ReadFile("/etc/group")
	if g, ok := identity.ParseGroup(groups).ByName(group); ok {
		return uid, int(g.GID), nil
	}
	n, err := identity.Number(group)
	if err != nil {
		return 0, 0, errors.New("unknown group: " + group)
	}
	return uid, int(n), nil
}

// makeFIFO makes it, or takes the one that is there: by its handle, so that nothing else is given away.
func makeFIFO(path string, uid, gid int, mode uint32) error {
	if err := unix.Mkfifo(path, 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return unix.EEXIST
	}
	if uid >= 0 && (int(st.Uid) != uid || int(st.Gid) != gid) {
		if err := unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
			return err
		}
	}
	return unix.Chmod("/proc/self/fd/"+strconv.Itoa(fd), mode)
}
